package io.keyferry.sink;

/**
 * What an undo found of a table's rewrites; counted is one column of one rewrite.
 *
 * @param undone held our value, and holds what it held before (or would, where the undo only looked)
 * @param already holds what it held before the rewrite: it was undone earlier, or never written
 * @param left holds something else, written since, or the row is gone
 * @param refused the database refused the value from before
 * @param notConfigured of a key, a table or a column that is not in migration.yaml any more
 */
public record UndoCounts(long undone, long already, long left, long refused, long notConfigured) {

    public static final UndoCounts NONE = new UndoCounts(0, 0, 0, 0, 0);

    /** Of one kind only. */
    enum Kind {
        UNDONE,
        ALREADY,
        LEFT,
        REFUSED,
        NOT_CONFIGURED
    }

    public long total() {
        return undone + already + left + refused + notConfigured;
    }

    public UndoCounts plus(UndoCounts other) {
        return new UndoCounts(
                undone + other.undone,
                already + other.already,
                left + other.left,
                refused + other.refused,
                notConfigured + other.notConfigured);
    }

    static UndoCounts of(Kind kind, long values) {
        return new UndoCounts(
                kind == Kind.UNDONE ? values : 0,
                kind == Kind.ALREADY ? values : 0,
                kind == Kind.LEFT ? values : 0,
                kind == Kind.REFUSED ? values : 0,
                kind == Kind.NOT_CONFIGURED ? values : 0);
    }
}
