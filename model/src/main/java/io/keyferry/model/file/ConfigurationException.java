package io.keyferry.model.file;

import io.keyferry.model.KeyFerryException;
import java.util.List;

/** A configuration file cannot be used; tells everything that is wrong with it at once. */
public final class ConfigurationException extends KeyFerryException {

    private final List<Problem> problems;

    ConfigurationException(String file, List<Problem> problems) {
        super(message(file, problems));
        this.problems = List.copyOf(problems);
    }

    ConfigurationException(String file, Problem problem, Throwable cause) {
        super(message(file, List.of(problem)), cause);
        this.problems = List.of(problem);
    }

    /** At least one, in the order of the file's parts. */
    public List<Problem> problems() {
        return problems;
    }

    private static String message(String file, List<Problem> problems) {
        boolean overridden =
                problems.stream().anyMatch(problem -> problem.variable().isPresent());
        StringBuilder text = new StringBuilder(file)
                .append(overridden ? ", with the variables KEYFERRY_… that override it," : "")
                .append(" cannot be used:");
        problems.forEach(problem -> text.append("\n  ").append(problem));
        return text.toString();
    }
}
