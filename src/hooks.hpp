// Saves, installs and chains PostgreSQL's hooks. No logic of its own.
#pragma once

namespace djust::hooks {
void install();
}
