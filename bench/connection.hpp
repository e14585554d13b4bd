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

class Connection {
  public:
    // socket: the directory of the server's unix socket.
    Connection(const std::string &socket, const std::string &role);

    Result query(const std::string &sql);
    void prepare(const std::string &name, const std::string &sql);
    Result execute(const std::string &name, const Values &values);
    // From now on nothing is sent before the backend sleeps and waits for it. Else it depends on the client's speed
    // whether the backend finds the next message at once or has to wait, which takes it other instructions.
    void send_only_to_sleeper() { only_to_sleeper_ = true; }

    int backend() const { return PQbackendPID(connection_.get()); }

  private:
    void before_sending() const;
    Result checked(PGresult *result, const std::string &sql);
    std::unique_ptr<PGconn, void (*)(PGconn *)> connection_;
    bool only_to_sleeper_ = false;
};

}  // namespace bench
