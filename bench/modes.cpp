// What an ordinary statement costs when the tenant is held in another way: in signed mode, entered by a token, and by a
// role with a fence. LIMIT is the same statement on the same table by a role of open mode, whose tenant a SET has
// entered, and which has no fence (while others have).
#include "cases.hpp"

namespace bench {

namespace {

enum class Way { as_token, fenced };  // `signed` is a word of C++

const char *name(Way way) {
    switch (way) {
        case Way::as_token: return "signed";
        case Way::fenced: return "fenced";
    }
    return "";
}

constexpr char key_id[] = "bench-modes";
constexpr char secret[] = "a secret of the benchmark alone, 0123456789";

// A signing key, or a fence, for as long as one case is measured.
class Arranged {
  public:
    Arranged(const Data &data, Way way) : data_(data), way_(way) {
        const std::string &tenant = data.tenants[single_tenant].text;
        data.superuser->quietly(way == Way::fenced ? "SELECT djust_tenants.allow_tenant('bench_fenced', '" + tenant + "')"
                                         : std::string("SELECT djust_tenants.add_signing_key('") + key_id +
                                               "', 'HS256', '" + secret + "')");
    }
    ~Arranged() {
        try {
            data_.superuser->quietly(way_ == Way::fenced
                               ? "SELECT djust_tenants.disallow_tenant('bench_fenced', '" +
                                     data_.tenants[single_tenant].text + "')"
                               : std::string("SELECT djust_tenants.drop_signing_key('") + key_id + "')");
        } catch (const Error &) {
            // The server is gone, and they with it.
        }
    }
    Arranged(const Arranged &) = delete;
    Arranged &operator=(const Arranged &) = delete;

  private:
    const Data &data_;
    Way way_;
};

Statement look_up(const Data &data) {
    const Tenant &tenant = data.tenants[single_tenant];
    const long rows = data.rows, first = tenant.number * ids_of_a_tenant;
    const std::string owner = std::to_string(tenant.number);
    auto row = [rows](long step) { return 1 + step * 37 % rows; };
    Statement result;
    result.sql = "SELECT title, amount FROM doc WHERE id = $1";
    result.values = [=](long step) { return Values{std::to_string(first + row(step))}; };
    result.complaint = [=](const Result &seen, long step) {
        return expect(seen, 1, "doc " + owner + "-" + std::to_string(row(step)));
    };
    return result;
}

const char *role_of(Way way, Variant variant) {
    if (by_hand(variant)) return role(Variant::ours);
    return way == Way::fenced ? "bench_fenced" : "bench_signed";
}

std::string beginning(const Data &data, Way way, Variant variant) {
    if (by_hand(variant) || way == Way::fenced) return setup(data, Variant::ours, Key::text);
    const Tenant &tenant = data.tenants[single_tenant];
    return setup(data, Variant::ours, Key::text, false) + "; SELECT djust_tenants.set_tenant_from_token('" +
           data.superuser->value("SELECT djust_tenants.sign_token('" + tenant.text + "', '" + key_id + "', '1 day')") +
           "', false)";
}

class ModeSession : public StatementSession {
  public:
    ModeSession(const Data &data, Way way, Variant variant, Protocol protocol)
        : StatementSession(data, role_of(way, variant), beginning(data, way, variant), protocol, look_up(data)) {
        std::string mode = connection_.value("SHOW djust_tenants.context_mode");
        if (mode != (way == Way::fenced || by_hand(variant) ? "open" : "signed"))
            throw Error(std::string("the mode of ") + role_of(way, variant) + " is " + mode);
    }
};

}  // namespace

void add_modes(Cases &cases) {
    for (Way way : {Way::as_token, Way::fenced})
        for (Protocol protocol : {Protocol::simple, Protocol::generic}) {
            if (cases.quick() && protocol == Protocol::simple) continue;
            Case which;
            which.row = name(way);
            which.name = std::string(name(way)) + "/pk/" + name(protocol);
            which.statements = 200;
            which.variants = cases.with({Variant::limit_again}, {Variant::limit_again});
            which.around = [=](const Data &data) { return std::make_shared<Arranged>(data, way); };
            which.open = [=](const Data &data, Variant variant) {
                return std::make_unique<ModeSession>(data, way, variant, protocol);
            };
            cases.add_with_time(which, 40);
        }
}

}  // namespace bench
