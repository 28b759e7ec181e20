package io.keyferry.stream;

import io.keyferry.model.Changes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;

/** The schemas of a registry, each asked for once. Safe for many threads. */
final class SchemaRegistry {

    /** A registry that has not answered is left alone for this long: a batch has many records. */
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RegistryApi api;
    private final Map<RegistryApi.Id, Schema> schemas = new ConcurrentHashMap<>();
    private volatile Failure failure;

    private record Failure(RegistryUnavailableException cause, long at) {}

    SchemaRegistry(Changes.SchemaRegistry settings) {
        api = RegistryApi.of(settings);
    }

    /** The schema of an id that stands before a record. */
    Schema schema(Framing framing) {
        RegistryApi.Kind kind = api.framed();
        // Confluent's ids have four bytes: one of eight is another registry's
        boolean foreign = kind == RegistryApi.Kind.CONFLUENT && framing.isLong();
        return schema(new RegistryApi.Id(foreign ? RegistryApi.Kind.GLOBAL_ID : kind, framing.id()));
    }

    Schema schemaOfGlobalId(long id) {
        return schema(new RegistryApi.Id(RegistryApi.Kind.GLOBAL_ID, id));
    }

    Schema schemaOfContentId(long id) {
        return schema(new RegistryApi.Id(RegistryApi.Kind.CONTENT_ID, id));
    }

    /**
     * The schema of an id.
     *
     * @throws RegistryUnavailableException where the registry does not answer
     * @throws ConnectorException where it has no such schema
     */
    private Schema schema(RegistryApi.Id id) {
        Schema known = schemas.get(id);
        if (known != null) {
            return known;
        }
        Failure last = failure;
        if (last != null && System.nanoTime() - last.at() < REST_NANOS) {
            throw last.cause();
        }
        try {
            Schema schema = api.schema(id);
            failure = null;
            schemas.put(id, schema);
            return schema;
        } catch (RegistryUnavailableException e) {
            failure = new Failure(e, System.nanoTime());
            throw e;
        }
    }
}
