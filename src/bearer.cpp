// Tokens as a client hands them over: by a function's argument, or as PostgREST does in settings.
#include "context.hpp"
#include "error.hpp"
#include "resolve.hpp"
#include "token.hpp"

namespace {

using namespace djust;

// The setting's JSON object; null when it is not set. Raises 22023 without a word of what is in it.
Jsonb *object_setting(const char *name) {
    const char *text = GetConfigOption(name, true, false);
    if (!text || !*text) return nullptr;
    MemoryContext caller = CurrentMemoryContext;
    Jsonb *volatile json = nullptr;
    // An input function changes nothing that would have to be undone.
    PG_TRY();
    {
        json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(caller);
        ErrorData *failure = CopyErrorData();
        if (ERRCODE_TO_CATEGORY(failure->sqlerrcode) != ERRCODE_DATA_EXCEPTION) PG_RE_THROW();
        FlushErrorState();
    }
    PG_END_TRY();
    if (!json || !JB_ROOT_IS_OBJECT(json))
        error::malformed_request(psprintf("Setting %s is not a JSON object.", name),
                                 "PostgREST sets it before it calls the function of db-pre-request; or pass a request "
                                 "to djust_tenants.set_tenant_from_request.");
    return json;
}

struct Building {
    JsonbParseState *state;
    void key(const char *name) {
        JsonbValue value;
        value.type = jbvString;
        value.val.string.val = const_cast<char *>(name);
        value.val.string.len = static_cast<int>(strlen(name));
        pushJsonbValue(&state, WJB_KEY, &value);
    }
    void text(const char *name, const char *text, int size) {
        key(name);
        JsonbValue value;
        value.type = jbvString;
        value.val.string.val = const_cast<char *>(text);
        value.val.string.len = size;
        pushJsonbValue(&state, WJB_VALUE, &value);
    }
    void object(const char *name, Jsonb *json) {
        if (!json) return;
        key(name);
        JsonbValue value;
        JsonbToJsonbValue(json, &value);
        pushJsonbValue(&state, WJB_VALUE, &value);
    }
};

}  // namespace

DJUST_FUNCTION(djust_set_tenant_from_token) {
    token::hide_statement();
    if (PG_ARGISNULL(1)) error::null_argument("set_tenant_from_token", "is_local");
    if (PG_ARGISNULL(0)) error::null_argument("set_tenant_from_token", "token");
    bool local = PG_GETARG_BOOL(1);
    const text *compact = PG_GETARG_TEXT_PP(0);
    const token::Verified verified =
        token::verify({VARDATA_ANY(compact), static_cast<size_t>(VARSIZE_ANY_EXHDR(compact))});
    token::use(verified);
    context::enter_verified(verified.tenant_id, local, verified.expires);
    if (local) context::warn_if_local_without_transaction(fcinfo, "set_tenant_from_token");
    return context::current_info(fcinfo);
}

// Requests of the anonymous role come here too, and have no token: they enter nobody.
// PostgREST's settings: request.headers, request.jwt.claims (JSON objects), request.path. See its documentation of
// transaction-scoped settings.
DJUST_FUNCTION(djust_set_tenant_from_postgrest) {
    Jsonb *headers = object_setting("request.headers");
    Building request{};
    pushJsonbValue(&request.state, WJB_BEGIN_OBJECT, nullptr);
    request.object("headers", headers);
    request.object("jwt", object_setting("request.jwt.claims"));
    JsonbValue place;
    const JsonbValue *host =
        headers ? getKeyJsonValueFromContainer(&headers->root, "host", static_cast<int>(strlen("host")), &place) : nullptr;
    if (host && host->type == jbvString) request.text("host", host->val.string.val, host->val.string.len);
    const char *path = GetConfigOption("request.path", true, false);
    if (path && *path) request.text("path", path, static_cast<int>(strlen(path)));
    resolve::enter(JsonbValueToJsonb(pushJsonbValue(&request.state, WJB_END_OBJECT, nullptr)), true,
                   resolve::Tokenless::nobody);
    PG_RETURN_VOID();
}
