// One thread of the concurrency test: a connection, and jobs that are tried again after a deadlock. What happened is
// counted in a Tally that all threads share.
#pragma once
#include "../client.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>

namespace concurrency {

class Tally {
public:
    explicit Tally(bool shows = true) : shows_(shows) {}

    void count(const std::string &what, long number = 1) {
        std::lock_guard<std::mutex> guard(lock_);
        counts_[what] += number;
    }
    // Something that must not be; the first few are shown.
    void wrong(const std::string &kind, const std::string &what) {
        std::lock_guard<std::mutex> guard(lock_);
        if (wrongs_[kind]++ < 3 && shows_) std::printf("# %s: %s\n", kind.c_str(), what.c_str());
    }
    long of(const std::string &what) {
        std::lock_guard<std::mutex> guard(lock_);
        auto found = counts_.find(what);
        return found == counts_.end() ? 0 : found->second;
    }
    long wrong(const std::string &kind) const {
        auto found = wrongs_.find(kind);
        return found == wrongs_.end() ? 0 : found->second;
    }
    const std::map<std::string, long> &counts() const { return counts_; }

private:
    const bool shows_;
    std::mutex lock_;
    std::map<std::string, long> counts_, wrongs_;
};

struct Failed {
    std::string sqlstate, message, sql;
};

class Worker {
public:
    Worker(Tally &tally, const std::string &options, unsigned seed)
        : tally(tally), connection_(options), random_(seed) {}

    Tally &tally;

    int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

    // The rows; an error is thrown as Failed.
    std::vector<std::string> rows(const std::string &sql) {
        client::Result result = connection_.run(sql);
        fail_of(result, sql);
        return result.rows();
    }
    std::string one(const std::string &sql) {
        std::vector<std::string> all = rows(sql);
        return all.empty() ? "" : all[0];
    }
    std::vector<std::string> execute(const std::string &name, const std::vector<std::string> &parameters) {
        client::Result result = connection_.execute(name, parameters);
        fail_of(result, "EXECUTE " + name);
        return result.rows();
    }
    std::string sqlstate(const std::string &sql) { return connection_.run(sql).sqlstate(); }
    client::Connection &connection() { return connection_; }

    // Does it, again after a deadlock or a serialization failure until it succeeds. `expected`: the errors that what
    // others do at the same time explains.
    void job(const std::string &name, const std::set<std::string> &expected, const std::function<void()> &work) {
        for (int tries = 1;; tries++) {
            try {
                work();
                tally.count(name);
                return;
            } catch (const Failed &failed) {
                connection_.run("ROLLBACK");
                const std::string &state = failed.sqlstate;
                if ((state == "40P01" || state == "40001") && tries < 30) {
                    tally.count("retried after " + state);
                } else if (expected.count(state)) {
                    tally.count(name + ": " + state);
                    return;
                } else {
                    tally.wrong("unexpected error", name + ": " + state + " " + failed.message + " in " + failed.sql);
                    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error("the connection is lost");
                    return;
                }
            }
        }
    }

private:
    void fail_of(const client::Result &result, const std::string &sql) {
        std::string state = result.sqlstate();
        if (state.empty()) return;
        std::string message = PQerrorMessage(connection_.get());
        while (!message.empty() && message.back() == '\n') message.pop_back();
        throw Failed{state, message, sql};
    }

    client::Connection connection_;
    std::mt19937 random_;
};

}  // namespace concurrency
