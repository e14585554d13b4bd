// Who is measured, how it talks to the server, and what the server holds.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "connection.hpp"

namespace bench {

enum class Protocol { simple, unnamed, custom, generic };
enum class Key { text, uuid, bigint };
// empty: the loop without the call, where something is measured inside the server (resolve.cpp, tokens.cpp); entered:
// set_current_tenant() where a token is measured.
enum class Variant { limit, limit_again, ours, plain, setting, subselect, trigger, batches, schema, empty, entered };

constexpr Variant variants[] = {Variant::limit,     Variant::limit_again, Variant::ours,    Variant::plain,
                                Variant::setting,   Variant::subselect,   Variant::trigger, Variant::batches,
                                Variant::schema,    Variant::empty,       Variant::entered};

// Short names, as in results and in --filter.
const char *name(Protocol protocol);
const char *name(Key key);
const char *name(Variant variant);
// For people.
const char *title(Variant variant);

// LIMIT writes the tenant by hand; all others leave it to the server.
inline bool by_hand(Variant variant) { return variant == Variant::limit || variant == Variant::limit_again; }

struct Tenant {
    int number;
    std::string text, uuid, bigint, schema;
    const std::string &id(Key key) const { return key == Key::text ? text : key == Key::uuid ? uuid : bigint; }
};

// One connection for all that prepares and checks: a backend takes half a second to start under cachegrind.
class Superuser {
  public:
    explicit Superuser(const std::string &socket) : connection_(socket, "postgres") {}
    Result query(const std::string &sql) {
        std::lock_guard<std::mutex> lock(mutex_);
        return connection_.query(sql);
    }
    std::string value(const std::string &sql) { return query(sql).value(0, 0); }
    // What would warn people.
    void quietly(const std::string &sql) { query("SET client_min_messages = error; " + sql + "; RESET client_min_messages"); }

  private:
    Connection connection_;
    std::mutex mutex_;
};

// What the cluster holds.
struct Data {
    std::string socket;
    std::shared_ptr<Superuser> superuser;
    std::vector<Tenant> tenants;
    int rows = 0;       // of a tenant in doc
    long first_id = 0;  // no row of entry has this id or a greater one
};
Data read_data(const std::string &socket);

// As load/core.sql numbers the rows: tenant 7's row 42 has the id 7000042.
constexpr long ids_of_a_tenant = 1000000;

// The role that a variant connects as, and the schemas that hold its tables.
const char *role(Variant variant);
std::string search_path(Variant variant, Key key, const Tenant &tenant);
// The assignment that makes a tenant the variant's current one, to stand after SET or SET LOCAL.
std::string assignment(Variant variant, const std::string &id, const std::string &schema);

std::string literal(const std::string &value);
// The simple protocol's text: $1, $2, ... replaced by their values.
std::string inlined(const std::string &sql, const Values &values);

}  // namespace bench
