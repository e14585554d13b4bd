#include "token.hpp"

#include "digest.hpp"
#include "error.hpp"
#include "jwt.hpp"
#include "secret.hpp"
#include "settings.hpp"
#include "signing_key.hpp"
#include "single_use.hpp"
#include "tenant_id.hpp"

namespace djust::token {

namespace {

constexpr int64 unix_to_postgres = (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * INT64CONST(86400);
constexpr int64 last_second = INT64CONST(253402300799);  // of the year 9999

TimestampTz from_unix(int64 seconds) {
    if (seconds > last_second) seconds = last_second;
    if (seconds < 0) seconds = 0;
    return (seconds - unix_to_postgres) * USECS_PER_SEC;
}

// What is known of a token, as one that was verified before or as one that is looked at.
struct Facts {
    digest::Sha256 digest;  // key: the token's text
    TimestampTz valid_from, valid_until;  // with the leeway; `valid_until` also with the key's not_after
    TimestampTz expires;                  // with the leeway
    char tenant[tenant_id::longest + 1];
};

// Tokens that count, by their text. Past this number all are dropped: simple, and a backend's memory stays bounded.
constexpr long most_verified = 256;
HTAB *verified;
uint64 keys_then, rules_then;

void forget_if_changed() {
    uint64 keys = signing_key::changes(), rules = settings::token_rules();
    if (keys == keys_then && rules == rules_then) return;
    keys_then = keys;
    rules_then = rules;
    if (!verified) return;
    HTAB *gone = verified;
    verified = nullptr;
    hash_destroy(gone);
}

void remember(const Facts &facts) {
    if (verified && hash_get_num_entries(verified) >= most_verified) {
        HTAB *gone = verified;
        verified = nullptr;
        hash_destroy(gone);
    }
    if (!verified) {
        HASHCTL control{};
        control.keysize = sizeof(digest::Sha256);
        control.entrysize = sizeof(Facts);
        verified = hash_create("djust_tenants verified tokens", 32, &control, HASH_ELEM | HASH_BLOBS);
    }
    *static_cast<Facts *>(hash_search(verified, &facts.digest, HASH_ENTER, nullptr)) = facts;
}

// What decides beside the token itself.
struct Rules {
    const char *issuer, *audience, *claim;  // in UTF-8
    TimestampTz now;
    int64 leeway;  // microseconds
    bool single_use;
};

const char *as_utf8(const char *text) { return pg_server_to_any(text, static_cast<int>(strlen(text)), PG_UTF8); }

enum class Verdict {
    counts,
    problem,  // of the token's text or signature: see `problem`
    unknown_key,
    no_key_id,
    unusable_key,
    expired_key,
    no_expiry,
    bad_time,
    expired,
    not_yet,
    from_the_future,
    other_issuer,
    other_audience,
    unasked_audience,
    no_tenant,
    bad_tenant,
    no_jti,
    no_digest,
};
struct Finding {
    Verdict verdict;
    jwt::Problem problem;
};

// Raises nothing while the token's memory, which is malloc's, is held. `once` stands for the token where it counts once.
Finding look_at(jwt::Token &token, const Rules &rules, Facts *facts, digest::Sha256 *once) {
    using Found = jwt::Token::Found;
    const signing_key::Entry *entry = token.has_key_id ? signing_key::find(token.key_id)
                                                       : signing_key::only_one(token.algorithm, rules.now);
    if (!entry) return {token.has_key_id ? Verdict::unknown_key : Verdict::no_key_id, {}};
    if (!entry->is_valid(rules.now)) return {Verdict::expired_key, {}};
    const jwt::Key *key = signing_key::key_of(entry);
    if (!key) return {Verdict::unusable_key, {}};
    jwt::Problem problem = token.verify(key);
    if (problem != jwt::Problem::none) return {Verdict::problem, problem};

    int64 expires, not_before = 0, issued = 0;
    Found found = token.time("exp", &expires);
    if (found == Found::absent) return {Verdict::no_expiry, {}};
    Found found_not_before = token.time("nbf", &not_before), found_issued = token.time("iat", &issued);
    if (found == Found::malformed || found_not_before == Found::malformed || found_issued == Found::malformed)
        return {Verdict::bad_time, {}};
    facts->expires = from_unix(expires) + rules.leeway;
    facts->valid_from = from_unix(not_before > issued ? not_before : issued) - rules.leeway;
    facts->valid_until = facts->expires < entry->not_after ? facts->expires : entry->not_after;
    if (rules.now >= facts->expires) return {Verdict::expired, {}};
    if (rules.now < from_unix(not_before) - rules.leeway) return {Verdict::not_yet, {}};
    if (rules.now < from_unix(issued) - rules.leeway) return {Verdict::from_the_future, {}};

    std::string_view text;
    if (*rules.issuer && (token.text("iss", &text) != Found::present || text != rules.issuer))
        return {Verdict::other_issuer, {}};
    if (*rules.audience) {
        if (!token.audience_has(rules.audience)) return {Verdict::other_audience, {}};
    } else if (token.text("aud", &text) != Found::absent) {
        return {Verdict::unasked_audience, {}};
    }

    char place[jwt::Token::place_size];
    found = token.tenant(rules.claim, place, &text);
    if (found == Found::absent) return {Verdict::no_tenant, {}};
    if (found == Found::malformed || !tenant_id::is_valid(text)) return {Verdict::bad_tenant, {}};
    memcpy(facts->tenant, text.data(), text.size());
    facts->tenant[text.size()] = '\0';

    if (rules.single_use) {
        if (token.text("jti", &text) != Found::present || text.empty()) return {Verdict::no_jti, {}};
        // The name is unique among what the key's owner signs; other databases have other keys.
        struct {
            digest::Sha256 key, name;
            Oid database;
        } names{};
        names.database = MyDatabaseId;
        if (!digest::sha256(entry->key_id, &names.key) || !digest::sha256(text, &names.name) ||
            !digest::sha256({reinterpret_cast<const char *>(&names), sizeof(names)}, once))
            return {Verdict::no_digest, {}};
    }
    return {Verdict::counts, {}};
}

constexpr const char *ask_for_another = "Ask whoever issues the tokens for a new one.";

[[noreturn]] void refuse(Finding finding) {
    const char *claim = settings::jwt_claim();
    switch (finding.verdict) {
        case Verdict::counts:
        case Verdict::problem: break;
        case Verdict::unknown_key:
            error::no_key_for_token("Its header names a key id (kid) that no key has.");
        case Verdict::no_key_id:
            error::no_key_for_token("Its header names no key id (kid), and there is not exactly one valid key of its "
                                    "algorithm.");
        case Verdict::unusable_key:
            error::token_refused("Its key cannot be used.", "A superuser can drop the key with "
                                 "djust_tenants.drop_signing_key and add it again.");
        case Verdict::expired_key:
            error::token_refused("Its key has expired.", "A superuser can give the key another not_after with "
                                 "djust_tenants.add_signing_key, or the issuer signs with a newer key.");
        case Verdict::no_expiry:
            error::malformed_token("It has no claim exp.", "Tokens must expire: let the issuer set exp.");
        case Verdict::bad_time:
            error::malformed_token("One of its claims exp, nbf and iat is no time.",
                                   "Each is a number of seconds since 1970.");
        case Verdict::expired: error::token_refused("It has expired (claim exp).", ask_for_another);
        case Verdict::not_yet:
            error::token_refused("It is not valid yet (claim nbf).",
                                 "Compare the clocks of the issuer and of the server; djust_tenants.token_leeway allows "
                                 "for a difference.");
        case Verdict::from_the_future:
            error::token_refused("It was issued in the future (claim iat).",
                                 "Compare the clocks of the issuer and of the server; djust_tenants.token_leeway allows "
                                 "for a difference.");
        case Verdict::other_issuer:
            error::token_refused("Its issuer (claim iss) is not the one in djust_tenants.token_issuer.",
                                 "Use a token of that issuer, or let a superuser correct djust_tenants.token_issuer.");
        case Verdict::other_audience:
            error::token_refused("Its audience (claim aud) is not the one in djust_tenants.token_audience.",
                                 "Use a token that was issued for it, or let a superuser correct "
                                 "djust_tenants.token_audience.");
        case Verdict::unasked_audience:
            error::token_refused("It was issued for an audience (claim aud), and djust_tenants.token_audience is empty.",
                                 "Let a superuser set djust_tenants.token_audience to the audience that means this "
                                 "database.");
        case Verdict::no_tenant:
            error::malformed_token(psprintf("It has no claim \"%s\", which djust_tenants.jwt_claim names.", claim),
                                   "Let the issuer put the tenant's id into it, or a superuser correct "
                                   "djust_tenants.jwt_claim.");
        case Verdict::bad_tenant:
            error::malformed_token(psprintf("Its claim \"%s\", which djust_tenants.jwt_claim names, is no tenant id.", claim),
                                   "A tenant id is 1 to 128 ASCII letters, digits and - _ . @ + ~ |.");
        case Verdict::no_jti:
            error::malformed_token("It has no claim jti, and djust_tenants.token_single_use is on.",
                                   "Let the issuer give each token a jti of its own.");
        case Verdict::no_digest:
            error::token_refused("OpenSSL could not make a digest.", "Look into the server's memory and its OpenSSL.");
    }
    const char *detail = jwt::describe(finding.problem);
    if (jwt::is_malformed(finding.problem))
        error::malformed_token(detail, "Pass a signed JSON Web Token in its compact form, as it was issued.");
    error::token_refused(detail, ask_for_another);
}

Facts examine(std::string_view compact, const digest::Sha256 &text, const Rules &rules, digest::Sha256 *once) {
    Facts facts{};
    facts.digest = text;
    jwt::Token token{};
    Finding finding{Verdict::problem, token.read(compact)};
    if (finding.problem == jwt::Problem::none) finding = look_at(token, rules, &facts, once);
    token.close();
    if (finding.verdict != Verdict::counts) refuse(finding);
    return facts;
}

}  // namespace

void hide_statement() { secret::hide_statement("(hidden by djust_tenants: the statement had a token in it)"); }

Verified verify(std::string_view compact) {
    hide_statement();
    const int64 leeway = settings::token_leeway() * USECS_PER_SEC;
    // First: converting looks into the catalogs where the database is not in UTF-8, which may process invalidations, and
    // the keys would be gone.
    const Rules rules{as_utf8(settings::token_issuer()), as_utf8(settings::token_audience()), as_utf8(settings::jwt_claim()),
                      GetCurrentTimestamp(), leeway, settings::token_single_use()};
    signing_key::load();
    forget_if_changed();
    digest::Sha256 text;
    if (compact.size() > jwt::longest_token) refuse({Verdict::problem, jwt::Problem::too_long});
    if (!digest::sha256(compact, &text)) refuse({Verdict::no_digest, {}});
    Verified answer{};
    answer.counts_once = rules.single_use;
    if (verified && !answer.counts_once) {
        auto *known = static_cast<Facts *>(hash_search(verified, &text, HASH_FIND, nullptr));
        if (known && rules.now >= known->valid_from && rules.now < known->valid_until) {
            answer.tenant_id = pstrdup(known->tenant);
            answer.expires = known->expires;
            return answer;
        }
        // What it is refused for now is found out anew.
        if (known) hash_search(verified, &text, HASH_REMOVE, nullptr);
    }
    Facts facts = examine(compact, text, rules, &answer.once);
    if (!answer.counts_once) remember(facts);
    answer.tenant_id = pstrdup(facts.tenant);
    answer.expires = facts.expires;
    // For as long as any session, with whatever leeway, could take it.
    answer.used_until = facts.expires - leeway + settings::longest_token_leeway * USECS_PER_SEC;
    return answer;
}

void use(const Verified &token) {
    if (!token.counts_once) return;
    if (single_use::use(token.once, token.used_until, GetCurrentTimestamp()) == single_use::Use::again)
        error::token_refused("It has been used before, and djust_tenants.token_single_use is on.", ask_for_another);
}

}  // namespace djust::token

using namespace djust;

DJUST_FUNCTION(djust_token_tenant) {
    if (PG_ARGISNULL(0)) error::null_argument("token_tenant", "token");
    text *compact = PG_GETARG_TEXT_PP(0);
    token::Verified found = token::verify({VARDATA_ANY(compact), static_cast<size_t>(VARSIZE_ANY_EXHDR(compact))});
    PG_RETURN_TEXT_P(cstring_to_text(found.tenant_id));
}
