#include "connection.hpp"

#include <chrono>
#include <fstream>
#include <thread>

namespace bench {

Connection::Connection(const std::string &socket, const std::string &role) : connection_(nullptr, PQfinish) {
    const char *keys[] = {"host", "dbname", "user", "application_name", nullptr};
    const char *values[] = {socket.c_str(), "bench", role.c_str(), "djust_tenants bench", nullptr};
    connection_.reset(PQconnectdbParams(keys, values, 0));
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw Error(PQerrorMessage(connection_.get()));
}

Result Connection::checked(PGresult *raw, const std::string &sql) {
    Result result(raw);
    ExecStatusType status = PQresultStatus(raw);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw Error(std::string(PQerrorMessage(connection_.get())) + "  statement: " + sql);
    return result;
}

void Connection::before_sending() const {
    if (!only_to_sleeper_) return;
    const std::string file = "/proc/" + std::to_string(backend()) + "/stat";
    for (int tries = 0; tries < 200000; tries++) {
        std::ifstream input(file);
        std::string line;
        std::getline(input, line);
        // "pid (name) S ...": the name may hold anything, so the state is sought from the right.
        size_t end = line.rfind(") ");
        if (end == std::string::npos) throw Error("cannot read " + file);
        if (line.compare(end + 2, 1, "S") == 0) return;
        std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    throw Error("the backend never waits for the client");
}

Result Connection::query(const std::string &sql) {
    before_sending();
    return checked(PQexec(connection_.get(), sql.c_str()), sql);
}

void Connection::prepare(const std::string &name, const std::string &sql) {
    before_sending();
    checked(PQprepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr), sql);
}

Result Connection::execute(const std::string &name, const Values &values) {
    const char *texts[8];
    if (values.size() > 8) throw Error("more than 8 parameters");
    for (size_t i = 0; i < values.size(); i++) texts[i] = values[i].c_str();
    before_sending();
    int count = static_cast<int>(values.size());
    return checked(PQexecPrepared(connection_.get(), name.c_str(), count, texts, nullptr, nullptr, 0), name);
}

}  // namespace bench
