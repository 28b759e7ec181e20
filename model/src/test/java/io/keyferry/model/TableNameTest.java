package io.keyferry.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableNameTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "public.customers, public, customers",
                "Sales.Orders, Sales, Orders",
                "Sales.\"Order.Lines\", Sales, Order.Lines",
                "\"my schema\".\"a\"\"b\", my schema, a\"b",
                "büro.straße, büro, straße"
            })
    void readsAndWritesTheCatalogsSpelling(String text, String schema, String table) {
        TableName name = TableName.parse(text);

        assertThat(name).isEqualTo(new TableName(schema, table));
        assertThat(name).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "customers", "a.b.c", ".b", "a.", "a b.c", "\"a.b", "\"\".b", "a.\"b\"\""})
    void refusesWhatIsNotSchemaAndTable(String text) {
        assertThatThrownBy(() -> TableName.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void quotesBothPartsForSql() {
        assertThat(new TableName("Sales", "a\"b").quoted()).isEqualTo("\"Sales\".\"a\"\"b\"");
    }

    @Test
    void sortsBySchemaThenTable() {
        TableName first = TableName.parse("a.z");
        TableName second = TableName.parse("b.a");
        TableName third = TableName.parse("b.c");

        assertThat(List.of(third, first, second).stream().sorted().toList()).isEqualTo(List.of(first, second, third));
    }
}
