//! Random connection strings, password files, service files and profiles, compared with models that share no code with the parsers.
//!
//! The ordinary run tries few cases. `docs/properties.md` says how to run a million of each.

use super::super::passfile::{Passfile, Wanted};
use super::super::*;
use super::notation::plain;
use super::{bare, dsn};
use proptest::prelude::*;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A character that no error message of this program contains. A password made of it cannot appear by chance.
const CANARY: &str = "\u{5bc6}\u{5bc6}";

fn no_secret(error: &TargetError) -> Result<(), TestCaseError> {
    let shown = format!("{error} {error:?} {}", error.hint().unwrap_or_default());
    prop_assert!(!shown.contains('\u{5bc6}') && !shown.contains("%E5%AF%86"), "{shown}");
    Ok(())
}

fn safe_to_show(error: &TargetError) -> Result<(), TestCaseError> {
    let shown = format!("{error} {}", error.hint().unwrap_or_default());
    prop_assert!(!shown.chars().any(char::is_control), "{shown:?}");
    prop_assert!(shown.len() < 20_000, "{} bytes", shown.len());
    Ok(())
}

/// The state of the model for a `key=value` string. The model follows libpq's rules as an automaton that reads one character at a time.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Between,
    Key,
    AfterKey,
    BeforeValue,
    Bare,
    BareEscape,
    Quoted,
    QuotedEscape,
}

/// The pairs of the string. `None` if libpq rejects it.
fn model(text: &str) -> Option<Vec<(String, String)>> {
    let (mut at, mut key, mut value, mut pairs) = (At::Between, String::new(), String::new(), Vec::new());
    for letter in text.chars() {
        let blank = letter.is_ascii_whitespace() || letter == '\u{b}';
        let mut done = false;
        at = match (at, letter) {
            (At::Between, _) if blank => At::Between,
            (At::Between | At::Key | At::AfterKey, '=') => At::BeforeValue,
            (At::Key | At::AfterKey, _) if blank => At::AfterKey,
            (At::AfterKey, _) => return None,
            (At::Between | At::Key, letter) => {
                key.push(letter);
                At::Key
            }
            (At::BeforeValue, _) if blank => At::BeforeValue,
            (At::BeforeValue, '\'') => At::Quoted,
            (At::BeforeValue | At::Bare, '\\') => At::BareEscape,
            (At::Quoted, '\\') => At::QuotedEscape,
            (At::Bare, _) if blank => {
                done = true;
                At::Between
            }
            (At::Quoted, '\'') => {
                done = true;
                At::Between
            }
            (At::BeforeValue | At::Bare | At::BareEscape, letter) => {
                value.push(letter);
                At::Bare
            }
            (At::Quoted | At::QuotedEscape, letter) => {
                value.push(letter);
                At::Quoted
            }
        };
        if done {
            pairs.push((std::mem::take(&mut key), std::mem::take(&mut value)));
        }
    }
    match at {
        At::Between => Some(pairs),
        At::BeforeValue | At::Bare | At::BareEscape => {
            pairs.push((key, value));
            Some(pairs)
        }
        At::Key | At::AfterKey | At::Quoted | At::QuotedEscape => None,
    }
}

/// Settings that both notations can express.
#[derive(Clone, Debug)]
struct Notation {
    host: String,
    port: u16,
    user: String,
    dbname: String,
    password: String,
    application_name: String,
    timeout: u8,
}

fn answer() -> impl Strategy<Value = Notation> {
    let text = "[a-zA-Z0-9 '\\\\=%:/?#&@+,é\u{1f3db}-]{1,12}";
    let host =
        prop_oneof!["[a-z][a-z0-9-]{0,8}", "[0-9]{1,3}\\.0\\.0\\.1", Just("::1".to_owned()), "/[a-z%'\\\\]{1,8}"];
    (host, 1..=u16::MAX, text, text, text, text, 2..=u8::MAX).prop_map(
        |(host, port, user, dbname, password, application_name, timeout)| Notation {
            host,
            port,
            user,
            dbname: format!("d{}", dbname.replace('=', "")),
            password,
            application_name,
            timeout,
        },
    )
}

fn quoted(value: &str) -> String {
    value.chars().fold(String::from("'"), |text, letter| match letter {
        '\'' | '\\' => format!("{text}\\{letter}"),
        _ => format!("{text}{letter}"),
    }) + "'"
}

/// A value without quotes. Every character with a special meaning gets a backslash.
fn unquoted(value: &str) -> String {
    value.chars().fold(String::new(), |text, letter| match letter {
        '\'' | '\\' | ' ' => format!("{text}\\{letter}"),
        _ => format!("{text}{letter}"),
    })
}

fn percent(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => write!(text, "{}", char::from(byte)),
            _ => write!(text, "%{byte:02x}"),
        };
        text
    })
}

fn looks_misplaced(text: &str) -> bool {
    crate::secret::may_hold_one(text)
        || text.contains("://")
        || text.rsplit_once('@').is_some_and(|(before, _)| before.contains('/'))
}

impl Notation {
    fn pairs(&self, write: impl Fn(&str) -> String) -> String {
        let port = self.port.to_string();
        let timeout = self.timeout.to_string();
        [
            ("host", &self.host),
            ("port", &port),
            ("user", &self.user),
            ("dbname", &self.dbname),
            ("password", &self.password),
            ("application_name", &self.application_name),
            ("connect_timeout", &timeout),
        ]
        .map(|(key, value)| format!("{key}={}", write(value)))
        .join(" ")
    }

    fn uri(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { percent(&self.host) };
        format!(
            "postgresql://{}:{}@{host}:{}/{}?application_name={}&connect_timeout={}",
            percent(&self.user),
            percent(&self.password),
            self.port,
            percent(&self.dbname),
            percent(&self.application_name),
            self.timeout
        )
    }
}

/// A field of a password file, written by the rules.
fn field(value: &str, star: bool) -> String {
    if star {
        return "*".to_owned();
    }
    value.replace('\\', "\\\\").replace(':', "\\:")
}

proptest! {
    #[test]
    fn conninfo_agrees_with_an_automaton(text in "[a-c=' \\\\\n\t\u{b}é]{0,24}") {
        let parsed = pairs::parse(&text, "--dsn").ok().map(plain);
        let expected = model(&text).map(|pairs| pairs.into_iter().map(|(key, value)| (key, value.into_bytes())).collect());
        prop_assert_eq!(parsed, expected, "{:?}", text);
    }

    #[test]
    fn both_notations_lead_to_the_same_target(answer in answer()) {
        // A value that looks like a password in the wrong place is rejected. The tests in `properties/secrets.rs` cover this.
        prop_assume!(![&answer.user, &answer.dbname, &answer.application_name].into_iter().any(|text| looks_misplaced(text)));
        // A blank in the name of a database may stand for a missing "=", as in "app pw secret".
        prop_assume!(!looks_misplaced(&answer.dbname.replace(' ', "=")));
        let targets = [answer.pairs(quoted), answer.pairs(unquoted), answer.uri()].map(|text| {
            resolve(&dsn(&text), &bare()).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))
        });
        for target in targets {
            let target = target?;
            prop_assert_eq!(&target.user, &answer.user);
            prop_assert_eq!(&target.dbname, &answer.dbname);
            prop_assert_eq!(&target.application_name, &answer.application_name);
            prop_assert_eq!(target.hosts.len(), 1);
            let place = &target.hosts[0];
            let host = match &place.host {
                Host::Socket(path) => path.to_string_lossy().into_owned(),
                Host::Abstract(name) | Host::Name(name) => name.clone(),
            };
            prop_assert_eq!((&host, place.port), (&answer.host, answer.port));
            prop_assert_eq!(place.password.as_ref().and_then(Secret::reveal_text), Some(answer.password.as_str()));
        }
    }

    #[test]
    fn no_error_shows_a_password(answer in answer(), odd in "[ =&?@:/%'\\\\#a\u{0}\n]{0,6}", tail in "[ =&?@:/%'\\\\#a\n]{0,8}") {
        let answer = Notation { password: format!("{CANARY}{odd}{CANARY}"), ..answer };
        let plain = &answer.password;
        for text in [
            answer.pairs(quoted) + &tail,
            answer.pairs(str::to_owned),
            format!("password={plain} {tail}"),
            format!("host={} password='{plain}{tail}", answer.host),
            answer.uri() + &tail,
            format!("postgres://{}:{plain}@{}/{}", percent(&answer.user), percent(&answer.host), tail),
            format!("postgresql://h/d?password={plain}&{tail}"),
        ] {
            if let Err(error) = resolve(&dsn(&text), &bare()) {
                no_secret(&error)?;
                safe_to_show(&error)?;
            }
        }
    }

    #[test]
    fn any_text_is_a_target_or_a_safe_error(text in "\\PC{0,40}|.{0,40}|[a-z]{2,8}=[ -~]{0,20}|postgres://[ -~]{0,40}") {
        if let Err(error) = resolve(&dsn(&text), &bare()) {
            safe_to_show(&error)?;
        }
    }

    #[test]
    fn a_line_of_a_password_file_is_found_by_what_it_was_written_for(
        fields in prop::array::uniform3("[a-c:*\\\\é/]{1,6}"),
        port in 1..=u16::MAX,
        stars in any::<[bool; 4]>(),
        password in "[a-c:*\\\\é #]{0,8}",
        other in "[a-c:*\\\\]{1,6}",
    ) {
        let [host, dbname, user] = &fields;
        let line = [
            field(host, stars[0]),
            field(&port.to_string(), stars[1]),
            field(dbname, stars[2]),
            field(user, stars[3]),
            password.replace('\\', "\\\\").replace(':', "\\:"),
        ]
        .join(":");
        let file = Passfile::of(Path::new("/f"), format!("# comment\n\n{line}\r\n*:*:*:*:last").as_bytes());
        let wanted = Wanted { host, port, dbname, user };
        let of_user = file.password(wanted);
        prop_assert_eq!(of_user.as_ref().and_then(Secret::reveal_text), Some(password.as_str()), "{}", line);
        let fits = stars[3] || user == "*" || &other == user;
        let expected = if fits { password.as_str() } else { "last" };
        let of_other = file.password(Wanted { user: &other, ..wanted });
        prop_assert_eq!(of_other.as_ref().and_then(Secret::reveal_text), Some(expected), "{}", line);
    }

    #[test]
    fn any_password_file_is_read(bytes in prop::collection::vec(prop_oneof![Just(b':'), Just(b'\\'), Just(b'*'), Just(b'\n'), any::<u8>()], 0..60)) {
        let wanted = Wanted { host: "a", port: 1, dbname: "b", user: "c" };
        let _ = Passfile::of(Path::new("/f"), &bytes).password(wanted);
    }

    #[test]
    fn a_service_is_read_back_and_any_service_file_is_read_or_refused(
        host in "[a-z0-9./-]{1,12}", port in 1..=u16::MAX, before in "(\\[[a-z]{2,6}\\]\n|[#a-z =]{0,12}\n){0,4}", any in ".{0,60}"
    ) {
        let path = Path::new("/f");
        let text = format!("{before}[x]\nhost={host}\n\nport={port}\nport=1\n[x]\nuser=no\n");
        // The text before it has no section `x`, because random section names have at least two letters.
        let entries = service::section(text.as_bytes(), "x", path).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let entries: Vec<(&str, Secret)> =
            entries.into_iter().flatten().map(|entry| (entry.keyword.name, entry.value)).collect();
        prop_assert!(entries == vec![("host", host.into()), ("port", port.to_string().into())]);
        for text in [any.clone(), format!("[x]\n{any}"), format!("[x]\nhost={any}\n{any}=y")] {
            if let Err(error) = service::section(text.as_bytes(), "x", path) {
                safe_to_show(&error)?;
            }
        }
    }

    #[test]
    fn a_profile_is_read_back_and_any_profile_file_is_read_or_refused(
        name in "[a-z]{1,8}", host in "[ -~é]{1,16}", port in 1..=u16::MAX, via in "[ -~é]{1,16}", any in ".{0,60}"
    ) {
        let path = Path::new("/f");
        let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let text = format!("[profile.{name}]\nhost = {}\nport = {port}\nvia = {}\n", quote(&host), quote(&via));
        let profile = parse_profile(&text, path, &name).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let text_of = |name| profile.setting(name).and_then(|(value, _)| value.reveal_text().map(str::to_owned));
        prop_assert_eq!(text_of("host"), Some(host));
        prop_assert_eq!(text_of("port"), Some(port.to_string()));
        prop_assert!((profile.via, profile.path) == (Some(via.into()), PathBuf::from("/f")));
        for text in [any.clone(), format!("[profile.x]\n{any}"), format!("[profile.x]\nhost = \"{any}\"")] {
            if let Err(error) = parse_profile(&text, path, "x") {
                safe_to_show(&error)?;
            }
        }
    }
}
