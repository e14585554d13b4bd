"""What test/one-round-trip/run.py and test/pools/run.py share: checks, code blocks of a page, programs that answer."""
import os
import re
import select
import subprocess
import sys

failed = 0


def expect(name, got, wanted):
    global failed
    if got == wanted:
        print("ok " + name)
    else:
        failed += 1
        print("not ok %s\n# got    %r\n# wanted %r" % (name, got, wanted))
    sys.stdout.flush()


def blocks(page, heading):
    """(language, name, code) of each code block "```LANGUAGE NAME" below a heading."""
    with open(page) as file:
        section = re.search(r"^## %s\n(.*?)(?=^## |\Z)" % re.escape(heading), file.read(), re.M | re.S).group(1)
    return re.findall(r"^```(c|python|java|js|sql) (\w+)\n(.*?)^```$", section, re.M | re.S)


def run_clients(clients, only):
    """clients: (heading, function without arguments). The exit status."""
    for heading, run in clients:
        if not re.search(only, heading):
            continue
        try:
            run()
        except (EOFError, LookupError, OSError, ValueError, subprocess.SubprocessError) as error:
            expect(heading + ": runs to its end", repr(error), "")
    return failed != 0


class Client:
    """A program that answers each line with a line."""

    def __init__(self, command, port, database, libraries):
        environment = dict(os.environ, PGHOST="127.0.0.1", PGPORT=port, PGUSER="regress_patterns", PGDATABASE=database,
                           PGSSLMODE="disable", PGGSSENCMODE="disable", NODE_PATH=libraries + "/node_modules",
                           NODE_NO_WARNINGS="1")
        environment.pop("PGOPTIONS", None)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def ask(self, *fields):
        self.process.stdin.write("\t".join(fields) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], 60)[0]:
            self.process.kill()
        answer = self.process.stdout.readline()
        if not answer:
            raise EOFError("the program has ended, or did not answer in a minute")
        return tuple(answer.rstrip("\n").split("\t"))

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)
