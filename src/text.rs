//! Text from outside, made safe to show.
//!
//! Server messages, file names, arguments and environment variables may contain bytes that move the cursor, recolor the terminal or reorder
//! the shown text. All text that the program did not write itself passes through [`escaped`] before a person sees it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Shows unsafe characters as escapes (`\n`, `\u{1b}`) and leaves all other text unchanged.
///
/// Unsafe are C0 and C1 controls, DEL, the bidirectional controls, invisible format characters, line and paragraph separators,
/// non-characters and private use. Nearly all text is safe. It is borrowed and not copied.
pub fn escaped(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_unsafe) else {
        return Cow::Borrowed(text);
    };
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(&text[..first]);
    for character in text[first..].chars() {
        if is_unsafe(character) {
            push_escape(&mut shown, character);
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// How many edits turn the typed word into the name. An edit inserts, deletes or replaces one letter, or swaps two neighbouring letters. `None` if
/// more edits are needed than a third of the name's length.
pub fn edits(typed: &str, name: &str) -> Option<usize> {
    // No name is nearly as long, and the time for a comparison grows with the square of the length.
    if typed.len() > 40 {
        return None;
    }
    Some(strsim::osa_distance(typed, name)).filter(|edits| *edits <= name.len().div_ceil(3))
}

/// Like [`escaped`], for bytes that may not be UTF-8: an invalid byte is shown as `\xNN`.
pub fn escaped_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return escaped(text);
    }
    let mut shown = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        shown.push_str(&escaped(chunk.valid()));
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    Cow::Owned(shown)
}

/// Escapes a text and cuts it after `limit` characters. The result says how much was cut.
///
/// A server may send a message of any size, and a terminal or a log should not have to show all of it.
pub fn escaped_within(text: &str, limit: usize) -> Cow<'_, str> {
    let Some((end, _)) = text.char_indices().nth(limit) else {
        return escaped(text);
    };
    let left_out = text[end..].chars().count();
    let head = escaped(&text[..end]);
    Cow::Owned(format!("{head}... ({left_out} more characters)"))
}

/// Like [`escaped`], for a JSON text: unsafe characters are replaced by their JSON escapes, so that the values stay the same.
pub fn escaped_json(text: &str) -> Cow<'_, str> {
    // Control characters between the values are white space that the JSON writer added.
    let misleads = |character: char| character >= '\u{7f}' && is_unsafe(character);
    // Nearly all texts are plain ASCII, and this test is as fast as reading memory.
    let is_plain = text.is_ascii() && memchr::memchr(0x7f, text.as_bytes()).is_none();
    if is_plain || !text.contains(misleads) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if misleads(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

fn push_escape(shown: &mut String, character: char) {
    match character {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        other => {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(other));
        }
    }
}

fn is_unsafe(character: char) -> bool {
    if character.is_control() {
        return true;
    }
    let code = u32::from(character);
    if code < 0xAD {
        return false;
    }
    matches!(
        code,
        0xAD                        // soft hyphen: invisible
        | 0x061C                    // Arabic letter mark
        | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F // invisible fillers, selectors
        | 0x200B..=0x200F           // zero width, left-to-right and right-to-left marks
        | 0x2028..=0x202E           // separators, bidirectional embeddings and overrides
        | 0x2060..=0x206F           // word joiner, isolates, deprecated format characters
        | 0x3164 | 0xFFA0           // Hangul fillers: invisible
        | 0xE000..=0xF8FF           // private use
        | 0xFDD0..=0xFDEF           // non-characters
        | 0xFEFF                    // byte order mark
        | 0xFFF0..=0xFFFB           // interlinear annotation
        | 0xE0000..=0xE0FFF         // tags and unassigned format characters
        | 0xF0000..=0x0010_FFFF // private use planes
    ) || code & 0xFFFE == 0xFFFE
}

/// Quotes a word for a shell, if it needs quotes.
pub fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/_.-,:%@+=".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_is_spelled_out() {
        assert_eq!(escaped("plain"), "plain");
        assert_eq!(escaped("\u{1b}[2J"), r"\u{1b}[2J");
        assert_eq!(escaped_bytes(b"caf\xe9"), r"caf\xe9");
        assert_eq!(escaped_json("[\"\u{202e}\"]"), r#"["\u202e"]"#);
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn ordinary_text_of_any_script_is_borrowed() {
        for text in ["", "plain", "naïve – “quoted” €", "日本語", "عربى", "👩 ok", "\u{FFFD}"] {
            assert!(matches!(escaped(text), Cow::Borrowed(_)), "{text:?}");
        }
    }

    #[test]
    fn controls_and_bidirectional_marks_are_spelled_out() {
        let table = [
            ("a\nb\tc\r", r"a\nb\tc\r"),
            ("\0", r"\u{0}"),
            ("\u{1b}]0;x\u{7}", r"\u{1b}]0;x\u{7}"),
            ("\u{7f}\u{9b}31m", r"\u{7f}\u{9b}31m"),
            ("\u{202e}abc\u{2066}", r"\u{202e}abc\u{2066}"),
            ("\u{200b}\u{2028}\u{feff}", r"\u{200b}\u{2028}\u{feff}"),
            ("\u{ffff}\u{1fffe}", r"\u{ffff}\u{1fffe}"),
        ];
        for (given, wanted) in table {
            assert_eq!(escaped(given), wanted);
        }
    }

    #[test]
    fn every_control_character_is_escaped() {
        for code in (0..0x20).chain(0x7f..0xa0) {
            let character = char::from_u32(code).expect("a C0 or C1 control is a character");
            let text = character.to_string();
            assert!(!escaped(&text).contains(character), "U+{code:04X}");
        }
    }

    #[test]
    fn json_shows_no_unsafe_character_and_keeps_its_values() {
        let said = "\u{1b}[2J\n\u{7f}\u{9b}31m \u{202e}abc\u{2066} \u{e0041}\u{10ffff} \"日本語\" \\";
        let json = serde_json::json!({"said": said, "\u{202e}": 1});
        for written in [json.to_string(), serde_json::to_string_pretty(&json).unwrap()] {
            let shown = escaped_json(&written);
            assert!(shown.chars().all(|character| character == '\n' || !is_unsafe(character)), "{shown:?}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), json);
        }
        assert!(matches!(escaped_json("{\"a\": [\n\"日本語\"]}"), Cow::Borrowed(_)));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_shown_as_hex() {
        assert_eq!(escaped_bytes(b"ok"), "ok");
        assert_eq!(escaped_bytes(b"a\xff\x1bb"), r"a\xff\u{1b}b");
    }

    #[test]
    fn long_text_is_cut_and_marked() {
        assert_eq!(escaped_within("abc", 3), "abc");
        assert_eq!(escaped_within("abcdef", 3), "abc... (3 more characters)");
        assert_eq!(escaped_within("é\u{1b}é", 2), "é\\u{1b}... (1 more characters)");
    }
}
