//! Names that stand for a value in a script. The values of psql's variables are inserted. The placeholders of other programs are refused.

use super::SourceRefusal;
use super::constants;
use super::script::OpenScript;

impl OpenScript<'_, '_> {
    /// Notes a `${…}` in quotes. psql sends it unchanged, but it may be meant for another program that fills it in first.
    pub(super) fn templates(&mut self, at: usize, token: &str) {
        if token.contains("${") && token.starts_with(['\'', '"']) {
            let place = self.place(at);
            self.reader.note(format!(
                "{place} holds ${{…}} in quotes: psql does not replace it there, and the packet keeps it"
            ));
        }
    }

    pub(super) fn placeholder(&self, at: usize) -> Result<(), SourceRefusal> {
        let name: String = self.text[at..].chars().take_while(|letter| *letter != '}' && *letter != '\n').collect();
        let cure = "Write the value in its place: people sign the final text, and no placeholder is replaced later.";
        self.refuse(at, &format!("{name}}} is a placeholder that another program replaces"), cure)
    }

    /// Reads a colon: a cast, an assignment, a slice, or one of psql's variables.
    pub(super) fn colon(&mut self, at: usize) -> Result<(), SourceRefusal> {
        let rest = &self.text[at + 1..];
        if let Some(sign @ (':' | '=')) = rest.chars().next() {
            self.out.push(':');
            self.out.push(sign);
            self.scanner.skip_to(at + 2);
            return Ok(());
        }
        if rest.starts_with("{?") {
            let cure = "Write TRUE or FALSE in its place: people sign the final text.";
            return self.refuse(at, "it tests whether a variable is set", cure);
        }
        let Some(used) = constants::reference(rest) else {
            self.out.push(':');
            return Ok(());
        };
        let Some(value) = self.reader.constants.get(used.name) else {
            let plain = used.quote.is_none() && used.name.bytes().all(|byte| byte.is_ascii_digit());
            if plain || self.brackets > 0 {
                self.out.push(':');
                return Ok(());
            }
            self.out.push(':');
            return self.refuse(at, &format!("the script does not set {}", used.text), &constants::cure(used.name));
        };
        if used.quote.is_none()
            && let Err(reason) = self.reader.constants.may_stand_plain(value)
        {
            let cure = format!("Write the text itself in place of {}.", used.text);
            return self.refuse(at, &format!("{} cannot be replaced by its value, which {reason}", used.text), &cure);
        }
        self.out.push_str(&constants::quoted(value, used.quote));
        self.scanner.skip_to(at + used.text.len());
        Ok(())
    }
}
