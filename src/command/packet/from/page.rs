//! Makes the files of a packet's folder from the scripts that were read.

use super::names::{distinct, in_one_line, plain};
use super::{FoundScripts, SourceRefusal};
use crate::files::SMALL;
use crate::packet::compose::Files;
use crate::packet::form::PAGE as PAGE_PATH;
use std::fmt::Write as _;

const PAGE: &str = include_str!("../skeleton/from.toml");
const REQUIRES: &str = include_str!("../skeleton/from_requires.sql");

/// The largest number of tiers in a packet.
const MOST_TIERS: usize = 99;

/// A tier, as the output describes it.
#[derive(Debug)]
pub(in super::super) struct MadeTier {
    /// The tier's folder.
    pub folder: String,
    /// Where the tier came from, and whether a person must write its rollback.
    pub outcome: String,
    /// The source has no rollback.
    pub lacks_down: bool,
}

/// Makes the files of the folder, and a description of each tier.
pub(in super::super) fn files(found: &FoundScripts, source: &str) -> Result<(Files, Vec<MadeTier>), SourceRefusal> {
    let count = found.tiers.len();
    if count > MOST_TIERS {
        let cure = "Take fewer of them: with --since the changes after a tag of a Sqitch plan, else a folder that holds fewer files.";
        return Err(SourceRefusal::new(
            source,
            format!("it would make {count} tiers, but a packet has at most {MOST_TIERS}"),
            cure,
        ));
    }
    let name = plain(&found.name);
    let mut word = name.replace('-', "_");
    if word.starts_with(|first: char| first.is_ascii_digit()) {
        word.insert_str(0, "release_");
    }
    let filled = |text: &str| {
        let text =
            text.replace("{name}", &name).replace("{database}", &word).replace("{role}", &format!("{word}_release"));
        text.replace("{source}", &in_one_line(source)).replace("{title}", &toml_text(&in_one_line(&found.title)))
    };
    let mut page = filled(PAGE);
    let mut written = Files::from([("requires.sql".to_owned(), filled(REQUIRES))]);
    let mut made = Vec::new();
    // Tiers are numbered in tens, which leaves room between them. Nine or more tiers need three digits, because a folder may not begin with
    // 90: prod/90_verify.sql is the program's own file.
    let width = if count < 9 { 2 } else { 3 };
    let names = distinct(found.tiers.iter().map(|tier| tier.name.as_str()));
    for ((tier, name), number) in found.tiers.iter().zip(&names).zip(1_usize..) {
        let folder = format!("{:0width$}-{name}", number * 10);
        let why = if tier.why.is_empty() { format!("From {}.", tier.origin) } else { tier.why.clone() };
        let _ = write!(
            page,
            "\n[[tier]]\nname = {}\ntitle = {}\nwhy = {}\n",
            toml_text(name),
            toml_text(&tier.title),
            toml_text(&in_one_line(&why))
        );
        if let Some((select, file)) = &tier.verify {
            let check = format!("{name}.verify");
            let _ = writeln!(page, "after = [{}]", toml_text(&check));
            written.insert(format!("checks/{check}.sql"), check_of(select, &in_one_line(file)));
        }
        let (down, from) = match &tier.down {
            Some((text, file)) => (text.clone(), format!("down from {file}")),
            None => (missing(&in_one_line(&tier.origin)), "no rollback in the source: write down.sql".to_owned()),
        };
        for (file, text) in [("up.sql", &tier.up), ("down.sql", &down)] {
            if text.len() as u64 > SMALL {
                let cure = "Divide the source: people read each file before they sign, so it may have at most 4 MB.";
                return Err(SourceRefusal::new(tier.origin.clone(), format!("{file} would be larger than 4 MB"), cure));
            }
            written.insert(format!("{folder}/{file}"), text.clone());
        }
        made.push(MadeTier {
            folder,
            outcome: format!("from {}; {from}", tier.origin),
            lacks_down: tier.down.is_none(),
        });
    }
    written.insert(PAGE_PATH.to_owned(), page);
    Ok((written, made))
}

/// The text of a rollback that a person must still write.
fn missing(origin: &str) -> String {
    format!(
        "-- The rollback is missing: the source of {origin} has none.\n-- Write here the SQL that reverts up.sql. oneroof packet build names what it leaves.\n"
    )
}

/// Makes a check from the SELECT of a verify script. In Sqitch a verify script passes if no statement fails, whatever the statements
/// return. The check counts whole rows, so that the server computes every column.
fn check_of(select: &str, file: &str) -> String {
    format!(
        "-- expected: true\n\
         -- hint: The query of {file} fails. Look at what it reads.\n\
         SELECT (pg_catalog.count(oneroof_verified) OPERATOR(pg_catalog.>=) 0)::text\n\
         FROM (\n{select}\n) AS oneroof_verified\n"
    )
}

/// The text as a TOML basic string.
fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::super::NewTier;
    use super::*;
    use crate::packet::form::PageOne;

    fn found(names: &[&str]) -> FoundScripts {
        let tier = |name: &&str| NewTier {
            name: (*name).to_owned(),
            title: "a \"b\" \\".to_owned(),
            why: String::new(),
            origin: format!("{name}.sql"),
            up: "SELECT 1;\n".to_owned(),
            down: None,
            verify: None,
        };
        FoundScripts {
            name: "2024 \"x\"".to_owned(),
            title: "x\n\"y\"".to_owned(),
            tiers: names.iter().map(tier).collect(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn the_page_is_read_back_whatever_the_names_hold() {
        let (files, made) = files(&found(&["a", "A", "verify"]), "dir/x").unwrap();
        let page: PageOne = toml::from_str(&files[PAGE_PATH]).unwrap();
        assert_eq!((page.name.as_str(), page.title.as_str()), ("2024-x", "x \"y\""));
        assert_eq!((page.database.as_str(), page.role.as_str()), ("release_2024_x", "release_2024_x_release"));
        assert_eq!(page.tiers.iter().map(|tier| tier.name.as_str()).collect::<Vec<_>>(), ["a", "a-2", "verify"]);
        assert_eq!(page.tiers[0].title, "a \"b\" \\");
        assert_eq!(made.iter().map(|tier| tier.folder.as_str()).collect::<Vec<_>>(), ["10-a", "20-a-2", "30-verify"]);
        assert!(!files.values().any(|text| text.contains('{') && !text.contains("columns = {")), "{files:?}");
    }

    #[test]
    fn folders_sort_as_the_tiers_do_up_to_the_last_that_a_packet_has() {
        for count in [8, 9, 99] {
            let (_, made) = files(&found(&vec!["verify"; count]), "x").unwrap();
            assert!(made.is_sorted_by(|one, other| one.folder < other.folder));
            assert!(!made.iter().any(|tier| tier.folder.starts_with("90-")));
        }
        assert!(files(&found(&vec!["a"; 100]), "x").unwrap_err().what.contains("100 tiers"));
    }
}
