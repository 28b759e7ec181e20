package io.keyferry.cli.http;

import io.keyferry.model.KeyFerryException;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what it has been told. */
final class ToldDashboard implements Dashboard {

    final List<String> told = new CopyOnWriteArrayList<>();
    volatile boolean kafkaIsAway;

    @Override
    public String status() {
        return "{\"migration\":\"shown\"}";
    }

    @Override
    public String pause() {
        return tell("pause");
    }

    @Override
    public String resume() {
        return tell("resume");
    }

    @Override
    public String throttle(OptionalInt maxRequestsPerSecond) {
        return tell("throttle " + maxRequestsPerSecond);
    }

    private String tell(String what) {
        if (kafkaIsAway) {
            throw new KeyFerryException("Kafka has not taken it");
        }
        told.add(what);
        return "{\"told\":\"" + what + "\"}";
    }
}
