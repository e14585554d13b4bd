// A statement that has a token or a key in it: what others see of it, and what the log gets, is something else.
#pragma once
#include "pg.hpp"

namespace djust::secret {

// From here on pg_stat_activity, and the log's STATEMENT lines of this message's errors, have `instead` (a constant).
// What PostgreSQL wrote before, and what it writes of all statements (log_statement, log_min_duration_statement), is
// out of our reach: see doc/tokens.md.
void hide_statement(const char *instead);

inline const char *hidden = nullptr;  // what is there instead of the last message that was hidden

// For a query that has been started: its parallel workers report its text as theirs, which is the whole message's.
void hide_text(QueryDesc *query);
inline void started(QueryDesc *query) {
    if (unlikely(hidden != nullptr)) hide_text(query);
}

}  // namespace djust::secret
