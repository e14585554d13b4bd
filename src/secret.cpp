#include "secret.hpp"

namespace djust::secret {

void hide_statement(const char *instead) {
    // Called again in the same message: it is hidden already.
    if (debug_query_string == instead) return;
    debug_query_string = instead;
    // Reporting forgets the identifier, which tells nothing of the text.
    uint64 query = pgstat_get_my_query_id();
    pgstat_report_activity(STATE_RUNNING, instead);
    pgstat_report_query_id(query, true);
}

}  // namespace djust::secret
