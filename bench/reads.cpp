// PK look-up, 20-row range, join and full scan: in every protocol and under every type of key.
#include "cases.hpp"

namespace bench {

namespace {

enum class Work { pk, range, join, scan };

constexpr int range_rows = 20;
// Visits the rows in an order that neither repeats soon nor follows the table.
constexpr long stride = 37;
constexpr char only_scans[] =
    "; SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off";

const char *name(Work work) {
    switch (work) {
        case Work::pk: return "pk";
        case Work::range: return "range";
        case Work::join: return "join";
        case Work::scan: return "scan";
    }
    return "";
}

// The same text for everybody, but that LIMIT names the tenant; its place in WHERE is the index's.
std::string sql(Work work, bool hand) {
    switch (work) {
        case Work::pk:
            return std::string("SELECT title, amount FROM doc WHERE ") + (hand ? "tenant_id = $2 AND " : "") +
                   "id = $1";
        case Work::range:
            return std::string("SELECT title, amount FROM doc WHERE ") + (hand ? "tenant_id = $3 AND " : "") +
                   "id BETWEEN $1 AND $2 ORDER BY id";
        case Work::join:
            return std::string("SELECT d.title, d.amount, a.name FROM doc d JOIN author a ON a.id = d.author_id ") +
                   (hand ? "AND a.tenant_id = $2 WHERE d.tenant_id = $2 AND " : "WHERE ") + "d.id = $1";
        case Work::scan:
            return std::string("SELECT min(title), count(*), sum(amount) FROM doc") +
                   (hand ? " WHERE tenant_id = $1" : "");
    }
    return "";
}

Statement statement(const Data &data, Work work, Key key, Variant variant) {
    const Tenant &tenant = data.tenants[single_tenant];
    const std::string owner = std::to_string(tenant.number);
    const long rows = data.rows;
    auto row = [rows](long step) { return 1 + step * stride % (rows - range_rows); };
    Statement result;
    result.sql = sql(work, by_hand(variant));
    result.values = [=](long step) {
        Values values;
        long id = tenant.number * ids_of_a_tenant + row(step);
        if (work != Work::scan) values.push_back(std::to_string(id));
        if (work == Work::range) values.push_back(std::to_string(id + range_rows - 1));
        if (by_hand(variant)) values.push_back(tenant.id(key));
        return values;
    };
    result.complaint = [=](const Result &seen, long step) -> std::string {
        const int expected = work == Work::range ? range_rows : 1;
        std::string wrong = expect(seen, expected, "doc " + owner + "-");
        if (!wrong.empty()) return wrong;
        if (work == Work::scan)
            return seen.value(0, 1) == std::to_string(rows) ? "" : "counted " + seen.value(0, 1) + " rows";
        for (int i = 0; i < expected; i++)
            if (seen.value(i, 0) != "doc " + owner + "-" + std::to_string(row(step) + i)) return "saw " + seen.value(i, 0);
        if (work == Work::join && seen.value(0, 2).rfind("author " + owner + "-", 0) != 0)
            return "saw " + seen.value(0, 2);
        return "";
    };
    return result;
}

void add(Cases &cases, Work work, Protocol protocol, Key key) {
    const bool scan = work == Work::scan, generic = protocol == Protocol::generic;
    Case which;
    which.row = scan ? (generic ? "scan_generic" : "scan") : (generic ? "point_generic" : "point");
    which.name = std::string(name(work)) + "/" + name(protocol) + "/" + name(key);
    which.statements = scan ? 2 : 200;
    which.warm_up = scan ? 1 : 16;
    std::vector<Variant> full = {Variant::limit_again, Variant::plain};
    // The rivals have no bigint tables, and custom plans are simple ones without the parser.
    if (key != Key::bigint && (protocol == Protocol::simple || generic))
        full.insert(full.end(), {Variant::setting, Variant::subselect, Variant::schema});
    std::vector<Variant> quick;
    if (key == Key::text && protocol == Protocol::simple) quick = {Variant::plain, Variant::setting};
    if (key == Key::text && generic && !scan) quick = {Variant::setting};
    // One check of the meter a row.
    if (key == Key::text && (work == Work::pk || scan) && (protocol == Protocol::simple || generic))
        quick.push_back(Variant::limit_again);
    which.variants = cases.with(full, quick);
    which.open = [=](const Data &data, Variant variant) {
        return std::make_unique<StatementSession>(data, role(variant),
                                                  setup(data, variant, key) + (scan ? only_scans : ""), protocol,
                                                  statement(data, work, key, variant));
    };
    if (protocol == Protocol::simple || generic)
        cases.add_with_time(which, scan ? 1 : 50);
    else
        cases.add(which);
}

}  // namespace

void add_reads(Cases &cases) {
    for (Work work : {Work::pk, Work::range, Work::join})
        for (Protocol protocol : {Protocol::simple, Protocol::unnamed, Protocol::custom, Protocol::generic})
            for (Key key : {Key::text, Key::uuid, Key::bigint}) {
                // The quick mode: another key for the look-up alone, where it is planned each time and where never.
                if (cases.quick() && key != Key::text &&
                    (work != Work::pk || key != Key::uuid || protocol == Protocol::unnamed ||
                     protocol == Protocol::custom))
                    continue;
                // And every protocol with two of the three.
                if (cases.quick() && ((work == Work::range && protocol == Protocol::custom) ||
                                      (work == Work::join && protocol == Protocol::unnamed)))
                    continue;
                add(cases, work, protocol, key);
            }
    for (Protocol protocol : {Protocol::simple, Protocol::generic})
        for (Key key : {Key::text, Key::uuid, Key::bigint}) add(cases, Work::scan, protocol, key);
}

}  // namespace bench
