//! How text is printed: tones, marks and wrapped lines.

use crate::check::{Check, Severity};

/// How text is printed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// The width of the terminal, in columns.
    pub width: u16,
    /// Whether ANSI colours are used.
    pub colour: bool,
    /// Whether marks beyond ASCII are used.
    pub unicode: bool,
    /// Whether the met checks of a family are listed one by one.
    pub verbose: bool,
    /// Whether only unmet checks are listed.
    pub brief: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Tone {
    Good,
    Bad,
    Warn,
    Strong,
    Faint,
}

impl Style {
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        use anstyle::{AnsiColor, Effects, Style};
        if !self.colour {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().effects(Effects::BOLD),
            Tone::Warn => AnsiColor::Yellow.on_default(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
        };
        format!("{style}{text}{style:#}")
    }

    pub(super) fn mark(&self, check: &Check) -> (&'static str, Tone) {
        match (check.ok, check.severity, self.unicode) {
            (true, _, true) => ("✓", Tone::Good),
            (true, _, false) => ("ok", Tone::Good),
            (false, Severity::Warning, true) => ("!", Tone::Warn),
            (false, Severity::Warning, false) => ("!!", Tone::Warn),
            (false, Severity::Error, true) => ("✗", Tone::Bad),
            (false, Severity::Error, false) => ("NO", Tone::Bad),
        }
    }

    pub(super) fn step_mark(&self, ok: bool) -> &'static str {
        match (ok, self.unicode) {
            (true, true) => "✓",
            (true, false) => "ok",
            (false, true) => "✗",
            (false, false) => "NO",
        }
    }

    pub(super) fn dash(&self) -> &'static str {
        if self.unicode { "—" } else { "--" }
    }
}

/// Writes a label in its tone and a text after it. Further lines of the text are indented.
pub(super) fn labelled(out: &mut String, label: &str, text: &str, tone: Tone, style: &Style) {
    let wrapped = wrap(&format!("{label} {text}"), style.width, 0, str::to_owned);
    out.push_str(&style.paint(tone, label));
    out.push_str(&wrapped[label.len()..]);
}

/// Wraps a text to the width. Every line is indented by `indent` blanks, further lines by two more, and each line is painted. A word is
/// never cut.
pub(super) fn wrap(text: &str, width: u16, indent: usize, paint: impl Fn(&str) -> String) -> String {
    wrap_hanging(text, width, (indent, 2), paint)
}

/// A label and a fact. Further lines of the fact are aligned with the first.
pub fn fact_line(label: &str, text: &str, width: u16) -> String {
    wrap_hanging(&format!("{label:<9} {text}"), width, (2, 10), str::to_owned)
}

/// Wraps a text like [`wrap`], but further lines are indented by `hang` more blanks.
pub fn wrap_hanging(text: &str, width: u16, (indent, hang): (usize, usize), paint: impl Fn(&str) -> String) -> String {
    let room = usize::from(width).saturating_sub(indent).max(36);
    let words = text.trim_start_matches(' ');
    // Blanks at the beginning of the text are kept. They replace a label that is not repeated.
    let mut lines: Vec<String> = vec![text[..text.len() - words.len()].to_owned()];
    for (index, word) in words.split(' ').enumerate() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if index > 0 && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(format!("{}{word}", " ".repeat(hang)));
        } else {
            line.push_str(if index == 0 { "" } else { " " });
            line.push_str(word);
        }
    }
    lines.iter().map(|line| format!("{}{}\n", " ".repeat(indent), paint(line.trim_end()))).collect()
}
