//! Aligned tables that fit the terminal's width. A word is never cut, because nobody can search for a name that was cut.

use crate::text::escaped;

/// The number of blanks between two columns.
const GAP: usize = 2;

/// A table without borders, indented by two blanks. Cells are wrapped to fit `width`. The first column is never wrapped, and the second one only
/// if it is very wide.
pub(super) fn table(width: u16, header: &[&str], rows: Vec<Vec<String>>) -> String {
    let head = (!header.is_empty()).then(|| header.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    let cells = rows.into_iter().map(|row| row.iter().map(|cell| escaped(cell).into_owned()).collect());
    let rows: Vec<Vec<String>> = head.into_iter().chain(cells).collect();
    let widths = widths(usize::from(width), &rows);
    rows.iter().map(|row| drawn(row, &widths)).collect()
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// The width of each column. A column gets what it needs if there is room, and the rest is shared by wider columns.
fn widths(width: usize, rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize, of: fn(&str) -> usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| of(cell)).max().unwrap_or(0)
    };
    let longest_word = |cell: &str| cell.split(' ').map(length).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..columns).map(|column| widest(column, length)).collect();
    let taken = |columns: usize| widths.iter().take(columns).sum::<usize>();
    // The second column is wrapped too if it would leave less than a third of the width for the others.
    let first = if columns > 2 && taken(2) > width * 2 / 3 { 1 } else { 2 };
    let mut room = width.saturating_sub(taken(first) + GAP * columns);
    let mut open: Vec<usize> = (first..columns).collect();
    // A column that needs less than its share leaves the rest to the others.
    while let Some(index) = open.iter().position(|column| widths[*column] <= room / open.len()) {
        room -= widths[open.remove(index)];
    }
    for (index, column) in open.iter().enumerate() {
        let share = room / (open.len() - index);
        widths[*column] = share.max(widest(*column, longest_word).min(share.max(room / 2)));
        room = room.saturating_sub(widths[*column]);
    }
    widths
}

/// One row, on as many lines as its longest cell needs.
fn drawn(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, width)| wrapped(cell, *width)).collect();
    let lines = cells.iter().map(Vec::len).max().unwrap_or(0);
    let line = |index: usize| {
        let mut line = String::new();
        let mut wanted = 0;
        for (cell, width) in cells.iter().zip(widths) {
            wanted += GAP;
            let text = cell.get(index).map_or("", String::as_str);
            // A word that is wider than its column moves the next cells to the right. It is not cut.
            let blanks = wanted.saturating_sub(length(&line)).max(usize::from(!line.is_empty()));
            line.push_str(&" ".repeat(blanks));
            line.push_str(text);
            wanted += width;
        }
        format!("{}\n", line.trim_end())
    };
    (0..lines).map(line).collect()
}

fn wrapped(cell: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in cell.split(' ') {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && length(&lines[last]) + 1 + length(word) > width {
            lines.push(word.to_owned());
        } else {
            let line = &mut lines[last];
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn columns_are_aligned_and_wrap_at_words() {
        let drawn = table(
            40,
            &["", "check", "expected", "actual"],
            vec![row(&["ok", "gap", "210", "one two three four five"])],
        );
        assert_eq!(
            drawn,
            "      check  expected  actual\n  ok  gap    210       one two three\n                       four five\n"
        );
    }

    #[test]
    fn a_very_wide_second_column_wraps_too() {
        let drawn = table(40, &[], vec![row(&["host", "one two three four five six seven", "the environment"])]);
        assert_eq!(drawn, "  host  one two three    the environment\n        four five six\n        seven\n");
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole() {
        let name = "public.v_governance_event_emit_and_more";
        let drawn = table(40, &[], vec![row(&["ok", "gov_emit", "0", &format!("relation {name} is gone")])]);
        assert!(drawn.lines().any(|line| line.trim() == name), "{drawn}");
        assert!(table(40, &[], Vec::new()).is_empty());
    }

    #[test]
    fn what_could_move_the_cursor_is_escaped() {
        assert_eq!(table(40, &[], vec![row(&["a\n", "b\u{1b}"])]), "  a\\n  b\\u{1b}\n");
    }
}
