package io.keyferry.sandbox.kms;

import io.javalin.http.Context;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;

/** The HTTP side: meets each request with its fault or its answer, now or after the latency, holding no thread. */
final class Endpoint {

    private final Services services;
    private final Faults faults;
    private final RequestCounts counts;
    private final ScheduledExecutorService scheduler;
    private volatile Latency latency = Latency.NONE;

    Endpoint(Services services, Faults faults, RequestCounts counts, ScheduledExecutorService scheduler) {
        this.services = services;
        this.faults = faults;
        this.counts = counts;
        this.scheduler = scheduler;
    }

    void latency(Latency latency) {
        this.latency = latency;
    }

    void handle(Context exchange) {
        services.target(exchange.header("X-Amz-Target"))
                .ifPresentOrElse(
                        target -> handle(exchange, target),
                        () -> send(exchange, Answer.error("UnknownOperationException", 400, "")));
    }

    private void handle(Context exchange, Services.Target target) {
        String operation = target.operation();
        counts.arrived(target.service(), operation);
        Fault fault = faults.of(operation).orElse(null);
        if (fault instanceof Fault.Hang) {
            counts.ended(operation, "Hang");
            exchange.future(CompletableFuture::new);
        } else if (fault instanceof Fault.Cut) {
            counts.ended(operation, "Cut");
            cut(exchange);
        } else {
            Answer answer = fault instanceof Fault.Error error
                    ? Answer.error(error.code(), error.status(), error.message())
                    : services.answer(target, exchange.header("Authorization"), exchange.bodyAsBytes());
            counts.ended(operation, answer.outcome());
            sendLater(
                    exchange,
                    fault instanceof Fault.WrongField wrong ? answer.with(wrong.name(), wrong.text()) : answer);
        }
    }

    private void sendLater(Context exchange, Answer answer) {
        Latency now = latency;
        if (now.isNone()) {
            send(exchange, answer);
            return;
        }
        CompletableFuture<Answer> due = new CompletableFuture<>();
        scheduler.schedule(() -> due.complete(answer), now.nextNanos(), TimeUnit.NANOSECONDS);
        exchange.future(() -> due.thenAccept(ready -> send(exchange, ready)));
    }

    private static void send(Context exchange, Answer answer) {
        exchange.status(answer.status())
                .contentType("application/x-amz-json-1.1")
                .header("x-amzn-RequestId", requestId())
                .result(answer.body());
    }

    private static String requestId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    private static void cut(Context exchange) {
        ServletContextRequest.getServletContextRequest(exchange.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint()
                .close();
    }
}
