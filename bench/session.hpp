// A Session is one variant's connection doing one work again and again, checking what every statement did.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "world.hpp"

namespace bench {

// The tenant of the works without a switch, and how many take turns in those with one.
constexpr int single_tenant = 6;
constexpr int switching_tenants = 8;

class Session {
  public:
    virtual ~Session() = default;
    // Does the work `count` times; each statement takes the next key. Raises Error when a statement did not do what it
    // is meant to: other rows than its tenant's, or another number of them.
    virtual void run(int count) {
        for (int i = 0; i < count; i++) step(steps_++);
    }
    // As superuser: is what this session claims to have written there, and its tenant's? "" or what is wrong.
    virtual std::string verify() { return ""; }
    // EXPLAIN of the work's statement, as this session would run it; "" where there is none.
    virtual std::string explain() { return ""; }

    int backend() const { return connection_.backend(); }
    void send_only_to_sleeper() { connection_.send_only_to_sleeper(); }

  protected:
    Session(const Data &data, const std::string &role) : data_(data), connection_(data.socket, role) {}
    virtual void step(long step) = 0;

    const Data &data_;
    Connection connection_;
    long steps_ = 0;
};

// One SQL statement in one protocol.
struct Statement {
    std::string sql;                             // with $1, $2, ...
    std::function<Values(long step)> values;     // for them
    // "" or what is wrong with the result.
    std::function<std::string(const Result &, long step)> complaint;
    std::function<std::string(long steps)> verify = {};
};

class StatementSession : public Session {
  public:
    // setup: sent before anything else, such as SET search_path.
    StatementSession(const Data &data, const std::string &role, const std::string &setup, Protocol protocol,
                     Statement statement);
    std::string verify() override;
    std::string explain() override;

  protected:
    void step(long step) override;
    Message message(long step) const;  // as a pipeline sends it
    Result perform(long step);
    void check(const Result &result, long step) const;

    Protocol protocol_;
    Statement statement_;
};

// What a variant sends first: its search_path and, unless the work switches, its tenant.
std::string setup(const Data &data, Variant variant, Key key, bool enter = true);

// The first of a million ids that no other session has.
long fresh_ids(const Data &data);

// "" or what is wrong with a result of `rows` rows whose first column begins with `beginning`.
std::string expect(const Result &result, int rows, const std::string &beginning);
std::string expect_written(const Result &result, long rows);

}  // namespace bench
