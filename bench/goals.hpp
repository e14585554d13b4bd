// The goals, and whether they are met.
#pragma once
#include <string>
#include <vector>

#include "results.hpp"

namespace bench {

struct Goal {
    const char *row;
    const char *title;
    const char *meter;
    double limit;
    int digits;  // that the goal is given with; what is measured is rounded to them before it is compared
    bool megabytes = false;
};
const std::vector<Goal> &goals();

struct Verdict {
    const Goal *goal;
    std::string measured;  // the worst of the row's cases
    std::string where;     // which one
    std::string verdict;   // met, missed, not measured
    std::string limit() const;
};
// Only rows that have a case among the results.
std::vector<Verdict> judge(const std::vector<Measured> &results);

}  // namespace bench
