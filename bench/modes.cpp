// What an ordinary statement costs when the tenant is held in another way: in signed mode, entered by a token; by a role
// with a fence; by a role without one where others have fences. LIMIT is the same statement on the same table by a role
// of open mode, whose tenant a SET has entered, in the database without any fence.
#include "cases.hpp"

namespace bench {

namespace {

enum class Way { by_token, fenced, beside_fences };

const char *name(Way way) {
    switch (way) {
        case Way::by_token: return "signed";
        case Way::fenced: return "fenced";
        case Way::beside_fences: return "beside_fences";
    }
    return "";
}

const char *role(Way way) {
    switch (way) {
        case Way::by_token: return "bench_signed";
        case Way::fenced: return "bench_fenced";
        case Way::beside_fences: return bench::role(Variant::ours);
    }
    return "";
}

constexpr char key_id[] = "bench-modes";
constexpr char secret[] = "a secret of the benchmark alone, 0123456789";

// A signing key, or a fence, for as long as one session works.
class Arranged {
  public:
    Arranged(const Data &data, Way way)
        : data_(data),
          arguments_(way == Way::by_token ? std::string("'") + key_id + "'"
                                          : "'bench_fenced', '" + data.tenants[single_tenant].text + "'"),
          signed_(way == Way::by_token) {
        change(signed_ ? "add_signing_key(" + arguments_ + ", 'HS256', '" + secret + "')"
                       : "allow_tenant(" + arguments_ + ")");
    }
    ~Arranged() {
        try {
            change((signed_ ? "drop_signing_key(" : "disallow_tenant(") + arguments_ + ")");
        } catch (const Error &) {
            // The server is gone, and they with it.
        }
    }
    Arranged(const Arranged &) = delete;
    Arranged &operator=(const Arranged &) = delete;

  private:
    // What it leaves behind, whoever reads the table first would tidy up: 0.5 % of that session's instructions.
    void change(const std::string &call) {
        data_.superuser->quietly("SELECT djust_tenants." + call);
        data_.superuser->query(std::string("VACUUM (FREEZE) djust_tenants.") +
                               (signed_ ? "signing_key_material" : "tenant_role_fence"));
    }

    const Data &data_;
    std::string arguments_;
    bool signed_;
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

std::string by_token(const Data &data) {
    return setup(data, Variant::ours, Key::text, false) + "; SELECT djust_tenants.set_tenant_from_token('" +
           data.superuser->value("SELECT djust_tenants.sign_token('" + data.tenants[single_tenant].text + "', '" + key_id +
                                 "', '1 day')") +
           "', false)";
}

class ModeSession : public StatementSession {
  public:
    // LIMIT has nothing arranged.
    ModeSession(const Data &data, const std::string &role, const std::string &setup, Protocol protocol,
                std::unique_ptr<Arranged> arranged)
        : StatementSession(data, role, setup, protocol, look_up(data)), arranged_(std::move(arranged)) {}

  private:
    std::unique_ptr<Arranged> arranged_;
};

std::unique_ptr<Session> open(const Data &data, Way way, Variant variant, Protocol protocol) {
    if (by_hand(variant))
        return std::make_unique<ModeSession>(data, bench::role(Variant::ours), setup(data, Variant::ours, Key::text),
                                             protocol, nullptr);
    auto arranged = std::make_unique<Arranged>(data, way);
    return std::make_unique<ModeSession>(data, role(way),
                                         way == Way::by_token ? by_token(data) : setup(data, Variant::ours, Key::text),
                                         protocol, std::move(arranged));
}

}  // namespace

void add_modes(Cases &cases) {
    for (Way way : {Way::by_token, Way::fenced, Way::beside_fences})
        for (Protocol protocol : {Protocol::simple, Protocol::generic}) {
            if (cases.quick() && (protocol == Protocol::simple || way == Way::beside_fences)) continue;
            Case which;
            which.row = way == Way::by_token ? "signed" : "fenced";
            which.name = std::string(name(way)) + "/pk/" + name(protocol);
            which.statements = 200;
            which.variants = cases.with({Variant::limit_again}, {Variant::limit_again});
            which.alone = true;  // while LIMIT works there is no fence
            which.open = [=](const Data &data, Variant variant) { return open(data, way, variant, protocol); };
            cases.add(which);
        }
}

}  // namespace bench
