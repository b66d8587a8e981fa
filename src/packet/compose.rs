//! Composes members from sources: include, join, nothing else.
//!
//! A source holds lines of four kinds besides its own text. `-- oneroof:use FRAME` puts a frame of the engine in its place. `-- oneroof:use
//! checks` joins the checks that the following `-- oneroof:check NAME` lines name into one list, inside the check loop; `-- oneroof:use locks`
//! puts the lines that follow into the lock loop. `-- oneroof:used` ends both.

use std::collections::BTreeMap;

const CHECKS: [&str; 2] = [include_str!("frames/checks_head.sql"), include_str!("frames/checks_tail.sql")];
const LOCKS: [&str; 2] = [include_str!("frames/locks_head.sql"), include_str!("frames/locks_tail.sql")];

/// A frame of its own, by name.
const FRAMES: [(&str, &str); 3] = [
    ("read_only", include_str!("frames/read_only.sql")),
    ("read_only_later", include_str!("frames/read_only_later.sql")),
    ("given_back", include_str!("frames/given_back.sql")),
];

/// The folder of the checks, which are joined into members and are none themselves.
const CHECK_FOLDER: &str = "sql/checks/";

/// The members that the sources give, by path; both sides are paths from the top of the repository with their text.
///
/// # Errors
/// The first line that cannot be composed, with its place and the reason.
pub fn members(sources: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
    let own = sources.iter().filter(|(path, _)| !path.starts_with(CHECK_FOLDER));
    own.map(|(path, text)| Ok((path.clone(), member(sources, path, text)?))).collect()
}

fn member(sources: &BTreeMap<String, String>, path: &str, text: &str) -> Result<String, String> {
    let mut composed = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(name) = line.trim_end().strip_prefix("-- oneroof:use ") else {
            composed.push_str(line);
            continue;
        };
        let refused = |reason: &str| format!("{path} line {}: {reason}", index + 1);
        let [head, tail] = match name {
            "checks" => CHECKS,
            "locks" => LOCKS,
            _ => {
                let frame = FRAMES.iter().find(|(known, _)| *known == name);
                composed.push_str(frame.ok_or_else(|| refused("the engine has no such frame"))?.1);
                continue;
            }
        };
        composed.push_str(head);
        let mut rows: Vec<String> = Vec::new();
        loop {
            let (_, line) = lines.next().ok_or_else(|| refused("the list has no end"))?;
            let line = line.trim_end();
            if line == "-- oneroof:used" {
                break;
            }
            rows.push(match line.strip_prefix("-- oneroof:check ") {
                Some(check) => {
                    sources
                        .get(&format!("{CHECK_FOLDER}{check}.sql"))
                        .ok_or_else(|| refused(&format!("there is no check {check}")))?
                        .trim_end_matches('\n')
                        .to_owned()
                        + ","
                }
                None => line.to_owned(),
            });
        }
        // The last of a list of checks ends it.
        if let Some(last) = rows.last_mut()
            && let Some(bare) = last.strip_suffix("),")
        {
            *last = format!("{bare})");
        }
        composed.push_str(&rows.join("\n"));
        composed.push('\n');
        composed.push_str(tail);
    }
    Ok(composed)
}
