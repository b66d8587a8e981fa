//! The tables that people confirm: those that `extras.toml` writes out, and those that a tier lists under `review`. The rows of the latter
//! are derived, so nobody copies them.

use super::super::page::Review;
use super::super::page::extras::Draw;
use super::derived::{Content, fields};
use super::{Derived, EXTRAS, PageOne};
use std::collections::{BTreeMap, BTreeSet};

/// The most columns of a table that is turned into a matrix.
const COLUMNS: usize = 12;

/// All tables that people confirm, those of `extras.toml` first.
///
/// # Errors
/// Returns the first table of `extras.toml` that cannot be drawn as it says, because a row has too few cells or a name is below no root.
pub(super) fn reviews(written: Vec<Review>, page: &PageOne, derived: &Derived) -> Result<Vec<Review>, String> {
    for review in &written {
        if review.rows.iter().any(|row| row.len() != review.columns.len()) {
            return Err(format!("{EXTRAS}: review {:?}: a row must have a cell for each column", review.title));
        }
        let is_pairs = review.columns.len() == 2;
        if matches!(review.draw, Some(Draw::Tree | Draw::List)) && !is_pairs {
            return Err(format!("{EXTRAS}: review {:?}: a tree or a list must have two columns", review.title));
        }
        if review.draw == Some(Draw::Tree) && !is_tree(&review.rows) {
            return Err(format!("{EXTRAS}: review {:?}: each name must be there once and below a root", review.title));
        }
    }
    let listed = page.tiers.iter().zip(&derived.tiers).flat_map(|(tier, derived)| {
        let content = |table: &String| derived.contents.iter().find(|content| content.table == *table);
        tier.review.iter().filter_map(content).map(|content| of_rows(&tier.name, content))
    });
    let listed: Vec<Review> = listed.collect();
    Ok(written.into_iter().chain(listed).collect())
}

/// The table of the rows that a tier writes. Its form follows from the rows.
fn of_rows(tier: &str, content: &Content) -> Review {
    let title = format!("What the tier {tier} puts into {}", content.table);
    if let Some(digest) = &content.digest {
        let columns = vec!["rows".to_owned(), "SHA-256 of the sorted rows".to_owned()];
        return Review { title, draw: None, columns, rows: vec![vec![content.count.to_string(), digest.clone()]] };
    }
    let rows: Vec<Vec<String>> = content.rows.iter().map(|row| fields(row).into_iter().map(value).collect()).collect();
    if let Some((columns, rows)) = matrix(&content.columns, &rows) {
        return Review { title, draw: Some(Draw::Matrix), columns, rows };
    }
    let draw = match content.columns.len() {
        2 if is_tree(&rows) => Some(Draw::Tree),
        2 if is_list(&rows) => Some(Draw::List),
        _ => None,
    };
    Review { title, draw, columns: content.columns.clone(), rows }
}

/// The value in a field of a row, as PostgreSQL prints rows. NULL is an empty text.
fn value(field: &str) -> String {
    match field.strip_prefix('"').and_then(|field| field.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\"").replace("\\\\", "\\"),
        None => field.to_owned(),
    }
}

/// Turns rows of three columns into a matrix: the first two values name the row and the column of the third. `None` if two rows have the
/// same place, if a row or a column of the matrix would have only one cell, or if there would be too many columns.
fn matrix(columns: &[String], rows: &[Vec<String>]) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    if columns.len() != 3 {
        return None;
    }
    let cells: BTreeMap<(&str, &str), &str> =
        rows.iter().map(|row| ((row[0].as_str(), row[1].as_str()), row[2].as_str())).collect();
    let names: BTreeSet<&str> = cells.keys().map(|(name, _)| *name).collect();
    let headings: BTreeSet<&str> = cells.keys().map(|(_, heading)| *heading).collect();
    let is_grid = names.len() < rows.len() && headings.len() < rows.len() && cells.len() == rows.len();
    if !is_grid || headings.len() > COLUMNS {
        return None;
    }
    let row = |name: &&str| {
        let of_row = headings.iter().map(|heading| cells.get(&(*name, *heading)).copied().unwrap_or("-"));
        std::iter::once(*name).chain(of_row).map(str::to_owned).collect()
    };
    let first = std::iter::once(columns[0].as_str());
    Some((first.chain(headings.iter().copied()).map(str::to_owned).collect(), names.iter().map(row).collect()))
}

/// Whether the second value of each row is the parent of the first: the first values are distinct, and each leads up to a root, whose
/// second value is empty.
fn is_tree(rows: &[Vec<String>]) -> bool {
    let parents: BTreeMap<&str, &str> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    let reaches_a_root = |name: &str| {
        let mut at = name;
        for _ in 0..=rows.len() {
            match parents.get(at) {
                Some(&"") => return true,
                Some(parent) => at = parent,
                None => return false,
            }
        }
        false
    };
    parents.len() == rows.len() && parents.values().any(|parent| !parent.is_empty()) && {
        parents.keys().all(|name| !name.is_empty() && reaches_a_root(name))
    }
}

/// Whether the second value of each row is the group of the first: the first values are distinct, and a group has several.
fn is_list(rows: &[Vec<String>]) -> bool {
    let distinct = |at: usize| rows.iter().map(|row| row[at].as_str()).collect::<BTreeSet<_>>().len();
    distinct(0) == rows.len() && distinct(1) < rows.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(columns: &[&str], rows: &[&str]) -> Review {
        let text = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        of_rows(
            "t",
            &Content { table: "public.x".to_owned(), columns: text(columns), rows: text(rows), ..Content::default() },
        )
    }

    fn cells(review: &Review) -> Vec<String> {
        review.rows.iter().map(|row| row.join("|")).collect()
    }

    #[test]
    fn rows_with_two_names_are_a_matrix() {
        let rows = ["(data,read,all)", "(data,write,\"a few\")", "(law,read,all)"];
        let review = shown(&["class", "right", "who"], &rows);
        assert_eq!((review.draw, review.columns.join("|")), (Some(Draw::Matrix), "class|read|write".to_owned()));
        assert_eq!(cells(&review), ["data|all|a few", "law|all|-"]);
        assert_eq!(review.title, "What the tier t puts into public.x");
        // Two rows at one place, or a place of its own for each row, are no matrix.
        for rows in [["(a,b,1)", "(a,b,2)", "(c,b,1)"], ["(a,b,1)", "(c,d,2)", "(e,f,1)"]] {
            assert_eq!(shown(&["x", "y", "z"], &rows).draw, None, "{rows:?}");
        }
    }

    #[test]
    fn pairs_are_a_tree_or_a_list_or_a_plain_table() {
        let draw = |rows: &[&str]| shown(&["x", "y"], rows).draw;
        assert_eq!(draw(&["(a,)", "(b,a)", "(c,b)"]), Some(Draw::Tree));
        // The parent of c is not in the table, so these are groups. In the next table a and b are below each other.
        assert_eq!(draw(&["(b,a)", "(c,a)"]), Some(Draw::List));
        assert_eq!(draw(&["(a,b)", "(b,a)"]), None);
        assert_eq!(draw(&["(late,\"Came too late\")", "(lost,\"Lost, or \"\"lost\"\"\")"]), None);
        let plain = shown(&["x", "y"], &["(late,\"Came too late\")", "(lost,\"Lost, or \"\"lost\"\" \\\\\")"]);
        assert_eq!(cells(&plain), ["late|Came too late", "lost|Lost, or \"lost\" \\"]);
    }

    #[test]
    fn rows_that_the_packet_holds_as_a_digest_are_shown_as_one() {
        let content =
            Content { table: "x".to_owned(), digest: Some("d".to_owned()), count: 2_000, ..Content::default() };
        assert_eq!(cells(&of_rows("t", &content)), ["2000|d"]);
    }

    #[test]
    fn a_written_table_that_cannot_be_drawn_is_refused() {
        let review = |draw: &str, columns: &str, rows: &str| {
            let text = format!("title = \"T\"\ndraw = \"{draw}\"\ncolumns = {columns}\nrows = {rows}");
            let derived = toml::from_str("format = 1\nservers = [15]").unwrap();
            reviews(vec![toml::from_str(&text).unwrap()], &page(), &derived)
        };
        assert_eq!(review("tree", "['a', 'b']", "[['x', ''], ['y', 'x']]").unwrap().len(), 1);
        for (draw, columns, rows, said) in [
            ("tree", "['a', 'b']", "[['x', ''], ['y', 'z']]", "below a root"),
            ("tree", "['a', 'b']", "[['x', 'y'], ['y', 'x']]", "below a root"),
            ("tree", "['a', 'b', 'c']", "[['x', '', '']]", "two columns"),
            ("matrix", "['a', 'b']", "[['x']]", "a cell for each column"),
        ] {
            assert!(review(draw, columns, rows).unwrap_err().contains(said), "{draw} {rows}");
        }
    }

    fn page() -> PageOne {
        toml::from_str(
            "format = 1\nname = 'n'\ntitle = 't'\ndatabase = 'd'\nrole = 'r'\ntier = []\n\
             [approval]\ntable = 'a'\ncode = '^A$'\nexample = 'A'\nask = 'x'\n\
             columns = { code = 'c', who = 'w', level = 'l', signature = 's', at = 't' }",
        )
        .unwrap()
    }
}
