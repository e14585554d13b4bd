// What was measured, and its file: tab-separated, one line for each variant of a case, so that the phases of a run,
// which need another server each, can be put together.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "cases.hpp"

namespace bench {

struct Measured {
    std::string row, name, meter;
    bool gates = true;
    Costs costs;
    std::string failure;  // not empty: there are no costs
};
using Facts = std::vector<std::pair<std::string, std::string>>;

struct Results {
    std::vector<Measured> cases;
    Facts facts;
};

void write_results(const std::string &file, const Results &results);
void read_results(const std::string &file, Results &into);
void write_file(const std::string &file, const std::string &content);

std::string decimal(double value, int digits);

}  // namespace bench
