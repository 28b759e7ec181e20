package io.keyferry.cli.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nothing lost, nothing stale, everything counted: under any fault. A few here; many with {@code ./mvnw -B verify
 * -Pfaults}, {@code -Dfaults.count=N} and {@code -Dfaults.seed=S}.
 */
class FaultCampaignIT {

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS)
    void losesNothingBringsNothingBackAndCountsEverything() throws Exception {
        int count = Integer.getInteger("faults.count");
        String given = System.getProperty("faults.seed");
        long seed = given.equals("random") ? new SplittableRandom().nextInt(1_000_000) : Long.parseLong(given);
        Report report = new Report();
        report.begin(seed, count);

        try (Campaign campaign = new Campaign(Files.createDirectories(folder.resolve("campaign")), seed, report)) {
            campaign.run(count);
            campaign.judgeWithoutTheSourceKey();

            report.summary();
            assertThat(campaign.gaveUp()).as("processes that gave up").isEmpty();
        }
    }
}
