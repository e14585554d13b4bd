// Statements at random, by a role with everything that is done for speed and by one that has it switched off, against
// the same rows: every result, error and effect must be the same. Many statements have conditions that raise an error
// when another tenant's row is looked at: plain row-level security never does, so neither may the other.
//   DJUST_SEED, DJUST_STATEMENTS   other numbers than the test suite's
#include <algorithm>
#include <map>
#include <set>

#include "client.hpp"
#include "plain_rls/ways.hpp"
#include "plain_rls/writes.hpp"

using client::check;
using namespace plain_rls;

namespace {

unsigned from_environment(const char *name, unsigned usual) {
    const char *value = std::getenv(name);
    return value && *value ? static_cast<unsigned>(std::strtoul(value, nullptr, 10)) : usual;
}

struct Outcome {
    std::vector<std::string> rows;
    std::string state, error;  // SQLSTATE, and all of the message
    bool found = false;        // a row, or a row changed
    bool operator==(const Outcome &other) const { return rows == other.rows && error == other.error; }
    std::string text() const {
        if (!error.empty()) return error;
        std::string text = std::to_string(rows.size()) + " rows";
        for (size_t i = 0; i < rows.size() && i < 5; i++) text += " (" + rows[i] + ")";
        return text;
    }
};

class Side {
public:
    Side(const World &world, const std::string &role) : world_(world), role_(role) { reconnect(); }
    void reconnect() { session_ = std::make_unique<client::Connection>(world_.connect(role_)); }

    std::vector<Outcome> run(const std::vector<Step> &steps) {
        std::vector<Outcome> outcomes;
        for (const Step &step : steps) {
            Outcome outcome;
            for (const std::string &text : step.texts) run(step, text, &outcome);
            if (!outcome.error.empty()) outcome.rows.clear();
            if (!step.ordered) std::sort(outcome.rows.begin(), outcome.rows.end());
            outcomes.push_back(outcome);
        }
        return outcomes;
    }

private:
    void run(const Step &step, const std::string &text, Outcome *outcome) {
        PGconn *connection = session_->get();
        auto values = client::Connection::pointers(step.values);
        const int count = static_cast<int>(values.size());
        switch (step.kind) {
            case Step::Kind::simple: PQsendQuery(connection, text.c_str()); break;
            case Step::Kind::parameters:
                PQsendQueryParams(connection, text.c_str(), count, nullptr, values.data(), nullptr, nullptr, 0);
                break;
            case Step::Kind::prepare: PQsendPrepare(connection, "s", text.c_str(), 0, nullptr); break;
            case Step::Kind::execute:
                PQsendQueryPrepared(connection, "s", count, values.data(), nullptr, nullptr, 0);
                break;
        }
        while (PGresult *handle = PQgetResult(connection)) {
            client::Result result(handle);
            switch (PQresultStatus(handle)) {
                case PGRES_TUPLES_OK:
                    for (const std::string &row : result.rows()) outcome->rows.push_back(row);
                    outcome->found = outcome->found || PQntuples(handle) > 0;
                    break;
                case PGRES_COPY_OUT: {
                    char *line;
                    while (PQgetCopyData(connection, &line, 0) > 0) {
                        outcome->rows.push_back(line);
                        outcome->found = true;
                        PQfreemem(line);
                    }
                    break;
                }
                case PGRES_COMMAND_OK:
                    outcome->rows.push_back(PQcmdStatus(handle));
                    outcome->found = outcome->found || std::atoi(PQcmdTuples(handle)) > 0;
                    break;
                default:
                    if (!outcome->error.empty()) break;
                    outcome->state = result.sqlstate();
                    for (int field : {PG_DIAG_SQLSTATE, PG_DIAG_MESSAGE_PRIMARY, PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT})
                        if (const char *part = PQresultErrorField(handle, field)) outcome->error += std::string(part) + " | ";
                    if (PQstatus(connection) != CONNECTION_OK) throw std::runtime_error("the connection is gone: " + text);
            }
        }
    }

    const World &world_;
    const std::string role_;
    std::unique_ptr<client::Connection> session_;
};

struct Tally {
    int statements = 0, with_rows = 0, errors = 0, different = 0, unexpected = 0;
};
struct Plans {
    int seen = 0, different = 0, constant = 0, leaky = 0;
};

// Errors that statements may well end with. Whatever a row raises is not among them.
bool is_expected(const Outcome &outcome, const Statement &statement) {
    static const std::set<std::string> usual = {
        "",       // none
        "42501",  // another tenant's, or the deactivated one
        "55000",  // no tenant
        "22023",  // no value of the tenant column
        "23505", "23502", "25P02",
        "23514",  // no partition, while one is detached
        "0A000",  // a row lock in a function that is not volatile, or under a set operation
        "42601",  // MERGE ... RETURNING before 17
    };
    return usual.count(outcome.state) || (outcome.state == "22012" && statement.kind == "own error");
}

class Comparison {
public:
    Comparison(unsigned seed, int wanted) : wanted_(wanted), made_(seed), dice_(seed + 1), ways_(dice_, world_.owner) {
        world_.make(server_);
        fast_ = std::make_unique<Side>(world_, world_.fast);
        plain_ = std::make_unique<Side>(world_, world_.plain);
    }
    ~Comparison() {
        fast_.reset();
        plain_.reset();
        try {
            world_.drop(server_);
        } catch (const std::exception &error) {
            std::fprintf(stderr, "%s\n", error.what());
        }
    }

    void run() {
        const std::string before = contents();
        for (int number = 0; total_.statements < wanted_; number++) {
            if (number % 120 == 119) {  // other sessions, which have not served anybody
                fast_->reconnect();
                plain_->reconnect();
            }
            one(number);
        }
        report(before);
    }

private:
    std::string contents() {
        std::string names;
        for (const Table &table : tables()) names += (names.empty() ? "'" : ", '") + std::string(table.name) + "'";
        return world_.admin().ask("SELECT contents(ARRAY[" + names + "])");
    }

    void one(int number) {
        // One tenant in different moments, or several in turn.
        const Tenant &tenant = tenants[dice_.below(std::size(tenants))];
        bool alone = dice_.chance(60);
        bool write = number % 3 == 2;
        std::vector<std::string> who = {tenant.id};
        for (unsigned more = dice_.below(write ? 3 : 4); more > 0; more--) {
            if (alone)
                who.push_back(dice_.chance(75) ? tenant.id : dice_.chance(80) ? "" : deactivated);
            else
                who.push_back(dice_.chance(90) ? tenants[dice_.below(std::size(tenants))].id : "");
        }
        const int own = alone ? tenant.ordinal : 0;
        Statement statement = write ? made_.write(own) : made_.read(own);
        Case made = ways_.around(statement, who, number % 5 == 0);
        if (!made.admin_before.empty()) world_.admin().must(made.admin_before);
        for (const Segment &segment : made.segments) {
            std::vector<Outcome> fast = fast_->run(segment.steps), plain = plain_->run(segment.steps);
            for (size_t i = 0; i < segment.steps.size(); i++) compare(statement, made, segment, i, fast[i], plain[i]);
            if (!segment.admin_after.empty()) world_.admin().must(segment.admin_after);
        }
        if (!made.admin_after.empty()) world_.admin().must(made.admin_after);
        shown_ = nullptr;
    }

    void compare(const Statement &statement, const Case &made, const Segment &segment, size_t number, const Outcome &fast,
                 const Outcome &plain) {
        const Step &step = segment.steps[number];
        bool same = step.explains ? fast.error == plain.error : fast == plain;
        bool expected = !step.counted || (is_expected(fast, statement) && is_expected(plain, statement));
        for (Tally *tally : {&total_, &kinds_[statement.kind], &in_way_[made.way], &(statement.writes() ? writes_ : reads_)}) {
            tally->different += !same;
            tally->unexpected += !expected;
            if (!step.counted) continue;
            tally->statements++;
            tally->errors += !plain.error.empty();
            tally->with_rows += plain.error.empty() && plain.found;
        }
        if (step.explains && same && fast.error.empty()) look_at_plans(fast.rows, plain.rows);
        if ((same && expected) || shown_ == &statement || shown_count_ >= 5) return;
        shown_ = &statement;  // its first alone
        shown_count_++;
        std::printf("# %s, %s: %s\n# fast:  %s\n# plain: %s\n", statement.kind.c_str(), made.way.c_str(),
                    same ? "an error that its own rows cannot raise" : "a difference", fast.text().c_str(), plain.text().c_str());
        for (const Segment &each : made.segments) {
            for (const Step &said : each.steps) {
                for (const std::string &text : said.texts) std::printf("#   %s\n", text.c_str());
                if (&said == &step) break;
            }
            if (&each == &segment) break;
            if (!each.admin_after.empty()) std::printf("#   [administrator] %s\n", each.admin_after.c_str());
        }
    }

    // Do they differ, has one the tenant's constant, has it an index condition that the other keeps for later?
    void look_at_plans(const std::vector<std::string> &fast, const std::vector<std::string> &plain) {
        static const char *const leaky[] = {"~", "@@", "@>", "&&", " ? ", "?|", "@?", "price", "mood", "span", "seen", "born", "lower("};
        auto leaky_conditions = [](const std::vector<std::string> &plan) {
            int count = 0;
            for (const std::string &line : plan) {
                if (line.find("Index Cond:") == std::string::npos) continue;
                for (const char *sign : leaky) count += line.find(sign) != std::string::npos;
            }
            return count;
        };
        auto calls = [](const std::vector<std::string> &plan) {
            int count = 0;
            for (const std::string &line : plan) count += line.find("current_tenant_") != std::string::npos;
            return count;
        };
        plans_.seen++;
        plans_.different += fast != plain;
        plans_.constant += calls(fast) < calls(plain);
        plans_.leaky += leaky_conditions(fast) > leaky_conditions(plain);
    }

    void report(const std::string &before) {
        for (const auto &[kind, tally] : kinds_)
            check(kind + ": " + std::to_string(tally.statements) + " statements give the same as plain row-level security",
                  tally.different == 0, std::to_string(tally.different) + " differ");
        for (const auto &[way, tally] : in_way_)
            check(way + ": " + std::to_string(tally.statements) + " statements do", tally.different == 0,
                  std::to_string(tally.different) + " differ");
        auto of = [](int part, int all) { return std::to_string(part) + " of " + std::to_string(all); };
        check("no statement has seen another tenant's row", total_.unexpected == 0, of(total_.unexpected, total_.statements));
        check("many queries find rows: " + of(reads_.with_rows, reads_.statements), reads_.with_rows * 3 > reads_.statements);
        check("many writes change rows: " + of(writes_.with_rows, writes_.statements), writes_.with_rows * 3 > writes_.statements);
        check("few end with an error: " + of(total_.errors, total_.statements), total_.errors * 4 < total_.statements);
        check("plans that differ from plain ones: " + of(plans_.different, plans_.seen), plans_.different * 2 > plans_.seen);
        check("plans with the tenant as a constant: " + of(plans_.constant, plans_.seen), plans_.constant * 5 > plans_.seen);
        check("plans with an index condition that plain ones have not: " + of(plans_.leaky, plans_.seen), plans_.leaky * 20 > plans_.seen);
        check("after all of it every row is as before", contents() == before);
    }

    const int wanted_;
    client::Connection server_;
    World world_;
    Generator made_;
    Dice dice_;
    Ways ways_;
    std::unique_ptr<Side> fast_, plain_;
    Tally total_, reads_, writes_;
    std::map<std::string, Tally> kinds_, in_way_;
    Plans plans_;
    const Statement *shown_ = nullptr;
    int shown_count_ = 0;
};

}  // namespace

int main() {
    return client::run([] {
        unsigned seed = from_environment("DJUST_SEED", 20240601);
        int statements = static_cast<int>(from_environment("DJUST_STATEMENTS", 4000));
        Comparison(seed, statements).run();
    });
}
