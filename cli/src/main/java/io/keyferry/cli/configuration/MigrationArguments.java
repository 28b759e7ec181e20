package io.keyferry.cli.configuration;

import io.keyferry.cli.terminal.UsageException;
import io.keyferry.model.Migration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The words after a command: migration.yaml, which may be left out, and the stages, if any are named. */
public record MigrationArguments(Path file, Set<StageName> named) {

    private static final Path DEFAULT = Path.of("migration.yaml");

    /** @throws UsageException where a word is neither the file, which comes first, nor a stage */
    public static MigrationArguments parse(List<String> words) {
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
        return new MigrationArguments(file, stages);
    }

    /**
     * The stages to run: those named, or all that the migration has.
     *
     * @throws UsageException where a stage is named that it leaves out
     */
    public Set<StageName> stages(Migration migration) {
        boolean left = migration.changes().isPresent();
        if (left && named.contains(StageName.SNAPSHOT)) {
            throw new UsageException(
                    "migration.yaml has the section changes: a connector of your own brings the changes,"
                            + " so that there is no snapshot stage to run; name stream-processor and sink, or none");
        }
        if (!named.isEmpty()) {
            return named;
        }
        return left ? EnumSet.of(StageName.STREAM_PROCESSOR, StageName.SINK) : EnumSet.allOf(StageName.class);
    }
}
