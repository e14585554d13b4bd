// Tokens of tenants: JSON Web Tokens that one of our keys has signed. What jwt says about a token's text, put together with
// our keys, settings and clock.
#pragma once
#include "digest.hpp"
#include "pg.hpp"

namespace djust::token {

struct Verified {
    const char *tenant_id;  // in the current memory context; well-formed
    TimestampTz expires;    // its exp, and the leeway
    bool counts_once;       // djust_tenants.token_single_use is on; then:
    digest::Sha256 once;    // what stands for the token among the used ones
    TimestampTz used_until; // how long it is to be remembered
};

// From here on the statement, which has a token in it or may have one, is neither in pg_stat_activity nor in the log's
// STATEMENT lines.
void hide_statement();

// Verifies key, signature, times, issuer and audience, and finds the tenant claim. Uses nothing up. Raises 22023
// (malformed), 42501 (does not count: the detail says why), 42704 (no key). The token is never in a message; the statement
// is hidden.
Verified verify(std::string_view compact);

// For whoever is about to enter its tenant: uses up a token that counts once. Raises 42501 (used before), 55000 and 53400
// (single use is not possible, or its table full).
void use(const Verified &token);

}  // namespace djust::token
