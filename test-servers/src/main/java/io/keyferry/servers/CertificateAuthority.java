package io.keyferry.servers;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Signs certificates for servers of tests, with the JDK's keytool, in a folder of its own. */
public final class CertificateAuthority {

    private static final String PASSWORD = "changeit";

    private final Path folder;
    private final Path authority;

    private CertificateAuthority(Path folder) {
        this.folder = folder;
        this.authority = folder.resolve("authority.p12");
    }

    /** A new one, which nobody trusts yet. */
    public static CertificateAuthority create(Path folder) throws IOException, InterruptedException {
        CertificateAuthority created = new CertificateAuthority(Files.createDirectories(folder));
        created.keytool(
                created.authority, "-genkeypair", "-dname", "CN=Authority of a test", "-ext", "bc:c", "-keyalg", "EC");
        return created;
    }

    /** What its clients trust: a file for {@code sslrootcert}. */
    public Path certificate() throws IOException, GeneralSecurityException {
        return pem(
                folder.resolve("authority.pem"), "CERTIFICATE", entry(authority).certificate());
    }

    /** Settings of a server of PostgreSQL whose certificate is for this name and for no other. */
    public Map<String, String> serverSettings(String host)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path server = folder.resolve("server.p12");
        Path request = folder.resolve("server.csr");
        Path signed = folder.resolve("server.crt");
        keytool(server, "-genkeypair", "-dname", "CN=Server of a test", "-keyalg", "EC");
        keytool(server, "-certreq", "-file", request.toString());
        keytool(
                authority,
                "-gencert",
                "-rfc",
                "-infile",
                request.toString(),
                "-outfile",
                signed.toString(),
                "-ext",
                "san=dns:" + host);
        Path key =
                pem(folder.resolve("server.key"), "PRIVATE KEY", entry(server).key());
        // the server refuses a key that others can read
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        return Map.of("ssl", "on", "ssl_cert_file", quoted(signed), "ssl_key_file", quoted(key));
    }

    private static String quoted(Path file) {
        return "'" + file.toAbsolutePath() + "'";
    }

    private void keytool(Path store, String command, String... more) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                command,
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-alias",
                "it",
                "-J-XX:TieredStopAtLevel=1"));
        line.addAll(List.of(more));
        Path log = folder.resolve("keytool.log");
        Process process = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new IOException("keytool failed: " + Files.readString(log));
        }
    }

    private record Entry(byte[] key, byte[] certificate) {}

    private static Entry entry(Path store) throws IOException, GeneralSecurityException {
        KeyStore opened = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            opened.load(in, PASSWORD.toCharArray());
        }
        Certificate certificate = opened.getCertificate("it");
        return new Entry(opened.getKey("it", PASSWORD.toCharArray()).getEncoded(), certificate.getEncoded());
    }

    private static Path pem(Path file, String what, byte[] content) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return Files.writeString(file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
    }
}
