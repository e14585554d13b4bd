// libpq with owners: a connection closes itself, a result frees itself, a failure is an exception that shows the
// server's message and the statement.
#pragma once
#include <libpq-fe.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The server says that it has no such feature (0A000): a result of the benchmark, not a failure of it.
struct NotPossible : Error {
    using Error::Error;
};

class Result {
  public:
    explicit Result(PGresult *result) : result_(result, PQclear) {}
    int rows() const { return PQntuples(result_.get()); }
    std::string value(int row, int column) const { return PQgetvalue(result_.get(), row, column); }
    // Rows that the command has written.
    std::string written() const { return PQcmdTuples(result_.get()); }
    PGresult *get() const { return result_.get(); }

  private:
    std::unique_ptr<PGresult, void (*)(PGresult *)> result_;
};

using Values = std::vector<std::string>;

// One statement of a pipeline: SQL with its values, or the name of a prepared statement.
struct Message {
    std::string text;
    Values values;
    bool prepared = false;
};

class Connection {
  public:
    // socket: the directory of the server's unix socket.
    Connection(const std::string &socket, const std::string &role);

    Result query(const std::string &sql);
    // The first value of the first row.
    std::string value(const std::string &sql) { return query(sql).value(0, 0); }
    void prepare(const std::string &name, const std::string &sql);
    Result execute(const std::string &name, const Values &values);
    // The unnamed statement: parsed, bound and executed in one round trip.
    Result execute_unnamed(const std::string &sql, const Values &values);
    // COPY ... FROM STDIN with this content; returns the number of rows.
    std::string copy_in(const std::string &sql, const std::string &content);
    // All in one round trip; a result for each message.
    std::vector<Result> pipeline(const std::vector<Message> &messages);
    // From now on nothing is sent before the backend sleeps and waits for it. Else it depends on the client's speed
    // whether the backend finds the next message at once or has to wait, which takes it other instructions.
    void send_only_to_sleeper() { only_to_sleeper_ = true; }

    int backend() const { return PQbackendPID(connection_.get()); }

  private:
    void before_sending() const;
    void sent(int ok, const std::string &sql) const;
    Result checked(PGresult *result, const std::string &sql) const;
    std::unique_ptr<PGconn, void (*)(PGconn *)> connection_;
    bool only_to_sleeper_ = false;
};

}  // namespace bench
