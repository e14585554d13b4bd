// What of the statement that runs can be read while it runs, and in the log when it fails.
#pragma once
#include "pg.hpp"

namespace djust::activity {

// Puts `what` (a constant) in the place of the statement's text, in pg_stat_activity and in what the log says of errors:
// a token or a key stands in it. Before the function runs (while the statement is parsed and planned) the text is there.
void hide(const char *what);

}  // namespace djust::activity
