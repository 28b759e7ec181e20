package io.keyferry.benchmark;

import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.model.ReEncryptRequest;

/**
 * Does nothing but call ReEncrypt: what a machine, with its KMS, can do at best. A process of its own, like what is
 * compared with it; endpoint and credentials come from the environment.
 */
final class BareLoop {

    private BareLoop() {}

    /**
     * Arguments: Region, source key, target key, value in base64, calls, calls in flight. Prints calls a second, and
     * microseconds of processor time a call.
     */
    public static void main(String[] arguments) throws InterruptedException {
        int calls = Integer.parseInt(arguments[4]);
        int inFlight = Integer.parseInt(arguments[5]);
        ReEncryptRequest request = ReEncryptRequest.builder()
                .sourceKeyId(arguments[1])
                .destinationKeyId(arguments[2])
                .ciphertextBlob(SdkBytes.fromByteArray(Base64.getDecoder().decode(arguments[3])))
                .sourceEncryptionContext(BenchTable.CONTEXT)
                .destinationEncryptionContext(BenchTable.CONTEXT)
                .build();
        Semaphore free = new Semaphore(inFlight);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try (KmsAsyncClient kms = KmsAsyncClient.builder()
                .endpointOverride(URI.create(System.getenv("AWS_ENDPOINT_URL_KMS")))
                .region(Region.of(arguments[0]))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(inFlight))
                .build()) {
            // as much of it to warm up as keyferry has
            int warm = calls / 2;
            long begun = 0;
            Duration begunTime = Duration.ZERO;
            for (int call = 0; call < calls; call++) {
                if (call == warm) {
                    begun = System.nanoTime();
                    begunTime = processorTime();
                }
                free.acquire();
                kms.reEncrypt(request).whenComplete((answer, problem) -> {
                    if (problem != null) {
                        failure.set(problem);
                    }
                    free.release();
                });
            }
            free.acquire(inFlight);
            double seconds = (System.nanoTime() - begun) / 1e9;
            double micros = processorTime().minus(begunTime).toNanos() / 1e3 / (calls - warm);
            if (failure.get() != null) {
                throw new IllegalStateException("KMS refused a call", failure.get());
            }
            System.out.println((calls - warm) / seconds + " " + micros);
        }
    }

    private static Duration processorTime() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }
}
