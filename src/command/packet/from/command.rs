//! psql's backslash commands. Includes and variables are carried out. Commands that change nothing in the database are left out. Other
//! commands are refused, and the error says what to write instead.

use super::SourceRefusal;
use super::constants;
use super::script::OpenScript;

/// Commands that print, or that set how psql prints.
const OUTPUT: [&str; 24] = [
    "echo",
    "qecho",
    "warn",
    "pset",
    "timing",
    "t",
    "x",
    "a",
    "H",
    "html",
    "f",
    "C",
    "T",
    "conninfo",
    "copyright",
    "errverbose",
    "h",
    "help",
    "?",
    "p",
    "print",
    "z",
    "restrict",
    "unrestrict",
];

/// Variables that control psql and change nothing in the database.
const STEERING: [&str; 20] = [
    "ON_ERROR_STOP",
    "ON_ERROR_ROLLBACK",
    "AUTOCOMMIT",
    "QUIET",
    "ECHO",
    "ECHO_HIDDEN",
    "VERBOSITY",
    "SHOW_CONTEXT",
    "SHOW_ALL_RESULTS",
    "FETCH_COUNT",
    "HIDE_TABLEAM",
    "HIDE_TOAST_COMPRESSION",
    "COMP_KEYWORD_CASE",
    "HISTCONTROL",
    "HISTFILE",
    "HISTSIZE",
    "IGNOREEOF",
    "PROMPT1",
    "PROMPT2",
    "PROMPT3",
];

/// What to write instead of a command.
fn cure(command: &str) -> &'static str {
    match command {
        "copy" => "Write the rows as INSERT, as pg_dump --inserts does: a packet is text that people sign.",
        "if" | "elif" | "else" | "endif" => {
            "Keep only the branch that you need: people sign one text, without conditions."
        }
        "gexec" => "Write the statements that the query produces, or a DO block that executes them.",
        "gset" => "Write the value in its place, or let the statement read it with a subquery.",
        "c" | "connect" => {
            "Take the command out: packet.toml names the database and the role. A second database needs a packet of its own."
        }
        "!" | "setenv" | "getenv" | "prompt" | "password" => {
            "Write the value that the command gives in its place: a packet runs without a shell and without prompts."
        }
        "cd" => {
            "Take the command out, and write each path relative to the folder in which you start oneroof, or use \\ir."
        }
        "o" | "out" | "w" | "write" | "g" | "gx" | "s" => {
            "Take the command out: a release writes no files. End a query with a semicolon."
        }
        "q" | "quit" => "Take out the command, or everything behind it: psql would end here.",
        "encoding" => "Save the file as UTF-8, and take the command out.",
        _ => "Take the command out, or write SQL that does the same.",
    }
}

impl OpenScript<'_, '_> {
    /// Reads the command whose backslash is at byte `at`.
    pub(super) fn backslash(&mut self, at: usize, was_open: bool) -> Result<(), SourceRefusal> {
        let behind = &self.text[at + 1..];
        if behind.starts_with(';') || behind.starts_with(':') {
            // In psql, `\;` puts two statements into one message, and `\:` is a plain colon.
            if !was_open {
                self.scanner.forget();
            }
            if behind.starts_with(':') {
                self.out.push(':');
                self.scanner.skip_to(at + 2);
            }
            return Ok(());
        }
        let line = &behind[..behind.find('\n').unwrap_or(behind.len())];
        let command = &line[..line.find([' ', '\t', '\\']).unwrap_or(line.len())];
        let rest = &line[command.len()..];
        self.scanner.skip_to(at + 1 + line.len());
        if !was_open {
            self.scanner.forget();
        }
        match command {
            "i" | "include" | "ir" | "include_relative" => {
                if was_open {
                    return self.refuse(
                        at,
                        "a file is included within a statement",
                        "End the statement before the include.",
                    );
                }
                let words = self.arguments(at, rest)?;
                let Some(name) = words.first() else {
                    return self.refuse(at, &format!("\\{command} names no file"), "Give the file to include.");
                };
                self.drop_line();
                self.include(at, name, command.contains('r'))
            }
            "set" => self.set(at, rest),
            "unset" => {
                let words = self.arguments(at, rest)?;
                let name = words.first().map(String::as_str).unwrap_or_default();
                if STEERING.contains(&name) {
                    return self.steer(at, name, "off");
                }
                self.reader.constants.unset(name);
                self.drop_line();
                Ok(())
            }
            _ => self.other(at, command, rest, was_open),
        }
    }

    /// Leaves a command out, or refuses it.
    fn other(&mut self, at: usize, command: &str, rest: &str, was_open: bool) -> Result<(), SourceRefusal> {
        let bare = rest.trim();
        let quits = matches!(command, "q" | "quit") && self.text[self.scanner.at()..].trim().is_empty();
        let describes = command.starts_with('d') || matches!(command, "l" | "l+" | "list" | "sf" | "sv");
        let closes = matches!(command, "o" | "out") && matches!(bare, "" | "/dev/null");
        let utf8 = command == "encoding"
            && ["", "utf8", "utf-8", "unicode"].iter().any(|name| bare.trim_matches('\'').eq_ignore_ascii_case(name));
        if was_open || !(OUTPUT.contains(&command) || quits || describes || closes || utf8) {
            return self.refuse(at, &format!("\\{command} is a psql command"), cure(command));
        }
        if rest.contains('\\') {
            return self.refuse(at, "several commands are on one line", ONE_A_LINE);
        }
        self.left_out(at, &format!("\\{command}"));
        Ok(())
    }

    fn set(&mut self, at: usize, rest: &str) -> Result<(), SourceRefusal> {
        let words = self.arguments(at, rest)?;
        let Some((name, values)) = words.split_first() else {
            self.left_out(at, "\\set");
            return Ok(());
        };
        let value = values.concat();
        if STEERING.contains(&name.as_str()) {
            return self.steer(at, name, if values.is_empty() { "on" } else { &value });
        }
        if !name.chars().all(constants::is_of_a_name) {
            let cure = "Write a name of letters, digits and _.";
            return self.refuse(at, &format!("\\set {name}: psql does not accept this name"), cure);
        }
        self.reader.constants.set(name, value);
        self.drop_line();
        Ok(())
    }

    /// Leaves out a variable that controls psql. Refuses the values of two variables that let the script go on after an error.
    fn steer(&mut self, at: usize, name: &str, value: &str) -> Result<(), SourceRefusal> {
        let off = ["off", "0", "false", "no", "f", "n"].iter().any(|word| value.eq_ignore_ascii_case(word));
        if (name == "ON_ERROR_STOP" && off) || (name == "ON_ERROR_ROLLBACK" && !off) {
            let cure = "Take the line out: an error always ends the tier. Write the statement so that it does not fail, for example with IF EXISTS.";
            return self.refuse(at, "with this setting the script would go on after an error", cure);
        }
        self.left_out(at, &format!("\\set {name}"));
        Ok(())
    }

    fn left_out(&mut self, at: usize, command: &str) {
        let place = self.place(at);
        self.reader.dropped.entry(command.to_owned()).or_insert((0, place)).0 += 1;
        self.drop_line();
    }

    fn arguments(&self, at: usize, rest: &str) -> Result<Vec<String>, SourceRefusal> {
        constants::arguments(rest, &self.reader.constants).or_else(|reason| {
            let cure = if reason.starts_with("several") {
                ONE_A_LINE.to_owned()
            } else {
                "Write the text itself, in single quotes if it holds blanks.".to_owned()
            };
            self.refuse(at, &reason, &cure)
        })
    }
}

const ONE_A_LINE: &str = "Write each command on a line of its own.";
