// A transaction that enters a tenant, another one each time: a message for every command, BEGIN and SET LOCAL in one,
// or everything in one pipeline. LIMIT enters nobody: BEGIN, the look-up, COMMIT.
#include "cases.hpp"

namespace bench {

namespace {

enum class Way { separate, message, pipelined };

const char *name(Way way) {
    switch (way) {
        case Way::separate: return "separate";
        case Way::message: return "message";
        case Way::pipelined: return "pipelined";
    }
    return "";
}

Statement look_up(const Data &data, Key key, Variant variant) {
    const long rows = data.rows;
    const Data *all = &data;
    auto tenant = [all](long step) -> const Tenant & {
        return all->tenants[static_cast<size_t>(single_tenant + step % switching_tenants)];
    };
    auto row = [rows](long step) { return 1 + step * 37 % rows; };
    Statement result;
    result.sql = std::string("SELECT title, amount FROM doc WHERE ") + (by_hand(variant) ? "tenant_id = $2 AND " : "") +
                 "id = $1";
    result.values = [=](long step) {
        Values values = {std::to_string(tenant(step).number * ids_of_a_tenant + row(step))};
        if (by_hand(variant)) values.push_back(tenant(step).id(key));
        return values;
    };
    result.complaint = [=](const Result &seen, long step) {
        return expect(seen, 1, "doc " + std::to_string(tenant(step).number) + "-" + std::to_string(row(step)));
    };
    return result;
}

class SwitchSession : public StatementSession {
  public:
    SwitchSession(const Data &data, Variant variant, Key key, Protocol protocol, Way way)
        : StatementSession(data, role(variant), setup(data, variant, key, false), protocol,
                           look_up(data, key, variant)),
          variant_(variant),
          key_(key),
          way_(way) {}

    std::string explain() override {
        const Tenant &tenant = data_.tenants[static_cast<size_t>(single_tenant + steps_ % switching_tenants)];
        if (!by_hand(variant_)) connection_.query("SET " + assignment(variant_, tenant.id(key_), tenant.schema));
        return StatementSession::explain();
    }

  protected:
    void step(long step) override {
        const Tenant &tenant = data_.tenants[static_cast<size_t>(single_tenant + step % switching_tenants)];
        const std::string enter =
            by_hand(variant_) ? "" : "SET LOCAL " + assignment(variant_, tenant.id(key_), tenant.schema);
        if (way_ == Way::pipelined) {
            std::vector<Message> messages = {{"BEGIN", {}}};
            if (!enter.empty()) messages.push_back({enter, {}});
            messages.push_back(message(step));
            messages.push_back({"COMMIT", {}});
            check(connection_.pipeline(messages)[messages.size() - 2], step);
            return;
        }
        connection_.query(way_ == Way::message && !enter.empty() ? "BEGIN; " + enter : "BEGIN");
        if (way_ == Way::separate && !enter.empty()) connection_.query(enter);
        check(perform(step), step);
        connection_.query("COMMIT");
    }

  private:
    Variant variant_;
    Key key_;
    Way way_;
};

void add(Cases &cases, Way way, Protocol protocol, Key key) {
    Case which;
    which.row = way == Way::pipelined ? "switch_pipelined" : "switch_message";
    which.name = std::string("switch/") + name(way) + "/" + name(protocol) + "/" + name(key);
    which.meter = Meter::time;
    which.phase = Phase::time;
    which.gates = way != Way::separate;
    which.statements = 20;
    which.variants = cases.with({Variant::limit_again, Variant::plain, Variant::setting, Variant::subselect, Variant::schema},
                                {Variant::limit_again});
    which.open = [=](const Data &data, Variant variant) {
        return std::make_unique<SwitchSession>(data, variant, key, protocol, way);
    };
    // The instructions of the switch disappear in the time of a round trip.
    cases.add_with_instructions(which, 200);
}

}  // namespace

void add_switching(Cases &cases) {
    for (Way way : {Way::separate, Way::message, Way::pipelined})
        for (Protocol protocol : {way == Way::pipelined ? Protocol::unnamed : Protocol::simple, Protocol::generic})
            for (Key key : {Key::text, Key::uuid})
                if (!cases.quick() || (key == Key::text && way != Way::separate)) add(cases, way, protocol, key);
}

}  // namespace bench
