#include "single_use.hpp"

#include "error.hpp"
#include "settings.hpp"

namespace djust::single_use {

namespace {

constexpr const char *name = "djust_tenants single use";

struct Shared {
    LWLock *lock;
    TimestampTz next_expiry;  // of those that are in the table, at the earliest
};
struct Entry {
    digest::Sha256 token;  // key
    TimestampTz expires;
};

Shared *shared;
HTAB *used;
shmem_request_hook_type previous_request;
shmem_startup_hook_type previous_startup;

void request() {
    if (previous_request) previous_request();
    RequestAddinShmemSpace(add_size(MAXALIGN(sizeof(Shared)),
                                    hash_estimate_size(settings::single_use_tokens(), sizeof(Entry))));
    RequestNamedLWLockTranche(name, 1);
}

void startup() {
    if (previous_startup) previous_startup();
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    bool found;
    shared = static_cast<Shared *>(ShmemInitStruct(name, sizeof(Shared), &found));
    if (!found) *shared = Shared{&GetNamedLWLockTranche(name)->lock, DT_NOEND};
    HASHCTL control{};
    control.keysize = sizeof(digest::Sha256);
    control.entrysize = sizeof(Entry);
    long size = settings::single_use_tokens();
    used = ShmemInitHash("djust_tenants used tokens", size, size, &control, HASH_ELEM | HASH_BLOBS | HASH_FIXED_SIZE);
    LWLockRelease(AddinShmemInitLock);
}

// Takes out what has expired. The table is gone through only when that is known to free something.
void make_room(TimestampTz now) {
    if (now < shared->next_expiry) return;
    shared->next_expiry = DT_NOEND;
    HASH_SEQ_STATUS scan;
    hash_seq_init(&scan, used);
    while (auto *entry = static_cast<Entry *>(hash_seq_search(&scan)))
        if (entry->expires <= now)
            hash_search(used, &entry->token, HASH_REMOVE, nullptr);
        else if (entry->expires < shared->next_expiry)
            shared->next_expiry = entry->expires;
}

}  // namespace

void init() {
    if (!process_shared_preload_libraries_in_progress) return;
    previous_request = shmem_request_hook;
    shmem_request_hook = request;
    previous_startup = shmem_startup_hook;
    shmem_startup_hook = startup;
}

Use use(const digest::Sha256 &token, TimestampTz expires, TimestampTz now) {
    if (!shared) error::no_single_use();
    int size = settings::single_use_tokens();
    LWLockAcquire(shared->lock, LW_EXCLUSIVE);
    bool found = hash_search(used, &token, HASH_FIND, nullptr) != nullptr;
    if (!found) {
        if (hash_get_num_entries(used) >= size) make_room(now);
        auto *entry = hash_get_num_entries(used) < size
                          ? static_cast<Entry *>(hash_search(used, &token, HASH_ENTER_NULL, nullptr))
                          : nullptr;
        if (!entry) {
            LWLockRelease(shared->lock);
            error::single_use_full(size);
        }
        entry->expires = expires;
        if (expires < shared->next_expiry) shared->next_expiry = expires;
    }
    LWLockRelease(shared->lock);
    return found ? Use::again : Use::first;
}

}  // namespace djust::single_use
