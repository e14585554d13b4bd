// Saves, installs and chains PostgreSQL's hooks, and the callback of transactions. No logic of its own.
#pragma once

namespace djust::hooks {
void install();
}
