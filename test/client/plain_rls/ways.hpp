// The ways in which a statement reaches the server, and the transactions around it.
#pragma once
#include "statement.hpp"
#include "world.hpp"

namespace plain_rls {

// What a session does at once. Several texts are one result: parts of a cursor.
struct Step {
    enum class Kind { simple, parameters, prepare, execute };
    Kind kind = Kind::simple;
    std::vector<std::string> texts;
    std::vector<std::string> values;
    bool counted = false;   // a statement of the generator's, not what stands around it
    bool ordered = false;
    bool explains = false;  // only its error is compared
};
// What runs to the end in one session before the other begins: at its end no transaction is open.
struct Segment {
    std::vector<Step> steps;
    std::string admin_after;
};
struct Case {
    std::string way;
    std::string admin_before, admin_after;
    std::vector<Segment> segments;
};

class Ways {
public:
    Ways(Dice &dice, const std::string &owner) : dice_(dice), owner_(owner) {}

    Case around(const Statement &statement, const std::vector<std::string> &tenants, bool explain) {
        Case made;
        Use use = statement.writes() ? write_use(statement) : read_use(statement);
        made.way = use.name;
        made.admin_before = use.admin_before;
        made.admin_after = use.admin_after;
        Segment first;
        switches(first.steps, statement);
        add(first.steps, use.setup);
        made.segments.push_back(first);
        std::string ddl, undo;
        bool with_ddl = dice_.chance(6);
        if (with_ddl) std::tie(ddl, undo) = change();
        for (int round = 0; round < (with_ddl ? 3 : 1); round++) {
            Segment segment;
            if (statement.writes())
                writing(segment.steps, statement, use, tenants);
            else if (use.in_transaction || dice_.chance(45))
                in_transaction(segment.steps, use, tenants);
            else
                in_session(segment.steps, use, tenants);
            if (with_ddl) segment.admin_after = round == 0 ? ddl : round == 1 ? undo : "";
            made.segments.push_back(segment);
        }
        Segment last;
        if (explain) {
            last.steps.push_back(simple(enter(tenants[0], false)));
            Step step = simple("EXPLAIN (VERBOSE, COSTS OFF) " + statement.with_literals());
            step.explains = true;
            last.steps.push_back(step);
        }
        add(last.steps, use.cleanup);
        last.steps.push_back(simple("RESET ALL"));
        made.segments.push_back(last);
        return made;
    }

private:
    struct Use {
        std::string name;
        std::vector<Step> setup, run, cleanup;
        std::string admin_before, admin_after;
        bool in_transaction = false;
        bool for_any_role = false;  // no function of the session's own
    };

    static void add(std::vector<Step> &to, const std::vector<Step> &from) { to.insert(to.end(), from.begin(), from.end()); }
    static Step simple(const std::string &text) {
        Step step;
        step.texts = {text};
        return step;
    }
    static Step counted(const Statement &statement, const std::string &text) {
        Step step = simple(text);
        step.counted = true;
        step.ordered = statement.ordered;
        return step;
    }
    static Step of_kind(Step::Kind kind, Step step, const std::vector<std::string> &values = {}) {
        step.kind = kind;
        step.values = values;
        return step;
    }

    void switches(std::vector<Step> &steps, const Statement &statement) {
        auto set = [&](const std::string &what) { steps.push_back(simple("SET " + what)); };
        set("plan_cache_mode = " + dice_.one_of({"auto", "force_generic_plan", "force_custom_plan"}));
        if (dice_.chance(45)) set("enable_seqscan = off");
        for (const char *name : {"bitmapscan", "indexscan", "hashjoin", "nestloop", "mergejoin", "memoize", "material", "hashagg"})
            if (dice_.chance(15)) set(std::string("enable_") + name + " = off");
        if (dice_.chance(10)) set("enable_partitionwise_join = on");
        // Not where a plan may start workers for each row.
        bool once = statement.kind == "one table" || statement.kind == "inner join" || statement.kind == "outer join" ||
                    statement.kind == "aggregate" || statement.kind == "grouping sets" || statement.kind == "set operation";
        if (once && dice_.chance(8)) {
            set("max_parallel_workers_per_gather = 1");
            for (const char *name : {"parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size", "min_parallel_index_scan_size"})
                set(std::string(name) + " = 0");
        } else {
            set("max_parallel_workers_per_gather = 0");
        }
    }

    // Undone afterwards. Nothing of it may change what a statement gives, except through the registry.
    std::pair<std::string, std::string> change() {
        switch (dice_.below(7)) {
            case 0: return {"CREATE INDEX added ON base (tenant_id, price, name)", "DROP INDEX added"};
            case 1: return {"ALTER TABLE base ADD added int DEFAULT 7", "ALTER TABLE base DROP added"};
            case 2: return {"ALTER TABLE hashed ALTER price SET STATISTICS 20; ANALYZE hashed", "ALTER TABLE hashed ALTER price SET STATISTICS -1"};
            case 3: return {"CREATE POLICY added ON by_big AS RESTRICTIVE USING (price > 30)", "DROP POLICY added ON by_big"};
            case 4: return {"UPDATE djust_tenants.tenant SET is_active = false WHERE id = 'acme'", "UPDATE djust_tenants.tenant SET is_active = true WHERE id = 'acme'"};
            case 5: return {"ALTER TABLE ranged DETACH PARTITION ranged_2", "ALTER TABLE ranged ATTACH PARTITION ranged_2 FOR VALUES FROM (25) TO (MAXVALUE)"};
            default: return {"CREATE POLICY added ON by_uuid FOR SELECT USING (name LIKE '%o%')", "DROP POLICY added ON by_uuid"};
        }
    }

    std::string enter(const std::string &tenant, bool local) {
        const std::string value = Statement::quoted(tenant);
        if (tenant.empty()) return local && dice_.chance(50) ? "SET LOCAL djust_tenants.tenant_id = ''" : "RESET djust_tenants.tenant_id";
        switch (dice_.below(4)) {
            case 0: return "SELECT djust_tenants.set_current_tenant(" + value + (local ? ")" : ", false)");
            case 1: return "SELECT set_config('djust_tenants.tenant_id', " + value + (local ? ", true)" : ", false)");
            default: return std::string("SET ") + (local ? "LOCAL " : "") + "djust_tenants.tenant_id = " + value;
        }
    }

    void in_session(std::vector<Step> &steps, const Use &use, const std::vector<std::string> &tenants) {
        for (const std::string &tenant : tenants) {
            steps.push_back(simple(enter(tenant, false)));
            add(steps, use.run);
            if (!use.for_any_role || !dice_.chance(20)) continue;
            steps.push_back(simple("SET ROLE " + owner_));
            add(steps, use.run);
            steps.push_back(simple("RESET ROLE"));
            add(steps, use.run);
        }
        steps.push_back(simple("RESET djust_tenants.tenant_id"));
    }
    void in_transaction(std::vector<Step> &steps, const Use &use, const std::vector<std::string> &tenants) {
        steps.push_back(simple(dice_.chance(15) ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN"));
        for (size_t i = 0; i < tenants.size(); i++) {
            const std::string &tenant = tenants[i];
            steps.push_back(simple("SAVEPOINT s"));
            steps.push_back(simple(enter(tenant, true)));
            add(steps, use.run);
            if (dice_.chance(25)) {
                steps.push_back(simple("SELECT 1 / 0"));
                steps.push_back(simple("ROLLBACK TO s"));
                if (!use.in_transaction || dice_.chance(50)) add(steps, use.run);  // whoever was there before
            } else if (dice_.chance(30)) {
                steps.push_back(simple("ROLLBACK TO s"));
                add(steps, use.run);
            }
            // An error of the statement's own.
            steps.push_back(simple(dice_.chance(60) ? "ROLLBACK TO s" : "RELEASE s"));
        }
        steps.push_back(simple(dice_.chance(70) ? "COMMIT" : "ROLLBACK"));
        if (!use.in_transaction) add(steps, use.run);
    }
    void writing(std::vector<Step> &steps, const Statement &statement, const Use &use, const std::vector<std::string> &tenants) {
        std::string named;
        for (const std::string &table : statement.touched) named += (named.empty() ? "" : ", ") + Statement::quoted(table);
        const Step probe = simple("SELECT contents(ARRAY[" + named + "])");
        steps.push_back(simple("BEGIN"));
        for (const std::string &tenant : tenants) {
            if (dice_.chance(50)) steps.push_back(simple("SAVEPOINT s"));
            else steps.push_back(simple("ROLLBACK; BEGIN; SAVEPOINT s"));
            steps.push_back(simple(enter(tenant, true)));
            add(steps, use.run);
            steps.push_back(probe);
            steps.push_back(simple("ROLLBACK TO s"));
        }
        steps.push_back(simple("ROLLBACK"));
    }

    Use read_use(const Statement &s) {
        Use use;
        const std::string literal = s.with_literals(), numbered = s.with_parameters();
        auto as_text = [](const std::string &sql) { return "SELECT q::text AS q FROM (" + sql + ") q"; };
        switch (dice_.below(18)) {
            case 0: return function(s, "SQL function", "sql", as_text(numbered));
            case 1: return function(s, "SQL function, stable", "sql STABLE", as_text(numbered));
            case 2: return function(s, "PL/pgSQL", "plpgsql", "BEGIN RETURN QUERY " + as_text(numbered) + "; END");
            case 3:
                return function(s, "PL/pgSQL loop", "plpgsql",
                                "DECLARE found_row text; BEGIN FOR found_row IN " + as_text(numbered) + " LOOP RETURN NEXT found_row; END LOOP; END");
            case 4: return function(s, "EXECUTE", "plpgsql", "BEGIN RETURN QUERY EXECUTE " + Statement::quoted(as_text(literal)) + "; END");
            case 5: return function(s, "EXECUTE USING", "plpgsql", "BEGIN RETURN QUERY EXECUTE " + Statement::quoted(as_text(numbered)) + using_(s) + "; END");
            case 6: return definer(s, "SECURITY DEFINER", "BEGIN RETURN QUERY " + as_text(numbered) + "; END");
            case 7: {
                use.name = "cursor";
                use.in_transaction = true;
                Step step = counted(s, "DECLARE c " + dice_.one_of({"", "NO SCROLL ", "BINARY "}) + "CURSOR FOR " + as_text(literal));
                for (const char *text : {"FETCH 3 FROM c", "FETCH FORWARD 5 FROM c", "FETCH ALL FROM c", "CLOSE c"}) step.texts.push_back(text);
                use.run = {step};
                return use;
            }
            case 8: {
                use.name = "held cursor";
                Step step = counted(s, "DECLARE h CURSOR WITH HOLD FOR " + as_text(literal));
                for (const char *text : {"FETCH 3 FROM h", "FETCH ALL FROM h", "CLOSE h"}) step.texts.push_back(text);
                use.run = {step};
                return use;
            }
            case 9: {
                use.name = "CREATE TABLE AS";
                Step step = counted(s, "CREATE TEMP TABLE made AS " + as_text(literal));
                for (const char *text : {"SELECT * FROM made", "DROP TABLE made"}) step.texts.push_back(text);
                use.run = {step};
                return use;
            }
            case 10:
                use.name = "COPY TO";
                use.run = {counted(s, "COPY (" + literal + ") TO STDOUT")};
                return use;
            case 11:
                use.name = "several in one message";
                use.run = {counted(s, "SELECT 1; " + literal + "; SELECT set_config('djust_tenants.tenant_id', '', true); " + literal)};
                return use;
            default: return direct(s);
        }
    }

    Use direct(const Statement &s) {
        Use use;
        use.for_any_role = true;
        const std::string literal = s.with_literals(), numbered = s.with_parameters();
        switch (dice_.below(6)) {
            case 0:
                use.name = "unnamed";
                use.run = {of_kind(Step::Kind::parameters, counted(s, literal))};
                break;
            case 1:
                use.name = "unnamed with parameters";
                use.run = {of_kind(Step::Kind::parameters, counted(s, numbered), s.values())};
                break;
            case 2:
                use.name = "named";
                use.setup = {of_kind(Step::Kind::prepare, simple(numbered))};
                use.run = {of_kind(Step::Kind::execute, counted(s, ""), s.values())};
                use.cleanup = {simple("DEALLOCATE s")};
                break;
            case 3:
                use.name = "named without parameters";
                use.setup = {of_kind(Step::Kind::prepare, simple(literal))};
                use.run = {of_kind(Step::Kind::execute, counted(s, ""))};
                use.cleanup = {simple("DEALLOCATE s")};
                break;
            case 4: {
                use.name = "PREPARE";
                use.setup = {simple("PREPARE s AS " + numbered)};
                const std::string arguments = s.arguments();
                use.run = {counted(s, "EXECUTE s" + (arguments.empty() ? "" : "(" + arguments + ")"))};
                use.cleanup = {simple("DEALLOCATE s")};
                break;
            }
            default:
                use.name = "simple";
                use.run = {counted(s, literal)};
        }
        return use;
    }

    Use write_use(const Statement &s) {
        const std::string literal = s.with_literals(), numbered = s.with_parameters();
        bool returns = s.sql.find(" RETURNING ") != std::string::npos;
        auto body = [&](const std::string &what) {
            return returns ? "DECLARE found_row record; BEGIN FOR found_row IN " + what + " LOOP RETURN NEXT found_row::text; END LOOP; END"
                           : "DECLARE row_count int; BEGIN " + what + "; GET DIAGNOSTICS row_count = ROW_COUNT; RETURN NEXT row_count::text; END";
        };
        switch (dice_.below(10)) {
            case 0: return function(s, "PL/pgSQL", "plpgsql", body(numbered));
            case 1: return function(s, "EXECUTE USING", "plpgsql", body("EXECUTE " + Statement::quoted(numbered) + using_(s)));
            case 2: return definer(s, "SECURITY DEFINER", body(numbered));
            case 3: return function(s, "SQL function", "sql", numbered + "; SELECT 'done'::text");
            default: return direct(s);
        }
    }

    static std::string using_(const Statement &s) {
        std::string list;
        for (size_t i = 1; i <= s.constants.size(); i++) list += (i == 1 ? " USING $" : ", $") + std::to_string(i);
        return list;
    }
    static Use function(const Statement &s, const std::string &name, const std::string &language, const std::string &body) {
        Use use;
        use.name = name;
        use.setup = {simple("CREATE FUNCTION pg_temp.f(" + s.types() + ") RETURNS SETOF text LANGUAGE " + language + " AS $body$" + body + "$body$")};
        use.run = {counted(s, "SELECT * FROM pg_temp.f(" + s.arguments() + ")")};
        use.cleanup = {simple("DROP FUNCTION pg_temp.f")};
        return use;
    }
    Use definer(const Statement &s, const std::string &name, const std::string &body) const {
        Use use;
        use.name = name;
        use.admin_before = "CREATE FUNCTION definer(" + s.types() + ") RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER "
                           "SET search_path = \"Plain RLS\", public AS $body$" + body + "$body$; ALTER FUNCTION definer OWNER TO " + owner_;
        use.run = {counted(s, "SELECT * FROM definer(" + s.arguments() + ")")};
        use.admin_after = "DROP FUNCTION definer";
        return use;
    }

    Dice &dice_;
    const std::string owner_;
};

}  // namespace plain_rls
