// A PK look-up in a table that is partitioned by hash of the tenant: does planning it look at one partition or at all?
#include "cases.hpp"

namespace bench {

namespace {

constexpr long stride = 37;
constexpr long rows = 100;  // load/partitions.sql takes the first hundred of each tenant

Statement statement(const Data &data, const std::string &table, Variant variant) {
    const Tenant &tenant = data.tenants[single_tenant];
    auto row = [](long step) { return 1 + step * stride % rows; };
    Statement result;
    result.sql = "SELECT title, amount FROM " + table + " WHERE " + (by_hand(variant) ? "tenant_id = $2 AND " : "") +
                 "id = $1";
    result.values = [=](long step) {
        Values values = {std::to_string(tenant.number * ids_of_a_tenant + row(step))};
        if (by_hand(variant)) values.push_back(tenant.text);
        return values;
    };
    result.complaint = [=](const Result &seen, long step) {
        return expect(seen, 1, "doc " + std::to_string(tenant.number) + "-" + std::to_string(row(step)));
    };
    return result;
}

void add(Cases &cases, int partitions, Protocol protocol, Meter meter) {
    Case which;
    which.row = "partitions";
    which.name = "partitions/" + std::to_string(partitions) + "/" + name(protocol);
    which.meter = meter;
    which.phase = meter == Meter::cpu ? Phase::time : Phase::instructions;
    which.gates = meter == Meter::cpu && partitions >= 64;
    which.variants = cases.with({Variant::limit_again, Variant::plain, Variant::setting}, {Variant::plain});
    if (cases.quick() && meter == Meter::cpu) which.variants.push_back(Variant::limit_again);
    which.statements = 10;
    which.warm_up = 2;
    which.open = [=](const Data &data, Variant variant) {
        // Each row-security variant reads the scoped tables; the setting has its own.
        std::string path = by_hand(variant)                ? "limit_partitions"
                           : variant == Variant::setting   ? "setting_partitions"
                                                           : "ours_partitions";
        std::string setup = "SET search_path = " + path;
        if (!by_hand(variant)) setup += "; SET " + assignment(variant, data.tenants[single_tenant].text, "");
        return std::make_unique<StatementSession>(data, role(variant), setup, protocol,
                                                  statement(data, "doc_" + std::to_string(partitions), variant));
    };
    cases.add(which);
}

}  // namespace

void add_partitions(Cases &cases) {
    for (int partitions : {16, 64, 256})
        for (Protocol protocol : {Protocol::simple, Protocol::unnamed}) {
            if (cases.quick() && partitions == 16) continue;
            add(cases, partitions, protocol, Meter::cpu);
            // By instructions too, where the neighbours' load does not show.
            if (!cases.quick() || (partitions == 64 && protocol == Protocol::simple))
                add(cases, partitions, protocol, Meter::instructions);
        }
}

}  // namespace bench
