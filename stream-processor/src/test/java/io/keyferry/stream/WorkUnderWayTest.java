package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class WorkUnderWayTest {

    private static final ChangeReader NOTHING = (key, value, headers) -> Optional.empty();

    private final WorkUnderWay underWay =
            new WorkUnderWay(new ChangeReaders("sweep", NOTHING, NOTHING), null, new Patience());

    @Test
    void isIdleOnceAllThatWasPolledIsProcessed() {
        underWay.began("one", 0);
        underWay.began("other", 1);
        poll(0, 7);
        poll(0, 8);
        poll(1, 3);

        process(0, 7);
        process(1, 3);
        assertThat(underWay.isIdle()).isFalse();

        process(0, 8);
        assertThat(underWay.isIdle()).isTrue();
    }

    @Test
    void doesNotWaitForWhatIsProcessedElsewhere() {
        underWay.began("one", 0);
        underWay.began("other", 1);
        poll(1, 3);

        underWay.ended("other");
        assertThat(underWay.isIdle()).isTrue();

        // it comes back: a task of another thread may begin before the former one has ended
        underWay.began("another", 1);
        underWay.ended("other");
        assertThat(underWay.isIdle()).isFalse();
    }

    @Test
    void startsWhatWasPolledWhileItWasHeldOnlyAfterwards() {
        underWay.began("one", 0);
        underWay.hold();
        poll(0, 7);
        assertThat(underWay.isIdle()).as("nothing has been started").isTrue();

        underWay.release();
        assertThat(underWay.isIdle()).isFalse();

        process(0, 7);
        assertThat(underWay.isIdle()).isTrue();
    }

    private void poll(int partition, long offset) {
        underWay.start(new ConsumerRecord<>("changes", partition, offset, new byte[0], new byte[0]));
    }

    private void process(int partition, long offset) {
        underWay.take(new TopicPartition("changes", partition), offset, new byte[0], new byte[0], new RecordHeaders());
    }
}
