// Statements on a table that is not scoped, with the library loaded (ours) and not loaded (LIMIT): what everybody else
// in the database pays.
#include "cases.hpp"

namespace bench {

namespace {

enum class Work { select, insert, update };

const char *name(Work work) {
    switch (work) {
        case Work::select: return "select";
        case Work::insert: return "insert";
        case Work::update: return "update";
    }
    return "";
}

Statement statement(const Data &data, Work work) {
    const long first = fresh_ids(data);
    Statement result;
    switch (work) {
        case Work::select: result.sql = "SELECT title, amount FROM entry WHERE id = $1"; break;
        case Work::insert: result.sql = "INSERT INTO entry VALUES ($1, 7, $2, 7)"; break;
        case Work::update: result.sql = "UPDATE entry SET amount = amount + 1 WHERE id = $1"; break;
    }
    result.values = [=](long step) {
        std::string id = std::to_string(work == Work::insert ? first + step : 1 + step * 37 % 20000);
        return work == Work::insert ? Values{id, "new " + id} : Values{id};
    };
    result.complaint = [=](const Result &seen, long step) {
        return work == Work::select ? expect(seen, 1, "doc " + std::to_string(1 + step * 37 % 20000))
                                    : expect_written(seen, 1);
    };
    return result;
}

// Who only reads shares a table: another table's numbers lie elsewhere in the caches' hash tables, which alone is up to
// 0.3 % of a statement. Who writes finds the pages as the writers before have left them, so each variant has its own.
std::string schema(Variant variant, Work work) {
    return std::string(work == Work::select ? "shared" : bench::name(variant)) + "_unscoped";
}

// Whether it is loaded is the difference, so it is looked at.
class UnscopedSession : public StatementSession {
  public:
    UnscopedSession(const Data &data, Variant variant, Work work, Protocol protocol)
        : StatementSession(data, by_hand(variant) ? "bench_unloaded" : "bench_loaded",
                           "SET search_path = " + schema(variant, work), protocol,
                           statement(data, work)) {
        // A pool's backend has worked before. In a fresh one it is chance whether a statement's blocks fit into what
        // the start has left free in the heap: 0.3 % of a statement, for the one or for the other.
        for (int i = 0; i < 8; i++)
            connection_.prepare("before" + std::to_string(i), "SELECT title FROM entry WHERE id = $1");
        bool loaded = connection_.value("SELECT current_setting('djust_tenants.copy_from', true) IS NOT NULL") == "t";
        if (loaded == by_hand(variant))
            throw Error(std::string("the library is ") + (loaded ? "" : "not ") + "loaded, which it must " +
                        (loaded ? "not " : "") + "be for " + bench::name(variant));
    }
};

}  // namespace

void add_unscoped(Cases &cases) {
    for (Work work : {Work::select, Work::insert, Work::update})
        for (Protocol protocol : {Protocol::simple, Protocol::generic}) {
            if (cases.quick() && work != Work::select && protocol == Protocol::simple) continue;
            Case which;
            which.row = "unscoped";
            which.name = std::string("unscoped/") + name(work) + "/" + name(protocol);
            which.phase = Phase::loading;
            which.variants = cases.with({Variant::limit_again}, {});
            if (cases.quick() && work == Work::select) which.variants.push_back(Variant::limit_again);
            which.writes = work != Work::select;
            which.alone = work == Work::update;
            which.statements = work == Work::select ? 200 : 800;
            which.open = [=](const Data &data, Variant variant) {
                return std::make_unique<UnscopedSession>(data, variant, work, protocol);
            };
            cases.add(which);
        }
}

}  // namespace bench
