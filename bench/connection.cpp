#include "connection.hpp"

#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

namespace bench {

namespace {

// The texts that libpq wants; they live as long as the values.
std::vector<const char *> pointers(const Values &values) {
    std::vector<const char *> result;
    for (const std::string &value : values) result.push_back(value.c_str());
    return result;
}

int count(const Values &values) { return static_cast<int>(values.size()); }

}  // namespace

Connection::Connection(const std::string &socket, const std::string &role) : connection_(nullptr, PQfinish) {
    const char *keys[] = {"host", "dbname", "user", "application_name", nullptr};
    const char *values[] = {socket.c_str(), "bench", role.c_str(), "djust_tenants bench", nullptr};
    connection_.reset(PQconnectdbParams(keys, values, 0));
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw Error(PQerrorMessage(connection_.get()));
}

Result Connection::checked(PGresult *raw, const std::string &sql) const {
    Result result(raw);
    ExecStatusType status = PQresultStatus(raw);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN) return result;
    std::string text = std::string(PQerrorMessage(connection_.get())) + "  statement: " + sql.substr(0, 500);
    const char *state = PQresultErrorField(raw, PG_DIAG_SQLSTATE);
    if (state && std::strcmp(state, "0A000") == 0) throw NotPossible(text);
    throw Error(text);
}

void Connection::sent(int ok, const std::string &sql) const {
    if (ok != 1) throw Error(std::string(PQerrorMessage(connection_.get())) + "  sending: " + sql.substr(0, 500));
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
    before_sending();
    return checked(PQexecPrepared(connection_.get(), name.c_str(), count(values), pointers(values).data(), nullptr,
                                  nullptr, 0),
                   name);
}

Result Connection::execute_unnamed(const std::string &sql, const Values &values) {
    before_sending();
    return checked(PQexecParams(connection_.get(), sql.c_str(), count(values), nullptr, pointers(values).data(),
                                nullptr, nullptr, 0),
                   sql);
}

std::string Connection::copy_in(const std::string &sql, const std::string &content) {
    query(sql);
    sent(PQputCopyData(connection_.get(), content.data(), static_cast<int>(content.size())), sql);
    sent(PQputCopyEnd(connection_.get(), nullptr), sql);
    Result result = checked(PQgetResult(connection_.get()), sql);
    while (PGresult *more = PQgetResult(connection_.get())) checked(more, sql);
    return result.written();
}

std::vector<Result> Connection::pipeline(const std::vector<Message> &messages) {
    before_sending();
    sent(PQenterPipelineMode(connection_.get()), "pipeline");
    for (const Message &message : messages) {
        std::vector<const char *> texts = pointers(message.values);
        sent(message.prepared
                 ? PQsendQueryPrepared(connection_.get(), message.text.c_str(), count(message.values), texts.data(),
                                       nullptr, nullptr, 0)
                 : PQsendQueryParams(connection_.get(), message.text.c_str(), count(message.values), nullptr,
                                     texts.data(), nullptr, nullptr, 0),
             message.text);
    }
    sent(PQpipelineSync(connection_.get()), "sync");
    std::vector<Result> results;
    for (const Message &message : messages) {
        results.push_back(checked(PQgetResult(connection_.get()), message.text));
        PQclear(PQgetResult(connection_.get()));  // the NULL that ends a statement's results
    }
    Result sync(PQgetResult(connection_.get()));
    if (PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) throw Error("the pipeline does not end");
    sent(PQexitPipelineMode(connection_.get()), "end of pipeline");
    return results;
}

}  // namespace bench
