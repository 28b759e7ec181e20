package io.keyferry.cli.campaign;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The stages, each instance in a process of its own, started again when it has ended, as any scheduler of containers
 * does. Used by one thread, which calls {@link #tend()} now and then.
 */
final class Fleet implements AutoCloseable {

    private final Site site;
    private final List<Member> members = new ArrayList<>();
    private final List<String> gaveUp = new ArrayList<>();

    /** One instance of a stage, over all the processes it has had. */
    final class Member {

        private final String stage;
        private final Path log;
        private OwnProcess process;
        private long logBefore;
        private boolean absent;

        private Member(String stage, int number) {
            this.stage = stage;
            this.log = site.folder().resolve(stage + "-" + number + ".log");
            start();
        }

        private void start() {
            logBefore = log.toFile().length();
            process = OwnProcess.start(
                    site.folder(), log, site.environment(), "io.keyferry.cli.Main", List.of("run", stage));
        }

        OwnProcess process() {
            return process;
        }

        /** Sends it away until {@link #back()}. */
        void away() {
            absent = true;
        }

        void back() {
            absent = false;
            if (!process.isAlive()) {
                start();
            }
        }

        private void tend() {
            if (!absent && !process.isAlive()) {
                String said = said();
                if (hasBegun(said)) {
                    gaveUp.add(this + " ended with " + process.exitCode() + ": " + lastLine(said));
                }
                start();
            }
        }

        /** Whether it works: its stage has found database, keys and Kafka as it needs them. */
        boolean isAtWork() {
            return hasBegun(said());
        }

        /** It shows its progress then; before, a server that is away is told and not waited for. */
        private static boolean hasBegun(String said) {
            return said.contains(" values, ");
        }

        /** Since its last start. */
        private String said() {
            try {
                byte[] all = Files.readAllBytes(log);
                return new String(all, (int) logBefore, all.length - (int) logBefore, StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String lastLine(String said) {
            return said.strip().lines().reduce("", (before, line) -> line);
        }

        @Override
        public String toString() {
            return log.getFileName().toString().replace(".log", "");
        }
    }

    Fleet(Site site) {
        this.site = site;
        for (String stage : List.of("snapshot", "stream-processor", "sink")) {
            members.add(new Member(stage, 1));
            members.add(new Member(stage, 2));
        }
    }

    List<Member> members() {
        return members;
    }

    /** Starts again what has ended without having been sent away. */
    void tend() {
        members.forEach(Member::tend);
    }

    boolean isAtWork() {
        return members.stream().allMatch(Member::isAtWork);
    }

    /** Every process that ended by itself although it had been at work, with what it said last. */
    List<String> gaveUp() {
        return List.copyOf(gaveUp);
    }

    @Override
    public void close() {
        members.forEach(member -> member.process().close());
    }
}
