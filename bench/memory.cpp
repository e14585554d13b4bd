// The memory of one backend, as of a connection pool, after it has served 2,000 tenants in ten tables each.
#include <fstream>
#include <sstream>

#include "cases.hpp"

namespace bench {

namespace {

constexpr int tenants = 2000;
constexpr int tables = 10;

// Pages that only this process has and has written to: what an idle connection keeps from everybody else.
double private_dirty(int process) {
    const std::string file = "/proc/" + std::to_string(process) + "/smaps";
    std::ifstream input(file);
    double kilobytes = 0;
    bool found = false;
    for (std::string line; std::getline(input, line);) {
        if (line.rfind("Private_Dirty:", 0) != 0) continue;
        kilobytes += std::stod(line.substr(14));
        found = true;
    }
    if (!found) throw Error("cannot read " + file);
    return kilobytes * 1024;
}

// Everything that one tenant's request does: each table once by a statement that is planned, and once by a prepared one.
void serve(Connection &connection, Variant variant, int tenant) {
    const std::string id = "t" + std::to_string(tenant);
    const std::string row = std::to_string(tenant * ids_of_a_tenant + 1);
    connection.query(by_hand(variant) ? "BEGIN"
                                      : "BEGIN; SET LOCAL " + assignment(variant, id, "schema_" + std::to_string(tenant)));
    for (int table = 1; table <= tables; table++) {
        const std::string number = std::to_string(table);
        std::string sql = "SELECT title FROM t" + number + " WHERE " + (by_hand(variant) ? "tenant_id = $2 AND " : "") +
                          "id = $1";
        Values values = {row};
        if (by_hand(variant)) values.push_back(id);
        if (tenant == 1) connection.prepare("t" + number, sql);
        for (bool prepared : {false, true}) {
            std::string wrong = expect(prepared ? connection.execute("t" + number, values)
                                                : connection.query(inlined(sql, values)),
                                       1, std::to_string(tenant) + "-");
            if (!wrong.empty()) throw Error("tenant " + id + ", table t" + number + ": " + wrong);
        }
    }
    connection.query("COMMIT");
}

// Minus what a fresh backend of the same role has, that has answered one question.
Cost grown(const Data &data, Variant variant) {
    Connection fresh(data.socket, role(variant)), connection(data.socket, role(variant));
    fresh.query("SELECT 1");
    int served = tenants;
    Cost cost;
    if (variant == Variant::schema) {
        served = std::stoi(fresh.value("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^schema_[0-9]+$'"));
        if (served < tenants)
            cost.note = "from " + std::to_string(served) + " schemas, times " + std::to_string(tenants / served);
    } else {
        std::string tables = variant == Variant::setting ? "setting" : by_hand(variant) ? "limit" : "ours";
        connection.query("SET search_path = " + tables + "_memory");
    }
    for (int tenant = 1; tenant <= served; tenant++) serve(connection, variant, tenant);
    cost.amount = (private_dirty(connection.backend()) - private_dirty(fresh.backend())) * tenants / served;
    return cost;
}

}  // namespace

void add_memory(Cases &cases) {
    Case which;
    which.row = "memory";
    which.name = "memory/2000_tenants/10_tables";
    which.meter = Meter::memory;
    which.phase = Phase::time;
    which.variants = cases.with({Variant::plain, Variant::setting, Variant::schema}, {Variant::schema});
    const std::vector<Variant> variants = which.variants;
    which.measure = [variants](const Data &data) {
        Costs costs;
        for (Variant variant : variants) costs[variant] = grown(data, variant);
        for (auto &[variant, cost] : costs) cost.ratio = cost.amount / costs.at(Variant::limit).amount;
        return costs;
    };
    cases.add(which);
}

}  // namespace bench
