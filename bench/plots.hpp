// The columns of the plots: DIR/overhead.dat, cliff.dat, partitions.dat, copy.dat, scale.dat, memory.dat, drawn by
// plots/*.gp. A plot without data has no file.
#pragma once
#include <string>
#include <vector>

#include "results.hpp"

namespace bench {

void write_plot_columns(const std::string &directory, const std::vector<Measured> &results);

}  // namespace bench
