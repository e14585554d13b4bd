// The goals, and whether they are met.
#pragma once
#include <string>
#include <vector>

#include "results.hpp"

namespace bench {

enum class Unit { ratio, megabytes, microseconds };
constexpr double no_goal = 0;

struct Goal {
    const char *row;
    const char *title;
    const char *meter;
    double limit;  // or no_goal: measured for information
    int digits;    // that the goal is given with; what is measured is rounded to them before it is compared
    Unit unit = Unit::ratio;
    const char *base = "";  // microseconds: what LIMIT is, whose time of the same run stands beside them
};
const std::vector<Goal> &goals();

struct Verdict {
    const Goal *goal;
    std::string measured;  // the worst of the row's cases
    std::string where;     // which one
    std::string verdict;   // met, missed, not measured, no goal
    std::string beside;    // microseconds: the ratio to LIMIT, and how long that takes; else empty
    std::string limit() const;
};
// Only rows that have a case among the results.
std::vector<Verdict> judge(const std::vector<Measured> &results);

}  // namespace bench
