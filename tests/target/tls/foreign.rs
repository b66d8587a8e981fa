//! Certificates and keys that other tools made. If psql accepts them, the program does too. If not, the error says why in words.

use super::{Client, Server, server, to};
use crate::harness::Sandbox;
use crate::server::Folder;
use oneroof::testing::pg::tls::TlsError;
use std::process::{Command, Stdio};

/// openssl, the tool that the PostgreSQL manual uses.
struct OpenSsl {
    folder: Folder,
}

const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";
const P384: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-384";
const P521: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-521";
const RSA: &str = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";

impl OpenSsl {
    fn new() -> Self {
        Self { folder: Folder::new("openssl") }
    }

    #[track_caller]
    fn run(&self, line: &str) {
        let output = Command::new("openssl")
            .args(line.split(' ').filter(|word| !word.is_empty()))
            .current_dir(&self.folder.0)
            .stdin(Stdio::null())
            .output()
            .expect("openssl is needed: apt-get install openssl, or .ci/setup");
        assert!(output.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).expect("PEM is text")
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.0.join(name)).expect("it was made")
    }

    /// Makes an authority. Its certificate is in `NAME.crt`.
    fn authority(&self, name: &str, key: &str, hash: &str) -> String {
        self.run(&format!("genpkey {key} -out {name}.key"));
        self.run(&format!(
            "req -x509 -new -key {name}.key -{hash} -subj /CN={name} -days 3000 -out {name}.crt \
             -addext basicConstraints=critical,CA:true -addext keyUsage=keyCertSign,cRLSign"
        ));
        self.text(&format!("{name}.crt"))
    }

    /// A certificate for a server or a role, and its key.
    fn issue(&self, name: &str, subject: &str, key: &str, authority: &str, hash: &str) -> (String, String) {
        self.run(&format!("genpkey {key} -out {name}.key"));
        self.run(&format!("req -new -key {name}.key -subj /CN={subject} -out {name}.csr"));
        std::fs::write(self.folder.0.join("extensions"), "subjectAltName=DNS:db.test\nbasicConstraints=CA:false\n")
            .expect("a file can be written");
        self.run(&format!(
            "x509 -req -in {name}.csr -CA {authority}.crt -CAkey {authority}.key -CAcreateserial -{hash} -days 3000 \
             -extfile extensions -out {name}.crt"
        ));
        (self.text(&format!("{name}.crt")), self.text(&format!("{name}.key")))
    }
}

/// Asserts that the error is written in words, and that the hint does not suggest another host or port.
#[track_caller]
fn in_words(error: &TlsError, words: &str) {
    let text = format!("{error} {}", error.hint());
    assert!(text.contains(words), "{text}");
    for structure in ['{', '}', '[', ']'] {
        assert!(!text.contains(structure), "{text}");
    }
    for name in ["HandshakeFailure", "Context", "OtherError", "InvalidCertificate", "Check host", "port"] {
        assert!(!text.contains(name), "{text}");
    }
    assert!(!error.hint().is_empty(), "{text}");
}

#[test]
fn a_server_whose_key_or_signature_cannot_be_checked_is_refused_in_words() {
    let made = OpenSsl::new();
    let client = Client::new();
    let small = made.authority("small", P256, "sha256");
    made.authority("middle", P384, "sha384");
    made.authority("large", P521, "sha512");
    made.authority("rsa", RSA, "sha256");
    let kinds = "P-256, P-384, Ed25519, or RSA from 2048 bits";
    let table = [
        ("p521", P521, "small", "sha256", kinds),
        ("ed448", "-algorithm ed448", "small", "sha256", kinds),
        ("pss", "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", "rsa", "sha256", kinds),
        ("long", P256, "small", "sha512", "signed with ECDSA and SHA-512"),
        ("longer", P256, "middle", "sha512", "signed with ECDSA and SHA-512"),
        ("largest", P256, "large", "sha256", "by a key of the kind P-521"),
        ("short", RSA, "rsa", "sha224", "signed with RSA and SHA-224"),
    ];
    for (name, key, authority, hash, words) in table {
        let (chain, key) = made.issue(name, "db.test", key, authority, hash);
        let running = server("foreign", &chain, &key, None);
        let root = client.file("root.pem", 0o644, &made.text(&format!("{authority}.crt")));
        let dsn = format!("{} sslmode=verify-full sslrootcert={root}", to(&running, "db.test"));
        in_words(&client.refused(&dsn), words);
    }
    // The program can check these certificates, and connects.
    for (name, key, hash) in
        [("ed25519", "-algorithm ed25519", "sha384"), ("rsa2048", RSA, "sha256"), ("p384", P384, "sha256")]
    {
        let (chain, key) = made.issue(name, "db.test", key, "small", hash);
        let running = server("foreign", &chain, &key, None);
        let root = client.file("root.pem", 0o644, &small);
        client.both_enter(&format!("{} sslmode=verify-full sslrootcert={root}", to(&running, "db.test")));
    }
}

/// A server that requires client certificates of an authority, and the connection string.
fn asking(made: &OpenSsl, authority: &str) -> (Server, String) {
    let (chain, key) = made.issue("server", "db.test", P256, authority, "sha256");
    let running = server("asking", &chain, &key, Some(&made.text(&format!("{authority}.crt"))));
    let way = to(&running, "db.test").replace("user=app", "user=withcert");
    (running, format!("{way} sslmode=require"))
}

#[test]
fn a_client_certificate_by_the_manuals_three_commands_is_sent_as_it_is() {
    let made = OpenSsl::new();
    made.authority("root", P256, "sha256");
    let (_running, way) = asking(&made, "root");
    let client = Client::new();
    made.run("req -new -nodes -text -out client.csr -keyout client.key -newkey rsa:2048 -subj /CN=withcert");
    made.run("x509 -req -in client.csr -text -days 365 -CA root.crt -CAkey root.key -CAcreateserial -out client.crt");
    made.run("x509 -in client.crt -noout -text -out shown");
    assert!(made.text("shown").contains("Version: 1"), "the tool makes another version now");
    let certificate = client.file("client.crt", 0o644, &made.text("client.crt"));
    let key = client.file("client.key", 0o600, &made.text("client.key"));
    for version in ["TLSv1.2", "TLSv1.3"] {
        client.both_enter(&format!("{way} sslcert={certificate} sslkey={key} ssl_max_protocol_version={version}"));
    }
}

#[test]
fn keys_and_certificates_of_every_form_are_read() {
    let made = OpenSsl::new();
    made.authority("root", P256, "sha256");
    let (_running, way) = asking(&made, "root");
    let client = Client::new();
    let (pem, key) = made.issue("ec", "withcert", P256, "root", "sha256");
    let (rsa_pem, _) = made.issue("rsa", "withcert", RSA, "root", "sha256");
    made.run("pkcs8 -topk8 -nocrypt -outform DER -in ec.key -out ec.pk8");
    made.run("ec -in ec.key -outform DER -out ec.der");
    made.run("pkcs8 -topk8 -nocrypt -outform DER -in rsa.key -out rsa.pk8");
    made.run("rsa -in rsa.key -traditional -outform DER -out rsa.der");
    made.run("rsa -in rsa.key -traditional -out rsa.pkcs1");
    made.run("ec -in ec.key -out ec.sec1");
    let marked = |text: &str| format!("\u{feff}{text}");
    let forms: Vec<(&str, &str, Vec<u8>)> = vec![
        ("PKCS#8 as DER", &pem, made.bytes("ec.pk8")),
        ("SEC1 as DER", &pem, made.bytes("ec.der")),
        ("SEC1", &pem, made.bytes("ec.sec1")),
        ("PKCS#8 of RSA as DER", &rsa_pem, made.bytes("rsa.pk8")),
        ("PKCS#1 as DER", &rsa_pem, made.bytes("rsa.der")),
        ("PKCS#1", &rsa_pem, made.bytes("rsa.pkcs1")),
        ("ends of Windows", &pem, key.replace('\n', "\r\n").into_bytes()),
        ("text before it", &pem, format!("the key of a role\n\n{key}").into_bytes()),
        ("a byte order mark", &pem, marked(&key).into_bytes()),
        ("the certificate before it", &pem, format!("{pem}{key}").into_bytes()),
    ];
    for (what, pem, bytes) in forms {
        let certificate = client.file("form.crt", 0o644, pem);
        let path = client.file("form.key", 0o600, "");
        std::fs::write(&path, bytes).expect("a file can be written");
        println!("{what}");
        client.both_enter(&format!("{way} sslcert={certificate} sslkey={path}"));
    }
    let path = client.file("form.key", 0o600, &key);
    for text in
        [marked(&pem), pem.replace('\n', "\r\n"), format!("Certificate:\n    Data:\n{pem}"), format!("{key}{pem}")]
    {
        let certificate = client.file("form.crt", 0o600, &text);
        client.both_enter(&format!("{way} sslcert={certificate} sslkey={path}"));
    }
    // The same forms work for the root certificates. A byte order mark between two certificates comes from joining two files.
    let root = made.text("root.crt");
    let way = way.replace("sslmode=require", "sslmode=verify-full");
    made.authority("another", P256, "sha256");
    for text in [marked(&root), format!("{}{}", made.text("another.crt"), marked(&root)), root.replace('\n', "\r\n")] {
        let file = client.file("root.crt", 0o644, &text);
        client
            .ours(&format!("{way} sslrootcert={file} sslcert={} sslkey={path}", client.file("ec.crt", 0o644, &pem)))
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_key_or_certificate_that_cannot_be_used_is_named_in_words() {
    let made = OpenSsl::new();
    made.authority("root", P256, "sha256");
    let (_running, way) = asking(&made, "root");
    let client = Client::new();
    let (pem, key) = made.issue("ec", "withcert", P256, "root", "sha256");
    let kinds = [
        ("p521", P521, "P-521"),
        ("ed448", "-algorithm ed448", "Ed448"),
        ("pss", "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", "RSA-PSS"),
        ("weak", "-algorithm RSA -pkeyopt rsa_keygen_bits:1024", "RSA with 1024 bits"),
        ("k1", "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", "secp256k1"),
    ];
    for (name, kind, words) in kinds {
        let (pem, key) = made.issue(name, "withcert", kind, "root", "sha256");
        let (pem, key) = (client.file("odd.crt", 0o644, &pem), client.file("odd.key", 0o600, &key));
        let error = client.refused(&format!("{way} sslcert={pem} sslkey={key}"));
        assert!(matches!(error, TlsError::ClientKey { .. }), "{error}");
        in_words(&error, words);
    }
    made.run("pkcs8 -topk8 -in ec.key -out locked.key -passout pass:x");
    made.run("pkcs8 -topk8 -outform DER -in ec.key -out locked.pk8 -passout pass:x");
    made.run("pkcs12 -export -in ec.crt -inkey ec.key -out both.p12 -passout pass:");
    made.issue("other", "withcert", P256, "root", "sha256");
    made.run("x509 -in ec.crt -outform DER -out ec.crt.der");
    let utf16: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16 = [&[0xff, 0xfe][..], &utf16].concat();
    let broken = pem.replacen("MI", "!!", 1).into_bytes();
    let table: Vec<(Vec<u8>, Vec<u8>, &str)> = vec![
        (pem.clone().into_bytes(), made.bytes("locked.key"), "the key is encrypted"),
        (pem.clone().into_bytes(), made.bytes("locked.pk8"), "the key is encrypted"),
        (pem.clone().into_bytes(), made.bytes("both.p12"), "it is in PKCS#12"),
        (pem.clone().into_bytes(), b"junk\n".to_vec(), "neither as PEM nor as DER"),
        (pem.clone().into_bytes(), Vec::new(), "neither as PEM nor as DER"),
        (pem.clone().into_bytes(), pem.clone().into_bytes(), "it holds no private key"),
        (pem.clone().into_bytes(), made.bytes("other.key"), "not the key of the certificate"),
        (made.bytes("ec.crt.der"), key.clone().into_bytes(), "it is in DER format; only PEM can be read"),
        (utf16, key.clone().into_bytes(), "it is UTF-16 text"),
        (broken, key.clone().into_bytes(), "client certificate file"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec(),
            key.into_bytes(),
            "cannot be read",
        ),
    ];
    for (certificate, key, words) in table {
        let (pem, path) = (client.file("odd.crt", 0o644, ""), client.file("odd.key", 0o600, ""));
        std::fs::write(&pem, certificate).expect("a file can be written");
        std::fs::write(&path, key).expect("a file can be written");
        in_words(&client.refused(&format!("{way} sslcert={pem} sslkey={path}")), words);
    }
}

/// The server checks the client's certificate after the client has finished its handshake.
#[test]
fn a_server_that_does_not_accept_the_client_certificate_is_quoted_in_words() {
    let made = OpenSsl::new();
    made.authority("root", P256, "sha256");
    made.authority("stranger", P256, "sha256");
    let (_running, way) = asking(&made, "root");
    let client = Client::new();
    let (stranger, key) = made.issue("unknown", "withcert", P256, "stranger", "sha256");
    let (_, expired_key) = made.issue("expired", "withcert", P256, "root", "sha256");
    made.run("x509 -req -in expired.csr -CA root.crt -CAkey root.key -CAcreateserial -days -1 -out expired.crt");
    let expired = made.text("expired.crt");
    let sandbox = Sandbox::new();
    for (pem, key, words) in [
        (&stranger, &key, "it does not trust the authority of the client certificate"),
        (&expired, &expired_key, "the client certificate has expired"),
    ] {
        let (pem, key) = (client.file("no.crt", 0o644, pem), client.file("no.key", 0o600, key));
        for version in ["TLSv1.2", "TLSv1.3"] {
            let dsn = format!("{way} sslcert={pem} sslkey={key} ssl_max_protocol_version={version}");
            let output = sandbox.oneroof(["status", "--dsn", &dsn]).output().expect_code(7);
            let _ = output.expect_stdout(words).expect_stdout("Check sslcert on this machine");
        }
    }
}
