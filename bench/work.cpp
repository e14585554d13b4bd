#include "work.hpp"

#include <atomic>

namespace bench {

namespace {

// The tenant of the works without a switch, and how many take turns in those with one.
constexpr int single_tenant = 6;
constexpr int switching_tenants = 8;
constexpr int range_rows = 20;
// Visits the rows in an order that neither repeats soon nor follows the table.
constexpr long stride = 37;
constexpr long ids_of_a_session = 1000000;
// As load.sql numbers the rows: tenant 7's row 42 has the id 7000042.
constexpr long ids_of_a_tenant = 1000000;

bool switches(Work work) { return work == Work::transaction || work == Work::message; }

// LIMIT writes the tenant by hand; the schema of a tenant has no such column; all others leave it to the server.
bool by_hand(Variant variant) { return variant == Variant::limit || variant == Variant::limit_again; }

std::string literal(const std::string &value) {
    bool number = value.find_first_not_of("0123456789") == std::string::npos;
    return number ? value : "'" + value + "'";
}

// The simple protocol's text: $1, $2, ... replaced by their values.
std::string inlined(const std::string &sql, const Values &values) {
    std::string text;
    for (size_t i = 0; i < sql.size(); i++) {
        if (sql[i] == '$')
            text += literal(values.at(sql.at(++i) - '1'));
        else
            text += sql[i];
    }
    return text;
}

std::string joined(const Values &values) {
    std::string text;
    for (const std::string &value : values) text += (text.empty() ? "" : ", ") + literal(value);
    return text;
}

}  // namespace

const char *name(Work work) {
    switch (work) {
        case Work::pk: return "pk";
        case Work::range: return "range";
        case Work::join: return "join";
        case Work::scan: return "scan";
        case Work::insert: return "insert";
        case Work::transaction: return "switch";
        case Work::message: return "switch_one_message";
    }
    return "";
}

const char *title(Work work) {
    switch (work) {
        case Work::pk: return "PK look-up";
        case Work::range: return "20-row range";
        case Work::join: return "join";
        case Work::scan: return "full scan";
        case Work::insert: return "INSERT";
        case Work::transaction: return "switch";
        case Work::message: return "switch, one message";
    }
    return "";
}

const char *name(Protocol protocol) { return protocol == Protocol::simple ? "simple" : "prepared"; }
const char *name(Key key) { return key == Key::text ? "text" : "uuid"; }

const char *name(Variant variant) {
    switch (variant) {
        case Variant::limit: return "limit";
        case Variant::limit_again: return "limit_again";
        case Variant::ours: return "ours";
        case Variant::setting: return "setting";
        case Variant::subselect: return "subselect";
        case Variant::trigger: return "trigger";
        case Variant::schema: return "schema";
    }
    return "";
}

const char *title(Variant variant) {
    switch (variant) {
        case Variant::limit: return "LIMIT";
        case Variant::limit_again: return "LIMIT again";
        case Variant::ours: return "djust_tenants";
        case Variant::setting: return "current_setting()";
        case Variant::subselect: return "(SELECT current_setting())";
        case Variant::trigger: return "plpgsql trigger";
        case Variant::schema: return "schema per tenant";
    }
    return "";
}

std::string Case::name() const {
    return std::string(bench::name(work)) + "/" + bench::name(protocol) + "/" + bench::name(key);
}

std::vector<Variant> participants(Work work, bool quick) {
    std::vector<Variant> result;
    for (Variant variant : variants) {
        if (variant == Variant::trigger && work != Work::insert) continue;
        if (variant == Variant::subselect && quick) continue;
        result.push_back(variant);
    }
    return result;
}

int warm_up(Work work) { return work == Work::scan ? 1 : 2 * switching_tenants; }

Data read_data(const std::string &socket) {
    Connection superuser(socket, "postgres");
    Data data{socket, {}, 0, 0};
    Result tenants = superuser.query("SELECT n, text_id, uuid_id, schema_name FROM bench.tenant ORDER BY n");
    for (int row = 0; row < tenants.rows(); row++)
        data.tenants.push_back({std::stoi(tenants.value(row, 0)), tenants.value(row, 1), tenants.value(row, 2),
                                tenants.value(row, 3)});
    data.rows = std::stoi(superuser.query("SELECT count(*) FROM bench.doc WHERE n = 1").value(0, 0));
    data.first_id = 1000000000 * std::stol(superuser.query("SELECT nextval('bench.run')").value(0, 0));
    if (data.tenants.size() < 2 * switching_tenants || data.rows < 2 * range_rows) throw Error("too little data");
    return data;
}

Session::Session(const Data &data, Case which, Variant variant)
    : data_(data),
      case_(which),
      variant_(variant),
      connection_(data.socket, by_hand(variant) ? "bench_limit" : "bench_app"),
      statement_(statement()) {
    static std::atomic<long> sessions{0};
    first_id_ = data.first_id + ids_of_a_session * sessions++;

    Variant owner = variant == Variant::limit_again ? Variant::limit : variant;
    std::string path =
        variant == Variant::schema ? tenant(0).schema : std::string(name(owner)) + "_" + name(which.key);
    connection_.query("SET search_path = " + path);
    if (!by_hand(variant) && !switches(which.work)) connection_.query("SET " + set(tenant(0)));
    if (which.work == Work::scan)
        connection_.query(
            "SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off; "
            "SET max_parallel_workers_per_gather = 0");
    if (which.protocol == Protocol::prepared) {
        // At once what the server comes to by itself after five executions.
        connection_.query("SET plan_cache_mode = force_generic_plan");
        connection_.prepare("work", statement_);
    }
}

const Tenant &Session::tenant(long step) const {
    return data_.tenants[single_tenant + (switches(case_.work) ? step % switching_tenants : 0)];
}

std::string Session::key(const Tenant &tenant) const { return case_.key == Key::text ? tenant.text : tenant.uuid; }

std::string Session::set(const Tenant &tenant) const {
    switch (variant_) {
        case Variant::ours: return "djust_tenants.tenant_id = '" + key(tenant) + "'";
        case Variant::schema: return "search_path = " + tenant.schema;
        default: return "app.tenant = '" + key(tenant) + "'";
    }
}

// The same text for everybody, but that LIMIT names the tenant; its place in WHERE is the index's.
std::string Session::statement() const {
    bool hand = by_hand(variant_);
    switch (case_.work) {
        case Work::pk:
        case Work::transaction:
        case Work::message:
            return std::string("SELECT title, amount FROM doc WHERE ") + (hand ? "tenant_id = $2 AND " : "") +
                   "id = $1";
        case Work::range:
            return std::string("SELECT title, amount FROM doc WHERE ") + (hand ? "tenant_id = $3 AND " : "") +
                   "id BETWEEN $1 AND $2 ORDER BY id";
        case Work::join:
            return std::string("SELECT d.title, d.amount, a.name FROM doc d JOIN author a ON a.id = d.author_id ") +
                   (hand ? "AND a.tenant_id = $2 WHERE d.tenant_id = $2 AND " : "WHERE ") + "d.id = $1";
        case Work::scan:
            return std::string("SELECT count(*), min(title), sum(amount) FROM doc") +
                   (hand ? " WHERE tenant_id = $1" : "");
        case Work::insert:
            return std::string("INSERT INTO entry (id, author_id, title, amount") + (hand ? ", tenant_id" : "") +
                   ") VALUES ($1, $2, $3, $4" + (hand ? ", $5)" : ")");
    }
    return "";
}

Values Session::values(long step) const {
    Values values;
    long row = tenant(step).number * ids_of_a_tenant + 1 + step * stride % (data_.rows - range_rows);
    switch (case_.work) {
        case Work::pk:
        case Work::transaction:
        case Work::message:
        case Work::join: values = {std::to_string(row)}; break;
        case Work::range: values = {std::to_string(row), std::to_string(row + range_rows - 1)}; break;
        case Work::scan: break;
        case Work::insert: {
            std::string title = "new " + std::to_string(first_id_ + step);
            values = {std::to_string(first_id_ + step), "7", title, std::to_string(step % 1000)};
            break;
        }
    }
    if (by_hand(variant_)) values.push_back(key(tenant(step)));
    return values;
}

Result Session::main_statement(long step) {
    return case_.protocol == Protocol::prepared ? connection_.execute("work", values(step))
                                                : connection_.query(inlined(statement_, values(step)));
}

void Session::run(int count) {
    for (int i = 0; i < count; i++, step_++) {
        if (!switches(case_.work)) {
            check(main_statement(step_), step_);
            continue;
        }
        std::string set_local = by_hand(variant_) ? "" : "SET LOCAL " + set(tenant(step_));
        if (case_.work == Work::message && !set_local.empty()) {
            connection_.query("BEGIN; " + set_local);
        } else {
            connection_.query("BEGIN");
            if (!set_local.empty()) connection_.query(set_local);
        }
        check(main_statement(step_), step_);
        connection_.query("COMMIT");
    }
}

void Session::check(const Result &result, long step) const {
    const std::string owner = "doc " + std::to_string(tenant(step).number) + "-";
    const long row = 1 + step * stride % (data_.rows - range_rows);
    switch (case_.work) {
        case Work::insert:
            if (result.written() != "1") wrong("wrote " + result.written() + " rows", step);
            return;
        case Work::scan:
            if (result.value(0, 0) != std::to_string(data_.rows)) wrong("counted " + result.value(0, 0), step);
            if (result.value(0, 1).rfind(owner, 0) != 0) wrong("saw " + result.value(0, 1), step);
            return;
        default: break;
    }
    const int expected = case_.work == Work::range ? range_rows : 1;
    if (result.rows() != expected) wrong("saw " + std::to_string(result.rows()) + " rows", step);
    for (int i = 0; i < expected; i++)
        if (result.value(i, 0) != owner + std::to_string(row + i)) wrong("saw " + result.value(i, 0), step);
    if (case_.work == Work::join && result.value(0, 2).rfind("author " + owner.substr(4), 0) != 0)
        wrong("saw " + result.value(0, 2), step);
}

void Session::wrong(const std::string &what, long step) const {
    throw Error(case_.name() + " by " + name(variant_) + " did not do its work: as " + key(tenant(step)) + " it " +
                what + "\n  statement: " + inlined(statement_, values(step)));
}

void Session::verify_inserted(Connection &superuser) const {
    if (case_.work != Work::insert) return;
    Variant owner = variant_ == Variant::limit_again ? Variant::limit : variant_;
    std::string mine = "id >= " + std::to_string(first_id_) + " AND id < " + std::to_string(first_id_ + ids_of_a_session);
    std::string sql = variant_ == Variant::schema
                          ? "SELECT count(*) FROM " + tenant(0).schema + ".entry WHERE " + mine
                          : std::string("SELECT count(*) FROM ") + name(owner) + "_" + name(case_.key) +
                                ".entry WHERE tenant_id = '" + key(tenant(0)) + "' AND " + mine;
    std::string found = superuser.query(sql).value(0, 0);
    if (found != std::to_string(step_))
        wrong("has inserted " + found + " of " + std::to_string(step_) + " rows", step_ - 1);
}

std::string Session::explain() {
    if (switches(case_.work) && !by_hand(variant_)) connection_.query("SET " + set(tenant(step_)));
    Values arguments = values(step_);
    std::string sql = "EXPLAIN (COSTS OFF) ";
    if (case_.protocol == Protocol::prepared)
        sql += "EXECUTE work" + (arguments.empty() ? "" : "(" + joined(arguments) + ")");
    else
        sql += inlined(statement_, arguments);
    Result plan = connection_.query(sql);
    std::string text;
    for (int row = 0; row < plan.rows(); row++) text += plan.value(row, 0) + "\n";
    return text;
}

}  // namespace bench
