// Queries. Their results depend on the data alone: no order that is not total, no sequences, no time.
#pragma once
#include "conditions.hpp"

namespace plain_rls {

class Reads : public Conditions {
public:
    explicit Reads(unsigned seed) : Conditions(seed) {}

    // For the tenant of that number alone, or for any (0).
    Statement read(int own) {
        static const struct {
            const char *name;
            std::string (Reads::*make)();
        } kinds[] = {{"one table", &Reads::one_table},         {"one table", &Reads::one_table},
                     {"inner join", &Reads::join},             {"outer join", &Reads::outer_join},
                     {"three tables", &Reads::three_tables},   {"semi and anti join", &Reads::semi_join},
                     {"sub-link", &Reads::sub_link},           {"sub-query in FROM", &Reads::derived},
                     {"CTE", &Reads::cte},                     {"recursive CTE", &Reads::recursive},
                     {"set operation", &Reads::set_operation}, {"aggregate", &Reads::aggregate},
                     {"grouping sets", &Reads::grouping},      {"window function", &Reads::window},
                     {"LATERAL", &Reads::lateral},             {"DISTINCT ON", &Reads::distinct_on},
                     {"ORDER BY and LIMIT", &Reads::limited},  {"row lock", &Reads::locked},
                     {"trap in the target list", &Reads::trapped_list}, {"own error", &Reads::own_error}};
        const auto &kind = kinds[turn_++ % std::size(kinds)];
        begin(kind.name, own);
        std::string sql = (this->*kind.make)();
        made.sql = std::move(sql);
        return made;
    }

protected:
    std::string column(const Source &s) {
        switch (dice.below(10)) {
            case 0: return s.column("price");
            case 1: return s.column("name");
            case 2: return s.column("n") + " % " + std::to_string(2 + dice.below(5));
            case 3: return s.column("data") + " ->> 'city'";
            case 4: return "CASE WHEN " + simple(s) + " THEN " + s.column("n") + " ELSE -1 END";
            case 5: return s.has_tenant ? s.tenant() : s.column("code");
            case 6: return s.column("mood");
            case 7: return s.column("span");
            default: return s.column(dice.one_of({"id", "n", "ref"}));
        }
    }
    std::string columns(const Source &s) { return s.column("id") + ", " + column(s); }

private:
    std::string one_table() {
        Source a = scoped(dice.chance(60));
        return "SELECT " + columns(a) + ", " + column(a) + " FROM " + a.from + " WHERE " + predicate(a);
    }
    std::string join() {
        Source a = scoped(), b = any_table();
        std::string on = link(a, b);
        if (dice.chance(10)) return "SELECT " + columns(a) + ", " + columns(b) + " FROM " + a.from + " CROSS JOIN " + b.from +
                                    " WHERE " + a.column("id") + " < 5 AND " + simple(b);
        return "SELECT " + columns(a) + ", " + columns(b) + " FROM " + a.from + " JOIN " + b.from + " ON " + on + " WHERE " +
               predicate(a) + (dice.chance(50) ? " AND " + simple(b) : "");
    }
    std::string outer_join() {
        Source a = scoped(), b = scoped();
        std::string on = link(a, b);
        std::string kind = dice.one_of({"LEFT", "RIGHT", "FULL"});
        // FULL JOIN takes conditions that can be merged or hashed alone.
        if (kind == "FULL") on = a.column("ref") + " = " + b.column("id");
        else if (dice.chance(50)) on += " AND " + simple(dice.chance(50) ? a : b);
        return "SELECT " + columns(a) + ", " + columns(b) + " FROM " + a.from + " " + kind + " JOIN " + b.from + " ON " + on +
               (dice.chance(70) ? " WHERE " + a.column("id") + " IS NULL OR " + b.column("id") + " IS NULL OR " + simple(a) : "");
    }
    std::string three_tables() {
        Source a = scoped(), b = scoped(), c = any_table();
        std::string first = link(a, b), second = link(b, c);
        return "SELECT " + columns(a) + ", " + column(b) + ", " + columns(c) + " FROM " + a.from + " JOIN " + b.from + " ON " +
               first + (dice.chance(50) ? " JOIN " : " LEFT JOIN ") + c.from + " ON " + second + " WHERE " + predicate(a, 1);
    }
    std::string semi_join() {
        Source a = scoped(), b = scoped();
        return "SELECT " + columns(a) + " FROM " + a.from + " WHERE " + dice.one_of({"", "NOT "}) + "EXISTS (SELECT FROM " +
               b.from + " WHERE " + link(a, b) + " AND " + predicate(b, 1) + ") AND " + simple(a);
    }
    std::string sub_link() {
        Source a = any_table(), b = scoped(), c = scoped();
        return "SELECT " + columns(a) + ", (SELECT count(*) FROM " + b.from + " WHERE " + link(a, b) + " AND " + simple(b) +
               "), ARRAY(SELECT " + c.column("id") + " FROM " + c.from + " WHERE " + simple(c) + " ORDER BY 1) FROM " + a.from +
               " WHERE " + sub_predicate(a);
    }
    std::string derived() {
        Source a = scoped(), b = scoped();
        std::string inner = dice.one_of({"", "DISTINCT "});
        return "SELECT d.*, " + columns(b) + " FROM (SELECT " + inner + a.column("ref") + " AS r, " + a.column("name") + " AS t FROM " +
               a.from + " WHERE " + predicate(a) + (dice.chance(30) ? " OFFSET 0" : "") + ") d JOIN " + b.from + " ON d.r = " +
               b.column("id") + " WHERE d.t LIKE " + mark("%" + word() + "%", "text");
    }
    std::string cte() {
        Source a = scoped(), b = scoped();
        return "WITH c AS " + dice.one_of({"", "MATERIALIZED ", "NOT MATERIALIZED "}) + "(SELECT " + a.column("id") + ", " +
               a.column("ref") + ", " + a.column("name") + " AS t FROM " + a.from + " WHERE " + predicate(a) +
               ") SELECT x.t, y.id, " + columns(b) + " FROM c x JOIN c y ON x.id = y.id JOIN " + b.from + " ON " +
               b.column("id") + " = x.ref WHERE x.t LIKE " + mark("%" + word() + "%", "text") + " AND " + simple(b);
    }
    std::string recursive() {
        Source a = keyed(), n = named(*a.table, false);
        return "WITH RECURSIVE r AS (SELECT " + a.column("id") + ", " + a.column("ref") + ", 1 AS depth FROM " + a.from + " WHERE " +
               simple(a) + " UNION ALL SELECT " + n.column("id") + ", " + n.column("ref") + ", depth + 1 FROM " + n.from +
               " JOIN r ON " + n.column("id") + " = r.ref WHERE depth < " + mark(2 + dice.below(3)) + " AND " + simple(n) +
               ") SELECT depth, id, count(*) FROM r GROUP BY 1, 2";
    }
    std::string set_operation() {
        auto kind = [&] { return dice.one_of({" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ", " EXCEPT ALL "}); };
        auto part = [&] {
            Source a = scoped();
            return "SELECT " + a.column("n") + ", " + a.column("mood") + " FROM " + a.from + " WHERE " + predicate(a, 1);
        };
        std::string sql = part() + kind();
        sql += part();
        if (!dice.chance(30)) return sql;
        sql = "(" + sql + ")" + kind();
        return sql + part();
    }
    std::string aggregate() {
        Source a = scoped(), b = scoped();
        return "SELECT " + a.column("mood") + ", count(*), sum(" + a.column("price") + "), min(" + a.column("name") + "), count(DISTINCT " +
               b.column("n") + "), sum(" + b.column("n") + ") FILTER (WHERE " + simple(a) + "), string_agg(" + b.column("name") +
               ", ',' ORDER BY " + b.column("id") + ", " + a.column("id") + ") FROM " + a.from + " LEFT JOIN " + b.from + " ON " + link(a, b) +
               " WHERE " + predicate(a, 1) + " GROUP BY 1" + (dice.chance(40) ? " HAVING count(*) > 2" : "");
    }
    std::string grouping() {
        Source a = scoped();
        return "SELECT " + a.column("mood") + ", " + a.column("n") + " % 4, count(*), sum(" + a.column("price") + ") FROM " + a.from +
               " WHERE " + predicate(a) + " GROUP BY " + dice.one_of({"ROLLUP (1, 2)", "CUBE (1, 2)", "GROUPING SETS ((1), (2), ())"});
    }
    std::string window() {
        Source a = scoped();
        return "SELECT * FROM (SELECT " + columns(a) + ", row_number() OVER w AS r, sum(" + a.column("price") + ") OVER w FROM " + a.from +
               " WHERE " + predicate(a) + " WINDOW w AS (PARTITION BY " + a.column("mood") + " ORDER BY " + a.column("id") +
               ")) x WHERE r < " + mark(2 + dice.below(9));
    }
    std::string lateral() {
        Source a = scoped(), b = scoped();
        return "SELECT " + columns(a) + ", l.* FROM " + a.from + (dice.chance(50) ? " LEFT JOIN" : " JOIN") + " LATERAL (SELECT " +
               b.column("id") + " AS i, " + b.column("name") + " FROM " + b.from + " WHERE " + link(a, b) + " AND " + simple(b) +
               " ORDER BY " + b.column("id") + " LIMIT 2) l ON true WHERE " + simple(a);
    }
    std::string distinct_on() {
        Source a = scoped();
        return "SELECT DISTINCT ON (" + a.column("mood") + ") " + a.column("mood") + ", " + a.column("id") + " FROM " + a.from + " WHERE " +
               predicate(a) + " ORDER BY 1, 2";
    }
    std::string limited() {
        Source a = scoped();
        made.ordered = true;
        return "SELECT " + columns(a) + " FROM " + a.from + " WHERE " + predicate(a, 1) + " ORDER BY " +
               (dice.chance(30) ? a.column("price") + ", " : "") + a.column("id") + dice.one_of({"", " DESC"}) + " LIMIT " +
               std::to_string(3 + dice.below(10)) + (dice.chance(30) ? " OFFSET 2" : "");
    }
    std::string locked() {
        Source a = scoped(true);
        return "SELECT " + columns(a) + " FROM " + a.from + " WHERE " + predicate(a, 1) + dice.one_of({" FOR UPDATE", " FOR KEY SHARE", " FOR SHARE"});
    }
    std::string trapped_list() {
        Source a = scoped(), b = scoped();
        return "SELECT " + columns(a) + ", " + trap(a) + ", " + trap(b) + " FROM " + a.from + " JOIN " + b.from + " ON " + link(a, b) +
               " WHERE " + trap(a) + " AND " + simple(b) + " AND " + trap(b);
    }
    // Of every row of the tenant's own, so that it does not matter which comes first.
    std::string own_error() {
        Source a = scoped();
        const std::string zero = "(" + a.column("n") + " - " + a.column("n") + ")";
        return "SELECT " + columns(a) + " FROM " + a.from + " WHERE " +
               dice.one_of({"100 / ", "100 % "}) + zero + " > " + mark(dice.below(9));
    }

    unsigned turn_ = 0;
};

}  // namespace plain_rls
