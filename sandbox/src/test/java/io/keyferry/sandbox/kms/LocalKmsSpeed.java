package io.keyferry.sandbox.kms;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.KmsClient;

/**
 * Prints how many ReEncrypt calls a second the local KMS answers, over plain keep-alive connections and through the
 * AWS SDK, and the processor time that a call takes on either side, which is the better measure on a busy machine.
 *
 * <p>With the argument {@code serve} it only serves, and prints its endpoint and process id: the arguments to start the
 * clients with, in another process and so that the server has a core of its own ({@code taskset -c 0}).
 */
final class LocalKmsSpeed {

    private static final int SECONDS = 5;
    private static final int CONNECTIONS = 32;
    private static final int IN_FLIGHT = 200;
    private static final Map<String, String> CONTEXT = Map.of("customer_id", "42", "purpose", "ssn");

    private LocalKmsSpeed() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 2) {
            measure(
                    URI.create(arguments[0]),
                    ProcessHandle.of(Long.parseLong(arguments[1])).orElseThrow());
            return;
        }
        try (LocalKms server = LocalKms.start(0, null)) {
            if (arguments.length == 1) {
                System.out.println(
                        server.endpoint() + " " + ProcessHandle.current().pid());
                Thread.currentThread().join();
            }
            measure(server.endpoint(), ProcessHandle.current());
        }
    }

    /** Makes calls for a while and says how many. */
    @FunctionalInterface
    private interface Load {
        long calls() throws Exception;
    }

    private static void measure(URI endpoint, ProcessHandle server) throws Exception {
        try (KmsClient kms = RunningKms.client(endpoint, RunningKms.OREGON);
                KmsAsyncClient async = RunningKms.asyncClient(endpoint, RunningKms.OREGON)) {
            String source = RunningKms.newKey(kms);
            String target = RunningKms.newMultiRegionKey(kms);
            byte[] ciphertext = RunningKms.encrypt(kms, source, "4111 1111 1111 1111", CONTEXT);
            for (String round : new String[] {"cold", "warm", "warm"}) {
                print(round + ", raw HTTP", server, () -> raw(endpoint, source, target, ciphertext));
                print(round + ", AWS SDK ", server, () -> sdk(async, source, target, ciphertext));
            }
        }
    }

    private static void print(String name, ProcessHandle server, Load load) throws Exception {
        long started = System.nanoTime();
        long serverBefore = cpu(server);
        long clientBefore = cpu(ProcessHandle.current());
        long calls = load.calls();
        System.out.printf(
                "%s: %,7.0f calls/s, %d us of processor time a call in the server, %d in the client%n",
                name,
                calls * 1e9 / (System.nanoTime() - started),
                (cpu(server) - serverBefore) / calls / 1000,
                (cpu(ProcessHandle.current()) - clientBefore) / calls / 1000);
    }

    private static long cpu(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    private static long raw(URI endpoint, String source, String target, byte[] ciphertext) throws Exception {
        String context = "{\"customer_id\":\"42\",\"purpose\":\"ssn\"}";
        String body = "{\"CiphertextBlob\":\"" + Base64.getEncoder().encodeToString(ciphertext)
                + "\",\"SourceKeyId\":\"" + source + "\",\"DestinationKeyId\":\"" + target
                + "\",\"SourceEncryptionContext\":" + context + ",\"DestinationEncryptionContext\":" + context + "}";
        byte[] request = ("POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: TrentService.ReEncrypt\r\n"
                        + "Content-Type: application/x-amz-json-1.1\r\n"
                        + "Authorization: AWS4-HMAC-SHA256 Credential=AKID/20260101/us-west-2/kms/aws4_request,"
                        + " SignedHeaders=host, Signature=00\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
        long deadline = System.nanoTime() + SECONDS * 1_000_000_000L;
        CompletableFuture<?>[] connections = new CompletableFuture<?>[CONNECTIONS];
        long[] answered = new long[CONNECTIONS];
        for (int i = 0; i < CONNECTIONS; i++) {
            int connection = i;
            connections[i] = new CompletableFuture<>();
            new Thread(() -> {
                        try (Socket socket = new Socket(endpoint.getHost(), endpoint.getPort())) {
                            socket.setTcpNoDelay(true);
                            answered[connection] = exchange(socket, request, deadline);
                            connections[connection].complete(null);
                        } catch (IOException | RuntimeException e) {
                            connections[connection].completeExceptionally(e);
                        }
                    })
                    .start();
        }
        CompletableFuture.allOf(connections).get();
        return Arrays.stream(answered).sum();
    }

    private static long exchange(Socket socket, byte[] request, long deadline) throws IOException {
        OutputStream out = socket.getOutputStream();
        DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        long answered = 0;
        while (System.nanoTime() < deadline) {
            out.write(request);
            String status = line(in);
            if (!status.contains(" 200 ")) {
                throw new IllegalStateException(status);
            }
            int length = 0;
            for (String header = line(in); !header.isEmpty(); header = line(in)) {
                if (header.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                    length = Integer.parseInt(header.substring(15).trim());
                }
            }
            in.skipNBytes(length);
            answered++;
        }
        return answered;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("the server closed the connection");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private static long sdk(KmsAsyncClient kms, String source, String target, byte[] ciphertext)
            throws InterruptedException {
        Semaphore free = new Semaphore(IN_FLIGHT);
        SdkBytes blob = SdkBytes.fromByteArray(ciphertext);
        long deadline = System.nanoTime() + SECONDS * 1_000_000_000L;
        long calls = 0;
        while (System.nanoTime() < deadline) {
            free.acquire();
            calls++;
            kms.reEncrypt(r -> r.ciphertextBlob(blob)
                            .sourceKeyId(source)
                            .destinationKeyId(target)
                            .sourceEncryptionContext(CONTEXT)
                            .destinationEncryptionContext(CONTEXT))
                    .whenComplete((answer, error) -> {
                        if (error != null) {
                            throw new IllegalStateException(error);
                        }
                        free.release();
                    });
        }
        free.acquire(IN_FLIGHT);
        return calls;
    }
}
