// Which tokens have been used, in memory that all backends share: a table of fixed size, whose entries go when the token
// has expired.
#pragma once
#include "digest.hpp"
#include "pg.hpp"

namespace djust::single_use {

void init();  // asks for the memory; without shared_preload_libraries there is none

enum class Use { first, again };
// Writes down that the token was used; it is remembered until `expires`. Raises 55000 without the memory, 53400 when the
// table is full.
Use use(const digest::Sha256 &token, TimestampTz expires, TimestampTz now);

}  // namespace djust::single_use
