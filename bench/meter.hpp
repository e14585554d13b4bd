// The two meters. Both give, for every variant that has a part in a case, the cost of one statement.
#pragma once
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "work.hpp"

namespace bench {

struct Cost {
    double amount;  // instructions, or nanoseconds: of one statement, or of one transaction where it switches
    double ratio;   // to LIMIT
};
using Costs = std::map<Variant, Cost>;

// Meter i: instructions of the backend. Each variant runs n and 3n statements in a backend of its own, under
// cachegrind; the difference of the two backends' totals, divided by 2n, has neither start-up nor warm-up in it.
class InstructionMeter {
  public:
    // directory: where the server's backends leave cachegrind.out.<pid> when they exit.
    InstructionMeter(const Data &data, std::string directory, double scale, bool quick);
    Costs measure(Case which) const;

  private:
    double total(Case which, Variant variant, int statements) const;

    const Data &data_;
    std::string directory_;
    double scale_;
    bool quick_;
};

// Meter t: wall time. All variants are connected at the same time and take turns, a few milliseconds each, round by
// round, beginning with another one each time; the result is the median of the ratios of the rounds, so a slow second
// of the machine falls on all of them.
class TimeMeter {
  public:
    TimeMeter(const Data &data, Case which, bool quick, bool pin);
    ~TimeMeter();
    TimeMeter(const TimeMeter &) = delete;
    TimeMeter &operator=(const TimeMeter &) = delete;

    // One turn for everybody; seconds of the whole round.
    double round();
    Costs result();

  private:
    struct Runner;
    Connection superuser_;
    std::vector<std::unique_ptr<Runner>> runners_;
    int statements_;
    std::mt19937 random_{1};
    size_t rounds_ = 0;
};

}  // namespace bench
