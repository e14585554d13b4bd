// Statements at random, the same ones from the same seed, over the tables that differential.cpp makes. Their results
// depend on the data alone: no order that is not total, no sequences, no time.
#pragma once
#include <random>
#include <string>
#include <vector>

namespace generator {

struct Statement {
    std::string kind, sql;
    bool writes;
};

class Generator {
public:
    explicit Generator(unsigned seed) : random_(seed) {}

    Statement query() {
        static const struct {
            const char *name;
            std::string (Generator::*make)();
        } kinds[] = {{"join", &Generator::join},           {"outer join", &Generator::outer_join},
                     {"sub-link", &Generator::sub_link},   {"sub-query in FROM", &Generator::derived},
                     {"CTE", &Generator::cte},             {"recursive CTE", &Generator::recursive},
                     {"set operation", &Generator::set_operation}, {"aggregate", &Generator::aggregate},
                     {"grouping sets", &Generator::grouping}, {"window function", &Generator::window},
                     {"LATERAL", &Generator::lateral},     {"DISTINCT ON", &Generator::distinct_on},
                     {"ORDER BY and LIMIT", &Generator::limited}, {"row lock", &Generator::locked}};
        const auto &kind = kinds[turn_++ % std::size(kinds)];
        return {kind.name, (this->*kind.make)(), false};
    }

    Statement write() {
        static const struct {
            const char *name;
            std::string (Generator::*make)();
        } kinds[] = {{"INSERT", &Generator::insert_values},    {"INSERT ... SELECT", &Generator::insert_select},
                     {"UPDATE", &Generator::update},           {"UPDATE ... FROM", &Generator::update_from},
                     {"DELETE", &Generator::erase},            {"DELETE ... USING", &Generator::delete_using},
                     {"ON CONFLICT", &Generator::upsert},      {"MERGE", &Generator::merge},
                     {"data-modifying CTE", &Generator::writing_cte}, {"write through a view", &Generator::view_write}};
        const auto &kind = kinds[write_turn_++ % std::size(kinds)];
        return {kind.name, (this->*kind.make)(), true};
    }

    // Fails when a row that it sees is of some kind, and else does not: with a row that only others have it would tell
    // of it. One condition each, so that no plan can decide whether it is asked at all.
    Statement failing() {
        Source a = scoped(), b = {&tables()[below(3)], "t" + text(aliases_++)};  // b: not event, as in upsert()
        std::string trap = "100 / (" + number_column(a) + " - " + text(below(90)) + ")", whole = " FROM " + from(a);
        std::string target = std::string(a.table->name) + " AS " + a.alias, last = a.table->numbers.back();
        std::string other = std::string(b.table->name) + " AS " + b.alias;
        switch (failing_turn_++ % 9) {
            case 0: return {"division in WHERE", "SELECT " + a.column("id") + whole + " WHERE " + trap + " > 3", false};
            case 1: return {"division in the result", "SELECT " + a.column("id") + ", " + trap + whole, false};
            case 2:
                return {"division in an aggregate", "SELECT " + text_column(a) + ", sum(" + trap + ")" + whole + " GROUP BY 1", false};
            case 3: return {"division in a sub-query", "SELECT (SELECT count(*)" + whole + " WHERE " + trap + " = 5)", false};
            case 4:
                return {"division in UPDATE", "UPDATE " + target + " SET " + last + " = " + last + " + 0 * (" + trap + ")" + returning(a), true};
            case 5: return {"division in DELETE", "DELETE FROM " + target + " WHERE " + trap + " = 50" + returning(a), true};
            case 6: {
                std::string row = new_row(*b.table);
                return {"duplicate key", "INSERT INTO " + other + " (" + column_list(*b.table) + ") VALUES (" + text(1 + below(80)) +
                        row.substr(row.find(',')) + ")" + returning(b), true};
            }
            case 7:
                return {"key that moves", "UPDATE " + other + " SET id = " + b.column("id") + " + " + text(1 + below(40)) + " WHERE " +
                        b.column("id") + " = " + text(1 + below(60)) + returning(b), true};
            default:
                return {"one row wanted", "SELECT (SELECT " + a.column("id") + whole + " WHERE " + number_column(a) + " = " +
                        text(below(60)) + ")", false};
        }
    }

private:
    struct Table {
        const char *name;
        std::vector<std::string> numbers, texts;  // id is the first number
    };
    static const std::vector<Table> &tables() {  // the first six are scoped
        static const std::vector<Table> all = {{"customer", {"id", "rating", "ref"}, {"city", "name"}},
                                               {"orders", {"id", "customer_id", "total"}, {"status"}},
                                               {"item", {"id", "order_id", "product_id", "qty"}, {"note"}},
                                               {"event", {"id", "customer_id", "day"}, {"kind"}},
                                               {"doc", {"id", "customer_id", "size"}, {"kind"}},
                                               {"child_note", {"id", "customer_id", "extra"}, {"kind"}},
                                               {"product", {"id", "price"}, {"kind"}}};
        return all;
    }
    // A table under a name of its own in the statement.
    struct Source {
        const Table *table;
        std::string alias;
        std::string column(const std::string &name) const { return alias + "." + name; }
    };

    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    bool chance(unsigned percent) { return below(100) < percent; }
    static std::string text(unsigned value) { return std::to_string(value); }
    template <typename Items>
    const typename Items::value_type &any(const Items &items) { return items[below(static_cast<unsigned>(items.size()))]; }

    Source source() { return {&any(tables()), "t" + text(aliases_++)}; }
    Source scoped() { return {&tables()[below(6)], "t" + text(aliases_++)}; }
    // The table itself, or something that gives the same rows.
    std::string from(const Source &source) {
        std::string name = source.table->name;
        bool shared = source.table == &tables().back();
        std::string columns;
        switch (below(7)) {
            case 0:
                if (!shared) return "${queryset " + name + "} " + source.alias;
                break;
            case 1:
                if (!shared) return name + "_scoped " + source.alias;
                break;
            case 2: return name + "_view " + source.alias;
            case 3: return "(SELECT * FROM " + name + ") " + source.alias;
            default: break;
        }
        return name + " " + source.alias;
    }

    std::string number_column(const Source &source) { return source.column(any(source.table->numbers)); }
    std::string text_column(const Source &source) { return source.column(any(source.table->texts)); }
    std::string number(const Source &source) {
        switch (below(7)) {
            case 0: return "coalesce(" + number_column(source) + ", 0)";
            case 1: return "(" + number_column(source) + " + " + text(below(9)) + ")";
            case 2: return "(" + number_column(source) + " % " + text(2 + below(5)) + ")";
            case 3: return "CASE WHEN " + simple(source) + " THEN " + number_column(source) + " ELSE -1 END";
            default: return number_column(source);
        }
    }
    std::string simple(const Source &source) {
        switch (below(6)) {
            case 0: return number_column(source) + " > " + text(below(30));
            case 1: return number_column(source) + " BETWEEN " + text(below(15)) + " AND " + text(15 + below(30));
            case 2: return number_column(source) + " IS NOT NULL";
            case 3: return text_column(source) + " LIKE '%" + std::string(1, static_cast<char>('a' + below(5))) + "%'";
            case 4: return "(" + number_column(source) + " % 3 = " + text(below(3)) + " OR " + number_column(source) + " < 20)";
            default: return "NOT " + number_column(source) + " = " + text(below(40));
        }
    }
    std::string predicate(const Source &source, int depth = 2) {
        if (depth == 0) return simple(source);
        switch (below(6)) {
            case 0: return "(" + predicate(source, depth - 1) + " AND " + predicate(source, depth - 1) + ")";
            case 1: return "(" + predicate(source, depth - 1) + " OR " + predicate(source, depth - 1) + ")";
            case 2: return sub_predicate(source);
            default: return simple(source);
        }
    }
    std::string sub_predicate(const Source &source) {
        Source inner = scoped();
        std::string where = " FROM " + from(inner) + " WHERE " + simple(inner);
        switch (below(5)) {
            case 0: return number_column(source) + " IN (SELECT " + number_column(inner) + where + ")";
            case 1:
                return number_column(source) + " NOT IN (SELECT " + inner.column("id") + where + " AND " +
                       inner.column("id") + " > 10)";
            case 2:
                return "EXISTS (SELECT" + where + " AND " + number_column(inner) + " = " + number_column(source) + ")";
            case 3:
                return "NOT EXISTS (SELECT" + where + " AND " + inner.column("id") + " = " + number_column(source) + ")";
            default: return number_column(source) + " < (SELECT max(" + number_column(inner) + ")" + where + ")";
        }
    }
    std::string link(const Source &a, const Source &b) { return number_column(a) + " = " + b.column("id"); }
    std::string columns(const Source &source) { return number(source) + ", " + text_column(source); }

    std::string join() {
        Source a = scoped(), b = source(), c = scoped();
        std::string sql = "SELECT " + columns(a) + ", " + columns(b) + " FROM " + from(a) + " JOIN " + from(b) + " ON " +
                          link(a, b);
        if (chance(40)) sql += " JOIN " + from(c) + " ON " + link(c, b);
        return sql + " WHERE " + predicate(a);
    }
    std::string outer_join() {
        Source a = scoped(), b = scoped();
        static const std::vector<std::string> kinds = {"LEFT", "RIGHT", "FULL"};
        return "SELECT " + columns(a) + ", " + columns(b) + " FROM " + from(a) + " " + any(kinds) + " JOIN " + from(b) +
               " ON " + link(a, b) + " WHERE " + a.column("id") + " IS NULL OR " + b.column("id") + " IS NULL OR " +
               simple(a);
    }
    std::string sub_link() {
        Source a = source(), b = scoped();
        return "SELECT " + columns(a) + ", (SELECT " + (chance(50) ? "count(*)" : "sum(" + number(b) + ")") + " FROM " +
               from(b) + " WHERE " + link(b, a) + "), ARRAY(SELECT " + b.column("id") + " FROM " + from(b) + " WHERE " +
               simple(b) + " ORDER BY 1) FROM " + from(a) + " WHERE " + sub_predicate(a);
    }
    std::string derived() {
        Source a = scoped(), b = scoped();
        return "SELECT d.n, d.t, " + columns(b) + " FROM (SELECT " + number(a) + " AS n, " + text_column(a) +
               " AS t FROM " + from(a) + " WHERE " + predicate(a) + ") d JOIN " + from(b) + " ON d.n = " + b.column("id");
    }
    std::string cte() {
        Source a = scoped(), b = scoped();
        static const std::vector<std::string> kinds = {"", "MATERIALIZED ", "NOT MATERIALIZED "};
        return "WITH c AS " + any(kinds) + "(SELECT " + a.column("id") + ", " + number(a) + " AS n FROM " + from(a) +
               " WHERE " + predicate(a) + ") SELECT x.n, y.id, " + columns(b) + " FROM c x JOIN c y ON x.id = y.id JOIN " +
               from(b) + " ON " + b.column("id") + " = x.n";
    }
    std::string recursive() {
        Source a = {&tables()[0], "t" + text(aliases_++)}, b = scoped();
        return "WITH RECURSIVE r AS (SELECT " + a.column("id") + ", " + a.column("ref") + ", 1 AS depth FROM " + from(a) +
               " WHERE " + simple(a) + " UNION ALL SELECT n.id, n.ref, depth + 1 FROM customer n JOIN r ON n.id = r.ref "
               "WHERE depth < " + text(2 + below(4)) + ") SELECT r.depth, r.id, count(" + b.column("id") + ") FROM r LEFT JOIN " +
               from(b) + " ON " + number_column(b) + " = r.id GROUP BY 1, 2";
    }
    std::string set_operation() {
        static const std::vector<std::string> kinds = {"UNION", "UNION ALL", "INTERSECT", "EXCEPT", "EXCEPT ALL"};
        auto part = [&] {
            Source a = scoped();
            return "SELECT " + number(a) + " FROM " + from(a) + " WHERE " + predicate(a, 1);
        };
        std::string sql = part() + " " + any(kinds) + " " + part();
        return chance(30) ? "(" + sql + ") " + any(kinds) + " " + part() : sql;
    }
    std::string aggregate() {
        Source a = scoped(), b = scoped();
        static const std::vector<std::string> functions = {"sum", "min", "max", "count", "avg"};
        return "SELECT " + text_column(a) + ", count(*), " + any(functions) + "(" + number(a) + "), count(DISTINCT " +
               number(b) + "), sum(" + number(b) + ") FILTER (WHERE " + simple(a) + "), string_agg(" + text_column(b) +
               ", ' ' ORDER BY " + b.column("id") + ", " + a.column("id") + ", 1) FROM " + from(a) + " JOIN " + from(b) +
               " ON " + link(b, a) + " WHERE " + predicate(a) + " GROUP BY 1 HAVING count(*) > " + text(below(2));
    }
    std::string grouping() {
        Source a = scoped();
        std::string column = text_column(a);
        return "SELECT " + column + ", " + a.column("id") + " % 3, count(*), sum(" + number(a) + ") FROM " + from(a) +
               " WHERE " + simple(a) + " GROUP BY " + (chance(50) ? "ROLLUP" : "CUBE") + " (" + column + ", " +
               a.column("id") + " % 3)";
    }
    std::string window() {
        Source a = scoped();
        std::string column = text_column(a);
        return "SELECT " + a.column("id") + ", rank() OVER (PARTITION BY " + column + " ORDER BY " + number(a) +
               "), sum(" + number(a) + ") OVER (ORDER BY " + a.column("id") + "), lag(" + column + ") OVER (ORDER BY " +
               a.column("id") + "), count(*) OVER () FROM " + from(a) + " WHERE " + predicate(a);
    }
    std::string lateral() {
        Source a = scoped(), b = scoped();
        return "SELECT " + columns(a) + ", l.* FROM " + from(a) + (chance(50) ? " LEFT JOIN" : " JOIN") +
               " LATERAL (SELECT " + b.column("id") + " AS n, " + number(b) + " FROM " + from(b) + " WHERE " +
               number_column(b) + " >= " + a.column("id") + " ORDER BY " + b.column("id") + " LIMIT 2) l ON true WHERE " +
               simple(a);
    }
    std::string distinct_on() {
        Source a = scoped();
        std::string column = text_column(a);
        return "SELECT DISTINCT ON (" + column + ") " + column + ", " + a.column("id") + ", " + number(a) + " FROM " +
               from(a) + " WHERE " + predicate(a) + " ORDER BY " + column + ", " + a.column("id");
    }
    std::string limited() {
        Source a = scoped();
        return "SELECT " + a.column("id") + ", " + columns(a) + " FROM " + from(a) + " WHERE " + predicate(a, 1) +
               " ORDER BY " + a.column("id") + (chance(50) ? " DESC" : "") + " LIMIT " + text(3 + below(10)) +
               (chance(30) ? " OFFSET 2" : "");
    }
    std::string locked() {
        Source a = scoped();
        return "SELECT " + columns(a) + " FROM " + a.table->name + " " + a.alias + " WHERE " + predicate(a, 1) +
               (chance(50) ? " FOR UPDATE" : " FOR KEY SHARE");
    }

    // Ids of new rows: never the same twice, and out of the way of the predicates' constants.
    unsigned fresh() { return next_id_ += 1; }
    std::string returning(const Source &source) {
        return " RETURNING " + source.column("id") + ", " + source.column("tenant_id") + ", " + text_column(source);
    }
    std::string new_row(const Table &table) {
        std::string row = text(fresh());
        for (size_t i = 1; i < table.numbers.size(); i++) row += ", " + text(1 + below(40));
        for (size_t i = 0; i < table.texts.size(); i++) row += ", 'new " + std::string(1, static_cast<char>('a' + below(5))) + "'";
        return row;
    }
    static std::string column_list(const Table &table) {
        std::string list;
        for (const auto &name : table.numbers) list += (list.empty() ? "" : ", ") + name;
        for (const auto &name : table.texts) list += ", " + name;
        return list;
    }
    // Ids are unique there by a key, so that a join by id finds one row.
    Source keyed() { return {&tables()[below(4)], "t" + text(aliases_++)}; }
    static std::string set_of(const Source &source, const std::string &value) {
        return source.table->numbers.back() + " = " + value;
    }

    std::string insert_values() {
        Source a = scoped();
        std::string sql = std::string("INSERT INTO ") + a.table->name + " AS " + a.alias + " (" + column_list(*a.table) +
                          ") VALUES (" + new_row(*a.table) + ")";
        for (unsigned more = below(3); more > 0; more--) sql += ", (" + new_row(*a.table) + ")";
        return sql + returning(a);
    }
    std::string insert_select() {
        Source a = scoped(), b = scoped();
        next_id_ += 10000;
        std::string sql = std::string("INSERT INTO ") + a.table->name + " AS " + a.alias + " (" + column_list(*a.table) +
                          ") SELECT " + b.column("id") + " + " + text(next_id_);
        for (size_t i = 1; i < a.table->numbers.size(); i++) sql += ", " + number(b);
        for (size_t i = 0; i < a.table->texts.size(); i++) sql += ", " + text_column(b);
        next_id_ += 10000;
        return sql + " FROM " + from(b) + " WHERE " + predicate(b, 1) + " AND " + b.column("id") + " BETWEEN 1 AND 12" +
               returning(a);
    }
    std::string update() {
        Source a = scoped();
        return std::string("UPDATE ") + a.table->name + " AS " + a.alias + " SET " + set_of(a, number(a)) + " WHERE " +
               predicate(a) + returning(a) + ", " + number(a);
    }
    std::string update_from() {
        Source a = scoped(), b = keyed();
        return std::string("UPDATE ") + a.table->name + " AS " + a.alias + " SET " + set_of(a, number(b)) + ", " +
               a.table->texts[0] + " = " + text_column(b) + " FROM " + from(b) + " WHERE " + link(a, b) + " AND " +
               simple(a) + returning(a) + ", " + number(b);
    }
    std::string narrow(const Source &source) { return source.column("id") + " % 13 = " + text(below(13)); }
    std::string erase() {
        Source a = scoped();
        return std::string("DELETE FROM ") + a.table->name + " AS " + a.alias + " WHERE " + narrow(a) + " AND " +
               (chance(50) ? simple(a) : "true") + returning(a);
    }
    std::string delete_using() {
        Source a = scoped(), b = keyed();
        return std::string("DELETE FROM ") + a.table->name + " AS " + a.alias + " USING " + from(b) + " WHERE " +
               link(a, b) + " AND " + narrow(a) + returning(a);
    }
    std::string upsert() {
        Source a = {&tables()[below(3)], "t" + text(aliases_++)};  // not event: its id alone must stay unique
        std::string row = new_row(*a.table);
        row = text(1 + below(60)) + row.substr(row.find(','));
        std::string sql = std::string("INSERT INTO ") + a.table->name + " AS " + a.alias + " (" + column_list(*a.table) +
                          ") VALUES (" + row + "), (" + new_row(*a.table) + ") ON CONFLICT (tenant_id, id)";
        if (chance(30)) return sql + " DO NOTHING" + returning(a);
        sql += " DO UPDATE SET " + a.table->texts[0] + " = excluded." + a.table->texts[0] + " || '!'";
        if (chance(40)) sql += " WHERE " + simple(a);
        return sql + returning(a);
    }
    std::string merge() {
        Source a = keyed(), b = {&tables()[0], "t" + text(aliases_++)};
        next_id_ += 10000;
        std::string shift = "CASE WHEN " + b.column("id") + " % 2 = 0 THEN " + b.column("id") + " ELSE " +
                            b.column("id") + " + " + text(next_id_) + " END";
        std::string values;
        for (size_t i = 0; i < a.table->numbers.size() + a.table->texts.size(); i++) {
            values += i ? ", " : "";
            values += i == 0 ? "s.id" : i < a.table->numbers.size() ? "s.n" : "s.t";
        }
        next_id_ += 10000;
        return std::string("MERGE INTO ") + a.table->name + " AS " + a.alias + " USING (SELECT " + shift + " AS id, 7 AS n, " +
               text_column(b) + " AS t FROM " + from(b) + " WHERE " + b.column("id") + " < 40) s ON " + a.column("id") +
               " = s.id WHEN MATCHED AND " + narrow(a) + " THEN DELETE WHEN MATCHED AND " + simple(a) +
               " THEN UPDATE SET " + a.table->texts[0] + " = s.t WHEN NOT MATCHED AND s.id % 5 = " + text(below(5)) +
               " THEN INSERT (" + column_list(*a.table) + ") VALUES (" + values + ")";
    }
    std::string writing_cte() {
        Source a = scoped(), b = scoped(), c = scoped();
        std::string row = new_row(*b.table);
        return std::string("WITH gone AS (DELETE FROM ") + a.table->name + " AS " + a.alias + " WHERE " + narrow(a) +
               returning(a) + "), added AS (INSERT INTO " + b.table->name + " (" + column_list(*b.table) + ") VALUES (" +
               row + ") RETURNING id, tenant_id), changed AS (UPDATE customer SET rating = rating + 1 WHERE id IN "
               "(SELECT id FROM gone) RETURNING id) SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM changed), "
               "added.*, (SELECT count(*) FROM " + from(c) + ") FROM added";
    }
    std::string view_write() {
        Source a = keyed();
        std::string view = std::string(a.table->name) + (chance(60) ? "_scoped" : "_view");
        std::string back = " RETURNING " + a.column("id") + ", " + text_column(a);
        switch (below(3)) {
            case 0:
                return "INSERT INTO " + view + " AS " + a.alias + " (" + column_list(*a.table) + ") VALUES (" +
                       new_row(*a.table) + ")" + back;
            case 1: return "UPDATE " + view + " AS " + a.alias + " SET " + set_of(a, number(a)) + " WHERE " + predicate(a) + back;
            default: return "DELETE FROM " + view + " AS " + a.alias + " WHERE " + narrow(a) + back;
        }
    }

    std::mt19937 random_;
    unsigned aliases_ = 0, turn_ = 0, write_turn_ = 0, failing_turn_ = 0, next_id_ = 1000;
};

}  // namespace generator
