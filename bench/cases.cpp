#include "cases.hpp"

namespace bench {

const char *name(Meter meter) {
    switch (meter) {
        case Meter::instructions: return "i";
        case Meter::time: return "t";
        case Meter::cpu: return "cpu";
        case Meter::memory: return "memory";
    }
    return "";
}

const char *name(Phase phase) {
    switch (phase) {
        case Phase::time: return "time";
        case Phase::instructions: return "instructions";
        case Phase::loading: return "loading";
    }
    return "";
}

void Cases::add_with_time(Case which, int turn) {
    Case timed = which;
    add(std::move(which));
    if (quick_) return;
    timed.meter = Meter::time;
    timed.phase = Phase::time;
    timed.gates = false;
    timed.statements = turn;
    add(std::move(timed));
}

std::vector<Variant> Cases::with(std::vector<Variant> in_full, std::vector<Variant> in_quick) const {
    std::vector<Variant> result = {Variant::limit, Variant::ours};
    for (Variant variant : quick_ ? in_quick : in_full) result.push_back(variant);
    return result;
}

Cases all_cases(bool quick) {
    Cases cases(quick);
    add_reads(cases);
    add_partitions(cases);
    add_leaky(cases);
    add_writes(cases);
    add_copy(cases);
    add_switching(cases);
    add_unscoped(cases);
    add_memory(cases);
    add_scale(cases);
    add_resolve(cases);
    add_tokens(cases);
    add_modes(cases);
    return cases;
}

}  // namespace bench
