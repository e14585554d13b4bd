// The functions that change the keys. They write the table themselves, not by a statement: a key in one could be logged.
#include "error.hpp"
#include "ddl.hpp"
#include "own_columns.hpp"
#include "secret.hpp"
#include "signing_key.hpp"
#include "tenant_id.hpp"

namespace {

using namespace djust;
using namespace djust::signing_key;

constexpr const char *hidden = "(hidden by djust_tenants: the statement had a signing key in it)";

// With the lock that keeps other writers away until the transaction ends; readers are not held up.
Relation open_table(const char *function) {
    PreventCommandIfReadOnly(function);
    PreventCommandIfParallelMode(function);
    Oid relid = material_table();
    if (!OidIsValid(relid)) error::broken();
    Relation relation = table_open(relid, ShareRowExclusiveLock);
    if (!own_columns::are_intact(own_columns::Of::signing_key_material, RelationGetDescr(relation))) error::broken();
    return relation;
}

// Other backends hear of it at the end of the transaction, this one at once.
void close_changed(Relation relation) {
    CacheInvalidateRelcache(relation);
    table_close(relation, NoLock);
    CommandCounterIncrement();
}

// A copy of the row, or null.
HeapTuple row_of(Relation relation, const char *key_id) {
    ScanKeyData key;
    ScanKeyInit(&key, key_id_column, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(key_id));
    key.sk_collation = TupleDescAttr(RelationGetDescr(relation), 0)->attcollation;
    RelationGetIndexList(relation);  // fills rd_pkindex
    SysScanDesc scan =
        systable_beginscan(relation, relation->rd_pkindex, OidIsValid(relation->rd_pkindex), nullptr, 1, &key);
    HeapTuple found = systable_getnext(scan);
    if (HeapTupleIsValid(found)) found = heap_copytuple(found);
    systable_endscan(scan);
    return found;
}

struct NewKey {
    const char *key_id;
    jwt::Algorithm algorithm;
    bytea *material;
    std::optional<TimestampTz> not_after;
    bool keep_not_after;  // of a key that is there
};

// The bytes as a value of ours; those of jwt's are overwritten.
bytea *take_material(jwt::Bytes *bytes) {
    auto *material = static_cast<bytea *>(palloc(bytes->size + VARHDRSZ));
    SET_VARSIZE(material, bytes->size + VARHDRSZ);
    memcpy(VARDATA(material), bytes->data, bytes->size);
    jwt::release(bytes);
    return material;
}

// Tokens name keys in UTF-8, the table in the database's encoding: ASCII is the same in both.
bool is_key_id(const char *text) {
    size_t length = strlen(text);
    if (length == 0 || length > jwt::longest_key_id) return false;
    for (const char *c = text; *c; c++)
        if (*c < 0x20 || *c > 0x7e) return false;
    return true;
}

// By its length and characters an algorithm's name; a secret that stands in the wrong place is longer.
bool may_be_shown(const char *algorithm) {
    constexpr size_t longest = 16;
    size_t length = strlen(algorithm);
    for (const char *c = algorithm; *c; c++)
        if (!tenant_id::is_letter_or_digit(*c) && *c != '-') return false;
    return length > 0 && length <= longest;
}

// What to do about a key's text.
const char *hint_about(jwt::Problem problem, jwt::Algorithm algorithm) {
    if (!jwt::is_symmetric(algorithm)) return "Pass the public key in PEM: -----BEGIN PUBLIC KEY----- and what follows.";
    if (problem == jwt::Problem::key_too_long) return "Take a shorter secret: 64 random bytes are enough for each algorithm.";
    if (problem == jwt::Problem::public_key_as_secret)
        return "Pass the secret that the signer has; for a public key name its algorithm: RS256, PS256, ES256 or EdDSA.";
    return "Pass the secret as text, as the signer has it.";
}

void store(Relation relation, const NewKey &key) {
    TupleDesc descriptor = RelationGetDescr(relation);
    auto *values = static_cast<Datum *>(palloc0(sizeof(Datum) * static_cast<Size>(descriptor->natts)));
    auto *nulls = static_cast<bool *>(palloc(sizeof(bool) * static_cast<Size>(descriptor->natts)));
    auto *replace = static_cast<bool *>(palloc0(sizeof(bool) * static_cast<Size>(descriptor->natts)));
    memset(nulls, true, static_cast<Size>(descriptor->natts));
    auto put = [&](Column column, Datum value) {
        values[column - 1] = value;
        nulls[column - 1] = false;
    };
    if (key.not_after) put(not_after_column, TimestampTzGetDatum(*key.not_after));
    const char *algorithm = jwt::name_of(key.algorithm);
    HeapTuple old = row_of(relation, key.key_id);
    if (!HeapTupleIsValid(old)) {
        put(key_id_column, CStringGetTextDatum(key.key_id));
        put(algorithm_column, CStringGetTextDatum(algorithm));
        put(material_column, PointerGetDatum(key.material));
        put(created_at_column, TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()));
        CatalogTupleInsert(relation, heap_form_tuple(descriptor, values, nulls));
    } else {
        bool no_algorithm, no_material;
        Datum old_algorithm = heap_getattr(old, algorithm_column, descriptor, &no_algorithm);
        Datum old_material = heap_getattr(old, material_column, descriptor, &no_material);
        bool same = !no_algorithm && !no_material && strcmp(TextDatumGetCString(old_algorithm), algorithm) == 0 &&
                    datumIsEqual(PointerGetDatum(PG_DETOAST_DATUM(old_material)), PointerGetDatum(key.material), false, -1);
        if (!same)
            error::bad_key(key.key_id, "There is another key with that id.",
                           "Give a new key a new id, so that tokens of both count while keys change; or remove the old "
                           "one first, with djust_tenants.drop_signing_key.");
        if (key.keep_not_after) return;
        replace[not_after_column - 1] = true;
        CatalogTupleUpdate(relation, &old->t_self, heap_modify_tuple(old, descriptor, values, nulls, replace));
    }
    CommandCounterIncrement();
}

// PostgreSQL shows the text of a role's statements to all of its connections, so a login that tenants share reads
// their tokens while they are on their way.
void warn_of_activity() {
    if (!pg::may_execute(F_PG_STAT_GET_ACTIVITY, ACL_ID_PUBLIC) &&
        !pg::may_execute(F_PG_STAT_GET_BACKEND_ACTIVITY, ACL_ID_PUBLIC))
        return;
    ereport(WARNING, (errcode(ERRCODE_WARNING), errmsg("tokens can be read while they are on their way"),
                      errdetail("PUBLIC may execute pg_stat_get_activity(integer) or pg_stat_get_backend_activity(integer), "
                                "which show each role the statements of its own other connections."),
                      errhint("REVOKE EXECUTE ON FUNCTION pg_catalog.pg_stat_get_activity(integer), "
                              "pg_catalog.pg_stat_get_backend_activity(integer) FROM PUBLIC; GRANT EXECUTE ON FUNCTION "
                              "pg_catalog.pg_stat_get_activity(integer), "
                              "pg_catalog.pg_stat_get_backend_activity(integer) TO pg_monitor;")));
}

constexpr const char *key_id_rule = "The key id is not 1 to 255 printable ASCII characters.";
constexpr const char *key_id_hint = "Pass the key id that the tokens have in their header, as \"kid\".";

// The key's id; null: it was left out. `number` is the place in a set, from 1; 0: a key alone.
const char *store_jwk(Relation relation, Jsonb *json, int number) {
    const char *text = JsonbToCString(nullptr, &json->root, VARSIZE(json));
    text = pg_server_to_any(text, static_cast<int>(strlen(text)), PG_UTF8);
    jwt::Jwk jwk;
    jwt::Problem problem = jwt::read_jwk(text, &jwk);
    const char *which = number ? psprintf("Key %d of the set: ", number) : "";
    // Identity providers publish their keys for encryption in the same set.
    if (problem == jwt::Problem::not_for_verifying && number) {
        ereport(NOTICE, (errmsg("key %d of the set is left out: it is not for verifying signatures", number)));
        return nullptr;
    }
    if (jwt::is_unknown_kind(problem) && number) {
        ereport(NOTICE, (errmsg("key %d of the set is left out: it is of a kind that is not known here", number),
                         errdetail("%s", jwt::describe(problem))));
        return nullptr;
    }
    if (problem == jwt::Problem::bad_key_id) error::bad_key(nullptr, psprintf("%s%s", which, key_id_rule), key_id_hint);
    if (problem != jwt::Problem::none)
        error::bad_key(nullptr, psprintf("%s%s", which, jwt::describe(problem)),
                       "Pass public keys, or secrets (kty oct), as RFC 7517 has them. Nothing was added.");
    bytea *material = take_material(&jwk.material);
    if (!jwk.has_key_id)
        error::bad_key(nullptr, psprintf("%sIt has no \"kid\".", which),
                       "Add \"kid\" with the key id that the tokens have in their header.");
    if (!is_key_id(jwk.key_id)) error::bad_key(nullptr, psprintf("%s%s", which, key_id_rule), key_id_hint);
    store(relation, {jwk.key_id, jwk.algorithm, material, std::nullopt, true});
    return pstrdup(jwk.key_id);
}

}  // namespace

DJUST_FUNCTION(djust_add_signing_key) {
    secret::hide_statement(hidden);
    if (!superuser()) error::superuser_only("add_signing_key");
    if (PG_ARGISNULL(0)) error::null_argument("add_signing_key", "key_id");
    if (PG_ARGISNULL(1)) error::null_argument("add_signing_key", "algorithm");
    if (PG_ARGISNULL(2)) error::null_argument("add_signing_key", "key");
    const char *key_id = text_to_cstring(PG_GETARG_TEXT_PP(0));
    const char *name = text_to_cstring(PG_GETARG_TEXT_PP(1));
    text *key = PG_GETARG_TEXT_PP(2);
    if (!is_key_id(key_id)) error::malformed_key_id(key_id_rule, key_id_hint);
    auto algorithm = jwt::algorithm_named(name);
    if (!algorithm)
        error::bad_key(key_id, may_be_shown(name) ? psprintf("The algorithm \"%s\" is not one that is known.", name)
                                                  : "The algorithm is not one that is known.",
                       "Pass one of HS256, HS384, HS512, RS256, PS256, ES256 and EdDSA.");
    jwt::Bytes bytes;
    jwt::Problem problem =
        jwt::read_key_text(*algorithm, {VARDATA_ANY(key), static_cast<size_t>(VARSIZE_ANY_EXHDR(key))}, &bytes);
    if (problem != jwt::Problem::none)
        error::bad_key(key_id, jwt::describe(problem), hint_about(problem, *algorithm));
    std::optional<TimestampTz> not_after;
    if (!PG_ARGISNULL(3)) not_after = PG_GETARG_TIMESTAMPTZ(3);
    bytea *material = take_material(&bytes);
    Relation relation = open_table("add_signing_key()");
    store(relation, {key_id, *algorithm, material, not_after, false});
    close_changed(relation);
    warn_of_activity();
    PG_RETURN_VOID();
}

DJUST_FUNCTION(djust_add_signing_keys) {
    secret::hide_statement(hidden);
    if (!superuser()) error::superuser_only("add_signing_keys");
    if (PG_ARGISNULL(0)) error::null_argument("add_signing_keys", "jwks");
    Jsonb *set = PG_GETARG_JSONB_P(0);
    constexpr const char *hint = "Pass a key set, {\"keys\": [...]}, or one key, {\"kty\": ...}, as RFC 7517 has them.";
    if (!JB_ROOT_IS_OBJECT(set)) error::bad_key(nullptr, "The argument is no JSON object.", hint);
    JsonbValue *keys = getKeyJsonValueFromContainer(&set->root, "keys", 4, nullptr);
    if (keys && (keys->type != jbvBinary || !JsonContainerIsArray(keys->val.binary.data)))
        error::bad_key(nullptr, "\"keys\" is no array.", hint);
    Relation relation = open_table("add_signing_keys()");
    int stored = 0, number = 0;
    if (!keys) {
        store_jwk(relation, set, 0);
        stored = 1;
    } else {
        List *ids = NIL;
        JsonbIterator *iterator = JsonbIteratorInit(keys->val.binary.data);
        JsonbValue key;
        JsonbIteratorToken token;
        while ((token = JsonbIteratorNext(&iterator, &key, true)) != WJB_DONE)
            if (token == WJB_ELEM)
                if (const char *id = store_jwk(relation, JsonbValueToJsonb(&key), ++number))
                    ids = list_append_unique(ids, makeString(const_cast<char *>(id)));
        stored = list_length(ids);  // a set may have a key twice
        if (stored == 0)
            error::bad_key(nullptr, "The set has no key for verifying signatures, of a kind that is known here.", hint);
    }
    close_changed(relation);
    warn_of_activity();
    PG_RETURN_INT32(stored);
}

DJUST_FUNCTION(djust_drop_signing_key) {
    if (!superuser()) error::superuser_only("drop_signing_key");
    if (PG_ARGISNULL(0)) error::null_argument("drop_signing_key", "key_id");
    const char *key_id = text_to_cstring(PG_GETARG_TEXT_PP(0));
    Relation relation = open_table("drop_signing_key()");
    HeapTuple row = row_of(relation, key_id);
    if (!HeapTupleIsValid(row)) error::unknown_key(key_id, "drop_signing_key");
    CatalogTupleDelete(relation, &row->t_self);
    close_changed(relation);
    PG_RETURN_VOID();
}

// pg_dump takes the rows of the tables that pg_extension lists.
DJUST_FUNCTION(djust_dump_signing_keys) {
    if (!superuser()) error::superuser_only("dump_signing_keys");
    PreventCommandIfReadOnly("dump_signing_keys()");
    if (PG_ARGISNULL(0)) error::null_argument("dump_signing_keys", "include");
    Oid table = material_table();
    if (!OidIsValid(table)) error::broken();
    int settings = ddl::pin_settings();
    ddl::change(ddl::format(
        "UPDATE pg_catalog.pg_extension SET (extconfig, extcondition) = "
        "(SELECT pg_catalog.array_agg(t ORDER BY n), pg_catalog.array_agg(w ORDER BY n) "
        "FROM (SELECT n, extconfig[n], extcondition[n] FROM pg_catalog.generate_subscripts(extconfig, 1) n "
        "WHERE extconfig[n] OPERATOR(pg_catalog.<>) %u%s) listed(n, t, w)) "
        "WHERE extname OPERATOR(pg_catalog.=) 'djust_tenants'",
        table, PG_GETARG_BOOL(0) ? psprintf(" UNION ALL SELECT 2147483647, %u, ''", table) : ""));
    ddl::unpin_settings(settings);
    PG_RETURN_VOID();
}
