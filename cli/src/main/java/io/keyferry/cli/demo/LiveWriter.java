package io.keyferry.cli.demo;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * One thread of the live application and the rows that it alone writes, so that for each of them there is one order of
 * writes and the record of the last one is exact.
 */
final class LiveWriter {

    private static final int INSERTS = 15;
    private static final int DELETES = 5;
    private static final int OTHER_UPDATES = 10;
    private static final int READS = 20;
    private static final long PAUSE_AFTER_FAILURE = 50;

    private final CustomerStore store;
    private final DemoKms kms;
    private final Supplier<String> key;
    private final CommittedCustomers committed;
    private final LiveCounts counts;
    private final BooleanSupplier stopping;
    private final List<Long> rows;
    private final SplittableRandom random = new SplittableRandom();

    /**
     * @param key ARN of the key to encrypt under, asked anew for each value
     * @param rows the rows of the table that are this writer's
     */
    LiveWriter(
            CustomerStore store,
            DemoKms kms,
            Supplier<String> key,
            CommittedCustomers committed,
            LiveCounts counts,
            BooleanSupplier stopping,
            List<Long> rows) {
        this.store = store;
        this.kms = kms;
        this.key = key;
        this.committed = committed;
        this.counts = counts;
        this.stopping = stopping;
        this.rows = new ArrayList<>(rows);
    }

    /** Makes one write, whatever it takes; gives it up only where the application stops and it was never attempted. */
    void write() throws InterruptedException {
        int dice = random.nextInt(100);
        if (rows.isEmpty() || dice < INSERTS) {
            if (!attempt(this::insert)) {
                rows.remove(rows.size() - 1);
            }
            return;
        }
        int index = random.nextInt(rows.size());
        long id = rows.get(index);
        if (random.nextInt(100) < READS) {
            read(id);
        }
        boolean certain;
        if (dice < INSERTS + DELETES) {
            certain = attempt(() -> delete(id, index));
        } else if (dice < INSERTS + DELETES + OTHER_UPDATES) {
            certain = attempt(() -> rename(id));
        } else {
            certain = attempt(() -> reEncrypt(id));
        }
        if (!certain) {
            rows.remove(id);
        }
    }

    private LiveWrite insert() throws SQLException {
        long id = store.nextId();
        Customer customer = Customer.invented(random);
        Map<EncryptedColumn, String> stored = encrypted(id, customer, List.of(EncryptedColumn.values()));
        return new LiveWrite(() -> store.insert(id, customer, stored), () -> {
            committed.written(id, customer);
            rows.add(id);
            counts.inserts.increment();
        });
    }

    private LiveWrite delete(long id, int index) {
        return new LiveWrite(() -> store.delete(id), () -> {
            committed.deleted(id);
            rows.set(index, rows.get(rows.size() - 1));
            rows.remove(rows.size() - 1);
            counts.deletes.increment();
        });
    }

    private LiveWrite rename(long id) {
        String name = "Customer " + id + " v" + random.nextInt(1_000_000);
        return new LiveWrite(() -> store.updateName(id, name), counts.otherUpdates::increment);
    }

    private LiveWrite reEncrypt(long id) {
        List<EncryptedColumn> columns =
                switch (random.nextInt(4)) {
                    case 0 -> List.of(EncryptedColumn.SSN);
                    case 1 -> List.of(EncryptedColumn.CARD);
                    default -> List.of(EncryptedColumn.values());
                };
        Customer invented = Customer.invented(random);
        Customer customer = committed.get(id).orElseThrow();
        for (EncryptedColumn column : columns) {
            customer = customer.with(column, invented);
        }
        Customer after = customer;
        Map<EncryptedColumn, String> stored = encrypted(id, after, columns);
        return new LiveWrite(() -> store.update(id, after, stored), () -> {
            committed.written(id, after);
            counts.reEncryptions.increment();
        });
    }

    private Map<EncryptedColumn, String> encrypted(long id, Customer customer, List<EncryptedColumn> columns) {
        String keyNow = key.get();
        Map<EncryptedColumn, CompletableFuture<byte[]>> calls = new EnumMap<>(EncryptedColumn.class);
        columns.forEach(column -> calls.put(column, kms.encrypt(keyNow, customer.of(column), column.context(id))));
        Map<EncryptedColumn, String> stored = new EnumMap<>(EncryptedColumn.class);
        calls.forEach((column, call) -> stored.put(column, column.encoding().encode(call.join(), "")));
        return stored;
    }

    /** Reads a row as the application would, and sees whether it holds what was written last. */
    private void read(long id) {
        counts.reads.increment();
        try {
            Optional<Map<EncryptedColumn, String>> row = store.read(id);
            Customer last = committed.get(id).orElseThrow();
            for (EncryptedColumn column : EncryptedColumn.values()) {
                if (row.isEmpty()
                        || !decrypted(id, column, row.get().get(column)).equals(last.of(column))) {
                    counts.wrongReads.increment();
                    return;
                }
            }
        } catch (SQLException e) {
            // The database was away, which says nothing of the row; the next write connects again.
            counts.repeated.increment();
            store.reconnect();
        } catch (CompletionException | IllegalArgumentException e) {
            counts.wrongReads.increment();
        }
    }

    private String decrypted(long id, EncryptedColumn column, String stored) {
        return stored == null
                ? ""
                : kms.decrypt(column.encoding().decode(stored), column.context(id))
                        .join();
    }

    /** A write's values are made once; its statement is repeated until its commit is known. */
    @FunctionalInterface
    private interface Preparation {

        LiveWrite prepare() throws SQLException;
    }

    /**
     * Whether the write went through at the first attempt. After a failure nobody knows whether it was committed, or
     * even whether the server will still commit it: so it is made again, which gives the same row, and the row is left
     * alone from then on, so that a late commit of the first attempt cannot undo anything.
     */
    private boolean attempt(Preparation preparation) throws InterruptedException {
        LiveWrite write = null;
        boolean certain = true;
        while (true) {
            try {
                if (write == null) {
                    write = preparation.prepare();
                }
                write.statement().execute();
                write.committed().run();
                return certain;
            } catch (SQLException | CompletionException e) {
                counts.repeated.increment();
                store.reconnect();
                if (write == null && stopping.getAsBoolean()) {
                    return true;
                }
                certain = write == null;
                Thread.sleep(PAUSE_AFTER_FAILURE);
            }
        }
    }
}
