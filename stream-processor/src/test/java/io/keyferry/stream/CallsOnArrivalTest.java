package io.keyferry.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class CallsOnArrivalTest {

    @Test
    void callsAreStartedForOneRecordOfEachPartitionInTurn() {
        Map<TopicPartition, List<ConsumerRecord<String, String>>> polled = new LinkedHashMap<>();
        polled.put(new TopicPartition("changes", 0), records(0, 10, 13));
        polled.put(new TopicPartition("changes", 1), records(1, 20, 21));
        polled.put(new TopicPartition("changes", 2), records(2, 30, 32));

        assertThat(CallsOnArrival.inOrderOfProcessing(new ConsumerRecords<>(polled, Map.of())))
                .extracting(ConsumerRecord::offset)
                .containsExactly(10L, 20L, 30L, 11L, 31L, 12L);
    }

    private static List<ConsumerRecord<String, String>> records(int partition, long from, long to) {
        return LongStream.range(from, to)
                .mapToObj(offset -> new ConsumerRecord<>("changes", partition, offset, "", ""))
                .toList();
    }
}
