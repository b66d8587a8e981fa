//! The tables that people confirm, drawn as SVG: a matrix, or names below names.
//!
//! A drawing has no width of its own. Horizontal positions are a part of the page's width, and letters have a size in pixels, so the
//! letters are as large on a phone as on paper. A table whose texts do not fit a narrow page is not drawn.
//!
//! For a screen reader a drawing is one image with a title and a description. The description is one sentence for each row. The sentence
//! is in the group that draws the row, so each fact is on one line of the file. Colour is never the only sign: each cell has a text.

use super::escape::html;
use crate::report::TableAnswer;
use crate::report::review::{Branch, Mark, mark_of, marks};
use std::fmt::Write as _;

/// The width in pixels that a drawing has on a page of 390 pixels, without the margins and a scroll bar.
const NARROW: usize = 338;
/// The width in pixels that a drawing has on the narrowest page with the wide layout.
const WIDE: usize = 590;
/// Horizontal positions are in this many parts of the width.
const WHOLE: usize = 10_000;
/// The space between two cells.
const GAP: usize = 90;

/// The width of a letter in tenths of a pixel: in a name on a narrow page, in a mark, and in the second line of a cell.
const LETTER: usize = 65;
const MARK_LETTER: usize = 80;
const SMALL_LETTER: usize = 62;

/// The most rows and columns of a matrix, and the most names of a tree, that are drawn.
const ROWS: usize = 60;
const COLUMNS: usize = 12;
const NAMES: usize = 150;
/// The maximum number of letters in the name of a row, and in the name of a branch.
const ROW_NAME: usize = 19;
const BRANCH_NAME: usize = 30;
/// The maximum depth of a tree that is drawn, and the indentation for each level.
const LEVELS: usize = 6;
const STEP: usize = 500;

/// Converts pixels to parts of the width of a narrow page, rounded up.
fn parts(pixels: usize) -> usize {
    (pixels * WHOLE).div_ceil(NARROW)
}

fn percent(parts: usize) -> String {
    format!("{}.{:02}%", parts / 100, parts % 100)
}

fn letters(text: &str) -> usize {
    text.chars().count()
}

fn longest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(letters).max().unwrap_or_default()
}

fn rect(x: usize, y: usize, width: usize, height: usize) -> String {
    let (x, width) = (percent(x), percent(width));
    format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"3\"/>")
}

/// A line of text. `content` is already HTML.
fn text(class: &str, x: usize, y: usize, content: &str) -> String {
    format!("<text class=\"{class}\" x=\"{}\" y=\"{y}\">{content}</text>", percent(x))
}

fn line(from: (usize, usize), to: (usize, usize)) -> String {
    format!("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>", percent(from.0), from.1, percent(to.0), to.1)
}

/// A drawing, row by row.
struct Drawing {
    /// The number of the drawing on the page. The ids of its elements begin with it.
    number: usize,
    rows: usize,
    height: usize,
    /// The shade of the boxes at the highest level of a tree.
    highest: usize,
    groups: String,
}

impl Drawing {
    fn new(number: usize, height: usize) -> Self {
        Self { number, rows: 0, height, highest: 5, groups: String::new() }
    }

    /// Adds shapes, and the sentence that says the same to a screen reader.
    fn row(&mut self, sentence: &str, shapes: &str) {
        self.rows += 1;
        // Writing to a String cannot fail.
        let _ = writeln!(
            self.groups,
            "<g><desc id=\"d{}r{}\">{}</desc>{shapes}</g>",
            self.number,
            self.rows,
            html(sentence)
        );
    }

    /// The whole figure. `legend` is already HTML.
    fn figure(self, title: &str, about: &str, legend: &str) -> String {
        let Self { number, rows, height, groups, .. } = self;
        let described: String = (1..=rows).map(|row| format!(" d{number}r{row}")).collect();
        let (title, about) = (html(title), html(about));
        format!(
            "<figure>\n<svg class=\"draw\" role=\"img\" width=\"100%\" height=\"{height}\" aria-labelledby=\"d{number}t\" \
             aria-describedby=\"d{number}d{described}\">\n<title id=\"d{number}t\">{title}</title>\n\
             <desc id=\"d{number}d\">{about}</desc>\n{groups}</svg>\n{legend}</figure>\n"
        )
    }
}

/// The sizes of a matrix.
struct Grid {
    /// The width of the names of the rows, and of one cell.
    name: usize,
    cell: usize,
    /// Whether the headings are written at two heights on a narrow page.
    is_staggered: bool,
    /// Whether the cells show letters, because the abbreviations are too long.
    has_letters: bool,
    /// Whether the cells have a second line with the rest of the text on a wide page.
    has_rest: bool,
}

impl Grid {
    /// The sizes for this table. `None` if its texts do not fit a narrow page.
    fn of(shown: &TableAnswer, marks: &[(&str, Mark)]) -> Option<Self> {
        let (first, headings) = shown.columns.split_first()?;
        let is_whole = shown.rows.iter().all(|row| row.len() == shown.columns.len());
        let is_small = headings.len() <= COLUMNS && shown.rows.len() <= ROWS && marks.len() <= usize::from(b'Z' - b'A');
        let names = longest(shown.rows.iter().map(|row| row[0].as_str()).chain([first.as_str()]));
        if !is_whole || !is_small || headings.is_empty() || shown.rows.is_empty() || names > ROW_NAME {
            return None;
        }
        let name = parts(names * LETTER / 10 + 8).max(1_200);
        let cell = (WHOLE - name) / headings.len();
        let narrow = cell * NARROW / WHOLE;
        let wide = cell * WIDE / WHOLE;
        let heading = longest(headings.iter().map(String::as_str)) * LETTER / 10;
        if heading > 2 * narrow || narrow < 2 * MARK_LETTER / 10 {
            return None;
        }
        let short = longest(marks.iter().map(|(text, mark)| &text[..mark.short]));
        let has_letters = short * MARK_LETTER / 10 + 6 > narrow;
        let rest = |(text, mark): &(&str, Mark)| letters(if has_letters { text } else { &text[mark.short..] });
        let longest_rest = marks.iter().map(rest).max().unwrap_or_default();
        let has_rest = longest_rest > 0 && longest_rest * SMALL_LETTER / 10 + 8 <= wide;
        Some(Self { name, cell, is_staggered: heading + 4 > narrow, has_letters, has_rest })
    }

    /// What a cell with this text shows: the abbreviation, and the rest of the text.
    fn label<'a>(&self, marks: &[(&str, Mark)], text: &'a str) -> (String, &'a str) {
        if self.has_letters {
            let at = marks.iter().position(|(known, _)| *known == text).unwrap_or_default();
            let letter = ('A'..='Z').nth(at).unwrap_or('Z');
            return (letter.to_string(), text);
        }
        let (short, rest) = text.split_at(mark_of(marks, text).short);
        (short.to_owned(), rest)
    }
}

/// The height of the headings, of a cell, and the distance between two rows.
const HEADINGS: usize = 36;
const CELL: usize = 46;
const ROW: usize = 50;

/// Draws a matrix. Cells with the same text have the same shade. A later text in the alphabet has a stronger shade.
pub(super) fn matrix(shown: &TableAnswer, number: usize) -> Option<String> {
    let marks = marks(&shown.rows);
    let grid = Grid::of(shown, &marks)?;
    let (first, headings) = shown.columns.split_first()?;
    let mut drawing = Drawing::new(number, HEADINGS + shown.rows.len() * ROW);
    let middle = |column: usize| grid.name + column * grid.cell + (grid.cell - GAP) / 2;
    let heading = |(column, heading): (usize, &String)| {
        let class = if grid.is_staggered && column % 2 == 1 { "c q up" } else { "c q" };
        text(class, middle(column), HEADINGS - 8, &html(heading))
    };
    let drawn: String = headings.iter().enumerate().map(heading).collect();
    let _ = writeln!(drawing.groups, "<g>{}{drawn}</g>", text("q", 0, HEADINGS - 8, &html(first)));
    for (row, cells) in shown.rows.iter().enumerate() {
        let y = HEADINGS + row * ROW;
        let mut shapes = text("b", 0, y + CELL / 2 + 4, &html(&cells[0]));
        for (column, (cell, heading)) in cells[1..].iter().zip(headings).enumerate() {
            let (short, rest) = grid.label(&marks, cell);
            let rest = rest.trim_start_matches(|letter: char| !letter.is_alphanumeric());
            let at = grid.name + column * grid.cell;
            let fact = html(&format!("{}, {heading}: {cell}", cells[0]));
            let _ = write!(shapes, "<g class=\"k{}\"><title>{fact}</title>", mark_of(&marks, cell).shade);
            shapes.push_str(&rect(at, y, grid.cell - GAP, CELL));
            let (class, up) = if grid.has_rest { ("c m two", 4) } else { ("c m", 0) };
            shapes.push_str(&text(class, middle(column), y + CELL / 2 + 5 - up, &html(&short)));
            if grid.has_rest {
                shapes.push_str(&text("c w", middle(column), y + CELL - 9, &html(rest)));
            }
            shapes.push_str("</g>");
        }
        let facts: Vec<String> =
            cells[1..].iter().zip(headings).map(|(cell, heading)| format!("{heading} {cell}")).collect();
        drawing.row(&format!("{}: {}.", cells[0], facts.join(", ")), &shapes);
    }
    let legend: String = marks
        .iter()
        .map(|(text, mark)| {
            let (short, rest) = grid.label(&marks, text);
            let blank = if grid.has_letters { " " } else { "" };
            format!("<i class=\"k{}\"><b>{}</b>{blank}<span>{}</span></i>", mark.shade, html(&short), html(rest))
        })
        .collect();
    let about = format!("A row for each {first}, and a column for each of: {}.", headings.join(", "));
    Some(drawing.figure(&shown.title, &about, &format!("<figcaption class=\"key\">{legend}</figcaption>\n")))
}

/// The heights of the box of a branch and of a leaf, and their distances from the next ones.
const BOX: usize = 26;
const BOX_ROW: usize = 32;
const LEAF: usize = 22;
const LEAF_ROW: usize = 26;

/// Draws names below names. `rows` is the number of names that the table has. `None` if they do not fit a narrow page, or if a name of the
/// table is below no root.
pub(super) fn names(shown: &TableAnswer, branches: &[Branch<'_>], rows: usize, number: usize) -> Option<String> {
    let count: usize = branches.iter().map(Branch::count).sum();
    let depth = branches.iter().map(Branch::depth).max().unwrap_or_default();
    let longest = branches.iter().map(Branch::longest).max().unwrap_or_default();
    if count != rows || count == 0 || count > NAMES || depth > LEVELS || longest > BRANCH_NAME {
        return None;
    }
    let mut drawing = Drawing::new(number, 0);
    // Many dark boxes side by side would look like the most important part of the page.
    drawing.highest = if branches.len() == 1 { 5 } else { 3 };
    for root in branches {
        branch(&mut drawing, root, 0, None);
    }
    let about = match branches {
        [root] => format!("{} is above all others.", root.name),
        _ => format!("There are {} groups.", branches.len()),
    };
    Some(drawing.figure(&shown.title, &about, ""))
}

/// Draws a branch and what is below it. `from` is the lower end of the parent's box.
fn branch(drawing: &mut Drawing, shown: &Branch<'_>, depth: usize, from: Option<usize>) {
    let (x, y) = (depth * STEP, drawing.height);
    let mut shapes = from.map_or_else(String::new, |from| {
        let (rail, middle) = (x - STEP / 2, y + BOX / 2);
        line((rail, from), (rail, middle)) + &line((rail, middle), (x, middle))
    });
    let number = if shown.under.is_empty() { String::new() } else { format!(" ({})", shown.under.len()) };
    let width = parts((letters(shown.name) + letters(&number)) * LETTER / 10 + 16).min(WHOLE - x);
    let shade = match (shown.under.is_empty(), depth) {
        (true, _) => 1,
        (_, 0) => drawing.highest,
        (_, 1) => 3,
        _ => 2,
    };
    let _ = write!(shapes, "<g class=\"k{shade}\">{}", rect(x, y, width, BOX));
    let name = format!("{}<tspan class=\"q\">{number}</tspan>", html(shown.name));
    shapes.push_str(&text("b", x + 160, y + BOX / 2 + 4, &name));
    shapes.push_str("</g>");
    drawing.height += BOX_ROW;
    let below: Vec<&str> = shown.under.iter().map(|below| below.name).collect();
    let sentence = match below.len() {
        0 => format!("{}.", shown.name),
        count => format!("{}, {count} below it: {}.", shown.name, below.join(", ")),
    };
    if let Some(names) = shown.leaves() {
        leaves(drawing, &names, depth, y + BOX, &mut shapes);
        drawing.row(&sentence, &shapes);
        return;
    }
    drawing.row(&sentence, &shapes);
    for below in &shown.under {
        branch(drawing, below, depth + 1, Some(y + BOX));
    }
}

/// Draws names that have none below them, side by side.
fn leaves(drawing: &mut Drawing, names: &[&str], depth: usize, from: usize, shapes: &mut String) {
    let start = (depth + 1) * STEP;
    let longest = longest(names.iter().copied()) * LETTER / 10 + 8;
    let columns = ((WHOLE - start) * NARROW / WHOLE / longest).clamp(1, 6);
    let cell = (WHOLE - start) / columns;
    let rail = start - STEP / 2;
    shapes.push_str("<g class=\"k1\">");
    for (row, names) in names.chunks(columns).enumerate() {
        let y = drawing.height + row * LEAF_ROW;
        let middle = y + LEAF / 2;
        shapes.push_str(&line((rail, from), (rail, middle)));
        shapes.push_str(&line((rail, middle), (start, middle)));
        for (column, name) in names.iter().enumerate() {
            let x = start + column * cell;
            shapes.push_str(&rect(x, y, cell - GAP, LEAF));
            shapes.push_str(&text("c", x + (cell - GAP) / 2, middle + 4, &html(name)));
        }
    }
    shapes.push_str("</g>");
    drawing.height += names.len().div_ceil(columns) * LEAF_ROW + 8;
}

#[cfg(test)]
mod tests;
