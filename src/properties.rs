//! Property tests with random inputs: approval codes, the lexer, the shown text, and the messages that are read on the wire.
//!
//! The ordinary run tries few cases. `docs/properties.md` says how to run a million of each.

mod secrets;

use crate::command::approval_code;
use crate::pg::tap::{Event, Tap};
use crate::release::{Release, statements};
use crate::text::{escaped, escaped_bytes, escaped_within};
use proptest::prelude::*;
use std::fmt::Write as _;
use tokio::io::AsyncReadExt as _;

/// A text made of pieces that are difficult for an SQL lexer.
fn sql() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("SELECT 1"),
        Just(";"),
        Just("'"),
        Just("\""),
        Just("$$"),
        Just("$a$"),
        Just("$1"),
        Just("--"),
        Just("\n"),
        Just("/*"),
        Just("*/"),
        Just("E'"),
        Just("\\"),
        Just("("),
        Just(")"),
        Just("["),
        Just("]"),
        Just(" "),
        Just("é"),
        Just("BEGIN ATOMIC"),
        Just("END"),
        Just("U&'"),
        Just("$"),
        Just("x$"),
        Just("\u{0}"),
        Just("::"),
        Just("''"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// One complete statement. Everything that it opens is closed in it.
fn whole() -> impl Strategy<Value = String> {
    let inside = "[a-z;()é \n-]{0,8}";
    prop_oneof![
        "[a-z]{1,6} [a-z0-9]{1,6}".prop_map(|words| format!("q {words}")),
        inside.prop_map(|text| format!("SELECT '{text}'")),
        inside.prop_map(|text| format!("SELECT \"{text}\"")),
        inside.prop_map(|text| format!("DO $b${text}'\"$b$")),
        inside.prop_map(|text| format!("SELECT ({})", text.replace(['(', ')', '-'], ""))),
        inside.prop_map(|text| format!("SELECT /* {text} /* ' */ $$ */ 1")),
        inside.prop_map(|text| format!("SELECT E'\\'{text}'")),
        inside.prop_map(|text| format!("SELECT 1 -- {}\n", text.replace('\n', ";"))),
    ]
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// The result of reading bytes through the tap in pieces of one size, until they ended or the tap rejected them.
struct TapResult {
    read: Result<(), String>,
    pid: Option<i32>,
    events: Vec<Event>,
    /// The bytes that the driver received.
    passed_on: Vec<u8>,
}

fn heard(bytes: &[u8], piece: usize) -> TapResult {
    let (mut tap, log) = Tap::new(bytes);
    let mut passed_on = Vec::new();
    let read = runtime().block_on(async {
        let mut buffer = vec![0; piece];
        loop {
            match tap.read(&mut buffer).await {
                Ok(0) => return Ok(()),
                Ok(count) => passed_on.extend_from_slice(&buffer[..count]),
                Err(error) => return Err(error.to_string()),
            }
        }
    });
    TapResult { read, pid: log.backend_pid(), events: log.take(), passed_on }
}

proptest! {
    #[test]
    fn an_approval_code_is_taken_exactly_when_it_obeys_the_rule(
        code in prop_oneof![
            ".{0,12}", "APR-.{0,12}", "APR-[A-Z0-9-]{0,64}", "[A-Z]{3}-[A-Z0-9-]{1,60}", "APR-[A-Z0-9-]{1,60}[\n\r\t \u{0}a]"
        ]
    ) {
        thread_local!(static RELEASE: Release = Release::embedded().unwrap());
        let letters: Vec<char> = code.chars().collect();
        let obeys = matches!(letters.as_slice(), ['A', 'P', 'R', '-', rest @ ..]
            if !rest.is_empty() && rest.len() < 61 && rest.iter().all(|letter| "ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789".contains(*letter)));
        let (checked, rule) = RELEASE.with(|release| {
            (approval_code(release, &code), regex::Regex::new(&release.descriptor.gate.apr_pattern).unwrap())
        });
        prop_assert_eq!(rule.is_match(&code), obeys, "{:?}", code);
        match checked {
            Ok(taken) => prop_assert!(obeys && taken == code, "{:?}", code),
            Err(error) => {
                let said = format!("{error} {}", error.hint());
                prop_assert_eq!(error.exit_code(), crate::error::ExitCode::Usage);
                prop_assert!(error.to_string().len() < 700, "{} bytes", said.len());
                prop_assert!(!obeys && !said.chars().any(char::is_control), "{:?}: {:?}", code, said);
            }
        }
    }

    #[test]
    fn statements_are_in_order_with_only_blanks_and_comments_between_them(text in prop_oneof![sql(), any::<String>()]) {
        let found = statements(&text);
        let mut last = 0;
        for statement in &found {
            prop_assert!(last <= statement.start && statement.start < statement.end && statement.end <= text.len());
            prop_assert!(text.is_char_boundary(statement.start) && text.is_char_boundary(statement.end));
            prop_assert_eq!(statement.line as usize, 1 + text[..statement.start].matches('\n').count());
            last = statement.end;
        }
        let mut again = String::new();
        let mut at = 0;
        for statement in &found {
            let between = &text[at..statement.start];
            prop_assert!(statements(between).is_empty(), "{:?} lies between two statements", between);
            again.push_str(between);
            again.push_str(&text[statement.start..statement.end]);
            at = statement.end;
        }
        prop_assert!(statements(&text[at..]).is_empty());
        again.push_str(&text[at..]);
        prop_assert_eq!(again, text);
    }

    #[test]
    fn as_many_statements_are_found_as_were_written(written in prop::collection::vec(whole(), 0..6), gap in "[ \n]{0,2}") {
        let text: String = written.iter().map(|statement| format!("{statement};{gap}")).collect();
        let found: Vec<&str> = statements(&text).iter().map(|statement| &text[statement.start..statement.end]).collect();
        let expected: Vec<String> = written.iter().map(|statement| format!("{statement};")).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn nothing_shown_moves_a_cursor_and_plain_text_is_left_alone(
        text in any::<String>(), bytes in any::<Vec<u8>>(), plain in "[ -~é日]{0,20}", limit in 0_usize..40
    ) {
        let safe = |shown: &str| !shown.chars().any(|letter| {
            letter.is_control() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        });
        prop_assert!(safe(&escaped(&text)) && safe(&escaped_bytes(&bytes)) && safe(&escaped_within(&text, limit)));
        prop_assert_eq!(escaped(&plain), plain.as_str());
        let once = escaped(&text);
        prop_assert_eq!(escaped(&once), once.as_ref());
    }

    #[test]
    fn the_tap_records_the_same_for_any_split_of_the_bytes(
        frames in prop::collection::vec((prop_oneof![Just(b'C'), Just(b'N'), Just(b'E'), Just(b'Z'), Just(b'K'), Just(b'D'), any::<u8>()],
            prop::collection::vec(any::<u8>(), 0..20), prop_oneof![9 => Just(0_u32), 1 => any::<u32>()]), 0..8),
        piece in 1_usize..40,
    ) {
        let bytes: Vec<u8> = frames.iter().flat_map(|(tag, body, lie)| {
            let length = u32::try_from(body.len() + 4).unwrap().wrapping_add(*lie);
            [&[*tag][..], &length.to_be_bytes(), body].concat()
        }).collect();
        let (whole, cut) = (heard(&bytes, bytes.len().max(1)), heard(&bytes, piece));
        prop_assert_eq!((&whole.read, whole.pid), (&cut.read, cut.pid));
        prop_assert_eq!(format!("{:?}", whole.events), format!("{:?}", cut.events));
        if let Err(said) = whole.read {
            prop_assert!(!said.chars().any(char::is_control));
        } else if frames.iter().all(|(_, _, lie)| *lie == 0) {
            let ready = frames.iter().filter(|(tag, ..)| *tag == b'Z').count();
            prop_assert_eq!(whole.events.iter().filter(|event| matches!(event, Event::Ready(_))).count(), ready);
            let others = frames.iter().filter(|(tag, ..)| *tag != b'N').flat_map(|(tag, body, _)| {
                [&[*tag][..], &u32::try_from(body.len() + 4).unwrap_or_default().to_be_bytes(), body].concat()
            });
            prop_assert_eq!(&whole.passed_on, &others.collect::<Vec<u8>>());
            prop_assert_eq!(whole.passed_on, cut.passed_on);
        }
    }

    #[test]
    fn a_digest_is_read_back_and_any_manifest_is_read_or_refused(text in any::<String>(), bytes in any::<[u8; 8]>(), path in "[a-z0-9_/.]{1,12}") {
        use crate::release::{Digest, Manifest};
        let _ = Manifest::parse(&text);
        let digest = Digest::of(&bytes);
        let hex = digest.bytes().iter().fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        if let Ok(manifest) = Manifest::parse(&format!("{hex}  sql/{path}\n")) {
            prop_assert_eq!(manifest.entries(), &[(format!("sql/{path}"), digest)][..]);
        } else {
            prop_assert!(path.split('/').any(|step| matches!(step, "" | "." | "..")), "{}", path);
        }
    }
}

#[test]
fn the_pattern_and_the_example_of_the_packet_agree_with_the_program() {
    let release = Release::embedded().unwrap();
    let gate = &release.descriptor.gate;
    assert_eq!(approval_code(&release, &gate.apr_example).unwrap(), gate.apr_example);
    assert!(regex::Regex::new(&gate.apr_pattern).unwrap().is_match(&gate.apr_example));
}
