// Statements that write. Each is rolled back, so a new row's id need only be new in its statement.
#pragma once
#include "reads.hpp"

namespace plain_rls {

class Generator : public Reads {
public:
    explicit Generator(unsigned seed) : Reads(seed) {}

    Statement write(int own) {
        static const struct {
            const char *name;
            std::string (Generator::*make)();
        } kinds[] = {{"INSERT", &Generator::insert_values},        {"INSERT of a tenant", &Generator::insert_tenant},
                     {"INSERT ... SELECT", &Generator::insert_select}, {"UPDATE", &Generator::update},
                     {"UPDATE of the tenant", &Generator::update_tenant}, {"UPDATE ... FROM", &Generator::update_from},
                     {"DELETE", &Generator::erase},                {"DELETE ... USING", &Generator::delete_using},
                     {"ON CONFLICT", &Generator::upsert},          {"MERGE", &Generator::merge},
                     {"data-modifying CTE", &Generator::writing_cte}, {"write through a view", &Generator::view_write}};
        const auto &kind = kinds[write_turn_++ % std::size(kinds)];
        begin(kind.name, own);
        next_id_ = 1000;
        std::string sql = (this->*kind.make)();
        made.sql = std::move(sql);
        return made;
    }

private:
    Source target(bool keyed_only = false) {
        Source s = keyed_only ? keyed() : dice.chance(10) ? named(guarded(), true) : scoped(true);
        if (made.touched.empty() || made.touched.back() != s.table->name) made.touched.push_back(s.table->name);
        return s;
    }
    static std::string as(const Source &s) { return std::string(s.table->name) + " AS " + s.alias; }
    std::string returning(const Source &s) {
        return " RETURNING " + s.column("id") + ", " + (s.has_tenant ? s.tenant() + ", " : "") + s.column("name");
    }
    std::string new_row(const Source &s) {
        const bool guarded = std::string(s.table->name) == "guarded";  // its policies refuse such names
        return mark(next_id_++) + ", " + mark(dice.below(30)) + ", " + mark(dice.number(80), "numeric") + ", " +
               mark(dice.chance(guarded ? 30 : 5) ? "bad" : "new a" + word(), "text") + ", " + mark("calm", "mood");
    }
    static constexpr const char *new_columns = "id, n, price, name, mood";
    std::string tenant_value(const Source &s) {
        const std::string type = s.table->type;
        switch (dice.below(6)) {
            case 0: return "NULL";
            case 1: return "DEFAULT";
            case 2: return current(*s.table);
            case 3: return "NULL::" + type;
            default: break;
        }
        if (type == "uuid") return mark(dice.one_of({uuid_1, uuid_2, uuid_ghost}), type);
        if (type == "bigint" || type == "integer") return mark(dice.one_of({"1", "2", "3", "9"}), type);
        return mark(dice.one_of({"1", "2", "3", "acme", uuid_1, "9"}), type);
    }

    std::string insert_values() {
        Source a = target();
        std::string sql = "INSERT INTO " + as(a) + " (" + new_columns + ") VALUES (" + new_row(a) + ")";
        for (unsigned more = dice.below(3); more > 0; more--) sql += ", (" + new_row(a) + ")";
        return sql + (dice.chance(60) ? returning(a) : "");
    }
    std::string insert_tenant() {
        Source a = target();
        std::string sql = "INSERT INTO " + as(a) + " (" + new_columns + ", " + a.table->tenant + ") VALUES (" + new_row(a) + ", " +
                          tenant_value(a) + ")";
        if (dice.chance(40)) sql += ", (" + new_row(a) + ", " + tenant_value(a) + ")";
        return sql + (dice.chance(60) ? returning(a) : "");
    }
    std::string insert_select() {
        Source a = target(), b = scoped();
        bool with_tenant = b.has_tenant && std::string(a.table->type) == b.table->type && dice.chance(40);
        return "INSERT INTO " + as(a) + " (" + new_columns + (with_tenant ? std::string(", ") + a.table->tenant : "") +
               ") SELECT " + b.column("id") + " + 2000, " + b.column("n") + ", " + b.column("price") + ", " + b.column("name") + ", " +
               b.column("mood") + (with_tenant ? ", " + (dice.chance(70) ? b.tenant() : "NULL") : "") + " FROM " + b.from + " WHERE " +
               predicate(b, 1) + returning(a);
    }
    std::string assignment(const Source &s, const Source *from = nullptr) {
        switch (dice.below(4)) {
            case 0: return "price = " + (from ? from->column("price") : mark(dice.number(90), "numeric"));
            case 1: return "name = " + (from ? from->column("name") : s.column("name") + " || " + mark("a!", "text"));
            case 2: return "mood = " + mark(dice.one_of({"sad", "wild"}), "mood") + ", ref = " + s.column("n");
            default: return "price = CASE WHEN " + trap(s) + " THEN 1.5 ELSE 2.5 END";
        }
    }
    std::string update() {
        Source a = target();
        return "UPDATE " + as(a) + " SET " + assignment(a) + " WHERE " + predicate(a) + returning(a) + ", " + column(a);
    }
    std::string update_tenant() {
        Source a = target();
        return "UPDATE " + as(a) + " SET " + a.table->tenant + " = " + tenant_value(a) + " WHERE " + simple(a) + returning(a);
    }
    std::string update_from() {
        Source a = target(), b = keyed();
        return "UPDATE " + as(a) + " SET " + assignment(a, &b) + " FROM " + b.from + " WHERE " + a.column("ref") + " = " + b.column("id") +
               " AND " + simple(a) + " AND " + simple(b) + returning(a);
    }
    std::string erase() {
        Source a = target();
        return "DELETE FROM " + as(a) + " WHERE " + predicate(a) + returning(a);
    }
    std::string delete_using() {
        Source a = target(), b = keyed();
        return "DELETE FROM " + as(a) + " USING " + b.from + " WHERE " + a.column("ref") + " = " + b.column("id") + " AND " +
               simple(a) + " AND " + simple(b) + returning(a);
    }
    std::string upsert() {
        Source a = target(true);
        a.veiled = false;  // PostgreSQL evaluates the WHERE of DO UPDATE before it looks whether the row may be seen
        next_id_ = 30 + dice.below(20);  // some are there
        std::string sql = "INSERT INTO " + as(a) + " (" + new_columns + ") VALUES (" + new_row(a) + "), (" + new_row(a) + ")";
        if (dice.chance(20)) return sql + " ON CONFLICT DO NOTHING" + returning(a);
        sql += std::string(" ON CONFLICT (") + a.table->tenant + ", id)";
        if (dice.chance(30)) return sql + " DO NOTHING" + returning(a);
        sql += " DO UPDATE SET name = excluded.name || '!'";
        if (dice.chance(20)) sql += std::string(", ") + a.table->tenant + " = " + tenant_value(a);
        if (dice.chance(50)) sql += " WHERE " + simple(a);
        return sql + returning(a);
    }
    std::string merge() {
        made.is_merge = true;
        Source a = target(true), b = scoped();
        std::string columns = "id, n, price, name", values = "s.id, 3, 4, s.t";
        // A table with policies of its own has other errors, and which row comes first is not ours to say.
        if (std::string(a.table->name) != "guarded" && dice.chance(40)) {
            columns += std::string(", ") + a.table->tenant;
            values += ", " + tenant_value(a);
        }
        return "MERGE INTO " + as(a) + " USING (SELECT " + b.column("id") + " + " + b.column("n") + " % 2 * 3000 AS id, " +
               b.column("name") + " AS t FROM " + b.from + " WHERE " + predicate(b, 1) + " AND " + b.column("name") + " NOT LIKE 'veil%') s ON " + a.column("id") +
               " = s.id WHEN MATCHED AND " + a.column("n") + " % 5 = 0 THEN DELETE WHEN MATCHED AND " + simple(a) +
               " THEN UPDATE SET name = s.t || 'a' " + (dice.chance(30) ? "WHEN NOT MATCHED AND s.id < 3020 THEN DO NOTHING " : "") +
               "WHEN NOT MATCHED AND s.id > 3000 THEN INSERT (" + columns + ") VALUES (" + values + ")";
    }
    std::string writing_cte() {
        Source a = target(), b = target(), c = scoped();
        return "WITH gone AS (DELETE FROM " + as(a) + " WHERE " + simple(a) + " RETURNING " + a.column("id") + "), added AS (INSERT INTO " +
               b.table->name + " (" + new_columns + ") VALUES (" + new_row(b) + ") RETURNING id, name) SELECT (SELECT count(*) FROM gone), "
               "added.*, (SELECT count(*) FROM " + c.from + " WHERE " + simple(c) + ") FROM added";
    }
    std::string view_write() {
        Source a = target();
        std::string view;
        switch (dice.below(4)) {
            case 0: view = std::string("v_") + a.table->name; break;
            case 1: view = std::string("o_") + a.table->name; break;
            case 2: view = std::string("b_") + a.table->name; break;
            default:
                view = std::string(a.table->name) + "_scoped";
                a.has_tenant = false;
        }
        switch (dice.below(3)) {
            case 0: return "INSERT INTO " + view + " AS " + a.alias + " (" + new_columns + ") VALUES (" + new_row(a) + ")" + returning(a);
            case 1: return "UPDATE " + view + " AS " + a.alias + " SET " + assignment(a) + " WHERE " + predicate(a) + returning(a);
            default: return "DELETE FROM " + view + " AS " + a.alias + " WHERE " + predicate(a) + returning(a);
        }
    }

    unsigned write_turn_ = 0, next_id_ = 1000;
};

}  // namespace plain_rls
