// The code of JDBC in doc/pools.md on a pool of one connection, HikariCP's or DBCP's. The code takes the place of the lines
// with its name: in_tenant once for each way to enter a tenant. See run.py.
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;

public class WithPools {
    static String FORGET;

    // work
    // give_back
    static class Tenant {
        // in_tenant.tenant
    }

    static class Token {
        // in_tenant.token
    }

    static class Request {
        // in_tenant.request
    }

    /** The application's own error, in the middle of a transaction. */
    static class Own extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    static DataSource pool;
    static boolean reset;

    static DataSource hikari(String url, String init) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(1);
        config.setConnectionInitSql(init);
        return new HikariDataSource(config);
    }

    static DataSource dbcp(String url, String init) {
        // Closed when the program ends.
        @SuppressWarnings("resource")
        BasicDataSource source = new BasicDataSource();
        source.setUrl(url);
        source.setMaxTotal(1);
        if (init != null) source.setConnectionInitSqls(List.of(init));
        return source;
    }

    static <T> T in(String way, String who, Work<T> work) throws SQLException {
        switch (way) {
        case "tenant":
            return Tenant.inTenant(pool, who, work);
        case "token":
            return Token.inTenant(pool, who, work);
        case "request":
            return Request.inTenant(pool, who, work);
        default:
            try (Connection connection = pool.getConnection()) {
                return work.with(connection);
            }
        }
    }

    static void enter(Connection connection, String way, String who, boolean local) throws SQLException {
        String function = way.equals("tenant") ? "set_current_tenant(?"
                : way.equals("token") ? "set_tenant_from_token(?" : "set_tenant_from_request(?::jsonb";
        try (PreparedStatement enter = connection.prepareStatement(
                "SELECT djust_tenants." + function + ", " + local + ")")) {
            enter.setString(1, who);
            enter.execute();
        }
    }

    static List<String> ask(Connection connection, String statement, String... values) throws SQLException {
        List<String> first = new ArrayList<>();
        try (PreparedStatement one = connection.prepareStatement(statement)) {
            for (int i = 0; i < values.length; i++) one.setString(i + 1, values[i]);
            if (one.execute()) {
                ResultSet rows = one.getResultSet();
                while (rows.next()) first.add(rows.getString(1));
            }
        }
        return first;
    }

    static List<String> askAll(Connection connection, List<String> statements) throws SQLException {
        List<String> last = List.of();
        for (String statement : statements) last = ask(connection, statement);
        return last;
    }

    static List<String> read(String way, String who) throws SQLException {
        return in(way, who, connection -> ask(connection, "SELECT name FROM projects ORDER BY name"));
    }

    static List<String> many(String way, String... tenants) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                int which = i % 2;
                answers.add(threads.submit(() -> which + ":" + String.join(",", read(way, tenants[which]))));
            }
            TreeSet<String> different = new TreeSet<>();
            for (Future<String> answer : answers) different.add(answer.get());
            return new ArrayList<>(different);
        } finally {
            threads.shutdown();
        }
    }

    static List<String> answer(String verb, String[] fields) throws Exception {
        if (verb.equals("sql")) return in("none", null, connection -> ask(connection, fields[0]));
        String way = fields[0];
        String who = fields[1];
        List<String> more = Arrays.asList(fields).subList(2, fields.length);
        switch (verb) {
        case "read":
            return read(way, who);
        case "do":
            return in(way, who, connection -> askAll(connection, more));
        case "stamp":
            return in(way, who, connection ->
                    ask(connection, "INSERT INTO projects (name) VALUES (?) RETURNING tenant_id", fields[2]));
        case "spy":
            return in(way, who, connection ->
                    ask(connection, "INSERT INTO projects (name, tenant_id) VALUES (?, ?)", fields[2], fields[3]));
        case "throw":
            return in(way, who, connection -> {
                ask(connection, "INSERT INTO projects (name) VALUES (?)", fields[2]);
                throw new Own();
            });
        case "leave":
            try (Connection connection = pool.getConnection()) {
                connection.setAutoCommit(false);
                enter(connection, way, who, true);
                return askAll(connection, more);
            }
        case "session":
            Connection connection = pool.getConnection();
            try {
                enter(connection, way, who, false);
                askAll(connection, more);
            } finally {
                if (reset) giveBack(connection);
                else connection.close();
            }
            return List.of();
        case "find":
            return in(way, who, open -> ask(open, "SELECT name FROM projects WHERE name = ?", fields[2]));
        case "many":
            return many(way, who, fields[2]);
        default:
            throw new IllegalArgumentException(verb);
        }
    }

    public static void main(String[] arguments) throws Exception {
        List<String> options = Arrays.asList(arguments);
        FORGET = Files.readString(Path.of(arguments[0], "FORGET"));
        reset = options.contains("reset");
        String init = options.contains("init") ? "SET djust_tenants.tenant_id = 'acme'" : null;
        pool = options.contains("hikari") ? hikari(arguments[1], init) : dbcp(arguments[1], init);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = input.readLine()) != null;) {
            String[] fields = line.split("\t", -1);
            try {
                List<String> rows = answer(fields[0], Arrays.copyOfRange(fields, 1, fields.length));
                System.out.println("rows" + (rows.isEmpty() ? "" : "\t" + String.join("\t", rows)));
            } catch (Own error) {
                System.out.println("error\town");
            } catch (SQLException error) {
                System.out.println("error\t" + (error.getSQLState() == null ? "client" : error.getSQLState())
                        + "\t" + error.getClass().getSimpleName());
            }
        }
        System.exit(0); // the pools have threads
    }
}
