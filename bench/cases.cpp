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

// By another meter as well, where it does not count.
void Cases::add_with(Case which, Meter meter, Phase phase, int statements) {
    add(which);
    if (quick_) return;
    which.meter = meter;
    which.phase = phase;
    which.gates = false;
    which.statements = statements;
    add(std::move(which));
}

void Cases::add_with_instructions(Case which, int statements) {
    add_with(std::move(which), Meter::instructions, Phase::instructions, statements);
}

void Cases::add_with_time(Case which, int turn) { add_with(std::move(which), Meter::time, Phase::time, turn); }

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
