//! Takes out of a text what differs from run to run.

use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Texts that this run knows to be its own, and the patterns that are always taken out.
#[derive(Debug, Clone, Default)]
pub struct Redactions {
    exact: Vec<(String, String)>,
}

/// The patterns, in the order in which they apply. `$before` and `$after` are kept.
static PATTERNS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"(?<before>)sha256:[0-9a-f]{6,64}\b", "sha256:$DIGEST"),
        (r"(?<before>)\b[0-9a-f]{64}\b", "$DIGEST"),
        (r"(?<before>)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "$UUID"),
        // Two runs in one second differ by a number, which depends on the clock as well.
        (r"(?<before>)\d{8}T\d{6}(?:\.\d+)?Z(?:_\d+)?", "$UTC"),
        (r"(?<before>)\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?UTC|Z|[+-]\d\d(?::?\d\d)?)?", "$TIME"),
        // Of whole seconds only those with a fraction: "30 s" is a limit, not a measurement.
        (r"(?<before>)\b\d+(?:\.\d+)? ?(?:ms|µs)\b", "$DURATION"),
        (r"(?<before>)\b\d+\.\d+ ?s\b", "$DURATION"),
        (r#"(?<before>"(?:duration|elapsed|held|waited)[a-z_]*": ?)\d+(?:\.\d+)?"#, "$DURATION"),
        (r"(?<before>)\b\d[\d.,]* ?(?:bytes|B|kB|KiB|MB|MiB)\b", "$BYTES"),
        (r#"(?<before>"[a-z_]*bytes": ?)\d+"#, "$BYTES"),
        // How many a tier needs differs from version to version of the server.
        (r"(?<before>)\+?\b\d+ (?:more )?locks\b", "$LOCKS"),
        (r"(?<before>\b(?:pid|PID|process)[ =:]+)\d+\b", "$PID"),
        (r#"(?<before>"[a-z_]*pid": ?)\d+"#, "$PID"),
        (r"(?<before>\bxid[ =:]+)\d+\b", "$XID"),
        (r#"(?<before>"[a-z_]*xid": ?"?)\d+"#, "$XID"),
        // A figure such as 3/43 is not one: the second half of a real one is longer.
        (r"(?<before>)\b[0-9A-F]{1,8}/[0-9A-F]{5,8}\b", "$LSN"),
        (r"(?<before>)\b7\d{18}\b", "$SYSTEM"),
    ]
    .into_iter()
    .map(|(pattern, word)| {
        // In a table the blanks around a figure depend on its width.
        let padded = format!(r"(?<blanks> *){pattern}(?<after> *)");
        (Regex::new(&padded).unwrap(), word)
    })
    .collect()
});

impl Redactions {
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces a path by a word.
    pub fn exact(self, path: &Path, word: &str) -> Self {
        self.text(&path.display().to_string(), word)
    }

    /// Replaces a text by a word.
    pub fn text(mut self, text: &str, word: &str) -> Self {
        self.exact.push((text.to_owned(), word.to_owned()));
        // The longest first: a folder's name begins with its parent's.
        self.exact.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        self
    }

    /// The text with everything replaced.
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
