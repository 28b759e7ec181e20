package io.keyferry.cli.terminal;

/** How a command ends, for scripts. */
public final class ExitCode {

    public static final int DONE = 0;
    /** It failed, or values remain. */
    public static final int FAILED = 1;
    /** The command line or the configuration must be changed. */
    public static final int USAGE = 2;

    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}
