// The meters. Each gives, for every variant that has a part in a case, the cost of one statement.
#pragma once
#include <string>

#include "cases.hpp"

namespace bench {

// Meter i: instructions of the backend. Each variant runs n and 3n statements in a backend of its own, under
// cachegrind; the difference of the two backends' totals, divided by 2n, has neither start-up nor warm-up in it.
// directory: where the server's backends leave cachegrind.out.<pid> when they exit. scale multiplies n.
Costs count_instructions(const Data &data, const Case &which, const std::string &directory, double scale);

// Meters t and cpu: wall time, and processor time of the backend. All variants are connected at the same time and
// take turns, a few milliseconds each, round by round, in another order each time; the result is the median of the
// ratios of the rounds, so a slow second of the machine falls on all of them. What Case::minus says is taken off within
// each round.
struct Turns {
    int rounds = 200;    // at most
    double seconds = 6;  // no round begins after so many, but for the first ten
    bool pin = true;     // the client to a processor of its own
};
Costs take_turns(const Data &data, const Case &which, const Turns &turns);

}  // namespace bench
