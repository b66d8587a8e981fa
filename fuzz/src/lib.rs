//! The fuzz targets. Each function takes any bytes, and panics if a guarantee of the program does not hold.

#[path = "../../tests/release/lint.rs"]
#[allow(dead_code, reason = "the fuzz targets use a part of it")]
mod lint;

use clap::Parser as _;
use oneroof::testing::cli::Cli;
use oneroof::testing::error::ExitCode;
use oneroof::testing::pg::tap::Tap;
use oneroof::testing::pg::conninfo::{Account, ConnectionOptions, Environment, parse_profile, resolve};
use lint::lint_script;
use oneroof::testing::release::{Script, statements};
use std::fmt::Display;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tokio::io::AsyncReadExt as _;

/// The name and the function of a target.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 5] =
    [("lexer", lexer), ("connection", connection), ("passfile", passfile), ("wire", wire), ("evidence", evidence)];

/// No error message may contain a control character.
fn safe_to_show(error: &impl Display) {
    let shown = error.to_string();
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
}

/// The statements are in order, and only spaces and comments are between them.
pub fn lexer(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut last = 0;
    for statement in statements(text) {
        assert!(last <= statement.start && statement.start < statement.end && statement.end <= text.len());
        assert!(statements(&text[last..statement.start]).is_empty());
        last = statement.end;
    }
    assert!(statements(&text[last..]).is_empty());
    if let Ok(script) = Script::cut("sql/x.sql", text.to_owned()) {
        let _ = lint_script(&script);
    }
}

fn bare() -> Environment {
    Environment {
        account: Some(Account { name: "me".to_owned(), home: PathBuf::from("/nonexistent") }),
        socket_folders: Vec::new(),
        system_folders: Vec::new(),
        ..Environment::empty()
    }
}

/// A connection string in either format, and a profile, give a target or an error that is safe to print.
pub fn connection(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let options = ConnectionOptions { dsn: Some(text.into()), ..ConnectionOptions::default() };
    match resolve(&options, &bare()) {
        Ok(target) => assert!(!target.hosts.is_empty() && !target.user.is_empty()),
        Err(error) => safe_to_show(&error),
    }
    if let Err(error) = parse_profile(text, Path::new("/f"), "x") {
        safe_to_show(&error);
    }
}

/// Writes a file for this process, in memory if the machine has `/dev/shm`.
fn scratch(name: &str, bytes: &[u8]) -> PathBuf {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let shared = Path::new("/dev/shm");
        let folder = if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
        let folder = folder.join(format!("oneroof-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        folder
    });
    let path = FOLDER.join(name);
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(&path);
    std::io::Write::write_all(&mut file.expect("a file can be made"), bytes).expect("a file can be written");
    path
}

/// The first half of the bytes is a password file, and the second half is a service file.
pub fn passfile(bytes: &[u8]) {
    let (passwords, services) = bytes.split_at(bytes.len() / 2);
    let (passwords, services) = (scratch("passwords", passwords), scratch("services", services));
    for text in ["host=a port=1 dbname=b user=c", "service=x"] {
        let environment = bare()
            .with("PGPASSFILE", &passwords.to_string_lossy())
            .with("PGSERVICEFILE", &services.to_string_lossy());
        let options = ConnectionOptions { dsn: Some(text.into()), ..ConnectionOptions::default() };
        if let Err(error) = resolve(&options, &environment) {
            safe_to_show(&error);
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made")
}

fn heard(bytes: &[u8], piece: usize) -> String {
    let (mut tap, log) = Tap::new(bytes);
    let read = runtime().block_on(async {
        let mut buffer = vec![0; piece];
        loop {
            match tap.read(&mut buffer).await {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    });
    format!("{read:?} {:?} {:?}", log.backend_pid(), log.take())
}

/// The result does not depend on how the server's bytes are split into pieces, and no bytes cause a panic.
pub fn wire(bytes: &[u8]) {
    let Some((piece, bytes)) = bytes.split_first() else { return };
    assert_eq!(heard(bytes, bytes.len().max(1)), heard(bytes, usize::from(*piece).max(1)));
}

/// `report` reads the bytes as a rollout file. Whatever the bytes are, it does not end with an internal error.
pub fn evidence(bytes: &[u8]) {
    let file = scratch("rollout_20260101T000000Z.json", bytes);
    let out = file.with_extension("md");
    let _ = std::fs::remove_file(&out);
    let [file, out] = [&file, &out].map(|path| path.to_string_lossy().into_owned());
    let words = ["oneroof", "report", "--evidence", &file, "--out", &out];
    let cli = Cli::try_parse_from(words).expect("the command line is valid");
    let code = runtime().block_on(oneroof::testing::exit_code(cli));
    assert!(code != ExitCode::Internal, "exit {code:?}");
}
