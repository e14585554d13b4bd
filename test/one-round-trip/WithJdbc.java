// The pattern of JDBC in doc/one-round-trip.md, which takes the place of the line PATTERN. See run.py.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

public class WithJdbc {
    // PATTERN

    static List<String> plain(Connection connection, String statement) throws SQLException {
        List<String> first = new ArrayList<>();
        if (statement.equals("commit")) {
            connection.commit();
        } else if (statement.equals("rollback")) {
            connection.rollback();
        } else if (statement.equals("autocommit off")) {
            connection.setAutoCommit(false);
        } else {
            try (Statement one = connection.createStatement()) {
                if (one.execute(statement)) {
                    ResultSet rows = one.getResultSet();
                    while (rows.next()) first.add(rows.getString(1));
                }
            }
        }
        return first;
    }

    public static void main(String[] arguments) throws Exception {
        Connection connection = DriverManager.getConnection(arguments[0]);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = input.readLine()) != null;) {
            String[] fields = line.split("\t", -1);
            try {
                List<String> rows = fields[0].equals("plain")
                        ? plain(connection, fields[2])
                        : inTenant(connection, fields[1], fields[2],
                                (Object[]) Arrays.copyOfRange(fields, 3, fields.length));
                System.out.println("rows" + (rows.isEmpty() ? "" : "\t" + String.join("\t", rows)));
            } catch (SQLException error) {
                System.out.println("error\t" + (error.getSQLState() == null ? "client" : error.getSQLState()));
            }
        }
    }
}
