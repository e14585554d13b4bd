// INSERT, UPDATE and DELETE. Each variant has a table of its own to write to, and every row is counted afterwards.
#include "cases.hpp"

namespace bench {

namespace {

enum class Work { insert, insert_select, values, update, remove };

constexpr int batch = 1000;  // rows of an INSERT ... SELECT, and of a VALUES list
constexpr long stock = 100000;  // load/core.sql: ids of the rows to delete begin after it

const char *name(Work work) {
    switch (work) {
        case Work::insert: return "insert";
        case Work::insert_select: return "insert_select";
        case Work::values: return "insert_values";
        case Work::update: return "update";
        case Work::remove: return "delete";
    }
    return "";
}

const char *row(Work work) {
    switch (work) {
        case Work::insert: return "insert";
        case Work::insert_select: return "insert_select";
        case Work::values: return "insert_values";
        default: return "update_delete";
    }
}

long rows_written(Work work) { return work == Work::insert_select || work == Work::values ? batch : 1; }

// A session's own ids: those it inserts, or the stock's that are left.
long first_id(const Data &data, Work work, const std::string &table, const Tenant &tenant, const std::string &mine) {
    if (work != Work::remove) return fresh_ids(data);
    return std::stol(data.superuser->value("SELECT coalesce(min(id), 0) FROM " + table + " WHERE " + mine + "id > " +
                                     std::to_string(tenant.number * ids_of_a_tenant + stock) + " AND id < " +
                                     std::to_string((tenant.number + 1) * ids_of_a_tenant)));
}

Statement statement(const Data &data, Work work, Key key, Variant variant) {
    const Tenant &tenant = data.tenants[single_tenant];
    const bool hand = by_hand(variant);
    std::string path = search_path(variant, key, tenant);
    const std::string table = path.substr(0, path.find(',')) + ".entry";
    const std::string mine = variant == Variant::schema ? "" : "tenant_id = " + literal(tenant.id(key)) + " AND ";
    const long first = first_id(data, work, table, tenant, mine);
    const long rows = data.rows;
    const std::string columns = std::string("INSERT INTO entry (id, author_id, title, amount") +
                                (hand ? ", tenant_id)" : ")");
    Statement result;
    switch (work) {
        case Work::insert: result.sql = columns + " VALUES ($1, $2, $3, $4" + (hand ? ", $5)" : ")"); break;
        case Work::insert_select:
            result.sql = columns + " SELECT id + $1, author_id, title, amount" + (hand ? ", $2" : "") +
                         " FROM bench.source";
            break;
        case Work::values: result.sql = columns + " VALUES $1"; break;
        case Work::update:
            result.sql = std::string("UPDATE entry SET amount = amount + 1 WHERE ") + (hand ? "tenant_id = $2 AND " : "") +
                         "id = $1";
            break;
        case Work::remove:
            result.sql = std::string("DELETE FROM entry WHERE ") + (hand ? "tenant_id = $2 AND " : "") + "id = $1";
            break;
    }
    result.values = [=](long step) {
        Values values;
        const std::string own = std::to_string(first + step * rows_written(work));
        switch (work) {
            case Work::insert: values = {own, "7", "new " + own, std::to_string(step % 1000)}; break;
            case Work::insert_select:
            case Work::values: values = {own}; break;
            case Work::update:
                values = {std::to_string(tenant.number * ids_of_a_tenant + 1 + step * 37 % rows)};
                break;
            case Work::remove: values = {std::to_string(first + step)}; break;
        }
        if (hand) values.push_back(tenant.id(key));
        return values;
    };
    result.complaint = [=](const Result &seen, long) { return expect_written(seen, rows_written(work)); };
    // What is there now and was not before, or the other way round.
    const std::string count = "SELECT count(*), coalesce(sum(amount), 0) FROM " + table;
    auto tally = [count, mine, superuser = data.superuser]() {
        Result own = superuser->query(count + " WHERE " + mine + "true");
        Result all = superuser->query(count);
        return std::vector<long>{std::stol(own.value(0, 0)), std::stol(own.value(0, 1)), std::stol(all.value(0, 0)),
                                 std::stol(all.value(0, 1))};
    };
    const std::vector<long> before = tally();
    result.verify = [=](long steps) -> std::string {
        std::vector<long> now = tally();
        long more = work == Work::remove ? -steps : work == Work::update ? 0 : steps * rows_written(work);
        if (now[0] - before[0] != more) return "the tenant has " + std::to_string(now[0] - before[0]) + " more rows";
        if (now[2] - before[2] != more) return "the table has " + std::to_string(now[2] - before[2]) + " more rows";
        if (now[1] - before[1] != now[3] - before[3]) return "another tenant's amounts have changed";
        if (work == Work::update && now[1] - before[1] != steps) return "amounts have not grown by one each";
        return "";
    };
    return result;
}

// A thousand rows written out, as an application or pg_dump --inserts does. Only in the simple protocol.
class ValuesSession : public StatementSession {
  public:
    ValuesSession(const Data &data, Variant variant, Key key)
        : StatementSession(data, role(variant), setup(data, variant, key), Protocol::simple,
                           statement(data, Work::values, key, variant)),
          tail_(by_hand(variant) ? ", " + literal(data.tenants[single_tenant].id(key)) + ")" : ")") {}

    std::string explain() override { return connection_.value("EXPLAIN (COSTS OFF) " + text(0)) + "\n"; }

  protected:
    void step(long step) override {
        std::string wrong = expect_written(connection_.query(text(step)), batch);
        if (!wrong.empty()) throw Error("a statement did not do its work: " + wrong);
    }

  private:
    std::string text(long step) const {
        long first = std::stol(statement_.values(step)[0]);
        std::string text = statement_.sql.substr(0, statement_.sql.find("$1"));
        for (int i = 0; i < batch; i++)
            text += (i ? ", (" : "(") + std::to_string(first + i) + ", 7, 'new " + std::to_string(first + i) + "', 7" +
                    tail_;
        return text;
    }
    std::string tail_;
};

void add(Cases &cases, Work work, Protocol protocol, Key key) {
    Case which;
    which.row = row(work);
    which.name = std::string(name(work)) + "/" + name(protocol) + "/" + name(key);
    // The goal for one row is the prepared statement's; the parser's share is for comparison.
    which.gates = work != Work::insert || protocol == Protocol::generic;
    const bool single = rows_written(work) == 1;
    // Page splits of the index make single INSERTs uneven.
    which.statements = work == Work::insert ? 800 : single ? 200 : 6;
    which.warm_up = single ? 16 : 1;
    which.writes = true;
    which.alone = work == Work::update || work == Work::remove;
    std::vector<Variant> full = {Variant::limit_again, Variant::plain, Variant::setting, Variant::subselect};
    if (work == Work::insert || work == Work::insert_select || work == Work::values) full.push_back(Variant::trigger);
    // The schema's table has no stock to delete.
    if (work == Work::insert || work == Work::update) full.push_back(Variant::schema);
    std::vector<Variant> quick;
    if (key == Key::text) quick = {Variant::plain};
    if (key == Key::text && work == Work::insert) quick = {Variant::limit_again, Variant::plain, Variant::trigger};
    which.variants = cases.with(full, quick);
    which.open = [=](const Data &data, Variant variant) -> std::unique_ptr<Session> {
        if (work == Work::values) return std::make_unique<ValuesSession>(data, variant, key);
        return std::make_unique<StatementSession>(data, role(variant), setup(data, variant, key), protocol,
                                                  statement(data, work, key, variant));
    };
    cases.add_with_time(which, work == Work::remove ? 10 : single ? 20 : 1);
}

}  // namespace

void add_writes(Cases &cases) {
    for (Key key : {Key::text, Key::uuid}) {
        if (!cases.quick()) add(cases, Work::insert, Protocol::simple, key);
        add(cases, Work::insert, Protocol::generic, key);
        if (cases.quick() && key != Key::text) continue;
        add(cases, Work::insert_select, Protocol::generic, key);
        add(cases, Work::values, Protocol::simple, key);
        for (Work work : {Work::update, Work::remove})
            for (Protocol protocol : {Protocol::simple, Protocol::generic})
                if (!cases.quick() || work == Work::update || protocol == Protocol::generic)
                    add(cases, work, protocol, key);
    }
}

}  // namespace bench
