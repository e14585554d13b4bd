// Tokens of tenants: JSON Web Tokens that one of our keys has signed. What jwt says about a token's text, put together with
// our keys, settings and clock.
#pragma once
#include "pg.hpp"

namespace djust::token {

struct Verified {
    const char *tenant_id;  // in the current memory context; well-formed
    TimestampTz expires;    // its exp, and the leeway
};

// Looking at a token does not use it up where it counts once.
enum class Use { enter, look };

// Verifies key, signature, times, issuer, audience and single use, and finds the tenant claim. With
// djust_tenants.token_single_use on, entering uses the token up. Raises 22023 (malformed), 42501 (does not count: the detail
// says why), 42704 (no key), 55000 and 53400 (single use is not possible, or its table full). The token is never in a
// message, and from here on neither in pg_stat_activity nor in the log's STATEMENT lines.
Verified verify(std::string_view compact, Use use);

}  // namespace djust::token
