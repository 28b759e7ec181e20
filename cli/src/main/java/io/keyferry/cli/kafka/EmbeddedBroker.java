package io.keyferry.cli.kafka;

import io.keyferry.cli.terminal.ExitCode;
import io.keyferry.model.KeyFerryException;
import io.keyferry.sandbox.SandboxKafka;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.utils.Exit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker for those who have none: hosted by the first process that needs it, in a folder of its own; other processes
 * join it by the address it leaves there, as long as that process runs.
 */
public final class EmbeddedBroker implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EmbeddedBroker.class);
    private static final int TRIES = 300;
    private static final long TRY_MILLIS = 100;
    private static final int ANSWER_MILLIS = 1000;

    private final Path folder;
    private final String bootstrapServers;
    private final SandboxKafka hosted;
    private final FileChannel lock;

    private EmbeddedBroker(Path folder, String bootstrapServers, SandboxKafka hosted, FileChannel lock) {
        this.folder = folder;
        this.bootstrapServers = bootstrapServers;
        this.hosted = hosted;
        this.lock = lock;
    }

    public static EmbeddedBroker open(Path folder) {
        try {
            Files.createDirectories(folder);
            for (int i = 0; i < TRIES; i++) {
                FileChannel channel = FileChannel.open(
                        folder.resolve("broker.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (tryLock(channel)) {
                    return host(folder, channel);
                }
                channel.close();
                Path address = address(folder);
                if (Files.exists(address)) {
                    return new EmbeddedBroker(folder, Files.readString(address).strip(), null, null);
                }
                Thread.sleep(TRY_MILLIS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the embedded broker cannot use " + folder + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new KeyFerryException("The embedded broker in " + folder
                + " is locked by another process that does not tell its address. End that process, or wait for it.");
    }

    /** Whether a process hosts it now, as its address answers. */
    public static boolean isRunning(Path folder) {
        try (Socket socket = new Socket()) {
            String[] parts = Files.readString(address(folder)).strip().split(":");
            socket.connect(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])), ANSWER_MILLIS);
            return true;
        } catch (IOException e) {
            log.debug("no embedded broker answers", e);
            return false;
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            // another part of this very process hosts it
            return false;
        }
    }

    private static EmbeddedBroker host(Path folder, FileChannel lock) throws IOException {
        Files.deleteIfExists(address(folder));
        // a broker that cannot write ends its process, and says why among much else
        Exit.setHaltProcedure((status, message) -> {
            System.err.println(
                    "keyferry: the embedded broker in " + folder + " cannot write any more: its disk is full,"
                            + " or fails. Make room and run again; nothing is lost.");
            Runtime.getRuntime().halt(ExitCode.FAILED);
        });
        Path data = folder.resolve("kafka");
        // Kafka leaves this file when it has been stopped, and takes it away when it starts
        boolean died = Files.exists(data) && Files.notExists(data.resolve(".kafka_cleanshutdown"));
        SandboxKafka broker = SandboxKafka.start(portToListenOn(folder), data);
        if (died) {
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
                new HangingTransactions(admin).abort();
            }
        }
        Files.writeString(port(folder), String.valueOf(broker.port()));
        // moved into place, so that nobody reads half an address
        Path written = Files.writeString(folder.resolve("broker.address.new"), broker.bootstrapServers());
        Files.move(written, address(folder), StandardCopyOption.ATOMIC_MOVE);
        return new EmbeddedBroker(folder, broker.bootstrapServers(), broker, lock);
    }

    /** The last one where it is free: processes that had joined the broker find it again. 0 for any other. */
    private static int portToListenOn(Path folder) throws IOException {
        if (Files.notExists(port(folder))) {
            return 0;
        }
        try {
            int last = Integer.parseInt(Files.readString(port(folder)).strip());
            new ServerSocket(last, 1, InetAddress.getLoopbackAddress()).close();
            return last;
        } catch (BindException | IllegalArgumentException e) {
            log.info("The embedded broker cannot listen where it did before, and takes another port");
            return 0;
        }
    }

    private static Path port(Path folder) {
        return folder.resolve("broker.port");
    }

    private static Path address(Path folder) {
        return folder.resolve("broker.address");
    }

    public Path folder() {
        return folder;
    }

    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** Whether it runs in this process. */
    public boolean isHosted() {
        return hosted != null;
    }

    @Override
    public void close() {
        if (hosted == null) {
            return;
        }
        try (lock) {
            Files.deleteIfExists(address(folder));
            hosted.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
