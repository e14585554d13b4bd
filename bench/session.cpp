#include "session.hpp"

#include <atomic>

namespace bench {

StatementSession::StatementSession(const Data &data, const std::string &role, const std::string &setup,
                                   Protocol protocol, Statement statement)
    : Session(data, role), protocol_(protocol), statement_(std::move(statement)) {
    if (!setup.empty()) connection_.query(setup);
    if (protocol == Protocol::custom) connection_.query("SET plan_cache_mode = force_custom_plan");
    // At once what the server comes to by itself after five executions.
    if (protocol == Protocol::generic) connection_.query("SET plan_cache_mode = force_generic_plan");
    if (protocol == Protocol::custom || protocol == Protocol::generic) connection_.prepare("work", statement_.sql);
}

Message StatementSession::message(long step) const {
    bool prepared = protocol_ == Protocol::custom || protocol_ == Protocol::generic;
    return {prepared ? "work" : statement_.sql, statement_.values(step), prepared};
}

Result StatementSession::perform(long step) {
    switch (protocol_) {
        case Protocol::simple: return connection_.query(inlined(statement_.sql, statement_.values(step)));
        case Protocol::unnamed: return connection_.execute_unnamed(statement_.sql, statement_.values(step));
        default: return connection_.execute("work", statement_.values(step));
    }
}

void StatementSession::check(const Result &result, long step) const {
    std::string wrong = statement_.complaint(result, step);
    if (!wrong.empty())
        throw Error("a statement did not do its work: " + wrong +
                    "\n  statement: " + inlined(statement_.sql, statement_.values(step)).substr(0, 500));
}

void StatementSession::step(long step) { check(perform(step), step); }

std::string StatementSession::verify() {
    return statement_.verify ? statement_.verify(steps_) : "";
}

std::string StatementSession::explain() {
    Values values = statement_.values(steps_);
    std::string sql = "EXPLAIN (COSTS OFF) ";
    if (protocol_ == Protocol::custom || protocol_ == Protocol::generic) {
        std::string arguments;
        for (const std::string &value : values) arguments += (arguments.empty() ? "(" : ", ") + literal(value);
        sql += "EXECUTE work" + (arguments.empty() ? "" : arguments + ")");
    } else {
        sql += inlined(statement_.sql, values);
    }
    Result plan = connection_.query(sql);
    std::string text;
    for (int row = 0; row < plan.rows(); row++) text += plan.value(row, 0) + "\n";
    return text;
}

std::string setup(const Data &data, Variant variant, Key key, bool enter) {
    const Tenant &tenant = data.tenants[single_tenant];
    std::string sql = "SET search_path = " + search_path(variant, key, tenant);
    if (enter && !by_hand(variant)) sql += "; SET " + assignment(variant, tenant.id(key), tenant.schema);
    return sql;
}

long fresh_ids(const Data &data) {
    static std::atomic<long> sessions{0};
    return data.first_id + ids_of_a_tenant * sessions++;
}

std::string expect(const Result &result, int rows, const std::string &beginning) {
    if (result.rows() != rows) return "saw " + std::to_string(result.rows()) + " rows, not " + std::to_string(rows);
    for (int row = 0; row < rows; row++)
        if (result.value(row, 0).rfind(beginning, 0) != 0) return "saw " + result.value(row, 0);
    return "";
}

std::string expect_written(const Result &result, long rows) {
    return result.written() == std::to_string(rows) ? "" : "wrote " + result.written() + " rows";
}

}  // namespace bench
