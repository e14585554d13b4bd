// sign_token: tokens for tests, for jobs, and for services that trust the database to make them.
#include "error.hpp"
#include "jwt.hpp"
#include "settings.hpp"
#include "signing_key.hpp"
#include "tenant_id.hpp"

namespace {

using namespace djust;

constexpr int most_levels = 16;

// The names that lead to the tenant's claim, as jwt::Token::tenant() follows them.
struct Path {
    int count;
    Datum names[most_levels];
    std::string_view views[most_levels];
};

Path path_of(std::string_view claim) {
    Path path{};
    std::string_view rest = claim;
    for (bool more = true; more;) {
        size_t dot = rest.find('.');
        more = dot != std::string_view::npos;
        std::string_view name = more ? tenant_id::first_of(rest, dot) : rest;
        if (name.empty() || path.count == most_levels) {
            path.count = 0;
            rest = claim;
            more = false;
            name = claim;
        } else if (more) {
            rest = tenant_id::without_first(rest, dot + 1);
        }
        path.views[path.count] = name;
        path.names[path.count++] = PointerGetDatum(cstring_to_text_with_len(name.data(), static_cast<int>(name.size())));
    }
    return path;
}

JsonbValue *member(JsonbContainer *object, std::string_view name) {
    return getKeyJsonValueFromContainer(object, name.data(), static_cast<int>(name.size()), nullptr);
}

// The claims with the tenant in its place; what is there already stays, and is looked at when the token is made.
Jsonb *with_tenant(Jsonb *claims, const char *claim, const char *tenant) {
    if (member(&claims->root, claim)) return claims;
    Path path = path_of(claim);
    int there = 0;  // how many names lead to something
    JsonbContainer *object = &claims->root;
    for (; there < path.count; there++) {
        JsonbValue *value = member(object, path.views[there]);
        if (!value) break;
        if (there + 1 == path.count) return claims;
        if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
            error::cannot_sign(psprintf("Argument claims has no place for the claim \"%s\": on the way to it is something "
                                        "else than an object.", claim),
                               "Leave it out: the tenant's claim is added.");
        object = value->val.binary.data;
    }
    StringInfoData rest;
    initStringInfo(&rest);
    for (int i = there + 1; i < path.count; i++) {
        appendStringInfoChar(&rest, '{');
        escape_json(&rest, TextDatumGetCString(path.names[i]));
        appendStringInfoChar(&rest, ':');
    }
    escape_json(&rest, tenant);
    for (int i = there + 1; i < path.count; i++) appendStringInfoChar(&rest, '}');
    ArrayType *place = construct_array(path.names, there + 1, TEXTOID, -1, false, TYPALIGN_INT);
    return DatumGetJsonbP(DirectFunctionCall4(jsonb_set, JsonbPGetDatum(claims), PointerGetDatum(place),
                                              DirectFunctionCall1(jsonb_in, CStringGetDatum(rest.data)),
                                              BoolGetDatum(true)));
}

int64 to_unix(TimestampTz time, bool up) {
    int64 seconds = time / USECS_PER_SEC, rest = time % USECS_PER_SEC;
    if (rest < 0) seconds--, rest += USECS_PER_SEC;
    if (up && rest > 0) seconds++;
    return seconds + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * INT64CONST(86400);
}

// What every token has, unless the claims say otherwise.
Jsonb *usual_claims(Interval *lifetime) {
    TimestampTz now = GetCurrentTimestamp();
    TimestampTz expires = DatumGetTimestampTz(
        DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), IntervalPGetDatum(lifetime)));
    if (TIMESTAMP_NOT_FINITE(expires))
        error::cannot_sign("Argument lifetime is infinite.", "Pass a lifetime that ends: tokens must expire.");
    unsigned char random[16];
    if (!pg_strong_random(random, sizeof(random))) error::no_randomness();
    StringInfoData text;
    initStringInfo(&text);
    // A token lives for its lifetime at least: times are whole seconds.
    appendStringInfo(&text, "{\"iat\":" INT64_FORMAT ",\"exp\":" INT64_FORMAT ",\"jti\":\"", to_unix(now, false),
                     to_unix(expires, true));
    for (unsigned char byte : random) appendStringInfo(&text, "%02x", byte);
    appendStringInfoChar(&text, '"');
    auto add = [&](const char *claim, const char *value) {
        if (!*value) return;
        appendStringInfo(&text, ",\"%s\":", claim);
        escape_json(&text, value);
    };
    add("iss", settings::token_issuer());
    add("aud", settings::token_audience());
    appendStringInfoChar(&text, '}');
    return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text.data)));
}

// Reads the token back: it must be one that we would take, and for that tenant.
jwt::Problem read_back(const jwt::Key *key, std::string_view compact, const char *claim, const char *tenant, bool *names_tenant) {
    jwt::Token token{};
    jwt::Problem problem = token.read(compact);
    if (problem == jwt::Problem::none) problem = token.verify(key);
    if (problem == jwt::Problem::none) {
        char place[jwt::Token::place_size];
        std::string_view found;
        *names_tenant = token.tenant(claim, place, &found) == jwt::Token::Found::present && found == tenant;
    }
    token.close();
    return problem;
}

text *sign(const char *tenant, const char *key_id, Jsonb *claims) {
    const char *claim = settings::jwt_claim();
    const char *payload = JsonbToCString(nullptr, &claims->root, VARSIZE(claims));
    payload = pg_server_to_any(payload, static_cast<int>(strlen(payload)), PG_UTF8);
    claim = pg_server_to_any(claim, static_cast<int>(strlen(claim)), PG_UTF8);
    signing_key::load();
    const signing_key::Entry *entry = signing_key::find(key_id);
    if (!entry) error::unknown_key(key_id, "sign_token");
    if (!jwt::is_symmetric(entry->algorithm))
        error::cannot_sign("The key is a public one: it verifies, and cannot sign.",
                           "Name a key of HS256, HS384 or HS512, or sign where the private key is.");
    const jwt::Key *key = signing_key::key_of(entry);
    jwt::Bytes signed_text;
    jwt::Problem problem = key ? jwt::sign(key, key_id, payload, &signed_text) : jwt::Problem::crypto_failed;
    if (problem != jwt::Problem::none)
        error::cannot_sign(jwt::describe(problem), "Pass other claims, or drop the key and add it again.");
    bool names_tenant = false;
    problem = read_back(key, signed_text.view(), claim, tenant, &names_tenant);
    text *result = cstring_to_text_with_len(signed_text.view().data(), static_cast<int>(signed_text.size));
    jwt::release(&signed_text);
    if (problem != jwt::Problem::none)
        error::cannot_sign(jwt::describe(problem), "Pass fewer or other claims.");
    if (!names_tenant)
        error::cannot_sign(psprintf("Argument claims sets the claim \"%s\" to something else than the tenant.", claim),
                           "Leave it out: the tenant's claim is added.");
    return result;
}

}  // namespace

DJUST_FUNCTION(djust_sign_token) {
    if (!superuser()) error::superuser_only("sign_token");
    for (int i = 0; i < 4; i++) {
        constexpr const char *names[] = {"tenant_id", "key_id", "lifetime", "claims"};
        if (PG_ARGISNULL(i)) error::null_argument("sign_token", names[i]);
    }
    const char *tenant = text_to_cstring(PG_GETARG_TEXT_PP(0));
    if (!tenant_id::is_valid(tenant)) error::malformed_tenant_id(tenant);
    const char *key_id = text_to_cstring(PG_GETARG_TEXT_PP(1));
    Jsonb *claims = PG_GETARG_JSONB_P(3);
    if (!JB_ROOT_IS_OBJECT(claims))
        error::cannot_sign("Argument claims is no JSON object.", "Pass an object, as in '{\"role\": \"reader\"}'.");
    claims = with_tenant(claims, settings::jwt_claim(), tenant);
    Jsonb *all = DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(usual_claims(PG_GETARG_INTERVAL_P(2))),
                                                    JsonbPGetDatum(claims)));
    PG_RETURN_TEXT_P(sign(tenant, key_id, all));
}
