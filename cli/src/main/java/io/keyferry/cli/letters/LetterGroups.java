package io.keyferry.cli.letters;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.terminal.Console;
import io.keyferry.cli.terminal.Figures;
import io.keyferry.model.DeadLetter;
import io.keyferry.sink.LetterRows;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Dead letters by reason and column. A letter with several columns counts in each of their groups. */
public final class LetterGroups {

    private final Map<Name, Group> groups = new TreeMap<>();
    private final boolean looked;
    private long letters;

    /** @param looked whether it is known what the rows hold now */
    public LetterGroups(boolean looked) {
        this.looked = looked;
    }

    /** @param column of a table; empty for letters about records that could not be read */
    private record Name(DeadLetter.Reason reason, String column) implements Comparable<Name> {

        @Override
        public int compareTo(Name other) {
            return Comparator.comparing(Name::reason)
                    .thenComparing(Name::column)
                    .compare(this, other);
        }
    }

    /** What is told of a group; of the values that rows still hold, each is counted once. */
    private static final class Group {
        private long letters;
        private Instant newest = Instant.MIN;
        private final Set<Map<String, String>> held = new HashSet<>();
    }

    /** @param standings by letter and column; empty where they are not known */
    public void add(List<DeadLetter> chunk, Optional<List<Map<String, LetterRows.Standing>>> standings) {
        for (int i = 0; i < chunk.size(); i++) {
            int number = i;
            add(chunk.get(i), standings.map(found -> found.get(number)).orElse(Map.of()));
        }
    }

    private void add(DeadLetter letter, Map<String, LetterRows.Standing> standings) {
        letters++;
        letter.columns().forEach((column, dead) -> {
            String name = letter.table() == null ? "" : letter.table() + "." + column;
            Group group = groups.computeIfAbsent(new Name(dead.reason(), name), any -> new Group());
            group.letters++;
            if (letter.deadLetteredAt().isAfter(group.newest)) {
                group.newest = letter.deadLetteredAt();
            }
            if (standings.get(column) == LetterRows.Standing.HELD) {
                group.held.add(letter.key());
            }
        });
    }

    /** Those of which rows still hold what could not be moved. */
    List<RemainingLetters> remaining() {
        List<RemainingLetters> remaining = new ArrayList<>();
        groups.forEach((name, group) -> {
            if (!group.held.isEmpty()) {
                remaining.add(new RemainingLetters(
                        name.reason().word(), name.column(), group.held.size(), Cure.of(name.reason())));
            }
        });
        return remaining;
    }

    void print(Console console) {
        if (letters == 0) {
            console.line("  no dead letters");
            return;
        }
        groups.forEach((name, group) -> {
            console.line("  %-15s %s".formatted(name.reason().word(), name.column()));
            console.line("    letters  " + Figures.count(group.letters) + ", the newest of " + group.newest);
            if (looked && !name.column().isEmpty()) {
                console.line("    now      " + Figures.count(group.held.size())
                        + " of their rows still hold what could not be moved");
            }
            console.line("    cure     " + Cure.of(name.reason()));
        });
        if (!looked) {
            console.line("  as written; the rows may have changed since");
        }
    }

    public ObjectNode json(String migration) {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("migration", migration)
                .put("letters", letters);
        ArrayNode list = node.putArray("groups");
        groups.forEach((name, group) -> {
            ObjectNode entry = list.addObject()
                    .put("reason", name.reason().word())
                    .put("column", name.column().isEmpty() ? null : name.column())
                    .put("letters", group.letters)
                    .put("newest", group.newest.toString());
            if (looked) {
                entry.put("rowsStillHolding", group.held.size());
            } else {
                entry.putNull("rowsStillHolding");
            }
            entry.put("cure", Cure.of(name.reason()));
        });
        return node;
    }
}
