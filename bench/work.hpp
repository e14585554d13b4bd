// What is measured: a work (PK look-up, range, ...) in one protocol under one type of tenant key, done by a variant
// (LIMIT, ours, a rival). A Session is one variant's connection doing one work, and checks what every statement did.
#pragma once
#include <string>
#include <vector>

#include "connection.hpp"

namespace bench {

enum class Work { pk, range, join, scan, insert, transaction, message };
enum class Protocol { simple, prepared };
enum class Key { text, uuid };
enum class Variant { limit, limit_again, ours, setting, subselect, trigger, schema };

constexpr Work works[] = {Work::pk,     Work::range,       Work::join,   Work::scan,
                          Work::insert, Work::transaction, Work::message};
constexpr Protocol protocols[] = {Protocol::simple, Protocol::prepared};
constexpr Key keys[] = {Key::text, Key::uuid};
constexpr Variant variants[] = {Variant::limit,     Variant::limit_again, Variant::ours,  Variant::setting,
                                Variant::subselect, Variant::trigger,     Variant::schema};

// Short names, as in results and in --filter.
const char *name(Work work);
const char *name(Protocol protocol);
const char *name(Key key);
const char *name(Variant variant);
// For people.
const char *title(Work work);
const char *title(Variant variant);

struct Case {
    Work work;
    Protocol protocol;
    Key key;
    std::string name() const;
};

// Who has a part in a work: the trigger stamps, so it only has one in INSERT; quick leaves the sub-select out.
std::vector<Variant> participants(Work work, bool quick);

struct Tenant {
    int number;
    std::string text, uuid, schema;
};

// What the cluster holds.
struct Data {
    std::string socket;
    std::vector<Tenant> tenants;
    int rows;       // of a tenant in doc
    long first_id;  // no row of entry has this id or a greater one
};
Data read_data(const std::string &socket);

class Session {
  public:
    Session(const Data &data, Case which, Variant variant);

    // Does the work `count` times; each statement takes the next key. Raises Error when a statement did not do what it
    // is meant to: other rows than its tenant's, or another number of them.
    void run(int count);

    // EXPLAIN of the work's main statement, as this session would run it.
    std::string explain();

    // As superuser: are the rows that this session claims to have inserted there, and its tenant's?
    void verify_inserted(Connection &superuser) const;

    int backend() const { return connection_.backend(); }
    void send_only_to_sleeper() { connection_.send_only_to_sleeper(); }

  private:
    const Tenant &tenant(long step) const;
    std::string key(const Tenant &tenant) const;
    std::string statement() const;
    Values values(long step) const;
    std::string set(const Tenant &tenant) const;
    Result main_statement(long step);
    void check(const Result &result, long step) const;
    [[noreturn]] void wrong(const std::string &what, long step) const;

    const Data &data_;
    Case case_;
    Variant variant_;
    Connection connection_;
    std::string statement_;
    long first_id_;  // of the rows to insert
    long step_ = 0;
};

// The constant part of every measurement, done before it: caches are warm and every tenant has been met.
int warm_up(Work work);

}  // namespace bench
