package io.keyferry.cli.check;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** What a check finds, told as it comes. One thread adds to it. */
final class Findings {

    private final Consumer<Finding> told;
    private final List<Finding> found = new ArrayList<>();

    /** @param told is given each as it comes */
    Findings(Consumer<Finding> told) {
        this.told = told;
    }

    void good(String about, String text) {
        add(new Finding(Finding.Mark.GOOD, about, text, Optional.empty()));
    }

    void warning(String about, String text, String cure) {
        add(new Finding(Finding.Mark.WARNING, about, text, Optional.of(cure)));
    }

    /** Something there is in the way: a server, a key, a privilege. */
    void bad(String about, String text, String cure) {
        add(new Finding(Finding.Mark.BAD, about, text, Optional.of(cure)));
    }

    /** migration.yaml and what it names do not fit. */
    void misfit(String about, String text, String cure) {
        add(new Finding(Finding.Mark.MISFIT, about, text, Optional.of(cure)));
    }

    private void add(Finding finding) {
        found.add(finding);
        told.accept(finding);
    }

    long count(Finding.Mark mark) {
        return found.stream().filter(finding -> finding.mark() == mark).count();
    }

    /** What stops a run. */
    List<Finding> inTheWay() {
        return found.stream().filter(finding -> finding.mark().isInTheWay()).toList();
    }

    ArrayNode json() {
        ArrayNode array = new ObjectMapper().createArrayNode();
        found.forEach(finding -> {
            ObjectNode node = array.addObject()
                    .put("mark", finding.mark().word())
                    .put("about", finding.about())
                    .put("text", finding.text());
            finding.cure().ifPresent(cure -> node.put("cure", cure));
        });
        return array;
    }
}
