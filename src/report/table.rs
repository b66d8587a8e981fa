//! Aligned tables within the terminal's width.

use crate::text::escaped;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

/// A table without borders, two blanks in front; cells wrap inside `width`.
pub(super) fn table(width: u16, header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width.saturating_sub(2).max(40));
    if !header.is_empty() {
        table.set_header(header.iter().copied());
    }
    for row in rows {
        table.add_row(row.iter().map(|cell| escaped(cell).into_owned()));
    }
    // A name that is cut is not found again: the first two columns, mark and name, are never wrapped.
    for column in table.column_iter_mut().take(2) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    table.lines().map(|line| format!("  {}\n", line.trim_end())).collect()
}
