package io.keyferry.sandbox;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;

/** One Kafka broker and controller (KRaft, combined), in this JVM unless said otherwise, listening on loopback. */
public final class SandboxKafka implements AutoCloseable {

    private static final int NODE = 1;
    private static final Map<String, String> SETTINGS = Map.ofEntries(
            Map.entry("default.replication.factor", "1"),
            Map.entry("min.insync.replicas", "1"),
            Map.entry("offsets.topic.replication.factor", "1"),
            Map.entry("offsets.topic.num.partitions", "1"),
            Map.entry("transaction.state.log.replication.factor", "1"),
            Map.entry("transaction.state.log.min.isr", "1"),
            Map.entry("transaction.state.log.num.partitions", "1"),
            Map.entry("share.coordinator.state.topic.replication.factor", "1"),
            Map.entry("share.coordinator.state.topic.min.isr", "1"),
            Map.entry("share.coordinator.state.topic.num.partitions", "1"),
            Map.entry("group.initial.rebalance.delay.ms", "0"),
            Map.entry("auto.create.topics.enable", "false"));

    private final Runnable stop;
    private final int port;
    private final TemporaryFolder temporary;

    private SandboxKafka(Runnable stop, int port, TemporaryFolder temporary) {
        this.stop = stop;
        this.port = port;
        this.temporary = temporary;
    }

    /**
     * A broker that was started elsewhere.
     *
     * @param port of loopback
     */
    public static SandboxKafka running(int port, Runnable stop) {
        return new SandboxKafka(stop, port, null);
    }

    /**
     * Starts a broker.
     *
     * @param port to listen on; 0 for any free one
     * @param folder keeps the topics; null for a temporary one, deleted on close
     */
    public static SandboxKafka start(int port, Path folder) {
        return start(port, folder, Map.of());
    }

    /** Starts a broker with broker settings besides those of the sandbox. */
    public static SandboxKafka start(int port, Path folder, Map<String, String> settings) {
        TemporaryFolder temporary = folder == null ? TemporaryFolder.create("keyferry-kafka") : null;
        try {
            Path data = folder == null ? temporary.path() : folder;
            List<Integer> free = freePorts();
            int broker = port == 0 ? free.get(0) : port;
            Map<String, String> config = config(data, broker, free.get(1));
            config.putAll(settings);
            format(data);
            KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties(config), false), Time.SYSTEM);
            server.startup();
            return new SandboxKafka(() -> stop(server), broker, temporary);
        } catch (Exception e) {
            if (temporary != null) {
                temporary.close();
            }
            throw new SandboxException("Kafka of the sandbox does not start: " + e.getMessage(), e);
        }
    }

    /** Settings that every broker of a sandbox has: all there is of it is one node. */
    public static Map<String, String> settings() {
        return SETTINGS;
    }

    private static Map<String, String> config(Path folder, int port, int controllerPort) {
        Map<String, String> config = new HashMap<>();
        config.put("process.roles", "broker,controller");
        config.put("node.id", String.valueOf(NODE));
        config.put("controller.quorum.voters", NODE + "@127.0.0.1:" + controllerPort);
        config.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        config.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        config.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        config.put("controller.listener.names", "CONTROLLER");
        config.put("inter.broker.listener.name", "PLAINTEXT");
        config.put("log.dirs", folder.toString());
        config.putAll(SETTINGS);
        config.put("log.cleaner.dedupe.buffer.size", String.valueOf(16 << 20));
        return config;
    }

    /** Only a new folder is formatted: an existing one keeps its cluster id and its topics. */
    private static void format(Path folder) throws Exception {
        Files.createDirectories(folder);
        if (Files.exists(folder.resolve("meta.properties"))) {
            return;
        }
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setNodeId(NODE)
                .setClusterId(Uuid.randomUuid().toString())
                .addDirectory(folder.toString())
                .setMetadataLogDirectory(folder.toString())
                .setControllerListenerName("CONTROLLER")
                .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                .setIgnoreFormatted(true)
                .run();
    }

    private static Properties properties(Map<String, String> config) {
        Properties properties = new Properties();
        properties.putAll(config);
        return properties;
    }

    /** Two ports; both are held until both are known, so that they are not the same. */
    private static List<Integer> freePorts() throws IOException {
        try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return List.of(one.getLocalPort(), other.getLocalPort());
        }
    }

    public int port() {
        return port;
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    private static void stop(KafkaRaftServer server) {
        server.shutdown();
        server.awaitShutdown();
    }

    @Override
    public void close() {
        stop.run();
        if (temporary != null) {
            temporary.close();
        }
    }
}
