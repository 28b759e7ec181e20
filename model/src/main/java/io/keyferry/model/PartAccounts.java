package io.keyferry.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one part of a stage counted, and up to where on each topic: a record that is read again is not counted again.
 * Exact where {@link #changed} is committed together with the offsets of what was counted. Used by one thread.
 *
 * <p>Every record is counted by what became of it when it was read first. One thing is corrected later: a value that was
 * dead-lettered then, and is not when its record is read again, is counted by what became of it at last.
 */
public final class PartAccounts {

    private final String stage;
    private final int part;
    private final boolean countsSeen;
    private final Map<Name, Counts> counts = new HashMap<>();
    private final Map<String, Long> next = new HashMap<>();
    private final Map<At, Map<String, String>> deadLettered = new HashMap<>();
    private final Set<Name> changedCounts = new LinkedHashSet<>();
    private final Set<String> changedNext = new LinkedHashSet<>();
    private final Set<At> changedDeadLettered = new LinkedHashSet<>();

    private record Name(TableName table, String column) {}

    private record At(String topic, long offset) {}

    /**
     * What was made of an outcome.
     *
     * @param counted whether it changed the counts
     * @param news whether a dead letter says what none has said before
     */
    public record Noted(boolean counted, boolean news) {}

    /**
     * @param stage as {@link Progress.ColumnCounts#stage()}
     * @param countsSeen whether values are first seen here
     */
    public PartAccounts(String stage, int part, boolean countsSeen) {
        this.stage = stage;
        this.part = part;
        this.countsSeen = countsSeen;
    }

    /** Takes over what was committed before; records of others are passed over. */
    public void load(Progress committed) {
        if (committed instanceof Progress.ColumnCounts read && read.stage().equals(stage) && read.part() == part) {
            counts.put(new Name(read.table(), read.column()), read.counts());
        } else if (committed instanceof Progress.Counted read && read.stage().equals(stage) && read.part() == part) {
            next.put(read.topic(), read.next());
        } else if (committed instanceof Progress.DeadLettered read
                && read.stage().equals(stage)
                && read.part() == part) {
            deadLettered.put(new At(read.topic(), read.offset()), new TreeMap<>(read.settings()));
        }
    }

    /** Whether the record at this offset has been counted before. */
    public boolean isCounted(String topic, long offset) {
        return offset < next.getOrDefault(topic, 0L);
    }

    /**
     * Notes what became of one column of the record at an offset, before {@link #done} is told of that record.
     *
     * @param column empty, with a table that is null, for a record that could not be read: there is no value to count
     * @param settings of a dead-lettered value, under which it failed; otherwise ignored
     */
    public Noted note(String topic, long offset, TableName table, String column, Counter outcome, String settings) {
        At at = new At(topic, offset);
        boolean dead = outcome == Counter.DEAD_LETTERED;
        String deadUnder = deadLettered.getOrDefault(at, Map.of()).get(column);
        if (!isCounted(topic, offset)) {
            add(table, column, outcome, 1);
            if (countsSeen) {
                add(table, column, Counter.SEEN, 1);
            }
            if (dead) {
                setDead(at, column, settings);
            }
            return new Noted(true, dead);
        }
        if (dead) {
            if (deadUnder != null && !deadUnder.equals(settings)) {
                setDead(at, column, settings);
            }
            return new Noted(false, !settings.equals(deadUnder));
        }
        if (deadUnder == null) {
            return new Noted(false, false);
        }
        add(table, column, Counter.DEAD_LETTERED, -1);
        add(table, column, outcome, 1);
        deadLettered.get(at).remove(column);
        changedDeadLettered.add(at);
        return new Noted(true, false);
    }

    private void setDead(At at, String column, String settings) {
        deadLettered.computeIfAbsent(at, first -> new TreeMap<>()).put(column, settings);
        changedDeadLettered.add(at);
    }

    private void add(TableName table, String column, Counter counter, long more) {
        if (table != null) {
            Name name = new Name(table, column);
            counts.put(name, counts.getOrDefault(name, Counts.NONE).plus(counter, more));
            changedCounts.add(name);
        }
    }

    /** The record at this offset, and all before it, have been counted. */
    public void done(String topic, long offset) {
        if (!isCounted(topic, offset)) {
            next.put(topic, offset + 1);
            changedNext.add(topic);
        }
    }

    public Counts of(TableName table, String column) {
        return counts.getOrDefault(new Name(table, column), Counts.NONE);
    }

    /** The counts of every column. */
    public List<Progress.ColumnCounts> counts() {
        return counts.keySet().stream().map(this::record).toList();
    }

    /** What changed since this was asked last. */
    public List<Progress> changed() {
        List<Progress> records = new ArrayList<>();
        changedCounts.forEach(name -> records.add(record(name)));
        changedNext.forEach(topic -> records.add(new Progress.Counted(stage, part, topic, next.get(topic))));
        for (At at : changedDeadLettered) {
            Map<String, String> settings = deadLettered.get(at);
            records.add(new Progress.DeadLettered(stage, part, at.topic(), at.offset(), settings));
            if (settings.isEmpty()) {
                deadLettered.remove(at);
            }
        }
        changedCounts.clear();
        changedNext.clear();
        changedDeadLettered.clear();
        return records;
    }

    private Progress.ColumnCounts record(Name name) {
        return new Progress.ColumnCounts(stage, part, name.table(), name.column(), counts.get(name));
    }
}
