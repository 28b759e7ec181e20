package io.keyferry.cli.init;

import io.keyferry.kms.KeyService;
import io.keyferry.kms.ValueException;
import io.keyferry.model.ContextTemplate;
import io.keyferry.model.KeyFerryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/** Asks KMS, by ReEncrypt pinned to each key in question, whether it takes a column's values with their context. */
public final class KeyQuestion {

    private final KeyService kms;
    private final List<String> sources;
    private final String target;

    public KeyQuestion(KeyService kms, List<String> sources, String target) {
        this.kms = kms;
        this.sources = sources;
        this.target = target;
    }

    /** What KMS said of one value. */
    private enum Said {
        TAKEN,
        OTHER_KEYS,
        REFUSED
    }

    /**
     * @param confirmed whether KMS took every value it was asked about
     * @param refused whether it refused one, as it does where the encryption context is another one
     * @param remark for the file and the terminal
     */
    record Answer(boolean confirmed, boolean refused, String remark) {}

    Answer ask(FoundColumn column, ContextTemplate context) {
        if (column.rows().isEmpty()) {
            return new Answer(false, false, "messages of the AWS Encryption SDK, which KeyFerry does not understand");
        }
        List<Said> answers = new ArrayList<>();
        for (FoundColumn.SampledRow row : column.rows()) {
            answers.add(ask(row, column, context));
        }
        if (answers.contains(Said.REFUSED)) {
            return new Answer(
                    false,
                    true,
                    "KMS refuses values with this encryption context: fill in the one the application uses");
        }
        if (answers.contains(Said.OTHER_KEYS)) {
            return new Answer(false, false, "values belong to none of the keys given: name theirs with --source");
        }
        return new Answer(true, false, "KMS took " + answers.size() + " of " + answers.size() + " asked");
    }

    /**
     * The source key of a value; empty where it is under none of them. No encryption context is needed for that: KMS looks at
     * the key first.
     *
     * @throws KeyFerryException where KMS does not let itself be asked
     */
    public Optional<String> sourceOf(byte[] ciphertext) {
        for (String source : sources) {
            try {
                kms.reEncrypt(ciphertext, source, target, Map.of()).join();
                return Optional.of(source);
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof ValueException refused)) {
                    throw e.getCause() instanceof RuntimeException known ? known : e;
                }
                if (refused.kind() == ValueException.Kind.INVALID_CIPHERTEXT) {
                    return Optional.of(source);
                }
            }
        }
        return Optional.empty();
    }

    private Said ask(FoundColumn.SampledRow row, FoundColumn column, ContextTemplate template) {
        Map<String, String> context;
        try {
            context = template.render(row.columns()::get);
        } catch (ContextTemplate.NullContextException e) {
            return Said.REFUSED;
        }
        byte[] ciphertext = column.encoding().decode(row.stored());
        List<String> keys = new ArrayList<>(sources);
        keys.add(target);
        Said said = Said.OTHER_KEYS;
        for (String key : keys) {
            try {
                kms.reEncrypt(ciphertext, key, target, context).join();
                return Said.TAKEN;
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof ValueException refused)) {
                    throw e.getCause() instanceof RuntimeException known ? known : e;
                }
                if (refused.kind() == ValueException.Kind.INVALID_CIPHERTEXT) {
                    said = Said.REFUSED;
                }
            }
        }
        return said;
    }
}
