//! Replaces everything in a text that differs from run to run.

use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// The texts of one run that are replaced. The patterns are always replaced.
#[derive(Debug, Clone, Default)]
pub struct Redactions {
    exact: Vec<(String, String)>,
}

/// The patterns, in the order in which they apply. The group `before` and the spaces around the match are kept.
static PATTERNS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"(?<before>)sha256:[0-9a-f]{6,64}\b", "sha256:$DIGEST"),
        (r"(?<before>)\b[0-9a-f]{64}\b", "$DIGEST"),
        (r"(?<before>)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "$UUID"),
        // A second run in the same second gets a number in its file name, which depends on the clock as well.
        (r"(?<before>)\d{8}T\d{6}(?:\.\d+)?Z(?:_\d+)?", "$UTC"),
        (r"(?<before>)\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?UTC|Z|[+-]\d\d(?::?\d\d)?)?", "$TIME"),
        // Seconds without a fraction are limits such as "30 s", and stay. Seconds with a fraction are measurements.
        (r"(?<before>)\b\d+(?:\.\d+)? ?(?:ms|µs)\b", "$DURATION"),
        (r"(?<before>)\b\d+\.\d+ ?s\b", "$DURATION"),
        (r#"(?<before>"(?:duration|elapsed|held|waited)[a-z_]*": ?)\d+(?:\.\d+)?"#, "$DURATION"),
        (r"(?<before>)\b\d[\d.,]* ?(?:bytes|B|kB|KiB|MB|MiB)\b", "$BYTES"),
        (r#"(?<before>"[a-z_]*bytes": ?)\d+"#, "$BYTES"),
        // The number of locks of a tier differs between server versions.
        (r"(?<before>)\+?\b\d+ (?:more )?locks\b", "$LOCKS"),
        (r"(?<before>\b(?:pid|PID|process)[ =:]+)\d+\b", "$PID"),
        (r#"(?<before>"[a-z_]*pid": ?)\d+"#, "$PID"),
        (r"(?<before>\bxid[ =:]+)\d+\b", "$XID"),
        (r#"(?<before>"[a-z_]*xid": ?"?)\d+"#, "$XID"),
        // A figure such as 3/43 is not a WAL position. The second half of a real position is longer.
        (r"(?<before>)\b[0-9A-F]{1,8}/[0-9A-F]{5,8}\b", "$LSN"),
        (r"(?<before>)\b7\d{18}\b", "$SYSTEM"),
    ]
    .into_iter()
    .map(|(pattern, word)| {
        // In a table the number of spaces around a figure depends on its width.
        let padded = format!(r"(?<blanks> *){pattern}(?<after> *)");
        (Regex::new(&padded).unwrap(), word)
    })
    .collect()
});

impl Redactions {
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces this path by a word.
    pub fn exact(self, path: &Path, word: &str) -> Self {
        self.text(&path.display().to_string(), word)
    }

    /// Replaces this text by a word.
    pub fn text(mut self, text: &str, word: &str) -> Self {
        self.exact.push((text.to_owned(), word.to_owned()));
        // The longest text comes first, because the path of a folder begins with the path of its parent.
        self.exact.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        self
    }

    /// The text after all replacements.
    pub fn apply(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (own, word) in &self.exact {
            text = text.replace(own, word);
        }
        for (pattern, word) in PATTERNS.iter() {
            text = pattern
                .replace_all(&text, |found: &Captures| {
                    let blanks = |name: &str| {
                        if found[name].len() > 1 { "  " } else { &found[name] }
                    };
                    let (left, right) = (blanks("blanks").to_owned(), blanks("after").to_owned());
                    format!("{left}{}{word}{right}", &found["before"])
                })
                .into_owned();
        }
        let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
        lines.join("\n")
    }
}
