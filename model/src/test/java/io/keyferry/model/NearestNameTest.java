package io.keyferry.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {

    private static final List<String> KNOWN = List.of("name", "table", "columns", "max-requests", "passwordEnv");

    @ParameterizedTest
    @CsvSource({
        "nmae,name",
        "Name,name",
        "tabel,table",
        "colums,columns",
        "maxRequests,max-requests",
        "password,passwordEnv"
    })
    void findsWhatWasMeant(String misspelt, String meant) {
        assertThat(NearestName.of(misspelt, KNOWN)).contains(meant);
    }

    @Test
    void findsNothingWhereNothingIsNear() {
        assertThat(NearestName.of("credentials", KNOWN)).isEmpty();
        assertThat(NearestName.of("x", List.of())).isEmpty();
    }
}
