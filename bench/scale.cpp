// The same rows, divided among 10 to 100,000 tenants. look_up: the PK look-up itself, in tenants all over the table.
// request: a transaction for another tenant each time; this is what a schema for each tenant is compared by.
#include <algorithm>

#include "cases.hpp"

namespace bench {

namespace {

constexpr int visits = 10;
constexpr int most_requested = 2000;

std::string table(int size) { return "doc_" + std::to_string(size); }

Statement look_up(int size, long rows, Variant variant, std::function<int(long step)> tenant) {
    Statement result;
    result.sql = "SELECT title FROM " + table(size) + " WHERE " + (by_hand(variant) ? "tenant_id = $2 AND " : "") +
                 "id = $1";
    auto row = [rows](long step) { return 1 + step * 37 % rows; };
    result.values = [=](long step) {
        Values values = {std::to_string(tenant(step) * ids_of_a_tenant + row(step))};
        if (by_hand(variant)) values.push_back("t" + std::to_string(tenant(step)));
        return values;
    };
    result.complaint = [=](const Result &seen, long step) {
        return expect(seen, 1, std::to_string(tenant(step)) + "-" + std::to_string(row(step)));
    };
    return result;
}

long rows_of_a_tenant(const Data &data, int size) {
    return std::stol(data.superuser->value("SELECT max(id) % 1000000 FROM limit_scale." + table(size) +
                                     " WHERE tenant_id = 't1'"));
}

std::string path(Variant variant) {
    return std::string("SET search_path = ") + (by_hand(variant) ? "limit_scale" : "ours_scale");
}

// Every run visits the same ten tenants, whatever its length: the difference of two runs has no switch in it.
class LookUpSession : public StatementSession {
  public:
    LookUpSession(const Data &data, int size, Variant variant, Protocol protocol)
        : StatementSession(data, role(variant), path(variant), protocol,
                           look_up(size, rows_of_a_tenant(data, size), variant, [this](long) { return tenant_; })),
          size_(size),
          variant_(variant) {}

    void run(int count) override {
        for (int visit = 0; visit < visits; visit++) {
            tenant_ = 1 + visit * (size_ / visits);
            if (!by_hand(variant_)) connection_.query("SET " + assignment(variant_, "t" + std::to_string(tenant_), ""));
            StatementSession::run(count / visits);
        }
    }

  private:
    int size_;
    Variant variant_;
    int tenant_ = 1;
};

// Tenants take turns; before anything is measured all of them have been served once.
class RequestSession : public StatementSession {
  public:
    RequestSession(const Data &data, int size, int schemas, Variant variant, Protocol protocol)
        : StatementSession(data, role(variant),
                           variant == Variant::schema ? "SET search_path = schema_1" : path(variant), protocol,
                           statement(data, size, schemas, variant)),
          size_(size),
          schemas_(schemas),
          variant_(variant) {
        StatementSession::run(std::min(schemas ? schemas : size, most_requested));
    }

  protected:
    void step(long step) override {
        int tenant = tenant_of(size_, schemas_, step);
        std::string enter = by_hand(variant_) ? ""
                                              : "; SET LOCAL " + assignment(variant_, "t" + std::to_string(tenant),
                                                                            "schema_" + std::to_string(tenant));
        connection_.query("BEGIN" + enter);
        check(perform(step), step);
        connection_.query("COMMIT");
    }

  private:
    static int tenant_of(int size, int schemas, long step) {
        int count = std::min(schemas ? schemas : size, most_requested);
        return 1 + static_cast<int>(step % count) * (schemas ? 1 : size / count);
    }
    static Statement statement(const Data &data, int size, int schemas, Variant variant) {
        long rows = variant == Variant::schema ? 1 : rows_of_a_tenant(data, size);
        Statement result =
            look_up(size, rows, variant, [=](long step) { return tenant_of(size, schemas, step); });
        if (variant == Variant::schema) result.sql = "SELECT title FROM t1 WHERE id = $1";
        return result;
    }

    int size_, schemas_;
    Variant variant_;
};

void add_look_up(Cases &cases, int size, Protocol protocol) {
    Case which;
    which.row = "scale";
    which.name = "scale/" + std::to_string(size) + "/look_up/" + name(protocol);
    // Generic plans have a goal of their own, in the row of the look-ups.
    which.gates = protocol == Protocol::simple;
    which.variants = cases.with({Variant::limit_again, Variant::plain});
    if (cases.quick() && size == 10) which.variants.push_back(Variant::limit_again);
    which.statements = 200;
    which.warm_up = 2 * visits;
    which.open = [=](const Data &data, Variant variant) {
        return std::make_unique<LookUpSession>(data, size, variant, protocol);
    };
    cases.add(which);
}

// schemas: with the schema for each tenant, of which there are so many; LIMIT then serves as many tenants.
void add_request(Cases &cases, int size, int schemas, Protocol protocol) {
    Case which;
    which.row = "scale";
    which.name = "scale/" + std::to_string(schemas ? schemas : size) + (schemas ? "/request_schemas/" : "/request/") +
                 name(protocol);
    which.meter = Meter::cpu;
    which.phase = Phase::time;
    which.gates = false;
    which.variants = {Variant::limit, Variant::limit_again, schemas ? Variant::schema : Variant::ours};
    which.statements = 20;
    which.open = [=](const Data &data, Variant variant) {
        return std::make_unique<RequestSession>(data, size, schemas, variant, protocol);
    };
    cases.add(which);
}

}  // namespace

void add_scale(Cases &cases) {
    for (int size : {10, 100, 1000, 10000, 100000}) {
        if (cases.quick() && (size == 100 || size == 10000)) continue;
        if (!cases.quick() || size != 1000) add_look_up(cases, size, Protocol::simple);
        if (!cases.quick()) add_look_up(cases, size, Protocol::generic);
        if (!cases.quick()) add_request(cases, size, 0, Protocol::simple);
        add_request(cases, size, 0, Protocol::generic);
    }
    for (int schemas : {10, 100, 500, 2000}) {
        if (cases.quick() && schemas > 100) continue;
        const int size = schemas == 10 ? 10 : schemas == 100 && !cases.quick() ? 100 : cases.quick() ? 1000 : 10000;
        if (!cases.quick()) add_request(cases, size, schemas, Protocol::simple);
        add_request(cases, size, schemas, Protocol::generic);
    }
}

}  // namespace bench
