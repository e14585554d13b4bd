// What the client programs share: connections and results that clean up after themselves, and checks that print
// "ok NAME" or "not ok NAME". The server is the one that libpq's environment names (PGHOST, PGDATABASE, ...).
#pragma once
#include <libpq-fe.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "../checks.hpp"

namespace client {

using checks::check;
using checks::failures;

inline void expect(const std::string &name, const std::string &got, const std::string &wanted) {
    check(name, got == wanted, "got \"" + got + "\", wanted \"" + wanted + "\"");
}

class Result {
public:
    explicit Result(PGresult *result) : result_(result, PQclear) {}

    // "" when it went well.
    std::string sqlstate() const {
        if (!result_) return "no result";
        const char *state = PQresultErrorField(result_.get(), PG_DIAG_SQLSTATE);
        return state ? state : "";
    }
    // The primary message, when it went wrong.
    std::string message() const {
        const char *message = result_ ? PQresultErrorField(result_.get(), PG_DIAG_MESSAGE_PRIMARY) : nullptr;
        return message ? message : "";
    }
    int count() const { return PQntuples(result_.get()); }
    std::string value(int row, int column) const { return PQgetvalue(result_.get(), row, column); }
    ExecStatusType status() const { return PQresultStatus(result_.get()); }
    // "1|a 2|b"; an error is its SQLSTATE.
    std::string text() const {
        if (!sqlstate().empty()) return sqlstate();
        std::string text;
        for (const std::string &row : rows()) text += (text.empty() ? "" : " ") + row;
        return text;
    }
    // A NULL is ~.
    std::vector<std::string> rows() const {
        std::vector<std::string> rows;
        for (int row = 0; row < count(); row++) {
            std::string fields;
            for (int column = 0; column < PQnfields(result_.get()); column++) {
                if (column) fields += '|';
                fields += PQgetisnull(result_.get(), row, column) ? "~" : value(row, column);
            }
            rows.push_back(fields);
        }
        return rows;
    }

private:
    std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

class Connection {
public:
    explicit Connection(const std::string &options = "") : handle_(PQconnectdb(options.c_str()), PQfinish) {
        if (PQstatus(handle_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(handle_.get()));
        PQsetNoticeProcessor(handle_.get(), [](void *, const char *) {}, nullptr);
    }
    PGconn *get() const { return handle_.get(); }

    // Simple protocol; the last result of several statements.
    Result run(const std::string &sql) { return Result(PQexec(handle_.get(), sql.c_str())); }
    std::string ask(const std::string &sql) { return run(sql).text(); }
    // Throws on an error: for what is not the subject of a test.
    void must(const std::string &sql) {
        Result result = run(sql);
        if (!result.sqlstate().empty()) throw std::runtime_error(sql + ": " + PQerrorMessage(handle_.get()));
    }

    // Extended protocol, all parameters as text.
    Result run(const std::string &sql, const std::vector<std::string> &parameters) {
        auto values = pointers(parameters);
        return Result(PQexecParams(handle_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                                   values.data(), nullptr, nullptr, 0));
    }
    void prepare(const std::string &name, const std::string &sql) {
        Result result(PQprepare(handle_.get(), name.c_str(), sql.c_str(), 0, nullptr));
        if (!result.sqlstate().empty()) throw std::runtime_error(sql + ": " + PQerrorMessage(handle_.get()));
    }
    Result execute(const std::string &name, const std::vector<std::string> &parameters) {
        auto values = pointers(parameters);
        return Result(PQexecPrepared(handle_.get(), name.c_str(), static_cast<int>(values.size()), values.data(),
                                     nullptr, nullptr, 0));
    }

    // What the server reports of itself, without a round trip.
    std::string reported() const {
        const char *value = PQparameterStatus(handle_.get(), "djust_tenants.tenant_id");
        return value ? value : "not reported";
    }

    static std::vector<const char *> pointers(const std::vector<std::string> &parameters) {
        std::vector<const char *> values;
        for (const auto &parameter : parameters) values.push_back(parameter.c_str());
        return values;
    }

private:
    std::unique_ptr<PGconn, decltype(&PQfinish)> handle_;
};

// A schema with the scoped table note (3 tenants, 4 notes each, ids 1 to 12) and a role that is bound.
class Fixture {
public:
    Fixture(std::string schema, std::string role) : schema_(std::move(schema)), role_(std::move(role)) {
        drop();
        admin_.must("CREATE ROLE " + role_ + " LOGIN");
        admin_.must("CREATE SCHEMA " + schema_);
        admin_.must("CREATE TABLE " + schema_ + ".note (id int PRIMARY KEY, tenant_id text, body text)");
        admin_.must("SELECT djust_tenants.scope_table('" + schema_ + ".note')");
        admin_.must("INSERT INTO " + schema_ + ".note SELECT i, (ARRAY['a','b','c'])[(i - 1) / 4 + 1], 'note ' || i "
                    "FROM generate_series(1, 12) i");
        admin_.must("GRANT USAGE ON SCHEMA " + schema_ + " TO " + role_);
        admin_.must("GRANT ALL ON ALL TABLES IN SCHEMA " + schema_ + " TO " + role_);
        admin_.must("ALTER ROLE " + role_ + " SET search_path = " + schema_);
    }
    ~Fixture() {
        try {
            drop();
        } catch (const std::exception &error) {
            std::fprintf(stderr, "%s\n", error.what());
        }
    }
    Fixture(const Fixture &) = delete;
    Fixture &operator=(const Fixture &) = delete;

    Connection &admin() { return admin_; }
    Connection connect(const std::string &options = "") const { return Connection("user=" + role_ + " " + options); }
    const std::string &role() const { return role_; }

private:
    void drop() {
        admin_.must("SET client_min_messages = warning");
        admin_.must("DROP SCHEMA IF EXISTS " + schema_ + " CASCADE");
        admin_.must("DROP ROLE IF EXISTS " + role_);
    }

    Connection admin_;
    std::string schema_, role_;
};

// main() of a program: an exception is a failed check too.
template <typename Body>
int run(Body body) {
    try {
        body();
    } catch (const std::exception &error) {
        check("runs to its end", false, error.what());
    }
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace client
