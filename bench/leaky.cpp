// Conditions that are not leakproof, on a table with an index for each that begins with the tenant column.
#include <cstdio>

#include "cases.hpp"

namespace bench {

namespace {

struct Operator {
    const char *name;
    const char *condition;  // %d: another number each time; finds about ten of the tenant's rows
    const char *in_big;     // the same for a tenant of 100,000 rows, where it differs
    const char *index;      // that LIMIT uses; load/leaky.sql makes it
    bool in_quick;
    bool generic_too;  // in the quick mode
};

constexpr Operator operators[] = {
    {"like", "name LIKE '%02x%%'", "name LIKE '%02x%02x%%'", "name_pattern", true, true},
    {"ilike", "name ILIKE '%%%02xF%%'", "name ILIKE '%%%02xF%02x%%'", "name_trigrams", true, false},
    {"regex", "name ~ '%02x[e-f]'", "name ~ '%02x[e-f]%02x'", "name_trigrams", true, false},
    {"tsearch", "body @@ 'word%d'::tsquery", nullptr, "body_words", true, true},
    {"jsonb", "attributes @> '{\"color\": \"c%d\"}'", nullptr, "attributes_path", true, true},
    {"array", "tags @> ARRAY['t%d']", nullptr, "tags_gin", true, false},
    {"numeric", "price BETWEEN %d.00 AND %d.99", nullptr, "price_btree", true, true},
    {"enum", "state = 'state %d'", nullptr, "state_btree", false, false},
    {"date", "at >= date '2025-01-01' + %d AND at < date '2025-01-02' + %d", nullptr, "at_btree", false, false},
};
constexpr int patterns = 8;

// The conditions are in the statement itself, also when it is prepared, so that the tenant is all that differs.
std::string condition(const Operator &which, int rows, int pattern) {
    const char *form = rows > 10000 && which.in_big ? which.in_big : which.condition;
    std::string text;
    for (const char *c = form; *c; c++) {
        if (*c != '%') {
            text += *c;
            continue;
        }
        char number[16] = "%";
        if (c[1] == 'd') std::snprintf(number, sizeof number, "%d", 10 + pattern * 7);
        if (c[1] == '0') std::snprintf(number, sizeof number, "%02x", 10 + pattern * 7);
        text += number;
        c += c[1] == '0' ? 3 : 1;
    }
    return text;
}

std::string table(int rows) { return "leaky_" + std::to_string(rows); }

class LeakySession : public Session {
  public:
    LeakySession(const Data &data, const Operator &which, int rows, Variant variant, Protocol protocol)
        : Session(data, role(variant)), variant_(variant), protocol_(protocol) {
        connection_.query(std::string("SET search_path = ") + (by_hand(variant) ? "limit_leaky" : "ours_leaky") +
                          ", public");
        if (!by_hand(variant)) connection_.query("SET " + assignment(variant, tenant(), ""));
        connection_.query("SET plan_cache_mode = force_generic_plan");
        for (int i = 0; i < patterns; i++) {
            std::string query = "FROM " + table(rows) + " WHERE " + condition(which, rows, i);
            expected_.push_back(std::stoi(data.superuser->value("SELECT count(*) FROM limit_leaky." + query.substr(5) +
                                                          " AND tenant_id = '" + tenant() + "'")));
            sql_.push_back("SELECT title " + query);
            if (by_hand(variant)) sql_.back() += protocol == Protocol::generic ? " AND tenant_id = $1"
                                                                               : " AND tenant_id = '" + tenant() + "'";
            if (protocol == Protocol::generic) connection_.prepare("work" + std::to_string(i), sql_.back());
        }
        if (by_hand(variant) && explain().find(which.index) == std::string::npos)
            throw Error("LIMIT does not use the index " + std::string(which.index) + ":\n" + explain());
    }

    std::string explain() override {
        std::string sql = "EXPLAIN (COSTS OFF) " + sql_[0];
        if (protocol_ == Protocol::generic)
            sql = std::string("EXPLAIN (COSTS OFF) EXECUTE work0") + (by_hand(variant_) ? "('" + tenant() + "')" : "");
        Result plan = connection_.query(sql);
        std::string text;
        for (int row = 0; row < plan.rows(); row++) text += plan.value(row, 0) + "\n";
        return text;
    }

  protected:
    void step(long step) override {
        size_t i = static_cast<size_t>(step % patterns);
        Result result = protocol_ == Protocol::generic
                            ? connection_.execute("work" + std::to_string(i),
                                                  by_hand(variant_) ? Values{tenant()} : Values{})
                            : connection_.query(sql_[i]);
        std::string wrong = expect(result, expected_[i], tenant() + "-");
        if (!wrong.empty()) throw Error("a statement did not do its work: " + wrong + "\n  statement: " + sql_[i]);
    }

  private:
    // The tenant with as many rows as the table's name says.
    static std::string tenant() { return "big"; }

    Variant variant_;
    Protocol protocol_;
    std::vector<std::string> sql_;
    std::vector<int> expected_;
};

void add(Cases &cases, const Operator &op, int rows, Protocol protocol) {
    const bool generic = protocol == Protocol::generic;
    Case which;
    which.row = generic ? "leaky_generic" : "leaky";
    which.name = std::string("leaky/") + op.name + "/" + std::to_string(rows) + "/" + name(protocol);
    which.variants = cases.with({Variant::limit_again, Variant::plain});
    // For the plot of the cliff, and one check of the meter.
    if (cases.quick() && !generic) which.variants.push_back(Variant::plain);
    if (cases.quick() && op.name == std::string("like")) which.variants.push_back(Variant::limit_again);
    // Whole rounds of the patterns, also in the quick mode.
    which.statements = rows > 10000 ? patterns : cases.quick() ? 5 * patterns / 2 : 5 * patterns;
    which.warm_up = patterns;
    const Operator *operation = &op;
    which.open = [=](const Data &data, Variant variant) {
        return std::make_unique<LeakySession>(data, *operation, rows, variant, protocol);
    };
    cases.add(which);
}

}  // namespace

void add_leaky(Cases &cases) {
    for (const Operator &op : operators)
        for (int rows : {900, 100000})
            for (Protocol protocol : {Protocol::simple, Protocol::generic})
                if (!cases.quick() || (rows == 900 && (protocol == Protocol::simple ? op.in_quick : op.generic_too)))
                    add(cases, op, rows, protocol);
}

}  // namespace bench
