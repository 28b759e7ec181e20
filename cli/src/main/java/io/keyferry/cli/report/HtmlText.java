package io.keyferry.cli.report;

import java.util.List;

/** Builds HTML in which every text that is put in is escaped. */
final class HtmlText {

    private final StringBuilder html = new StringBuilder();

    /** Tags, as they stand in the code. */
    HtmlText markup(String tags) {
        html.append(tags);
        return this;
    }

    HtmlText text(Object text) {
        html.append(escaped(String.valueOf(text)));
        return this;
    }

    HtmlText heading(String title) {
        return markup("<h2>").text(title).markup("</h2>\n");
    }

    HtmlText paragraph(String text) {
        return markup("<p>").text(text).markup("</p>\n");
    }

    HtmlText list(List<String> entries) {
        markup("<ul>\n");
        entries.forEach(entry -> markup("<li>").text(entry).markup("</li>\n"));
        return markup("</ul>\n");
    }

    /** @param rows of as many cells as there are heads; a cell that is a {@link Number} stands at the right */
    HtmlText table(List<String> heads, List<List<?>> rows) {
        markup("<div class=\"wide\"><table>\n<thead><tr>");
        heads.forEach(head -> markup("<th scope=\"col\">").text(head).markup("</th>"));
        markup("</tr></thead>\n<tbody>\n");
        for (List<?> row : rows) {
            markup("<tr>");
            row.forEach(this::cell);
            markup("</tr>\n");
        }
        return markup("</tbody></table></div>\n");
    }

    private void cell(Object cell) {
        if (cell instanceof Number number) {
            markup("<td class=\"number\">")
                    .text(String.format(java.util.Locale.ROOT, "%,d", number.longValue()))
                    .markup("</td>");
        } else {
            markup("<td>").text(cell).markup("</td>");
        }
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    @Override
    public String toString() {
        return html.toString();
    }
}
