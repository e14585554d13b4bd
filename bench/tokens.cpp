// What the verification of a token costs: loops in the server, over a table of tokens that an own key has signed.
// LIMIT is OpenSSL's primitive on the same bytes with the same key, in such a loop too; what the loop itself costs is
// taken off. Of set_tenant_from_token() the cost of set_current_tenant() for the same tenants is taken off: what is left
// is what the token adds. The tokens are read in turn, and are more than a session remembers, so each is verified anew.
// token/cached: there are few, the session knows them, and LIMIT is set_current_tenant().
#include <ctime>

#include "cases.hpp"
#include "signer.hpp"

namespace bench {

namespace {

constexpr int calls = 512;  // of a statement: one for each row of bench.token. A session remembers 256 tokens
constexpr char key_id[] = "bench-2026-11";

struct Kind {
    const char *name;
    Algorithm algorithm;
    bool cached;
    int turn;  // statements of a turn: some milliseconds
};
constexpr Kind kinds[] = {
    {"hs256", Algorithm::hs256, false, 4}, {"es256", Algorithm::es256, false, 1}, {"cached", Algorithm::hs256, true, 6},
    {"rs256", Algorithm::rs256, false, 1}, {"ps256", Algorithm::ps256, false, 1}, {"eddsa", Algorithm::eddsa, false, 1}};

const Tenant &tenant_of(const Data &data, int row) {
    return data.tenants[single_tenant + static_cast<size_t>(row % switching_tenants)];
}

// Claims as identity providers issue them.
std::string payload(const Tenant &tenant, int number) {
    const long now = static_cast<long>(std::time(nullptr));
    return R"({"iss":"https://login.example.com/","sub":"auth0|65f0c1d2e3a4b5c6d7e8f901","tenant_id":")" + tenant.text +
           R"(","roles":["member","billing"],"scope":"openid profile email","iat":)" + std::to_string(now - 60) +
           R"(,"exp":)" + std::to_string(now + 86400) + R"(,"jti":"01HV5X8Q2R7M4N6P)" + std::to_string(10000 + number) +
           "\"}";
}

std::string bytea(const std::string &bytes) { return "'\\x" + hexadecimal(bytes) + "'::bytea"; }

// The key and its tokens, in the server for as long as one case is measured.
class Issuer {
  public:
    Issuer(const Data &data, const Kind &kind) : data_(data), signer_(kind.algorithm) {
        // It warns of what other connections can see.
        data.superuser->quietly(std::string("SELECT djust_tenants.add_signing_key('") + key_id + "', '" +
                          bench::name(kind.algorithm) + "', '" + signer_.text() + "')");
        const int distinct = kind.cached ? switching_tenants : calls;
        std::string rows;
        for (int row = 0; row < calls; row++) {
            const Tenant &tenant = tenant_of(data, row);
            // ECDSA and PSS sign the same bytes otherwise each time, so a token that comes again is kept.
            if (row < distinct) tokens_.push_back(signer_.sign(key_id, payload(tenant, row)));
            const Signed &one = tokens_[static_cast<size_t>(row % distinct)];
            rows += (rows.empty() ? "" : ", ") + ("('" + tenant.text) + "', '" + one.token + "', '" + one.message + "', " +
                    bytea(one.signature) + ")";
        }
        data.superuser->query("INSERT INTO bench.token VALUES " + rows);
        data.superuser->query("VACUUM (FREEZE, ANALYZE) bench.token");
    }
    ~Issuer() {
        try {
            data_.superuser->quietly("TRUNCATE bench.token");
            data_.superuser->quietly(std::string("SELECT djust_tenants.drop_signing_key('") + key_id + "')");
        } catch (const Error &) {
            // The next case says so: its key is refused.
        }
    }
    Issuer(const Issuer &) = delete;
    Issuer &operator=(const Issuer &) = delete;
    std::string key() const { return signer_.key(); }

  private:
    const Data &data_;
    Signer signer_;
    std::vector<Signed> tokens_;
};

std::string call(const Kind &kind, Variant variant, const std::string &key) {
    const bool limit = by_hand(variant);
    if (variant == Variant::empty) return "tenant_id";
    if (variant == Variant::entered || (limit && kind.cached)) return "djust_tenants.set_current_tenant(tenant_id)";
    if (!limit) return "djust_tenants.set_tenant_from_token(token)";
    if (kind.algorithm == Algorithm::hs256) return "bench.hmac(" + bytea(key) + ", message, signature)";
    return "bench.digest_verify(" + bytea(key) + ", message, signature, " +
           (kind.algorithm == Algorithm::ps256 ? "true)" : "false)");
}

Statement statement(const Kind &kind, Variant variant, const std::string &key) {
    Statement result;
    result.sql = "SELECT count(" + call(kind, variant, key) + ") FROM bench.token";
    result.values = [](long) { return Values(); };
    result.complaint = [](const Result &seen, long) {
        return seen.value(0, 0) == std::to_string(calls) ? "" : "counted " + seen.value(0, 0);
    };
    return result;
}

// All in one transaction, which a tenant is entered for by default.
class TokenSession : public StatementSession {
  public:
    TokenSession(const Data &data, const Kind &kind, Variant variant, const std::string &key)
        : StatementSession(data, role(Variant::ours), "BEGIN", Protocol::generic, statement(kind, variant, key)),
          enters_(variant == Variant::ours || variant == Variant::entered) {}
    std::string verify() override {
        if (!enters_) return "";
        std::string id = connection_.value("SELECT (djust_tenants.current_tenant()).id");
        return id == tenant_of(data_, calls - 1).text ? "" : "the last row's token is not the current tenant's: " + id;
    }

  private:
    bool enters_;
};

void add(Cases &cases, const Kind &kind) {
    Case which;
    which.row = std::string("token_") + kind.name;
    which.name = std::string("token/") + kind.name;
    which.meter = Meter::cpu;
    which.phase = Phase::time;
    which.variants = {Variant::limit, Variant::limit_again, Variant::ours, Variant::empty};
    which.minus = {{Variant::limit, Variant::empty},
                   {Variant::limit_again, Variant::empty},
                   {Variant::ours, kind.cached ? Variant::limit : Variant::entered}};
    if (!kind.cached) which.variants.push_back(Variant::entered);
    which.calls = calls;
    which.statements = kind.turn;
    which.warm_up = 1;
    // The sessions begin while the issuer is there.
    auto issuer = std::make_shared<std::weak_ptr<Issuer>>();
    which.around = [=](const Data &data) {
        auto made = std::make_shared<Issuer>(data, kind);
        *issuer = made;
        return made;
    };
    which.open = [=](const Data &data, Variant variant) {
        return std::make_unique<TokenSession>(data, kind, variant, issuer->lock()->key());
    };
    cases.add_with_instructions(which, 1);
}

}  // namespace

void add_tokens(Cases &cases) {
    for (const Kind &kind : kinds)
        // In the quick mode those with a goal.
        if (!cases.quick() || kind.algorithm == Algorithm::hs256 || kind.algorithm == Algorithm::es256) add(cases, kind);
}

}  // namespace bench
