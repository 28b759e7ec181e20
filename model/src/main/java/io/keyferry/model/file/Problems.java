package io.keyferry.model.file;

import java.util.ArrayList;
import java.util.List;

/** Collects the problems of one file while it is read. */
final class Problems {

    private final List<Problem> found = new ArrayList<>();

    void add(Problem problem) {
        found.add(problem);
    }

    void throwIfAny(String file) {
        if (!found.isEmpty()) {
            throw new ConfigurationException(file, found);
        }
    }
}
