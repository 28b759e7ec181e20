package io.keyferry.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TopicsTest {

    private static final Topics TOPICS = new Topics("customers-to-mrk");

    @Test
    void namesEverythingAfterTheMigration() {
        assertThat(TOPICS.journal()).isEqualTo("customers-to-mrk.journal");
        assertThat(TOPICS.deadLetters()).isEqualTo("customers-to-mrk.dead-letters");
        assertThat(TOPICS.streamProcessorGroup()).isEqualTo("customers-to-mrk.stream-processor");
        assertThat(TOPICS.sinkGroup()).isEqualTo("customers-to-mrk.sink");
        assertThat(TOPICS.slot()).isEqualTo("keyferry_customers_to_mrk");
    }

    @Test
    void keepsSlotNamesWithinPostgresLimit() {
        assertThat(new Topics("a".repeat(40)).slot()).hasSizeLessThanOrEqualTo(63);
    }

    @Test
    void namesChangeTopicsAsDebeziumDoes() {
        assertThat(TOPICS.changes(new TableName("public", "customers"))).isEqualTo("customers-to-mrk.public.customers");
        assertThat(TOPICS.changes(new TableName("Sales", "Order Lines")))
                .isEqualTo("customers-to-mrk.Sales.Order_Lines");
    }

    @Test
    void keepsWhatMustNotBeLostForEver() {
        List<Topics.Topic> topics = TOPICS.all(List.of(table("public", "customers")));

        assertThat(topics)
                .filteredOn(
                        topic -> List.of(TOPICS.journal(), TOPICS.deadLetters(), "customers-to-mrk.public.customers")
                                .contains(topic.name()))
                .hasSize(3)
                .allSatisfy(topic -> assertThat(topic.config())
                        .containsEntry("retention.ms", "-1")
                        .containsEntry("cleanup.policy", "delete"));
    }

    @Test
    void createsATopicThatTwoTablesShareOnce() {
        List<Topics.Topic> topics = TOPICS.all(List.of(table("public", "a b"), table("public", "a_b")));

        assertThat(topics)
                .extracting(Topics.Topic::name)
                .containsOnlyOnce("customers-to-mrk.public.a_b")
                .doesNotHaveDuplicates();
    }

    private static Migration.Table table(String schema, String table) {
        return new Migration.Table(
                new TableName(schema, table), List.of(new Migration.Column("c", Encoding.RAW, ContextTemplate.NONE)));
    }
}
