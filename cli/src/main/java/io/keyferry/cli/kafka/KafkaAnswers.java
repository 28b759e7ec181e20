package io.keyferry.cli.kafka;

import io.keyferry.model.KeyFerryException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaFuture;

/**
 * Waits for what the brokers answer, and says what is wrong where they refuse, or do not answer.
 *
 * @param kafka which brokers, for people
 * @param refused what to add where they refuse: a sentence, or nothing
 */
record KafkaAnswers(String kafka, String refused) {

    private static final int ANSWER_SECONDS = 30;

    /** @throws KeyFerryException whose cause is Kafka's own exception, where the brokers refuse */
    <T> T of(KafkaFuture<T> future) {
        try {
            return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            String said = "Kafka at " + kafka + " refuses: " + e.getCause().getMessage();
            throw new KeyFerryException(refused.isEmpty() ? said : said + " " + refused, e.getCause());
        } catch (TimeoutException e) {
            throw silent(kafka, e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    static KeyFerryException silent(String kafka, TimeoutException e) {
        return new KeyFerryException(
                "Kafka at " + kafka + " does not answer. Check kafka.bootstrapServers and kafka.properties in"
                        + " migration.yaml, and whether the brokers can be reached from here.",
                e);
    }

    static KeyFerryException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new KeyFerryException("interrupted while waiting for Kafka", e);
    }
}
