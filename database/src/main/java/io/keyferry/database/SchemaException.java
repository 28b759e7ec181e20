package io.keyferry.database;

import io.keyferry.model.KeyFerryException;
import io.keyferry.model.TableName;
import java.util.List;

/** The database's tables do not fit the migration; tells everything that does not at once. */
public final class SchemaException extends KeyFerryException {

    private final List<Problem> problems;

    /** One thing that is wrong with a table, and what to do about it. */
    public record Problem(TableName table, String wrong) {

        @Override
        public String toString() {
            return table + ": " + wrong;
        }
    }

    SchemaException(String database, List<Problem> problems) {
        super(message(database, problems));
        this.problems = List.copyOf(problems);
    }

    /** At least one, by table in the migration's order. */
    public List<Problem> problems() {
        return problems;
    }

    private static String message(String database, List<Problem> problems) {
        StringBuilder text = new StringBuilder("database ").append(database).append(" does not fit the migration:");
        problems.forEach(problem -> text.append("\n  ").append(problem));
        return text.toString();
    }
}
