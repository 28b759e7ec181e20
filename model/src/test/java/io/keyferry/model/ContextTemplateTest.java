package io.keyferry.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContextTemplateTest {

    private static final Map<String, String> ROW = Map.of("id", "42", "Tenant Name", "a{b}");

    @ParameterizedTest
    @CsvSource({
        "ssn, ssn",
        "{id}, 42",
        "customer-{id}/{id}, customer-42/42",
        "{Tenant Name}, a{b}",
        "a{{b}}c, a{b}c",
        "{{{id}}}, {42}",
        "'', ''"
    })
    void putsTheRowsValuesIn(String text, String expected) {
        assertThat(ContextTemplate.parse(Map.of("name", text)).render(ROW::get)).isEqualTo(Map.of("name", expected));
    }

    @Test
    void keepsTheOrderOfItsEntriesAndNamesItsColumns() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("z", "{id}");
        texts.put("a", "{Tenant Name}-{id}");
        texts.put("m", "constant");

        ContextTemplate template = ContextTemplate.parse(texts);

        assertThat(template.columns()).containsExactlyInAnyOrder("id", "Tenant Name");
        assertThat(template.render(ROW::get))
                .containsExactly(Map.entry("z", "42"), Map.entry("a", "a{b}-42"), Map.entry("m", "constant"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{id", "{}", "a}", "{id}}", "{a{b}", "}{"})
    void refusesBracesThatDoNotMatch(String text) {
        assertThatThrownBy(() -> ContextTemplate.parse(Map.of("name", text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @Test
    void refusesNull() {
        ContextTemplate template = ContextTemplate.parse(Map.of("name", "{region}"));

        assertThatThrownBy(() -> template.render(ROW::get))
                .isInstanceOf(ContextTemplate.NullContextException.class)
                .hasMessageContaining("region");
    }

    @Test
    void isEmptyWithoutEntries() {
        assertThat(ContextTemplate.NONE.render(ROW::get)).isEmpty();
    }
}
