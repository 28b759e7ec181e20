package io.keyferry.cli;

import io.keyferry.cli.configuration.StageName;
import io.keyferry.cli.http.HealthReport;
import io.keyferry.model.StageHealth;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** How a run is, from before its stages are there. Safe for many threads. */
final class RunHealth implements Supplier<HealthReport> {

    private final Set<StageName> wanted;
    private volatile String waitsFor = "starting";
    private volatile MigrationRun run;

    RunHealth(Set<StageName> wanted) {
        this.wanted = Set.copyOf(wanted);
    }

    /** What has to be done before the stages start. */
    void waitsFor(String what) {
        waitsFor = what;
    }

    /** The stages are there. */
    void runs(MigrationRun stages) {
        run = stages;
    }

    @Override
    public HealthReport get() {
        if (run != null) {
            return run.health();
        }
        StageHealth before = StageHealth.waiting(waitsFor);
        Map<String, StageHealth> stages = new LinkedHashMap<>();
        new TreeSet<>(wanted).forEach(stage -> stages.put(stage.word(), before));
        return new HealthReport(stages);
    }
}
