// The utility command that runs: who gave it, and whether it is a statement of ours. Commands switch the user on their
// way (CREATE INDEX to the table's owner), and run code that gives other commands: the guards ask here.
#pragma once
#include "pg.hpp"

namespace djust::command {

struct Command {
    const Node *tree;      // of EXPLAIN: what is explained
    Oid user;              // that gave it
    bool bound;            // row-level security binds him
    bool own;              // a statement of ddl::run, and not of what that calls
    bool explained;        // by EXPLAIN ANALYZE: no event trigger hears of it
    List *sources;         // of a bound role's: see sources_of
    const Command *outer;  // that runs it, or null
};

// True for commands that change no definitions: they are not followed.
bool is_plain(const Node *tree);
// Runs every other one: `check` is asked first, and may raise.
void follow(const Node *tree, void (*check)(const Command &), void (*run)(void *), void *what);
template <typename Run>
void follow(const Node *tree, void (*check)(const Command &), Run run) {
    follow(tree, check, [](void *what) { (*static_cast<Run *>(what))(); }, &run);
}

// Whether djust_tenants.guard_ddl guards against what the role leaves behind: one that row-level security binds, and that
// shares its connections with other tenants' requests. Any in signed mode; in open mode such a role can enter every tenant
// as it is, unless it or the session's role has a fence.
bool is_guarded(Oid user);

// The same of who gave a command; null is none. In a database without the extension only those commands count that change
// what is of all databases, passwords and stored settings.
bool is_guarded(const Command *command);

// The relation that a command names, without a lock: the command takes its own, and upgrading one is a deadlock. Invalid
// when there is none.
Oid named(const RangeVar *relation);

// The innermost command that is followed; null when there is none.
const Command *running();

// The next command that begins is ours; whatever it runs is not. Take it back when it has ended.
void announce(bool ours);

}  // namespace djust::command
