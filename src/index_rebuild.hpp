// An index's definition as statements for a live table: with the tenant column in front, or the rest of it where a build
// on partitions broke off. Not for request paths.
#pragma once
#include "index_shape.hpp"
#include "pg.hpp"

namespace djust::index_rebuild {

// The statements (char *) that build the index anew with the tenant column in front, under other names; an index of a
// partitioned table with those of its partitions, where an index of the partition's own that fits is attached. `taken`:
// names that earlier statements use (char *, qualified), added to. NIL when its definition cannot be read.
List *rebuild(const index_shape::Index *index, const char *tenant, List **taken);

// The statements that make an index of a partitioned table valid: what its partitions lack is built, or attached where
// it is there already.
List *finish(const index_shape::Index *index, List **taken);

}  // namespace djust::index_rebuild
