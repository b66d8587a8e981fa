//! A file of `checks/`: the first lines give the expected value and the hint, and one SELECT follows that returns one text.

/// One check as its file describes it.
#[derive(Debug, PartialEq, Eq)]
pub struct CheckSource<'t> {
    /// The value that the SELECT must return: this text, or `>= n` for a number.
    pub expected: &'t str,
    /// What an unmet check means: `error`, `warning` (the run continues), or `stop` (like `error`, and the rest of the list is not
    /// checked).
    pub severity: &'static str,
    /// Where a person should look and what the person should do.
    pub hint: &'t str,
    /// The SELECT.
    pub question: &'t str,
}

impl<'t> CheckSource<'t> {
    /// Reads the text of a check's file.
    ///
    /// # Errors
    /// Returns the rule that the text breaks.
    pub fn read(text: &'t str) -> Result<Self, &'static str> {
        let (mut expected, mut hint, mut severity) = (None, None, "error");
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\n') {
            if let Some(value) = line.strip_prefix("-- expected: ") {
                expected = Some(value);
            } else if let Some(value) = line.strip_prefix("-- hint: ") {
                hint = Some(value);
            } else if line == "-- warning" {
                severity = "warning";
            } else if line == "-- stop" {
                severity = "stop";
            } else {
                break;
            }
            rest = after;
        }
        let question = rest.trim_end();
        if question.is_empty() {
            return Err("it has no SELECT");
        }
        for (quote, reason) in [
            ("$q$", "it holds $q$, which the engine uses to quote it"),
            ("$oneroof$", "it holds $oneroof$, which the engine uses to quote it"),
        ] {
            if question.contains(quote) {
                return Err(reason);
            }
        }
        if question.ends_with(';') {
            return Err("its SELECT ends with a semicolon, and it is put into another statement");
        }
        Ok(Self {
            expected: expected.ok_or("it lacks the line -- expected: VALUE")?,
            hint: hint.ok_or("it lacks the line -- hint: TEXT")?,
            severity,
            question,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_read_line_by_line_up_to_its_select() {
        let text = "-- expected: >= 1\n-- warning\n-- hint: Look: there.\n-- why\nSELECT 1\nFROM t\n";
        let read = CheckSource {
            expected: ">= 1",
            severity: "warning",
            hint: "Look: there.",
            question: "-- why\nSELECT 1\nFROM t",
        };
        assert_eq!(CheckSource::read(text), Ok(read));
        for (text, reason) in [
            ("", "it has no SELECT"),
            ("-- expected: 1\n-- hint: x\n", "it has no SELECT"),
            ("-- expected: 1\nSELECT 1\n", "it lacks the line -- hint: TEXT"),
            ("-- hint: x\nSELECT 1\n", "it lacks the line -- expected: VALUE"),
            (
                "-- expected: 1\n-- hint: x\nSELECT 1;\n",
                "its SELECT ends with a semicolon, and it is put into another statement",
            ),
            ("-- expected: 1\n-- hint: x\nSELECT $q$1$q$\n", "it holds $q$, which the engine uses to quote it"),
            (
                "-- expected: 1\n-- hint: x\nSELECT $oneroof$1$oneroof$\n",
                "it holds $oneroof$, which the engine uses to quote it",
            ),
        ] {
            assert_eq!(CheckSource::read(text), Err(reason), "{text:?}");
        }
    }
}
