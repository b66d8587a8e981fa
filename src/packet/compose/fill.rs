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

/// Quotes a value as an SQL literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
