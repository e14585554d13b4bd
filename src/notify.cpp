#include "notify.hpp"

#include "context.hpp"
#include "error.hpp"
#include "role.hpp"
#include "settings.hpp"

// A channel's name has at most 63 bytes, a tenant's id up to 128. So there are two forms, and both begin with what
// depends on the tenant alone:
//   tenant:<id>:<channel>                              where that fits
//   tenant#<hash of the id>:<hash of the channel>      where it does not
// An id has no colon, so whose the first is can be told from the name; the second differs from every first one in its
// seventh byte. Two ids with the same hash would be a collision of SHA-256 cut to 160 bits.
namespace djust::notify {

namespace {

constexpr size_t longest_name = NAMEDATALEN - 1;
// As in async.c, where the limit is not exported.
constexpr size_t longest_payload = BLCKSZ - NAMEDATALEN - 128 - 1;

constexpr int hash_bytes = 20;
constexpr int hash_length = 27;  // of the hash in base64
using Hash = char[hash_length + 1];

// The first 160 bits of SHA-256, in the characters of base64url.
void hash(std::string_view text, Hash *result) {
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    auto *input = cstring_to_text_with_len(text.data(), static_cast<int>(text.size()));
    auto *sum = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea, PointerGetDatum(input)));
    const auto *bytes = reinterpret_cast<const unsigned char *>(VARDATA_ANY(sum));
    unsigned held = 0;
    int bits = 0, length = 0;
    for (int i = 0; i < hash_bytes; i++) {
        held = held << 8 | bytes[i];
        for (bits += 8; bits >= 6; bits -= 6) (*result)[length++] = digits[held >> (bits - 6) & 63];
    }
    if (bits) (*result)[length++] = digits[held << (6 - bits) & 63];
    (*result)[length] = '\0';
}

const char *plain_prefix(const char *id) { return psprintf("tenant:%s:", id); }

const char *hashed_prefix(const char *id) {
    Hash of_id;
    hash(id, &of_id);
    return psprintf("tenant#%s:", of_id);
}

const char *channel_of(const char *id, std::string_view channel) {
    if (channel.empty())
        error::bad_notification("a channel's name must not be empty",
                                "The name of the channel is the empty text.",
                                "Name the channel, as in djust_tenants.tenant_channel('orders').");
    const char *prefix = plain_prefix(id);
    if (strlen(prefix) + channel.size() <= longest_name)
        return psprintf("%s%.*s", prefix, static_cast<int>(channel.size()), channel.data());
    Hash of_channel;
    hash(channel, &of_channel);
    return psprintf("%s%s", hashed_prefix(id), of_channel);
}

bool begins_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

bool is_of_tenant(const char *channel, const char *id) {
    return begins_with(channel, plain_prefix(id)) || begins_with(channel, hashed_prefix(id));
}

bool binds() { return settings::guard_notify() && !role::bypasses_row_security(GetUserId()); }

void check_channel(const char *command, const char *channel) {
    if (!binds()) return;
    const char *id = context::current();
    if (!id || !is_of_tenant(channel, id)) error::foreign_channel(command, channel, id);
}

std::string_view channel_argument(FunctionCallInfo fcinfo, const char *function) {
    if (PG_ARGISNULL(0)) error::null_argument(function, "channel");
    const text *channel = PG_GETARG_TEXT_PP(0);
    return {VARDATA_ANY(channel), static_cast<size_t>(VARSIZE_ANY_EXHDR(channel))};
}

}  // namespace

void check(const Node *statement) {
    switch (nodeTag(statement)) {
        case T_ListenStmt: check_channel("LISTEN", castNode(ListenStmt, statement)->conditionname); break;
        case T_NotifyStmt: check_channel("NOTIFY", castNode(NotifyStmt, statement)->conditionname); break;
        case T_UnlistenStmt:
            if (const char *channel = castNode(UnlistenStmt, statement)->conditionname)
                check_channel("UNLISTEN", channel);
            break;
        default: break;
    }
}

void check_call() {
    if (binds()) error::pg_notify_refused();
}

}  // namespace djust::notify

using namespace djust;

DJUST_FUNCTION(djust_tenant_channel) {
    std::string_view channel = notify::channel_argument(fcinfo, "tenant_channel");
    const char *id = context::require("djust_tenants.tenant_channel(...) was called.");
    PG_RETURN_TEXT_P(cstring_to_text(notify::channel_of(id, channel)));
}

DJUST_FUNCTION(djust_notify_tenant) {
    std::string_view channel = notify::channel_argument(fcinfo, "notify_tenant");
    const char *payload = PG_ARGISNULL(1) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(1));
    const char *id = context::require("djust_tenants.notify_tenant(...) was called.");
    if (strlen(payload) > notify::longest_payload)
        error::bad_notification(
            "the payload is too long",
            psprintf("It has %zu bytes, and NOTIFY takes %zu.", strlen(payload), notify::longest_payload),
            "Store the data in a scoped table, and notify with its key.");
    PreventCommandDuringRecovery("NOTIFY");
    Async_Notify(notify::channel_of(id, channel), payload);
    PG_RETURN_VOID();
}
