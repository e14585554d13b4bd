// resolve_tenant() of a full request, in the server: a loop of calls over a row that holds the request. What the loop
// costs without a call is taken off. LIMIT is the least that anybody could do with a jsonb: fetch one of its fields.
#include "cases.hpp"

namespace bench {

namespace {

constexpr int calls = 1000;  // of a statement

constexpr char request[] =
    R"j({"host": "tenant-007.example.com", "path": "/projects/42/edit?tab=files", "method": "GET",)j"
    R"j( "headers": {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9", "Accept-Encoding": "gzip, br",)j"
    R"j( "Accept-Language": "en-US,en;q=0.5", "Cache-Control": "no-cache", "Connection": "keep-alive",)j"
    R"j( "Cookie": "sessionid=0123456789abcdef", "Referer": "https://tenant-007.example.com/projects",)j"
    R"j( "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", "X-Forwarded-For": "192.0.2.7", "X-Tenant-ID": "tenant-007"},)j"
    R"j( "session": {"user_id": 7, "tenant_id": "tenant-007", "csrf": "abcdef"},)j"
    R"j( "jwt_claims": {"sub": "7", "tenant_id": "tenant-007", "iss": "https://login.example.com", "exp": 1900000000}})j";

Statement statement(Variant variant) {
    std::string call = variant == Variant::limit || variant == Variant::limit_again ? "request ->> 'host'"
                       : variant == Variant::empty                                  ? "request"
                                                   : "djust_tenants.resolve_tenant(request)";
    Statement result;
    // OFFSET 0: the request stays a column, so that no call is computed in advance.
    result.sql = "SELECT count(" + call + ") FROM (SELECT '" + request +
                 "'::jsonb AS request OFFSET 0) AS r, generate_series(1, " + std::to_string(calls) + ")";
    result.values = [](long) { return Values(); };
    result.complaint = [](const Result &seen, long) {
        return seen.value(0, 0) == std::to_string(calls) ? "" : "counted " + seen.value(0, 0);
    };
    return result;
}

// Once, what the calls give.
class ResolveSession : public StatementSession {
  public:
    ResolveSession(const Data &data, Variant variant, const std::string &resolver)
        : StatementSession(data, "bench_resolve_" + resolver, "", Protocol::generic, statement(variant)) {
        std::string id = connection_.value(std::string("SELECT (djust_tenants.resolve_tenant('") + request + "')).id");
        if (id != "tenant-007") throw Error("the request is resolved to \"" + id + "\"");
    }
};

}  // namespace

void add_resolve(Cases &cases) {
    for (const char *resolver : {"subdomain", "header", "session"}) {
        if (cases.quick() && resolver != std::string("subdomain")) continue;
        Case which;
        which.row = "resolve";
        which.name = std::string("resolve/") + resolver;
        // The default; the others have more to look at.
        which.gates = resolver == std::string("subdomain");
        which.variants = {Variant::limit, Variant::limit_again, Variant::ours, Variant::empty};
        for (Variant variant : {Variant::limit, Variant::limit_again, Variant::ours}) which.minus[variant] = Variant::empty;
        which.statements = 5;
        which.warm_up = 1;
        which.open = [resolver](const Data &data, Variant variant) {
            return std::make_unique<ResolveSession>(data, variant, resolver);
        };
        cases.add(which);
    }
}

}  // namespace bench
