#include "force.hpp"

#include "error.hpp"

namespace djust::force {

namespace {

// Whether a query runs without FORCE, and nothing of its own has begun that has FORCE again. A key's own queries are
// analysed before they run, so what is analysed meanwhile is not one of them.
bool running;

}  // namespace

bool needs_hook(Oid) { return is_suspended(); }

void follow(FmgrHookEventType event, FmgrInfo *, Datum *kept) {
    // A call may contain another one through the same FmgrInfo: two bits for each level, the innermost last. A query that
    // is planned calls functions too, and does not run yet.
    constexpr Datum was_suspended = 1, was_running = 2;
    auto &levels = *kept;
    Oid user;
    int flags;
    GetUserIdAndSecContext(&user, &flags);
    if (event == FHET_START) {
        levels = levels << 2 | (flags & SECURITY_NOFORCE_RLS ? was_suspended : 0) | (running ? was_running : 0);
        if (!(levels & was_suspended)) return;
        running = false;
        SetUserIdAndSecContext(user, flags & ~SECURITY_NOFORCE_RLS);
        return;
    }
    const Datum level = levels & (was_suspended | was_running);
    levels >>= 2;
    if (!(level & was_suspended)) return;
    running = level & was_running;
    SetUserIdAndSecContext(user, flags | SECURITY_NOFORCE_RLS);
}

void run(void (*query)(void *), void *what) {
    const bool before = running;
    running = true;
    PG_TRY();
    { query(what); }
    PG_FINALLY();
    { running = before; }
    PG_END_TRY();
}

void check_query() {
    if (running) error::query_in_key_action();
}

}  // namespace djust::force
