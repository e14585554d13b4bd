// Sources and conditions. Those that are evaluated on the tenant's own rows never raise: what raises is kept for the
// rows of other tenants (`trap`), so that every such error is a row looked at that must not be.
#pragma once
#include "statement.hpp"
#include "world.hpp"

namespace plain_rls {

// A table, or something that shows its rows, under a name of its own in the statement.
struct Source {
    const Table *table;
    std::string alias, from;
    bool has_tenant;
    bool veiled;  // hides rows of the tenant's own
    std::string column(const std::string &name) const { return alias + "." + name; }
    std::string tenant() const { return column(table->tenant); }
};

class Conditions {
protected:
    Conditions(unsigned seed) : dice(seed) {}

    // The statement is for this tenant alone, or for whoever comes (0).
    void begin(const std::string &kind, int own) {
        made = Statement{};
        made.kind = kind;
        own_ = own;
        aliases_ = 0;
    }

    Source named(const Table &table, bool direct) {
        Source source{&table, "t" + std::to_string(aliases_++), "", *table.tenant != '\0', false};
        const std::string name = table.name;
        source.veiled = name == "guarded";
        std::string shown = name;
        switch (direct ? 99 : dice.below(12)) {
            case 0: shown = "v_" + name; break;
            case 1:
                shown = "b_" + name;
                source.veiled = true;
                break;
            case 2: shown = "o_" + name; break;
            case 3:
                shown = "ob_" + name;
                source.veiled = true;
                break;
            case 4:
                if (!*table.tenant) break;
                shown = name + "_scoped";
                source.has_tenant = false;
                break;
            case 5:
                if (*table.tenant) shown = "djust_tenants.get_tenant_queryset(NULL::" + name + ")";
                break;
            case 6: shown = "(SELECT * FROM " + name + (dice.chance(50) ? " OFFSET 0)" : ")"); break;
            default: break;
        }
        source.from = shown + " " + source.alias;
        return source;
    }
    // The one with most rows and indexes, and the one with policies of its own, more often than the others.
    Source scoped(bool direct = false) {
        unsigned which = dice.below(10);
        return named(which < 2 ? tables()[0] : which < 3 ? guarded() : tables()[dice.below(scoped_tables)], direct);
    }
    Source any_table() { return dice.chance(85) ? scoped() : named(tables().back(), false); }
    Source keyed() {
        Source source;
        do source = scoped(true);
        while (!source.table->has_key);
        return source;
    }

    std::string mark(const std::string &value, const std::string &type) { return made.mark(value, type); }
    std::string mark(unsigned value) { return made.mark(std::to_string(value), "int"); }

    std::string number_of(const Source &s) { return s.column(dice.one_of({"id", "ref", "n", "n"})); }
    std::string word() { return dice.one_of({"anvil", "rocket", "laser", "rope", "magnet", "spring", "an", "ro", "ghost"}); }

    std::string plainly(const Source &s) {
        switch (dice.below(8)) {
            case 0: return number_of(s) + " > " + mark(dice.below(40));
            case 1: return number_of(s) + " BETWEEN " + mark(dice.below(15)) + " AND " + mark(15 + dice.below(30));
            case 2: return s.column("ref") + " IS NOT NULL";
            case 3: return "(" + s.column("n") + " % 3 = " + mark(dice.below(3)) + " OR " + s.column("id") + " < 20)";
            case 4: return s.column("id") + " = " + mark(1 + dice.below(40));
            case 5: return s.column("id") + " = ANY (" + mark("{1,5,7,11,23," + dice.number(40) + "}", "int[]") + ")";
            case 6: return s.column("name") + " = " + mark(word() + dice.number(40), "text");
            default: return "NOT " + s.column("n") + " = " + mark(dice.below(40));
        }
    }

    // Operators that are not leakproof, and that the indexes know.
    std::string leaky(const Source &s) {
        auto text = [&](const std::string &value) { return mark(value, "text"); };
        const std::string compare = dice.one_of({" < ", " <= ", " = ", " >= ", " > "});
        switch (dice.below(26)) {
            case 0: return s.column("name") + " LIKE " + text(word() + "%");
            case 1: return s.column("name") + " LIKE " + text("%" + word() + "%");
            case 2: return s.column("name") + " ILIKE " + text("%" + word() + "%");
            case 3: return s.column("name") + " ~ " + text("^" + word() + "[0-9]*$");
            case 4: return s.column("name") + " ~* " + text(dice.chance(50) ? "CKE|GNE" : "^" + word());
            case 5: return s.column("words") + " @@ " + mark(word() + (dice.chance(50) ? " & a" : " | b"), "tsquery");
            case 6: return s.column("data") + " @> " + mark("{\"city\": \"" + word() + "\"}", "jsonb");
            case 7: return s.column("data") + " ? " + text(dice.chance(50) ? "city" : "own_" + dice.number(7));
            case 8: return s.column("data") + " ?| " + mark("{own_1,own_9,nothing}", "text[]");
            case 9: return s.column("data") + " @? " + mark("$.size ? (@ > " + dice.number(20) + ")", "jsonpath");
            case 10: return s.column("tags") + " @> " + mark("{" + word() + "}", "text[]");
            case 11: return s.column("tags") + " && " + mark("{a,b," + word() + "}", "text[]");
            case 12: return s.column("price") + compare + mark(dice.number(100) + ".5", "numeric");
            case 13: return s.column("price") + " BETWEEN " + mark(dice.number(40), "numeric") + " AND " + mark("60", "numeric");
            case 14: return s.column("price") + " = ANY (" + mark("{1.5,22,47.7," + dice.number(99) + "}", "numeric[]") + ")";
            case 15: return s.column("mood") + compare + mark(dice.one_of({"calm", "fine", "glad"}), "mood");
            case 16: return s.column("span") + " && " + mark("[" + dice.number(15) + ",20)", "int4range");
            case 17: return s.column("span") + compare + mark("[" + dice.number(25) + ",30)", "int4range");
            case 18: return s.column("born") + compare + mark("2024-05-01 00:00+00", "timestamptz");
            case 19: return s.column("seen") + compare + mark("2024-06-0" + std::to_string(1 + dice.below(9)), "date");
            case 20: return "lower(" + s.column("name") + ") LIKE " + text(word() + "%");
            case 21: return "(" + s.column("data") + " ->> 'city') = " + text(word()) + " AND " + s.column("price") + " > " + mark("10", "numeric");
            case 22: return "(" + s.column("mood") + ", " + s.column("n") + ") > (" + mark("fine", "mood") + ", " + mark(dice.below(30)) + ")";
            case 23: return "(" + s.column("price") + " < " + mark("20", "numeric") + " OR " + s.column("name") + " LIKE " + text(word() + "%") + ")";
            case 24: return s.column("code") + " LIKE " + text("m" + dice.number(7) + ":%");
            default: return s.column("name") + " ~~ ANY (" + mark("{an%,%ope%,ghost%}", "text[]") + ")";
        }
    }

    // True or false for the rows that may be seen, an error for others.
    std::string veil_trap(const Source &s) {
        switch (dice.below(8)) {
            case 0: return s.column("name") + " LIKE " + mark("veil\\", "text");
            case 1:
            case 2: return s.column("name") + " ILIKE " + mark("VEIL\\", "text");
            case 3: return "lower(" + s.column("name") + ") LIKE " + mark("vei_\\", "text");
            case 4: return s.column("name") + " NOT LIKE " + mark("%ei_\\", "text");
            case 5:
            case 6: return s.column("name") + dice.one_of({" LIKE ", " ILIKE "}) + mark("%veil\\", "text");  // by trigrams
            default: return "100 / (CASE WHEN " + s.column("name") + " LIKE 'veil%' THEN 0 ELSE 1 END) > " + mark(dice.below(90));
        }
    }
    std::string trap(const Source &s) {
        if (s.veiled && dice.chance(60)) return veil_trap(s);
        const std::string secret = s.column("secret"), own = own_ && dice.chance(70) ? std::to_string(own_) : "";
        auto text = [&](const std::string &value) { return mark(value, "text"); };
        auto number = [&](const std::string &value) { return mark(value, "int"); };
        if (!own.empty()) switch (dice.below(8)) {
                case 0: return "replace(" + s.column("code") + ", " + text("m" + own + ":") + ", '')::int > " + number(dice.number(40));
                case 1: return "100 / (CASE WHEN " + secret + " = " + number(own) + " THEN 2 ELSE " + secret + " - " + secret + " END) > " + number(dice.number(80));
                case 2: return s.column("name") + " ~ replace(" + s.column("pattern") + ", " + text("m" + own + "(") + ", '^')";
                case 3: return "jsonb_path_exists(" + s.column("data") + ", " + mark("strict $.own_" + own, "jsonpath") + ")";
                case 4: return s.column("born") + " >= make_date(2024, 5 + 100 * abs(" + secret + " - " + number(own) + "), 1)";
                case 5: return s.column("span") + " && int4range(0, 25 - 100 * abs(" + secret + " - " + number(own) + "))";
                case 6: return s.column("price") + " > sqrt((400 - 1000 * abs(" + secret + " - " + number(own) + "))::numeric)";
                default: return "(replace(" + s.column("code") + ", " + text("m" + own + ":") + ", '') || '.5')::numeric < " + s.column("price");
            }
        switch (dice.below(13)) {
            case 0: return s.column("name") + " LIKE " + text("ghost\\");
            case 1: return s.column("name") + " ILIKE " + text("GHOST\\");
            case 11: return s.column("name") + dice.one_of({" LIKE ", " ILIKE "}) + text("%ghost\\");
            case 2: return s.column("code") + " LIKE " + text("m9:\\");
            case 3: return s.column("code") + " LIKE " + text("m9%\\");
            case 4: return "lower(" + s.column("name") + ") NOT LIKE " + text("gho_t\\");
            case 5: return "100 / (" + secret + " - " + number("9") + ") < " + number("-" + dice.number(30));
            case 6: return s.column("price") + " > 10 / (" + secret + " - 9)::numeric";
            case 7: return "peek(" + secret + ")";
            case 8: return s.column("price") + " < (100 / (9 - " + secret + "))::numeric";
            case 9: return "replace(" + s.column("code") + ", 'm9:', 'x')::text NOT LIKE " + text("x%\\");
            case 10: return s.column("span") + " @> (100 / (9 - " + secret + "))";
            default: return "100 / (abs(" + secret + " - own()) - " + number("9") + " + own()) IS NOT NULL";
        }
    }

    // What the tenant condition may meet: its own shape, other tenants, and the same column of another table.
    std::string about_tenant(const Source &s) {
        if (!s.has_tenant) return plainly(s);
        const std::string type = s.table->type;
        auto value = [&] {
            if (type == "uuid") return dice.one_of({uuid_1, uuid_2, uuid_ghost});
            if (type == "bigint" || type == "integer") return dice.one_of({"1", "2", "3", "9"});
            return dice.one_of({"1", "2", "acme", uuid_1, "9", "nobody"});
        };
        switch (dice.below(7)) {
            case 0: return s.tenant() + " = " + mark(value(), type);
            case 1: return s.tenant() + " <> " + mark(value(), type);
            case 2: return s.tenant() + " IN (" + mark(value(), type) + ", " + mark(value(), type) + ")";
            case 3: return "(" + s.tenant() + " = " + mark(value(), type) + " OR " + leaky(s) + ")";
            case 4: return s.tenant() + "::text = djust_tenants.current_tenant_id()";
            case 5: return s.tenant() + " = " + current(*s.table);
            default: return s.tenant() + "::text LIKE " + mark("1%", "text");
        }
    }
    static std::string current(const Table &table) {
        const std::string type = table.type;
        return std::string("djust_tenants.current_tenant_") +
               (type == "uuid" || type == "bigint" || type == "integer" ? type : "id") + "()";
    }

    std::string simple(const Source &s) {
        bool scoped = *s.table->tenant;
        unsigned which = dice.below(20);
        if (which < 6) return plainly(s);
        if (which < 13 || !scoped) return leaky(s);
        if (which < 15) return about_tenant(s);
        if (which < 18) return trap(s);
        return leaky(s) + " AND " + trap(s);
    }
    std::string predicate(const Source &s, int depth = 2) {
        if (depth == 0) return simple(s);
        switch (dice.below(7)) {
            case 0: return "(" + predicate(s, depth - 1) + " AND " + predicate(s, depth - 1) + ")";
            case 1: return "(" + predicate(s, depth - 1) + " OR " + predicate(s, depth - 1) + ")";
            case 2: return sub_predicate(s);
            case 3: return "NOT (" + simple(s) + ")";
            default: return simple(s);
        }
    }
    std::string sub_predicate(const Source &s) {
        Source inner = scoped();
        std::string where = " FROM " + inner.from + " WHERE " + simple(inner);
        switch (dice.below(7)) {
            case 0: return number_of(s) + " IN (SELECT " + number_of(inner) + where + ")";
            case 1: return s.column("id") + " NOT IN (SELECT " + inner.column("id") + where + " AND " + inner.column("id") + " > 10)";
            case 2: return "EXISTS (SELECT" + where + " AND " + link(s, inner) + ")";
            case 3: return "NOT EXISTS (SELECT" + where + " AND " + link(s, inner) + ")";
            case 4: return s.column("price") + " >= (SELECT min(" + inner.column("price") + ")" + where + " AND " + link(s, inner) + ")";
            case 5: return number_of(s) + " < ANY (SELECT " + inner.column("n") + where + ")";
            default: return s.column("n") + " < (SELECT max(" + number_of(inner) + ")" + where + ")";
        }
    }
    // A join of two: by key, with the tenant columns or without, by something leaky, or with a trap of both.
    std::string link(const Source &a, const Source &b) {
        const std::string by_key = a.column("ref") + " = " + b.column("id");
        bool same = a.has_tenant && b.has_tenant && std::string(a.table->type) == b.table->type;
        switch (dice.below(9)) {
            case 0:
            case 1:
                if (same) return a.tenant() + " = " + b.tenant() + " AND " + by_key;
                return by_key;
            case 2: return by_key + " AND " + a.column("price") + " < " + b.column("price");
            case 3: return by_key + " AND " + a.column("data") + " @> jsonb_build_object('city', " + b.column("data") + " -> 'city')";
            case 4: return a.column("price") + " = " + b.column("price");
            case 5: return by_key + " AND " + b.column("name") + " LIKE " + a.column("tags") + "[1] || '%'";
            case 6:
                if (*a.table->tenant && *b.table->tenant)
                    return by_key + " AND 100 / (abs(" + a.column("secret") + " - " + b.column("secret") + ") - 1) < 0";
                return by_key;
            case 7: return a.column("n") + " = " + b.column("id") + " AND " + b.column("tags") + " && " + a.column("tags");
            default: return by_key;
        }
    }

    Dice dice;
    Statement made;

private:
    int own_ = 0;
    unsigned aliases_ = 0;
};

}  // namespace plain_rls
