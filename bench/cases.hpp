// A case: one work, in one protocol, under one kind of key, measured by one meter and done by several variants. Each
// subject has a file of its own that adds its cases.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "session.hpp"

namespace bench {

// instructions: of the backend, by cachegrind. time: on the wall. cpu: the backend's processor time. memory: its own.
enum class Meter { instructions, time, cpu, memory };
const char *name(Meter meter);

// Where a case is measured: the server with the library preloaded, the same under cachegrind, or under cachegrind
// with the library loaded by some roles only.
enum class Phase { time, instructions, loading };
const char *name(Phase phase);

struct Cost {
    double amount = 0;  // instructions, nanoseconds or bytes: of one statement, or one transaction where it switches
    double ratio = 0;   // to LIMIT
    std::string impossible = {};  // not empty: the server's refusal, and there are no numbers
    std::string note = {};
};
using Costs = std::map<Variant, Cost>;

struct Case {
    std::string row;   // of the goals table
    std::string name;  // such as pk/simple/text
    Meter meter = Meter::instructions;
    Phase phase = Phase::instructions;
    bool gates = true;  // counts for its row of the goals table; else it is for comparison only
    std::vector<Variant> variants = {};
    int statements = 100;  // n of the instruction meter; the statements of a turn of the other meters
    int warm_up = 16;
    bool writes = false;  // so two sessions of a variant do not run at the same time
    // No two sessions at all: which dead rows a backend may prune depends on who else has a transaction open just then.
    bool alone = false;
    std::function<std::unique_ptr<Session>(const Data &, Variant)> open = {};
    std::function<Costs(const Data &)> measure = {};  // memory: a way of its own
    // What is there while the case is measured, and at no other time, because it would cost the others something.
    std::function<std::shared_ptr<void>(const Data &)> around = {};
    // Whose cost is taken off a variant's: of the same work without what is measured. Where this is not empty, only
    // the variants that it names have results.
    std::map<Variant, Variant> minus = {};
    int calls = 1;  // of a statement that is a loop: amounts are those of one call
};

class Cases {
  public:
    explicit Cases(bool quick) : quick_(quick) {}
    bool quick() const { return quick_; }
    void add(Case which) { list_.push_back(std::move(which)); }
    // The case by meter i and, unless this is the quick mode, by wall time too, where it does not count.
    void add_with_time(Case which, int turn);
    // The case by its own meter and, unless this is the quick mode, by meter i too, where it does not count.
    void add_with_instructions(Case which, int statements);
    const std::vector<Case> &list() const { return list_; }

    // LIMIT and ours; the others in the full mode, and in the quick mode those that are named for it.
    std::vector<Variant> with(std::vector<Variant> in_full, std::vector<Variant> in_quick = {}) const;

  private:
    void add_with(Case which, Meter meter, Phase phase, int statements);

    bool quick_;
    std::vector<Case> list_;
};

void add_reads(Cases &cases);
void add_partitions(Cases &cases);
void add_leaky(Cases &cases);
void add_writes(Cases &cases);
void add_copy(Cases &cases);
void add_switching(Cases &cases);
void add_unscoped(Cases &cases);
void add_memory(Cases &cases);
void add_scale(Cases &cases);
void add_resolve(Cases &cases);
void add_tokens(Cases &cases);
void add_modes(Cases &cases);

Cases all_cases(bool quick);

}  // namespace bench
