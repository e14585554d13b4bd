#include "activity.hpp"

namespace djust::activity {

void hide(const char *what) {
    // Every role sees the statements of its own other connections.
    pgstat_report_activity(STATE_RUNNING, what);
    // log_min_error_statement, should something else fail in the same statement. PostgreSQL sets it anew with the next.
    debug_query_string = what;
}

}  // namespace djust::activity
