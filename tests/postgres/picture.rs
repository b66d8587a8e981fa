//! The picture in the README: the demo on a terminal of 80 columns, drawn as SVG. `.ci/picture` makes it again.
//!
//! For each command the picture keeps the typed line, the first line of the answer, the unmet checks and, if something was committed, the
//! tiers. The demo prints no path and no date. Times, sizes and numbers of locks differ from run to run and from version to version. The
//! test removes them from both pictures before it compares, and does not write a picture again if nothing else differs.

use crate::support::{Sandbox, plain, readers, repository};
use regex::Regex;
use std::fmt::Write as _;

const COLUMNS: usize = 80;
/// The width of a character and the height of a line in pixels, at a font size of 14 pixels.
const LETTER: f64 = 8.43;
const LINE: usize = 19;
const MARGIN: usize = 20;

/// The colours are those of the pages that show the picture. They have a contrast of at least 4.5 to 1 in light and dark mode.
const STYLE: &str = "
  .ground { fill: #ffffff; stroke: #d0d7de; }
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328; white-space: pre; }
  .strong { font-weight: 700; }
  .good { fill: #116329; }
  .bad { fill: #b3131f; font-weight: 700; }
  .warn { fill: #7d4e00; }
  .faint { fill: #57606a; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #30363d; }
    text { fill: #e6edf3; }
    .good { fill: #56d364; }
    .bad { fill: #ff7b72; }
    .warn { fill: #e3b341; }
    .faint { fill: #9da7b3; }
  }
";

/// A piece of a line, and its CSS class.
type Span = (&'static str, String);

/// The CSS class of a colour code in the program's output.
fn class(code: &str) -> &'static str {
    match code {
        "" | "0" => "",
        "1" => "strong",
        "2" => "faint",
        "31" => "bad",
        "32" => "good",
        "33" => "warn",
        other => panic!("the picture knows no colour {other:?}"),
    }
}

/// Splits a line at its escape sequences.
fn spans(line: &str) -> Vec<Span> {
    let escape = Regex::new(r"\x1b\[([0-9;]*)m").unwrap();
    let (mut spans, mut now, mut from): (Vec<Span>, &'static str, usize) = (Vec::new(), "", 0);
    for found in escape.captures_iter(line) {
        let whole = found.get(0).unwrap();
        spans.push((now, line[from..whole.start()].to_owned()));
        // Bold and red are two sequences. Red wins.
        let next = class(&found[1]);
        now = if now == "bad" && next == "strong" { now } else { next };
        from = whole.end();
    }
    spans.push((now, line[from..].to_owned()));
    spans.retain(|(_, text)| !text.is_empty());
    assert!(spans.iter().all(|(_, text)| !text.contains('\x1b')), "{line:?}");
    spans
}

/// The lines that the picture keeps.
fn kept(drawn: &str) -> Vec<Vec<Span>> {
    let unmet = Regex::new(r"^  [✗!]  ").unwrap();
    let tier = Regex::new(r"^  tier \d .*(committed|rolled back)").unwrap();
    let mut lines: Vec<Vec<Span>> = Vec::new();
    // The first answer continues until the first empty line.
    let mut head = false;
    for line in drawn.lines().map(|line| line.trim_end_matches('\r')) {
        // The program erases the line with the elapsed time, so only the text after it counts.
        let line = line.rsplit("\r\x1b[K").next().unwrap_or_default();
        let text = plain(line);
        let begins = text.starts_with("$ ")
            || (text.starts_with("# ") && !text.starts_with("#   "))
            || text.starts_with("oneroof demo: ");
        if begins {
            if text.starts_with("oneroof demo: ") && lines.last().is_some_and(|last| last[0].1.contains("oneroof demo"))
            {
                break;
            }
            lines.push(Vec::new());
            lines.push(vec![(if text.starts_with("# ") { "faint" } else { "strong" }, text.clone())]);
            head = text.starts_with("$ ");
        } else if text.starts_with("#   ") {
            lines.push(vec![("faint", text.clone())]);
        } else if head && text.is_empty() {
            head = false;
        } else if head || unmet.is_match(&text) || tier.is_match(&text) {
            lines.push(spans(line));
        }
        if text.starts_with("oneroof demo: ") {
            break;
        }
    }
    lines.remove(0);
    lines
}

fn svg(lines: &[Vec<Span>]) -> String {
    let width = (LETTER * f64::from(u16::try_from(COLUMNS).unwrap())).ceil();
    let width = format!("{}", width + 2.0 * f64::from(u16::try_from(MARGIN).unwrap()));
    let height = lines.len() * LINE + 2 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"title\">\n<title id=\"title\">oneroof demo, shortened: the first line of each command, the unmet checks, \
         and what was committed</title>\n<style>{STYLE}</style>\n<rect class=\"ground\" x=\"0.5\" y=\"0.5\" width=\"99.8%\" height=\"99.9%\" rx=\"8\"/>\n"
    );
    for (number, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        let _ = write!(out, "<text x=\"{MARGIN}\" y=\"{}\" xml:space=\"preserve\">", MARGIN + (number + 1) * LINE - 5);
        for (class, text) in line {
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let _ = match *class {
                "" => write!(out, "{text}"),
                class => write!(out, "<tspan class=\"{class}\">{text}</tspan>"),
            };
        }
        out.push_str("</text>\n");
    }
    out + "</svg>\n"
}

/// The picture without the figures that differ from run to run, and without the spaces around them.
fn without_figures(svg: &str) -> String {
    let figures = Regex::new(r"\+?\b[\d.]+ (?:ms|s|B|kB|MB|bytes|locks)\b").unwrap();
    let blanks = Regex::new(" +").unwrap();
    blanks.replace_all(&figures.replace_all(svg, "·"), " ").into_owned()
}

#[test]
fn the_picture_in_the_readme_is_of_the_demo() {
    if !readers::has_pg_dump() {
        println!("skipped: the demo shows dumps, and no pg_dump here is new enough for the server under test");
        return;
    }
    let demo = Sandbox::new().oneroof(["demo"]).on_terminal(50, 80).finish().expect_success();
    let lines = kept(&demo.stdout);
    assert!((40..70).contains(&lines.len()), "{} lines:\n{}", lines.len(), plain(&demo.stdout));
    for line in &lines {
        let width: usize = line.iter().map(|(_, text)| text.chars().count()).sum();
        assert!(width <= COLUMNS, "{width} columns: {line:?}");
    }
    for class in ["good", "bad"] {
        assert!(lines.iter().flatten().any(|(known, _)| *known == class), "nothing is {class}");
    }
    let drawn = svg(&lines);
    let path = repository("docs/demo.svg");
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let is_same = without_figures(&kept) == without_figures(&drawn);
    if !is_same && std::env::var_os("ONEROOF_WRITE_DOCS").is_some() {
        std::fs::write(&path, &drawn).unwrap();
        return;
    }
    assert!(is_same, "docs/demo.svg is stale, run .ci/picture. The demo shows:\n{}", without_figures(&drawn));
    assert!(!kept.contains("/tmp") && !kept.contains("sha256:"), "the picture shows a path or a digest");
}
