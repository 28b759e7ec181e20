package io.keyferry.sandbox.kms;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Holds the vault as it is now. Any thread reads without waiting; changes are made one by one. */
final class VaultKeeper {

    private final Optional<VaultFile> file;
    private volatile State state;

    private record State(Vault vault, Map<String, MarkedMaterial> byMark) {

        static State of(Vault vault) {
            Map<String, MarkedMaterial> byMark = new HashMap<>();
            vault.materials()
                    .forEach((keyId, generations) -> generations.forEach(
                            material -> byMark.put(material.mark(), new MarkedMaterial(keyId, material))));
            return new State(vault, byMark);
        }
    }

    /** Key material, and the id of the key it belongs to. */
    record MarkedMaterial(String keyId, KeyMaterial material) {}

    /** @param folder where the vault outlives this process; null for memory only */
    VaultKeeper(Path folder) {
        this.file = Optional.ofNullable(folder).map(VaultFile::new);
        this.state = State.of(file.map(VaultFile::read).orElse(Vault.EMPTY));
    }

    Vault vault() {
        return state.vault();
    }

    /** The material that ciphertext names, whatever its Region. */
    Optional<MarkedMaterial> materialOf(String mark) {
        return Optional.ofNullable(state.byMark().get(mark));
    }

    /** Replaces the vault; where the change throws, or cannot be stored, nothing is changed. */
    synchronized void change(UnaryOperator<Vault> change) {
        Vault changed = change.apply(state.vault());
        // Stored before anyone can use it: ciphertext under a key that a crash takes away could never be read.
        file.ifPresent(f -> f.write(changed));
        state = State.of(changed);
    }
}
