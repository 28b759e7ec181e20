package io.keyferry.cli.check;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.cli.terminal.Console;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a check finds, told as it comes. One thread adds to it. */
final class Findings {

    private final Console console;
    private final List<Finding> found = new ArrayList<>();

    Findings(Console console) {
        this.console = console;
    }

    void good(String about, String text) {
        add(new Finding(Finding.Mark.GOOD, about, text, Optional.empty()));
    }

    void warning(String about, String text, String cure) {
        add(new Finding(Finding.Mark.WARNING, about, text, Optional.of(cure)));
    }

    void bad(String about, String text, String cure) {
        add(new Finding(Finding.Mark.BAD, about, text, Optional.of(cure)));
    }

    private void add(Finding finding) {
        found.add(finding);
        console.line("  %s %-9s %s".formatted(finding.mark().sign(), finding.about(), indented(finding.text())));
        finding.cure().ifPresent(cure -> console.line("      " + indented(cure)));
    }

    private static String indented(String text) {
        return text.replace("\n", "\n      ");
    }

    long count(Finding.Mark mark) {
        return found.stream().filter(finding -> finding.mark() == mark).count();
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
