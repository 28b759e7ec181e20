package io.keyferry.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The words after a command: migration.yaml, which may be left out, and the stages, all of them where none is named. */
record MigrationArguments(Path file, Set<StageName> stages) {

    private static final Path DEFAULT = Path.of("migration.yaml");

    /** @throws UsageException where a word is neither the file, which comes first, nor a stage */
    static MigrationArguments parse(List<String> words) {
        List<String> rest = new ArrayList<>(words);
        Path file = DEFAULT;
        if (!rest.isEmpty() && StageName.of(rest.get(0)).isEmpty()) {
            file = Path.of(rest.remove(0));
        }
        Set<StageName> stages = EnumSet.noneOf(StageName.class);
        for (String word : rest) {
            stages.add(StageName.of(word)
                    .orElseThrow(() -> new UsageException(
                            "'" + word + "' is not a stage; the stages are snapshot, stream-processor and sink")));
        }
        return new MigrationArguments(file, stages.isEmpty() ? EnumSet.allOf(StageName.class) : stages);
    }
}
