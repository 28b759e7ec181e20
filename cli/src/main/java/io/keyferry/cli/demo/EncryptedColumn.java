package io.keyferry.cli.demo;

import io.keyferry.model.ContextTemplate;
import io.keyferry.model.Encoding;
import java.util.Map;

/** The encrypted columns of the demo's table, as migration.yaml would describe them. */
public enum EncryptedColumn {
    SSN("ssn_encrypted", Encoding.BASE64, Map.of("customer_id", "{id}", "purpose", "ssn")),
    CARD("card", Encoding.RAW, Map.of("customer_id", "{id}"));

    private final String column;
    private final Encoding encoding;
    private final Map<String, String> contextTexts;
    private final ContextTemplate template;

    EncryptedColumn(String column, Encoding encoding, Map<String, String> contextTexts) {
        this.column = column;
        this.encoding = encoding;
        this.contextTexts = contextTexts;
        this.template = ContextTemplate.parse(contextTexts);
    }

    /** The column's name in the table. */
    public String column() {
        return column;
    }

    public Encoding encoding() {
        return encoding;
    }

    /** The encryption context in the words of migration.yaml. */
    public Map<String, String> contextTexts() {
        return contextTexts;
    }

    /** The encryption context of one customer's value. */
    Map<String, String> context(long id) {
        return template.render(name -> Long.toString(id));
    }
}
