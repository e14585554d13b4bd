"""What with_psycopg.py and with_psycopg2.py share: the page's code, and the lines that run.py sends and reads."""
import sys

FOLDER, OPTIONS = sys.argv[1], sys.argv[2:]
ENTER = {"tenant": "djust_tenants.set_current_tenant(%s", "token": "djust_tenants.set_tenant_from_token(%s",
         "request": "djust_tenants.set_tenant_from_request(%s"}


class Own(Exception):
    """The application's own error, in the middle of a transaction."""


def page(driver, name):
    """A code block of the page, run with the driver's module; the function of its name."""
    with open(FOLDER + "/FORGET") as file:
        space = {driver.__name__: driver, "FORGET": file.read()}
    with open(FOLDER + "/" + name + ".python") as file:
        exec(file.read(), space)
    return space[name.split(".")[0]]


def ways(driver):
    return {way: page(driver, "in_tenant." + way) for way in ENTER}


def rows(cursor):
    return [row[0] for row in cursor.fetchall()] if cursor.description else []


def answer(verbs, driver, sqlstate):
    """Answers each line; `sqlstate` is the name of that attribute of the driver's errors."""
    verbs = {verb.__name__: verb for verb in verbs}
    for line in sys.stdin:
        verb, *fields = line.rstrip("\n").split("\t")
        try:
            print("rows", *(verbs[verb](*fields) or ()), sep="\t", flush=True)
        except Own:
            print("error", "own", sep="\t", flush=True)
        except driver.Error as error:
            print("error", getattr(error, sqlstate) or "client", type(error).__name__, sep="\t", flush=True)
