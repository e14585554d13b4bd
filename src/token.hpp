#pragma once
#include "pg.hpp"
namespace djust::token {
struct Verified { const char *tenant_id; TimestampTz expires; };
enum class Use { enter, look };
Verified verify(std::string_view compact, Use use);
}
