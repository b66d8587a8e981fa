//! Frames: texts with placeholders that are filled.

/// Fills a frame: every `{{name}}` becomes the value of that name.
///
/// # Panics
/// Panics if the frame has a placeholder without a value. Both the frames and the names of the values belong to the engine.
pub(super) fn fill(frame: &str, places: &[(&str, &str)]) -> String {
    let mut rest = frame;
    let mut filled = String::with_capacity(frame.len() * 2);
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("a place has an end");
        let value = places.iter().find(|(known, _)| *known == name);
        filled.push_str(before);
        filled.push_str(value.unwrap_or_else(|| panic!("nothing is given for {name}")).1);
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// Texts that have a meaning for the composed file itself: its quotes, and the beginning of a line that marks a part.
const RESERVED: [&str; 3] = ["$oneroof$", "$q$", "\n-- oneroof:"];

/// Quotes a value as an SQL literal. A value that holds a text of [`RESERVED`] is written with escapes, so that it cannot end a quote or
/// begin a part.
pub(super) fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if RESERVED.iter().any(|reserved| text.contains(reserved)) {
        return format!("U&'{}'", quoted.replace('\\', "\\\\").replace('$', "\\0024").replace('\n', "\\000A"));
    }
    format!("'{quoted}'")
}
