package io.keyferry.sink;

import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/** Waits for what Kafka's clients promise, and fails as the clients themselves do. */
final class KafkaAnswer {

    private KafkaAnswer() {}

    /** A request, up to the waiting for its answer. */
    interface Request<T> {
        T get() throws ExecutionException, InterruptedException;
    }

    static <T> T of(Request<T> request) {
        try {
            return request.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
