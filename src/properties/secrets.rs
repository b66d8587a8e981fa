//! Puts a password into every place of incorrect connection strings, files and variables. It must not appear in any error or output.
//!
//! The ordinary run tries few cases. `docs/properties.md` says how to run a million.

use crate::error::Error;
use crate::pg::conninfo::{
    Account, ConnectionOptions, Environment, LoginRejection, Route, TargetError, check_role, parse_profile, resolve,
};
use crate::pg::dial::{Address, Candidate};
use crate::pg::open_error::OpenError;
use crate::report::{Answer, Format, Report, Style, TableAnswer, print};
use proptest::prelude::*;
use proptest::sample::Index;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// The passwords consist of these texts. No text of the program contains them, neither as they are nor escaped.
const CANARIES: [&str; 2] = ["\u{5bc6}\u{5bc6}", "Zq8wK"];
const TRACES: [&str; 5] = ["\u{5bc6}", "5bc6", "%e5%af%86", "\\xe5\\xaf", "zq8wk"];

/// The environment of an account that has no files and no socket folders.
fn bare() -> Environment {
    Environment {
        account: Some(Account { name: "me".to_owned(), home: PathBuf::from("/nowhere") }),
        socket_folders: Vec::new(),
        system_folders: Vec::new(),
        ..Environment::empty()
    }
}

/// A file that is deleted when the value is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(text: &str) -> Result<Self, TestCaseError> {
        let failed = |error: io::Error| TestCaseError::fail(error.to_string());
        let path = std::env::temp_dir().join(format!("oneroof-secrets-{}", std::process::id()));
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&path).map_err(failed)?;
        io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
        Ok(Self(path))
    }

    fn name(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn silent(shown: &str) -> Result<(), TestCaseError> {
    let lowered = shown.to_lowercase();
    prop_assert!(!TRACES.iter().any(|trace| lowered.contains(trace)), "{shown}");
    Ok(())
}

/// Checks everything that a command shows of an error, in both formats.
fn refused_in_silence(error: TargetError) -> Result<(), TestCaseError> {
    silent(&format!("{error:?} {error:#?} {error} {:?}", error.hint()))?;
    let mut report = Report::new("target");
    report.fail(&Error::Open(OpenError::Target(error)));
    prop_assert_eq!(u8::from(report.exit_code), 2);
    printed_in_silence(&report)
}

fn printed_in_silence(report: &Report) -> Result<(), TestCaseError> {
    for format in [Format::Text, Format::Json] {
        let mut printed = Vec::new();
        let style = Style { width: 200, ..Style::default() };
        print(report, format, &style, &mut printed).map_err(|error| TestCaseError::fail(error.to_string()))?;
        silent(&String::from_utf8_lossy(&printed))?;
    }
    Ok(())
}

/// Checks everything that is shown of a target: in `oneroof target`, in reports and evidence, in connection errors, and to the server.
fn resolved_in_silence(options: &ConnectionOptions, environment: &Environment) -> Result<(), TestCaseError> {
    silent(&format!("{options:?} {environment:?}"))?;
    let target = match resolve(options, environment) {
        Ok(target) => target,
        Err(error) => return refused_in_silence(error),
    };
    silent(&format!("{target:?} {} {}", target.endpoint_text(), target.application_name))?;
    for endpoint in &target.hosts {
        let address = match &target.route {
            Route::Via(command) => Address::Via(command.clone()),
            Route::Direct => Address::Tcp(([127, 0, 0, 1], endpoint.port).into()),
        };
        silent(&Candidate { endpoint: endpoint.clone(), address }.to_string())?;
        let refusal = LoginRejection { sqlstate: "28000", routine: "auth_failed" };
        silent(&format!("{} {:?}", target.password_advice(endpoint), target.login_advice(endpoint, refusal)))?;
    }
    let mut report = Report::new("target");
    report.notes.clone_from(&target.notes);
    let rows =
        target.origins.iter().map(|origin| vec![origin.setting.to_owned(), origin.value.clone(), origin.from.clone()]);
    report.result = Some(Answer::Table(TableAnswer {
        title: target.endpoint_text(),
        columns: ["setting", "value", "from"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
        ..TableAnswer::default()
    }));
    printed_in_silence(&report)
}

/// Collects what is written to the log.
#[derive(Clone, Default)]
struct LogBuffer(Arc<Mutex<Vec<u8>>>);

impl io::Write for LogBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().map_err(|_| io::ErrorKind::Other)?.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn with_log(act: impl FnOnce() -> Result<(), TestCaseError>) -> Result<(), TestCaseError> {
    let heard = LogBuffer::default();
    let writer = heard.clone();
    let log =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    tracing::subscriber::with_default(log, act)?;
    let heard = heard.0.lock().map_err(|error| TestCaseError::fail(error.to_string()))?;
    silent(&String::from_utf8_lossy(&heard))
}

fn percent(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "%{byte:02X}");
        text
    })
}

/// Texts for places that take a connection string: the notations of libpq, with and without a mistake, and those of other programs.
fn whole(password: &str) -> Vec<String> {
    let encoded = percent(password);
    let mut texts = addresses(password);
    texts.extend([
        format!("postgresql://app:{password}@db:5432/appdb"),
        format!("postgres://app:{encoded}@db:5432/appdb?sslmode=require"),
        format!("postgresql://db/appdb?user=app&password={encoded}"),
        format!("postgresql://db/appdb?user=app&password={password}"),
        format!("host=db port=5432 user=app password={password} dbname=appdb"),
        format!("host=db user=app dbname=appdb password='{password}'"),
        format!("password='{password}' host='db' options='-c a=b'"),
        format!("host=db passwd={password}"),
        format!("host db password {password}"),
        format!("app/{password}@db/appdb"),
    ]);
    texts
}

/// Texts that are not valid as a single setting.
fn addresses(password: &str) -> Vec<String> {
    let mut texts = plain_addresses(password);
    texts.extend([format!("db:5432:appdb:app:{password}"), format!("app/{password}@//db:5432/appdb")]);
    texts
}

/// Those of the addresses that can be recognised in any text, not only in place of a name.
fn plain_addresses(password: &str) -> Vec<String> {
    let encoded = percent(password);
    vec![
        format!("postgresql+psycopg2://app:{password}@db.example.org:5432/appdb"),
        format!("jdbc:postgresql://db/appdb?user=app&password={password}"),
        format!("mysql://app:{encoded}@db/appdb"),
        format!("sqlserver://db;user=app;password={password}"),
        format!("Server=db;Database=appdb;User Id=app;Password={password}"),
        format!("host=db;dbname=appdb;user=app;password={password}"),
        format!("host=db,user=app,pwd={password}"),
        format!("{{\"host\": \"db\", \"password\": \"{password}\"}}"),
        format!("app:{password}@db:5432/appdb"),
        format!("PGPASSWORD={password}"),
    ]
}

/// A mistake of a person, an editor or a shell. Nothing is removed, because the rest could be another valid string.
#[derive(Clone, Debug)]
enum Slip {
    None,
    Around(&'static str, &'static str),
    Upper,
    Insert(usize, char),
    Twice,
}

fn slip() -> impl Strategy<Value = Slip> {
    let around = prop::sample::select(vec![
        (" ", ""),
        ("\t", " "),
        ("\n", "\n"),
        ("\u{feff}", ""),
        ("'", "'"),
        ("\"", "\""),
        ("<", ">"),
        ("\u{a0}", ""),
        ("", " "),
        ("url=", ""),
        ("\\", ""),
    ]);
    prop_oneof![
        2 => Just(Slip::None),
        2 => around.prop_map(|(before, after)| Slip::Around(before, after)),
        1 => Just(Slip::Upper),
        4 => (0..200_usize, prop::sample::select("'\\\"= \t@:/?#&%[],;+a5\u{0}é\n".chars().collect::<Vec<_>>()))
            .prop_map(|(at, letter)| Slip::Insert(at, letter)),
        1 => Just(Slip::Twice),
    ]
}

impl Slip {
    fn on(&self, text: &str, password: &str) -> String {
        match self {
            Self::None => text.to_owned(),
            Self::Around(before, after) => format!("{before}{text}{after}"),
            Self::Upper => {
                let scheme = text.find("://").unwrap_or(0);
                format!("{}{}", text[..scheme].to_uppercase(), &text[scheme..])
            }
            Self::Twice => format!("{text} {text}"),
            Self::Insert(at, letter) => {
                // Inside the password, the character would only make another password, and the generator makes those. Inside a word, it
                // would make another word. So the character is inserted before them.
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
                let at = places[at % places.len()];
                let in_word = |letter: char| letter.is_ascii_alphabetic();
                let at = text[..at].trim_end_matches(in_word).len();
                let start = text.find(password).unwrap_or(text.len());
                let inside = at > start && at < start + password.len();
                let at = if inside { start } else { at };
                format!("{}{letter}{}", &text[..at], &text[at..])
            }
        }
    }
}

const VARIABLES: [&str; 20] = [
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGOPTIONS",
    "PGAPPNAME",
    "PGCONNECT_TIMEOUT",
    "PGTARGETSESSIONATTRS",
    "PGSSLMODE",
    "PGSSLROOTCERT",
    "PGSSLCERT",
    "PGREQUIREPEER",
    "PGCHANNELBINDING",
    "PGPASSFILE",
    "PGTZ",
    "POSTGRES_USER",
    "POSTGRES_DB",
];

const FLAGS: [&str; 5] = ["--host", "--port", "--username", "--sslmode", "--via"];

fn by_flag(flag: &str, text: &str) -> ConnectionOptions {
    let value = Some(text.into());
    let mut options = ConnectionOptions::default();
    match flag {
        "--host" => options.host = value,
        "--port" => options.port = value,
        "--username" => options.username = value,
        "--sslmode" => options.sslmode = value,
        _ => options.via = value,
    }
    options
}

/// Tests the text in one place of a service file.
fn in_service_file(text: &str, at: Index) -> Result<(), TestCaseError> {
    let files = [
        format!("[x]\n{text}\n"),
        format!("[x]\n{text}=1\n"),
        format!("[x]\npassword={text}\nhost\n"),
        format!("[{text}]\n[x]\nhsot={text}\n"),
        format!("[x]\npassword {text}\n"),
    ];
    let file = Scratch::new(&files[at.index(files.len())])?;
    let environment = bare().with("PGSERVICEFILE", &file.name()).with("PGSERVICE", "x");
    resolved_in_silence(&ConnectionOptions::default(), &environment)
}

/// Tests the text in one place of a profile file.
fn in_profile_file(text: &str, keyword: &str, at: Index) -> Result<(), TestCaseError> {
    let literal = text.replace('\\', "\\\\").replace('"', "\\\"");
    let files = [
        format!("[profile.x]\n{text}\n"),
        format!("[profile.x]\n\"{literal}\" = 1\n"),
        format!("[profile.x]\n{keyword} = \"{literal}\"\n"),
        format!("[profile.x]\npassword = \"{literal}\"\n"),
        format!("[profile.x]\nvia = \"{literal}\"\nrole = \"{literal}\"\n"),
        format!("[profile.\"{literal}\"]\nhost = \"db\"\n"),
        format!("[profile.x]\n{keyword} = {text}\n"),
        format!("[profile.x]\n{keyword} = \"{text}\n"),
        text.to_owned(),
    ];
    match parse_profile(&files[at.index(files.len())], Path::new("/f"), "x") {
        Ok(profile) => {
            silent(&format!("{profile:?}"))?;
            let profile = Some(profile);
            resolved_in_silence(&ConnectionOptions { profile, ..ConnectionOptions::default() }, &bare())
        }
        Err(error) => refused_in_silence(error),
    }
}

/// Tests the text in one place of a password file.
fn in_password_file(text: &str, at: Index) -> Result<(), TestCaseError> {
    let lines =
        [text.to_owned(), format!("db:5432:appdb:app:{text}"), format!("db:{text}"), format!("# {text}\n{text}\u{0}")];
    let file = Scratch::new(&lines[at.index(lines.len())])?;
    resolved_in_silence(&ConnectionOptions::default(), &bare().with("PGPASSFILE", &file.name()))
}

/// Tests the text as one word of a command line, which may be invalid.
fn in_command_line(text: &str, at: Index) -> Result<(), TestCaseError> {
    let lines: [&[&str]; 10] = [
        &["oneroof", "target", text],
        &["oneroof", text, "target"],
        &["oneroof", "target", "--password", text],
        &["oneroof", "target", "-W", text, "--host", "db"],
        &["oneroof", "target", "--format", text],
        &["oneroof", "target", "-h", text],
        &["oneroof", "rollback", "--tier", text],
        &["oneroof", "clone", text],
        &["oneroof", "completions", text],
        &["oneroof", "target", "--dsn", text, "-d", text, "--via", text, "--host", text],
    ];
    let words: Vec<OsString> = lines[at.index(lines.len())].iter().map(OsString::from).collect();
    match crate::usage::read(&words, |_| false) {
        Ok(cli) => silent(&format!("{cli:?}"))?,
        Err(reply) => {
            silent(&format!("{} {}", reply.out, reply.err))?;
            if let Some(report) = &reply.report {
                printed_in_silence(report)?;
            }
        }
    }
    check_role(text).map_or_else(refused_in_silence, |()| Ok(()))
}

proptest! {
    #[test]
    fn a_password_in_what_is_not_understood_is_never_shown(
        canary in prop::sample::select(CANARIES.to_vec()),
        odd in prop_oneof![2 => Just(String::new()), 1 => "[ =&?@:/%'\\\\#a,;]{1,4}"],
        form in any::<Index>(),
        at in any::<Index>(),
        slip in slip(),
        place in 0..10_u8,
        variable in prop::sample::select(VARIABLES.to_vec()),
        flag in prop::sample::select(FLAGS.to_vec()),
        keyword in prop::sample::select(vec!["host", "dbname", "user", "port", "application_name", "sslmode", "passfile", "service"]),
    ) {
        let password = format!("{canary}{odd}{canary}");
        let written = |texts: Vec<String>, password: &str| slip.on(&texts[form.index(texts.len())], password);
        let string = written(whole(&password), &password);
        // If a password with unusual characters is given in place of a name, it cannot be recognised as a password.
        let is_name = |name: &str| ["DATABASE", "_DB", "USER", "HOST", "PORT", "SERVICE", "dbname", "user", "host", "port"].iter().any(|part| name.ends_with(part));
        let names = match place {
            4 => is_name(flag) || flag == "--username",
            5 => is_name(variable),
            7 => is_name(keyword),
            _ => false,
        };
        let address = written(if names { addresses(canary) } else { plain_addresses(canary) }, canary);
        with_log(|| match place {
            0 | 1 => resolved_in_silence(&ConnectionOptions { dsn: Some(string.as_str().into()), ..Default::default() }, &bare()),
            2 | 3 => resolved_in_silence(&ConnectionOptions { dbname: Some(string.as_str().into()), ..Default::default() }, &bare()),
            4 => resolved_in_silence(&by_flag(flag, &address), &bare()),
            5 => resolved_in_silence(&ConnectionOptions::default(), &bare().with(variable, &address)),
            6 => in_service_file(&address, at),
            7 => in_profile_file(&address, keyword, at),
            8 => in_password_file(&address, at),
            _ => in_command_line(&address, at),
        })?;
    }
}
