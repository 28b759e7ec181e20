package io.keyferry.stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keyferry.model.Migration;
import io.keyferry.model.TableLayout;
import java.util.Map;
import java.util.regex.Pattern;

/** The row of an event, whose columns must be there and be written as the settings that KeyFerry needs write them. */
final class ConnectorRow {

    private static final Pattern HEX = Pattern.compile("([0-9a-fA-F]{2})*");
    private static final Pattern NUMBER = Pattern.compile(
            "-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?" + "|NAN|POSITIVE_INFINITY|NEGATIVE_INFINITY|NaN|-?Infinity");

    private final MigratedTable migrated;
    private final JsonNode after;
    private final EventDecoder decoder;

    ConnectorRow(MigratedTable migrated, JsonNode after, EventDecoder decoder) {
        this.migrated = migrated;
        this.after = after;
        this.decoder = decoder;
    }

    /** Encrypted and context columns. */
    Map<String, String> values() {
        ObjectNode checked = JsonNodeFactory.instance.objectNode();
        migrated.table().columns().stream()
                .map(Migration.Column::name)
                .forEach(column -> checked.set(column, value(column)));
        migrated.context().forEach(column -> checked.set(column, value(column)));
        return EventText.row(migrated, checked);
    }

    /** One column's text, or null. */
    String text(String column) {
        JsonNode value = value(column);
        return value.isNull() ? null : EventText.of(value, migrated.column(column));
    }

    private JsonNode value(String column) {
        JsonNode value = after.get(decoder.field(column));
        if (value == null) {
            throw new ConnectorException("its row is without column " + name(column)
                    + ". Let the connector's column.include.list and column.exclude.list, and the column list of its"
                    + " publication, bring the column");
        }
        if (!value.isNull() && !EventText.UNCHANGED.equals(value.textValue())) {
            check(value, migrated.column(column));
        }
        return value;
    }

    private void check(JsonNode value, TableLayout.Column column) {
        switch (column.type()) {
            case "bytea" -> require(value, HEX, column, "binary.handling.mode=hex", "hexadecimal digits");
            case "numeric" -> require(value, NUMBER, column, "decimal.handling.mode=string", "a number as text");
            case "boolean" -> {
                // true or false, whatever is set
            }
            default -> {
                if (column.type().equals("date") || column.type().startsWith("time")) {
                    require(value, null, column, "time.precision.mode=isostring", "text");
                } else if (value.isBinary()) {
                    throw new ConnectorException("column " + name(column.name()) + " is bytes. Take off the connector"
                            + " what converts it");
                }
            }
        }
    }

    private void require(JsonNode value, Pattern pattern, TableLayout.Column column, String setting, String expected) {
        if (!value.isTextual()
                || pattern != null && !pattern.matcher(value.textValue()).matches()) {
            throw new ConnectorException("column " + name(column.name()) + " is not " + expected + ". Set " + setting
                    + " on the connector"
                    + (setting.startsWith("binary") ? ", with unavailable.value.placeholder as it is by default" : ""));
        }
    }

    private String name(String column) {
        return migrated.table().name() + "." + column;
    }
}
