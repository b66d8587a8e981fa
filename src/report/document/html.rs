//! A document as one HTML page, with its own style sheet, no script and no external resource.

use super::escape::html;
use super::{Block, Document, Table, svg};
use crate::release::Draw;
use crate::report::TableAnswer;
use crate::report::review::{Branch, groups, mark_of, marks, tree};
use std::fmt::Write as _;

/// The style sheet for light mode, dark mode and print. It supports pages from 390 pixels in width.
const STYLE: &str = include_str!("style.css");

pub(super) fn document(document: &Document) -> String {
    let title = html(&document.title);
    let tone = match document.verdict {
        "GO" | "RELEASED" => "good",
        "UNKNOWN" => "open",
        _ => "bad",
    };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';style-src 'unsafe-inline'\">\n\
         <title>{title}: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<p>{}</p>\n<h1>{title}</h1>\n\
         <p class=\"verdict {tone}\">{}</p>\n<p class=\"reason\">{}</p>\n</header>\n",
        document.verdict,
        document.kind,
        document.verdict,
        html(&document.reason)
    );
    contents(&mut out, document);
    let (mut sections, mut drawings) = (0, 0);
    for block in &document.blocks {
        match block {
            Block::Heading(text) => {
                out.push_str(if sections > 0 { "</section>\n" } else { "" });
                sections += 1;
                // Writing to a String cannot fail.
                let _ = write!(out, "<section aria-labelledby=\"s{sections}\">\n<h2 id=\"s{sections}\">");
                let _ = writeln!(out, "{}</h2>", html(text));
            }
            Block::Paragraph(text) => out.push_str(&format!("<p>{}</p>\n", html(text))),
            Block::List(items) => list(&mut out, items),
            Block::Pairs(pairs) => {
                out.push_str("<dl>\n");
                for (label, text) in pairs {
                    let _ = writeln!(out, "<div><dt>{label}</dt><dd>{}</dd></div>", value(text));
                }
                out.push_str("</dl>\n");
            }
            Block::Table(shown) => table(&mut out, shown, "stack"),
            Block::Signatures(shown) => table(&mut out, shown, "stack sign"),
            Block::Review(shown) => {
                drawings += 1;
                review(&mut out, shown, drawings);
            }
            Block::Command(text) => out.push_str(&format!("<pre><code>{}</code></pre>\n", html(text))),
        }
    }
    out.push_str(if sections > 0 { "</section>\n" } else { "" });
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

/// Writes the list of sections, each a link, and opens the main part.
fn contents(out: &mut String, document: &Document) {
    let headings = document.blocks.iter().filter_map(|block| match block {
        Block::Heading(text) => Some(text),
        _ => None,
    });
    let links: String = (1..)
        .zip(headings)
        .map(|(number, text)| format!("<li><a href=\"#s{number}\">{}</a></li>\n", html(text)))
        .collect();
    if !links.is_empty() {
        let _ = write!(out, "<nav aria-label=\"Contents\">\n<ol>\n{links}</ol>\n</nav>\n");
    }
    out.push_str("<main>\n");
}

fn list(out: &mut String, items: &[String]) {
    let items: String = items.iter().map(|item| format!("<li>{}</li>\n", html(item))).collect();
    let _ = write!(out, "<ul>\n{items}</ul>\n");
}

/// Writes the head of a table. The ARIA roles keep it a table for screen readers when the style sheet shows its rows as blocks.
fn head(out: &mut String, class: &str, caption: &str, columns: &[String]) {
    let cells: String =
        columns.iter().map(|cell| format!("<th scope=\"col\" role=\"columnheader\">{}</th>", html(cell))).collect();
    let caption = html(caption);
    let _ = writeln!(out, "<table class=\"{class}\" role=\"table\">\n<caption>{caption}</caption>");
    let _ = writeln!(out, "<thead role=\"rowgroup\"><tr role=\"row\">{cells}</tr></thead>\n<tbody role=\"rowgroup\">");
}

/// Writes a row. The cells are already HTML.
fn row(out: &mut String, name: &str, cells: impl Iterator<Item = String>) {
    let cells: String = cells.collect();
    let _ = writeln!(out, "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">{}</th>{cells}</tr>", value(name));
}

fn table(out: &mut String, shown: &Table, class: &str) {
    head(out, class, &shown.caption, &shown.columns);
    for cells in &shown.rows {
        let named = cells.iter().zip(&shown.columns).skip(1);
        let cell = |(cell, column): (&String, &String)| {
            format!("<td role=\"cell\" data-of=\"{}\">{}</td>", html(column), value(cell))
        };
        row(out, cells.first().map_or("", String::as_str), named.map(cell));
    }
    out.push_str("</tbody>\n</table>\n");
}

/// Draws a table that people confirm. A table that is too large for a drawing is written as a table or as lists.
fn review(out: &mut String, shown: &TableAnswer, number: usize) {
    match shown.draw {
        Some(Draw::Matrix) => match svg::matrix(shown, number) {
            Some(drawn) => out.push_str(&drawn),
            None => matrix(out, shown),
        },
        Some(Draw::Tree) => names(out, shown, &tree(&shown.rows), (shown.rows.len(), number)),
        Some(Draw::List) => {
            let leaf = |name| Branch { name, under: Vec::new() };
            let group = |(name, names): (_, Vec<_>)| Branch { name, under: names.into_iter().map(leaf).collect() };
            let groups: Vec<Branch<'_>> = groups(&shown.rows).into_iter().map(group).collect();
            names(out, shown, &groups, (shown.rows.len() + groups.len(), number));
        }
        None => table(out, &Table::new(&shown.title, &shown.columns, shown.rows.clone()), "stack named"),
    }
}

fn names(out: &mut String, shown: &TableAnswer, below: &[Branch<'_>], (rows, number): (usize, usize)) {
    match svg::names(shown, below, rows, number) {
        Some(drawn) => out.push_str(&drawn),
        None => branches(out, below),
    }
}

/// Cells with the same value have the same shade. On a narrow page a cell shows an abbreviation, and the legend explains it.
fn matrix(out: &mut String, shown: &TableAnswer) {
    let marks = marks(&shown.rows);
    let cell = |tag: &str, text: &str| {
        let mark = mark_of(&marks, text);
        let (short, rest) = text.split_at(mark.short);
        format!("<{tag} class=\"k{}\"><b>{}</b><span>{}</span></{tag}>", mark.shade, html(short), html(rest))
    };
    head(out, "matrix", &shown.title, &shown.columns);
    for cells in &shown.rows {
        let drawn = cells.iter().skip(1).map(|text| cell("td", text).replacen("<td", "<td role=\"cell\"", 1));
        row(out, cells.first().map_or("", String::as_str), drawn);
    }
    out.push_str("</tbody>\n</table>\n<p class=\"key\">");
    out.extend(marks.iter().map(|(text, _)| cell("i", text)));
    out.push_str("</p>\n");
}

fn branches(out: &mut String, shown: &[Branch<'_>]) {
    out.push_str("<ul class=\"tree\">\n");
    for one in shown {
        branch(out, one);
    }
    out.push_str("</ul>\n");
}

fn branch(out: &mut String, shown: &Branch<'_>) {
    let _ = write!(out, "<li><b>{}</b>", html(shown.name));
    if !shown.under.is_empty() {
        let leaves = shown.leaves().map_or("", |_| " class=\"leaves\"");
        let _ = writeln!(out, " <small>{}</small>\n<ul{leaves}>", shown.under.len());
        shown.under.iter().for_each(|below| branch(out, below));
        out.push_str("</ul>");
    }
    out.push_str("</li>\n");
}

/// From this length on, a word may break after `_`, `.` and `/`.
const LONG: usize = 20;
/// From this length on, a word such as a digest is shown as code, which may break anywhere.
const SHOWN_AS_CODE: usize = 60;

/// The text of a cell as HTML. Long words may break, because cells are narrow.
fn value(text: &str) -> String {
    let word = |word: &str| {
        let shown = html(word);
        match word.len() {
            ..LONG => shown,
            LONG..SHOWN_AS_CODE => shown.replace('_', "_<wbr>").replace('.', ".<wbr>").replace('/', "/<wbr>"),
            _ => format!("<code>{shown}</code>"),
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
