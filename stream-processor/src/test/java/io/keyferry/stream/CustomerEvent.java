package io.keyferry.stream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/** A change of a customer in Avro, with what is read of it. */
final class CustomerEvent {

    static final String ROW = """
            {"type":"record","name":"Value","namespace":"shop.public.customers","fields":[
              {"name":"id","type":"long"},{"name":"tenant","type":"string"},
              {"name":"ssn","type":["null","string"]},{"name":"card","type":["null","string","bytes"]}]}""";

    /** With a name in place of the row's schema. */
    static final String ENVELOPE = """
            {"type":"record","name":"Envelope","namespace":"shop.public.customers","fields":[
              {"name":"before","type":["null",%s]},{"name":"after","type":["null","Value"]},
              {"name":"source","type":{"type":"record","name":"Source","fields":[
                {"name":"schema","type":"string"},{"name":"table","type":"string"},
                {"name":"txId","type":["null","long"]},{"name":"lsn","type":["null","long"]},
                {"name":"ts_ms","type":"long"}]}},
              {"name":"op","type":"string"}]}""";

    static final String SCHEMA = ENVELOPE.formatted(ROW);

    private CustomerEvent() {}

    static byte[] avro(long id, Object ssn) throws IOException {
        return avro(id, ssn, null);
    }

    static byte[] avro(long id, Object ssn, Object card) throws IOException {
        Schema envelope = new Schema.Parser().parse(SCHEMA);
        GenericData.Record row = new GenericData.Record(
                envelope.getField("after").schema().getTypes().get(1));
        row.put("id", id);
        row.put("tenant", "acme");
        row.put("ssn", ssn);
        row.put("card", card);
        GenericData.Record source =
                new GenericData.Record(envelope.getField("source").schema());
        source.put("schema", "public");
        source.put("table", "customers");
        source.put("txId", 771L);
        source.put("lsn", 7L);
        source.put("ts_ms", 1767319446678L);
        GenericData.Record event = new GenericData.Record(envelope);
        event.put("after", row);
        event.put("source", source);
        event.put("op", "u");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericData.Record>(envelope).write(event, encoder);
        encoder.flush();
        return out.toByteArray();
    }
}
