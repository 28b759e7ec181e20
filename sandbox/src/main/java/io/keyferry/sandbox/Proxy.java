package io.keyferry.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A network between clients and a server on loopback, which can cut all connections, or let them hang. */
public final class Proxy implements AutoCloseable {

    private final ServerSocket entrance;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Object gate = new Object();
    private boolean stalled;

    /** @param target port on loopback; nothing need listen there yet */
    public Proxy(int target) {
        this.target = target;
        try {
            entrance = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread("accept", this::accept);
    }

    public int port() {
        return entrance.getLocalPort();
    }

    /** Every connection ends, without a word; new ones are taken. */
    public void cut() {
        sockets.forEach(Proxy::close);
        sockets.clear();
    }

    /** From now on nothing gets through, in connections that are open and in new ones; nor are they closed. */
    public void stall() {
        synchronized (gate) {
            stalled = true;
        }
    }

    /** Everything gets through again, what was held back first. */
    public void resume() {
        synchronized (gate) {
            stalled = false;
            gate.notifyAll();
        }
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket client = entrance.accept();
                sockets.add(client);
                thread("client", () -> connect(client));
            } catch (IOException e) {
                if (!entrance.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void connect(Socket client) {
        try {
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
            sockets.add(server);
            thread("answers", () -> carry(server, client));
            carry(client, server);
        } catch (IOException refused) {
            // as a client sees a server that is not there
            sockets.remove(client);
            close(client);
        }
    }

    private void carry(Socket from, Socket to) {
        byte[] buffer = new byte[16 << 10];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitOpenGate();
                out.write(buffer, 0, read);
            }
        } catch (IOException broken) {
            // ends both, below
        } finally {
            sockets.remove(from);
            sockets.remove(to);
            close(from);
            close(to);
        }
    }

    private void awaitOpenGate() throws IOException {
        synchronized (gate) {
            while (stalled) {
                try {
                    gate.wait();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            // there is nothing left to close
        }
    }

    private static void thread(String name, Runnable task) {
        Thread thread = new Thread(task, "proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            entrance.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        resume();
        cut();
    }
}
