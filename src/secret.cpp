#include "secret.hpp"

namespace djust::secret {

void hide_statement(const char *instead) {
    hidden = instead;
    // Called again in the same message: it is hidden already.
    if (debug_query_string == instead) return;
    debug_query_string = instead;
    // Reporting forgets the identifier, which tells nothing of the text.
    uint64 query = pgstat_get_my_query_id();
    pgstat_report_activity(STATE_RUNNING, instead);
    pgstat_report_query_id(query, true);
}

void hide_text(QueryDesc *query) {
    // The executor's copy of the text alone: the positions of errors need no more of it, and what other libraries do with
    // the statement's own text (pg_stat_statements cuts pieces out of it) stays as it was.
    if (debug_query_string == hidden) query->estate->es_sourceText = hidden;
}

}  // namespace djust::secret
