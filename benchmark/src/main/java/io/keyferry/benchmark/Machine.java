package io.keyferry.benchmark;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/**
 * What figures were measured on, without which they say little.
 *
 * @param memoryBytes what the system says there is, or the container's limit
 * @param postgres version of the server; empty while none has been started
 */
record Machine(int cores, long memoryBytes, String java, Optional<String> postgres) {

    private static final double GIB = 1L << 30;

    static Machine here() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                system.getTotalMemorySize(),
                System.getProperty("java.version"),
                Optional.empty());
    }

    Machine with(Optional<String> version) {
        return new Machine(cores, memoryBytes, java, version.or(() -> postgres));
    }

    /** Such as {@code 2 cores, 24 GiB of memory, Java 17.0.19, PostgreSQL 18.6}. */
    @Override
    public String toString() {
        return cores + (cores == 1 ? " core, " : " cores, ") + Math.round(memoryBytes / GIB) + " GiB of memory, Java "
                + java + postgres.map(version -> ", PostgreSQL " + version).orElse("");
    }
}
