//! Makes names that a packet allows from names that people gave.

use std::collections::BTreeSet;

/// Makes a name of lower-case letters, digits and `-`. The name is short enough that a packet still allows it with a number at its end.
pub(super) fn plain(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            plain.push(letter.to_ascii_lowercase());
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
    }
    plain.truncate(50);
    let plain = plain.trim_end_matches('-');
    if plain.is_empty() { "tier".to_owned() } else { plain.to_owned() }
}

/// A file's name without its ending and without a number in front. The folder of a tier gets its own number.
pub(super) fn stem(file: &str) -> &str {
    let stem = file.rsplit('/').next().unwrap_or(file);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| if stem.is_empty() { file } else { stem });
    let behind = stem.trim_start_matches(|letter: char| letter.is_ascii_digit());
    match behind.strip_prefix(['-', '_', '.']) {
        Some(rest) if behind.len() < stem.len() && !rest.is_empty() => rest,
        _ => stem,
    }
}

/// Makes the names valid and unique. The second use of a name gets `-2` at its end.
pub(super) fn distinct<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut found = Vec::new();
    for name in names {
        let plain = plain(name);
        let mut name = plain.clone();
        let mut number = 2_u32;
        while !taken.insert(name.clone()) {
            name = format!("{plain}-{number}");
            number += 1;
        }
        found.push(name);
    }
    found
}

/// The text in one line, without control characters and without the quote `$q$`.
pub(super) fn in_one_line(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ").replace("$q$", "$ q $")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_becomes_one_that_a_packet_allows() {
        for (name, wanted) in
            [("Users", "users"), ("a b__c", "a-b-c"), ("größe", "gr-e"), ("..", "tier"), ("日本", "tier"), ("-x-", "x")]
        {
            assert_eq!(plain(name), wanted);
        }
        assert_eq!(plain(&"a".repeat(99)).len(), 50);
    }

    #[test]
    fn a_stem_has_no_ending_and_no_number_before_it() {
        for (file, wanted) in [
            ("db/01_tables.sql", "tables"),
            ("2024-05-01-seed.sql", "05-01-seed"),
            ("10.sql", "10"),
            ("x", "x"),
            (".sql", ".sql"),
            ("3d.sql", "3d"),
            ("1_.sql", "1_"),
        ] {
            assert_eq!(stem(file), wanted);
        }
    }

    #[test]
    fn equal_names_get_different_endings() {
        assert_eq!(distinct(["a", "A", "a-2", "b", "a"].into_iter()), ["a", "a-2", "a-2-2", "b", "a-3"]);
    }
}
