// The errors of tokens and signing keys.
#include "error.hpp"
#include "error_text.hpp"

namespace djust::error {

void malformed_token(const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("malformed token"), errdetail("%s", detail),
                    errhint("%s", hint), errhidestmt(true), errhidecontext(true)));
}

void token_refused(const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("token is not valid"), errdetail("%s", detail),
                    errhint("%s", hint), errhidestmt(true), errhidecontext(true)));
}

void no_key_for_token(const char *detail) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("no signing key for the token"), errdetail("%s", detail),
                    errhint("A superuser adds keys with djust_tenants.add_signing_key(...); djust_tenants.signing_key "
                            "lists them."),
                    errhidestmt(true), errhidecontext(true)));
}

void no_single_use() {
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("tokens cannot be checked for single use"),
                    errdetail("djust_tenants.token_single_use is on, and this server was started without djust_tenants."),
                    errhint("Put djust_tenants into shared_preload_libraries and restart the server, or switch off "
                            "djust_tenants.token_single_use."),
                    errhidestmt(true), errhidecontext(true)));
}

void single_use_full(int size) {
    ereport(ERROR, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED), errmsg("too many tokens are in use"),
                    errdetail("djust_tenants.token_single_use is on, and the %d used tokens that the server remembers "
                              "have not expired yet.", size),
                    errhint("Let tokens live for a shorter time, or set djust_tenants.single_use_tokens higher and restart "
                            "the server."),
                    errhidestmt(true), errhidecontext(true)));
}

void unknown_key(const char *key_id, const char *function) {
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("there is no signing key \"%s\"", shown(key_id)),
                    errdetail("Function djust_tenants.%s was called with the key id \"%s\".", function, shown(key_id)),
                    errhint("The view djust_tenants.signing_key lists the keys.")));
}

void malformed_key_id(const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("malformed key id"), errdetail("%s", detail),
                    errhint("%s", hint), errhidestmt(true), errhidecontext(true)));
}

void bad_key(const char *key_id, const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    key_id ? errmsg("cannot add signing key \"%s\"", shown(key_id)) : errmsg("cannot add signing keys"),
                    errdetail("%s", detail), errhint("%s", hint), errhidestmt(true), errhidecontext(true)));
}

void cannot_sign(const char *detail, const char *hint) {
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("cannot sign a token as asked"),
                    errdetail("%s", detail), errhint("%s", hint)));
}

void keys_are_secret(Oid relid) {
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("permission denied for table %s", get_rel_name(relid)),
                    errdetail("It holds the keys that tokens are signed with, and is for superusers alone, whatever has been "
                              "granted."),
                    errhint("Call djust_tenants.add_signing_key and djust_tenants.drop_signing_key as a superuser; "
                            "the view djust_tenants.signing_key lists the keys without their secrets."),
                    relation_fields(relid)));
}

}  // namespace djust::error
