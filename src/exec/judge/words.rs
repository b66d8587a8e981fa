//! Numbers of rows in words.

use crate::release::Delta;

/// `+30`, `+3 ~1 -2`, or `no rows`.
pub fn delta_words(delta: Delta) -> String {
    let parts = [('+', delta.inserted), ('~', delta.updated), ('-', delta.deleted)];
    let parts: Vec<String> =
        parts.iter().filter(|(_, rows)| *rows != 0).map(|(sign, rows)| format!("{sign}{rows}")).collect();
    if parts.is_empty() { "no rows".to_owned() } else { parts.join(" ") }
}
