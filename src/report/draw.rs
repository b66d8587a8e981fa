//! The tables that people confirm, drawn on a terminal as a matrix, a tree or a list. They fit its width, and use only ASCII if the locale
//! has no more.

use super::answer::TableAnswer;
use super::review::{Branch, groups, mark_of, marks, tree};
use super::style::{Style, Tone, wrap_hanging};
use super::table::table;
use crate::release::Draw;
use crate::text::escaped;
use std::fmt::Write as _;

/// Draws a table in the way that it names, or else as a plain table.
pub(super) fn review_text(out: &mut String, shown: &TableAnswer, style: &Style) {
    out.push('\n');
    out.push_str(&wrap_hanging(&escaped(&shown.title), style.width, (2, 2), |line| style.paint(Tone::Strong, line)));
    match shown.draw {
        Some(Draw::Matrix) => matrix(out, shown, style),
        Some(Draw::Tree) => tree(&shown.rows).iter().for_each(|branch| {
            let _ = writeln!(out, "  {}", escaped(branch.name));
            under(out, branch, "  ", style);
        }),
        Some(Draw::List) => {
            let rows = groups(&shown.rows)
                .into_iter()
                .map(|(group, names)| vec![group.to_owned(), names.len().to_string(), names.join(", ")]);
            out.push_str(&table(style.width, &[], rows.collect()));
        }
        None => {
            let header: Vec<&str> = shown.columns.iter().map(String::as_str).collect();
            out.push_str(&table(style.width, &header, shown.rows.clone()));
        }
    }
}

/// Draws a matrix with abbreviated cells, and a legend below it.
fn matrix(out: &mut String, shown: &TableAnswer, style: &Style) {
    let marks = marks(&shown.rows);
    let short = |cell: &String| cell[..mark_of(&marks, cell).short].to_owned();
    let rows = shown.rows.iter().map(|row| {
        let cells = row.iter().skip(1).map(short);
        row.first().cloned().into_iter().chain(cells).collect()
    });
    let header: Vec<&str> = shown.columns.iter().map(String::as_str).collect();
    out.push_str(&table(style.width, &header, rows.collect()));
    let key: Vec<String> = marks
        .iter()
        .filter(|(text, mark)| mark.short < text.len())
        .map(|(text, mark)| format!("{} is {text}", &text[..mark.short]))
        .collect();
    if !key.is_empty() {
        out.push_str(&wrap_hanging(&escaped(&key.join(", ")), style.width, (2, 2), str::to_owned));
    }
}

/// Draws the nodes below a branch. Nodes without children are listed on one line after their parent.
fn under(out: &mut String, branch: &Branch<'_>, indent: &str, style: &Style) {
    let (fork, last, line) = if style.unicode { ("├─ ", "└─ ", "│  ") } else { ("|- ", "`- ", "|  ") };
    for (index, below) in branch.under.iter().enumerate() {
        let is_last = index + 1 == branch.under.len();
        let (edge, rest) = if is_last { (last, "   ") } else { (fork, line) };
        let Some(leaves) = below.leaves() else {
            let _ = writeln!(out, "{indent}{edge}{}", escaped(below.name));
            under(out, below, &format!("{indent}{rest}"), style);
            continue;
        };
        let text = format!("{} ({}): {}", below.name, leaves.len(), leaves.join(", "));
        let room = usize::from(style.width).saturating_sub(indent.chars().count() + 3);
        let wrapped = wrap_hanging(&escaped(&text), u16::try_from(room).unwrap_or(u16::MAX), (0, 2), str::to_owned);
        for (number, text) in wrapped.lines().enumerate() {
            let _ = writeln!(out, "{indent}{}{text}", if number == 0 { edge } else { rest });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(draw: Draw, unicode: bool) -> String {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let rows = match draw {
            Draw::Matrix => vec![row(&["x", "B1-LOW", "C1-HIGH"]), row(&["y", "C1-HIGH", "C1-HIGH"])],
            Draw::Tree => vec![row(&["root", ""]), row(&["a", "root"]), row(&["b", "root"]), row(&["c", "a"])],
            Draw::List => vec![row(&["c", "a"]), row(&["d", "a"])],
        };
        let shown = TableAnswer { title: "t".to_owned(), draw: Some(draw), columns: row(&["", "1", "2"]), rows };
        let mut out = String::new();
        review_text(&mut out, &shown, &Style { width: 80, unicode, ..Style::default() });
        out
    }

    #[test]
    fn a_matrix_has_short_cells_and_a_key() {
        let text = shown(Draw::Matrix, false);
        assert_eq!(text, "\n  t\n     1   2\n  x  B1  C1\n  y  C1  C1\n  B1 is B1-LOW, C1 is C1-HIGH\n");
    }

    #[test]
    fn a_tree_has_lines_that_the_terminal_can_show() {
        assert_eq!(shown(Draw::Tree, true), "\n  t\n  root\n  ├─ a (1): c\n  └─ b\n");
        assert_eq!(shown(Draw::Tree, false), "\n  t\n  root\n  |- a (1): c\n  `- b\n");
        assert!(shown(Draw::List, false).is_ascii());
    }
}
