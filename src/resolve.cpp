#include "resolve.hpp"

#include "catalog.hpp"
#include "context.hpp"
#include "error.hpp"
#include "registry.hpp"
#include "request.hpp"
#include "role.hpp"
#include "settings.hpp"
#include "signing_key.hpp"
#include "tenant_id.hpp"
#include "tenant_info.hpp"
#include "token.hpp"

namespace djust {

namespace {

using resolve::Tokenless;
using settings::Strategy;

struct Found {
    std::string_view id;                              // empty: no tenant
    context::Given given;                             // by the custom function; else all null
    const token::Verified *token;                     // the request's bearer token, where it was what decided; else null
};

constexpr const char *custom_hint =
    "Let a superuser set djust_tenants.custom_resolver to a function of one jsonb that returns text or "
    "djust_tenants.tenant_info.";

[[noreturn]] void refuse_unset() {
    error::bad_option("no custom resolver is set", "djust_tenants.custom_resolver is empty.", custom_hint);
}

// The function that the setting names, when the current user may call it. Looked up at every call: the setting, the
// function, its privileges and the role may have changed.
Oid custom_function(const char *name) {
    if (*name == '\0') refuse_unset();
    List *names = NIL;
    SplitIdentifierString(pstrdup(name), '.', &names);  // the setting's check made sure of two names
    // Not LookupExplicitNamespace: it would take pg_temp for the schema where every role can make functions.
    Oid schema = get_namespace_oid(static_cast<char *>(linitial(names)), true);
    if (!OidIsValid(schema)) error::no_custom_resolver(name);
    if (!pg::may_use_schema(schema, GetUserId(), ACL_USAGE)) error::custom_resolver_denied(name, true);
    const Oid jsonb = JSONBOID;
    Oid function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(static_cast<char *>(lsecond(names))),
                                   PointerGetDatum(buildoidvector(&jsonb, 1)), ObjectIdGetDatum(schema));
    if (!OidIsValid(function)) error::no_custom_resolver(name);
    if (!pg::may_execute(function, GetUserId())) error::custom_resolver_denied(name, false);
    return function;
}

Jsonb *object_field(HeapTupleHeader row, AttrNumber column) {
    bool is_null;
    Datum value = GetAttributeByNum(row, column, &is_null);
    if (is_null) return nullptr;
    Jsonb *json = DatumGetJsonbP(value);
    return JB_ROOT_IS_OBJECT(json) ? json : nullptr;
}

const char *text_field(HeapTupleHeader row, AttrNumber column) {
    bool is_null;
    Datum value = GetAttributeByNum(row, column, &is_null);
    return is_null ? nullptr : TextDatumGetCString(value);
}

Found custom_tenant(Jsonb *request) {
    const char *name = pstrdup(settings::custom_resolver());  // the function may change the setting
    Oid oid = custom_function(name);
    Oid type = get_func_rettype(oid);
    bool gives_text = type == TEXTOID;
    if (get_func_prokind(oid) != PROKIND_FUNCTION || get_func_retset(oid) ||
        (!gives_text && (!OidIsValid(type) || type != catalog::tenant_info_type())))
        error::bad_option("the custom resolver cannot be used",
                          psprintf("Function %s(jsonb) does not return one text or one djust_tenants.tenant_info.",
                                   name),
                          custom_hint);

    check_stack_depth();  // the function may call resolve_tenant, or be resolve_custom itself
    InvokeFunctionExecuteHook(oid);
    FmgrInfo function;
    fmgr_info(oid, &function);
    LOCAL_FCINFO(call, 1);
    InitFunctionCallInfoData(*call, &function, 1, InvalidOid, nullptr, nullptr);
    call->args[0].value = JsonbPGetDatum(request);
    call->args[0].isnull = false;
    Datum result = FunctionCallInvoke(call);

    Found found{};
    if (call->isnull) return found;
    HeapTupleHeader row = gives_text ? nullptr : DatumGetHeapTupleHeader(result);
    std::string_view id = gives_text ? TextDatumGetCString(result) : pg::view(text_field(row, 1));
    if (!tenant_id::is_valid(id)) return found;
    found.id = id;
    if (row) found.given = {text_field(row, 2), object_field(row, 3), object_field(row, 4)};
    return found;
}

std::string_view domain_tenant(std::string_view from) {
    request::Host host;
    return request::read_host(from, &host) ? pg::view(registry::tenant_of_domain(host.view())) : std::string_view();
}

Found by(std::string_view id) {
    Found found{};
    found.id = id;
    return found;
}

Found by(const token::Verified *token) {
    Found found = by(token->tenant_id);
    found.token = token;
    return found;
}

// The bearer token of a request; null: it has none, or, in open mode, there is no key to verify one with. It is asked
// for where it decides alone: an application may have bearer tokens of others, which are none of our business.
const token::Verified *verified_token(JsonbContainer *headers) {
    if (!headers || (likely(!settings::signed_mode()) && !signing_key::exist())) return nullptr;
    std::string_view compact = request::bearer_token(headers);
    if (compact.empty()) return nullptr;
    auto *token = static_cast<token::Verified *>(palloc(sizeof(token::Verified)));
    *token = token::verify(compact);
    return token;
}

Found apply(Strategy strategy, Jsonb *request, const request::Parts &parts, request::Host *place) {
    switch (strategy) {
        case Strategy::subdomain: return by(request::subdomain_tenant(parts.host, place));
        case Strategy::path: return by(request::path_tenant(parts.path));
        case Strategy::header:
            return by(parts.headers ? request::header_tenant(parts.headers) : std::string_view());
        case Strategy::session: {
            const token::Verified *verified = verified_token(parts.headers);
            // What the request says of a token's claims counts only where nobody can tell better.
            JsonbContainer *claims = verified || settings::signed_mode() ? nullptr : parts.jwt;
            std::string_view id = request::session_tenant(parts.session, claims, verified ? nullptr : parts.user);
            return !id.empty() || !verified ? by(id) : by(verified);
        }
        case Strategy::domain: return by(domain_tenant(parts.host));
        case Strategy::custom: return custom_tenant(request);
    }
    return {};
}

// The first strategy that matches decides: a tenant that is refused ends the chain with an error, and never falls
// through to the next strategy or the default. The id lives as long as the request and the place.
Found look_up(Jsonb *request, Tokenless tokenless, request::Host *place) {
    const request::Parts parts = request::read(request);
    const bool is_signed = settings::signed_mode();
    // Also a token that nobody asks for, as soon as it may be one of ours.
    if (unlikely(is_signed || signing_key::exist()) && parts.headers && request::has_authorization(parts.headers))
        token::hide_statement();
    if (unlikely(is_signed) && !role::bypasses_row_security(GetUserId())) {
        if (const token::Verified *verified = verified_token(parts.headers)) {
            context::admit(verified->tenant_id);
            return by(verified);
        }
        if (tokenless == Tokenless::refused || (tokenless == Tokenless::nobody && settings::tenant_required()))
            error::token_needed("The request has no bearer token.");
        if (tokenless == Tokenless::nobody) return {};
    }
    const settings::Strategies *strategies = &settings::resolver();
    if (strategies->has_custom) {
        // Said at once, not only to the first request that comes so far.
        if (*settings::custom_resolver() == '\0') refuse_unset();
        // The custom function may change the setting.
        strategies = static_cast<settings::Strategies *>(
            memcpy(palloc(strategies->size()), strategies, strategies->size()));
    }
    for (int i = 0; i < strategies->count; i++) {
        Found found = apply(strategies->list[i], request, parts, place);
        if (found.id.empty()) continue;
        context::admit(found.id);
        return found;
    }
    if (*settings::default_tenant() != '\0') {
        Found found = by(pstrdup(settings::default_tenant()));
        context::admit(found.id);
        return found;
    }
    if (settings::tenant_required()) error::no_tenant_resolved();
    return {};
}

Jsonb *request_argument(FunctionCallInfo fcinfo, const char *function) {
    if (PG_ARGISNULL(0))
        error::malformed_request("The request is NULL.",
                                 psprintf("Pass a JSON object to djust_tenants.%s; an empty one is allowed.", function));
    return PG_GETARG_JSONB_P(0);
}

std::string_view view(const text *from) { return {VARDATA_ANY(from), static_cast<size_t>(VARSIZE_ANY_EXHDR(from))}; }

Datum text_or_null(FunctionCallInfo fcinfo, std::string_view id) {
    if (id.empty()) PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text_with_len(id.data(), static_cast<int>(id.size())));
}

JsonbContainer *object_argument(FunctionCallInfo fcinfo, int argument, const char *function, const char *name) {
    return PG_ARGISNULL(argument) ? nullptr : request::object(PG_GETARG_JSONB_P(argument), function, name);
}

}  // namespace

namespace resolve {

void enter(Jsonb *request, bool local, Tokenless tokenless) {
    request::Host place;
    Found found = look_up(request, tokenless, &place);
    const char *id = found.id.empty() ? nullptr : pnstrdup(found.id.data(), found.id.size());
    if (found.token) {
        token::use(*found.token);
        context::enter_verified(id, local, found.token->expires);
    } else {
        context::enter(id, local, &found.given);
    }
}

}  // namespace resolve

}  // namespace djust

using namespace djust;

DJUST_FUNCTION(djust_resolve_subdomain) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    request::Host place;
    return text_or_null(fcinfo, request::subdomain_tenant(view(PG_GETARG_TEXT_PP(0)), &place));
}

DJUST_FUNCTION(djust_resolve_path) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    return text_or_null(fcinfo, request::path_tenant(view(PG_GETARG_TEXT_PP(0))));
}

DJUST_FUNCTION(djust_resolve_header) {
    JsonbContainer *headers = object_argument(fcinfo, 0, "resolve_header", "headers");
    return text_or_null(fcinfo, headers ? request::header_tenant(headers) : std::string_view());
}

DJUST_FUNCTION(djust_resolve_session) {
    JsonbContainer *session = object_argument(fcinfo, 0, "resolve_session", "session");
    JsonbContainer *jwt = object_argument(fcinfo, 1, "resolve_session", "jwt_claims");
    JsonbContainer *user = object_argument(fcinfo, 2, "resolve_session", "user_claims");
    return text_or_null(fcinfo, request::session_tenant(session, jwt, user));
}

DJUST_FUNCTION(djust_resolve_domain) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    return text_or_null(fcinfo, domain_tenant(view(PG_GETARG_TEXT_PP(0))));
}

DJUST_FUNCTION(djust_resolve_custom) {
    Jsonb *request = request_argument(fcinfo, "resolve_custom");
    request::read(request);
    return text_or_null(fcinfo, custom_tenant(request).id);
}

DJUST_FUNCTION(djust_resolve_tenant) {
    request::Host place;
    Found found = look_up(request_argument(fcinfo, "resolve_tenant"), Tokenless::looked_up, &place);
    if (found.id.empty()) PG_RETURN_NULL();
    // Whoever has not entered the tenant yet must not read its name and settings.
    if (!role::bypasses_row_security(GetUserId())) return tenant_info::make(found.id);
    return context::info_of(pnstrdup(found.id.data(), found.id.size()), found.given);
}

DJUST_FUNCTION(djust_set_tenant_from_request) {
    if (PG_ARGISNULL(1)) {
        token::hide_statement();
        error::null_argument("set_tenant_from_request", "is_local");
    }
    bool local = PG_GETARG_BOOL(1);
    resolve::enter(request_argument(fcinfo, "set_tenant_from_request"), local, Tokenless::refused);
    if (local) context::warn_if_local_without_transaction(fcinfo, "set_tenant_from_request");
    return context::current_info(fcinfo);
}
