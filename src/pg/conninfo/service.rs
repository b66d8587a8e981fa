//! The connection service file: named groups of settings in a file of the user or of the system.

use super::environment::Environment;
use super::error::TargetError;
use super::keyword::{self, FileSetting};
use super::pairs::is_space;
use crate::secret::Secret;
use std::path::{Path, PathBuf};

/// A service that was found in a file.
pub(super) struct Service {
    pub(super) path: PathBuf,
    pub(super) entries: Vec<FileSetting>,
}

/// The byte order mark that some editors put before a text. libpq reads it as a part of the first line.
pub(super) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The longest line that libpq reads, in bytes.
const LINE_LIMIT: usize = 1023;

/// Searches the service in the user's file, then in the system's file. An unknown service is an error.
pub(super) fn find(
    name: &str,
    from: &str,
    named_file: Option<&Path>,
    environment: &Environment,
) -> Result<Service, TargetError> {
    let mut searched = Vec::new();
    let mut marked = None;
    let (user_file, must_exist) = match named_file {
        Some(path) => (Some(path.to_owned()), true),
        None => (environment.home().map(|home| home.join(".pg_service.conf")), false),
    };
    let system_folders = match environment.path("PGSYSCONFDIR") {
        Some(folder) => vec![folder],
        None => environment.system_folders.clone(),
    };
    let candidates = user_file
        .into_iter()
        .map(|path| (path, must_exist))
        .chain(system_folders.into_iter().map(|folder| (folder.join("pg_service.conf"), false)));
    for (path, must_exist) in candidates {
        if let Some(text) = read(&path, must_exist)? {
            if let Some(entries) = section(&text, name, &path)? {
                return Ok(Service { path, entries });
            }
            if text.starts_with(BYTE_ORDER_MARK) {
                marked.get_or_insert_with(|| path.clone());
            }
        }
        searched.push(path);
    }
    if let Some(path) = marked {
        let reason =
            "the service is not found, and a byte order mark hides the first line: save the file without it".to_owned();
        return Err(TargetError::ServiceFile { path, line: Some(1), reason });
    }
    Err(TargetError::UnknownService { name: name.to_owned(), from: from.to_owned(), searched })
}

fn read(path: &Path, must_exist: bool) -> Result<Option<Vec<u8>>, TargetError> {
    let error = match crate::files::read(path, crate::files::SMALL) {
        Ok(bytes) => return Ok(Some(bytes)),
        Err(error) => error,
    };
    // If a file exists but cannot be read, an error is reported. Otherwise the target would change without notice.
    let absent = matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory);
    if absent && !must_exist {
        return Ok(None);
    }
    Err(TargetError::ServiceFile { path: path.to_owned(), line: None, reason: format!("could not be read: {error}") })
}

/// The entries of the first section with this name. `None` if there is no such section. Of the lines outside this section, only the length
/// is checked.
///
/// The file is read as bytes, as in libpq, because a comment or a password need not be UTF-8.
pub(super) fn section(text: &[u8], name: &str, path: &Path) -> Result<Option<Vec<FileSetting>>, TargetError> {
    let mut entries: Option<Vec<FileSetting>> = None;
    for (index, raw) in text.split(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        let invalid = |reason: String| TargetError::ServiceFile { path: path.to_owned(), line: Some(number), reason };
        if raw.len() >= LINE_LIMIT {
            return Err(invalid(format!("line is longer than {LINE_LIMIT} bytes")));
        }
        let line = trimmed(raw);
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        if let Some(header) = line.strip_prefix(b"[") {
            if entries.is_some() {
                break;
            }
            // libpq compares the name and the bracket after it, and ignores the rest of the line.
            let ours = header.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"]"));
            entries = ours.then(Vec::new);
            continue;
        }
        let Some(entries) = &mut entries else {
            continue;
        };
        let entry = entry(line, number).map_err(invalid)?;
        // If a key occurs twice, the first one counts, unlike in a connection string.
        if !entries.iter().any(|known| known.keyword == entry.keyword) {
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn trimmed(line: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| is_space(char::from(*byte));
    let start = line.iter().position(|byte| !is_blank(byte)).unwrap_or(line.len());
    let end = line.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    &line[start..end]
}

/// Reads one entry. The line is never shown in an error, because it may be a part of a password.
fn entry(line: &[u8], number: usize) -> Result<FileSetting, String> {
    if line.starts_with(b"ldap") {
        return Err("services kept in LDAP are not looked up".to_owned());
    }
    if line.contains(&0) {
        return Err("the line holds a zero byte".to_owned());
    }
    let Some(end) = line.iter().position(|byte| *byte == b'=') else {
        return Err("syntax error: a line is key=value".to_owned());
    };
    let (key, value) = (&line[..end], &line[end + 1..]);
    if key == b"service" || key == b"servicefile" {
        return Err("a nested service specification is not supported".to_owned());
    }
    if key.last().is_some_and(|byte| is_space(char::from(*byte))) {
        return Err("syntax error: no blank is allowed before \"=\"".to_owned());
    }
    let key = std::str::from_utf8(key).unwrap_or_default();
    let Some(keyword) = keyword::find(key) else {
        let meant = keyword::suggest(key).map_or_else(String::new, |name| format!(", did you mean \"{name}\"?"));
        return Err(format!("syntax error: unknown setting{meant}"));
    };
    Ok(FileSetting { keyword, value: Secret::new(value), line: number })
}

#[cfg(test)]
mod tests {
    use super::*;

    type ReadSetting = (&'static str, String, usize);

    fn read_section(text: &str) -> Result<Option<Vec<ReadSetting>>, String> {
        let line = |entry: FileSetting| {
            (entry.keyword.name, entry.value.reveal_text().unwrap_or_default().to_owned(), entry.line)
        };
        section(text.as_bytes(), "app", Path::new("/f"))
            .map(|found| found.map(|entries| entries.into_iter().map(line).collect()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_first_section_of_the_name_counts_and_its_first_key() {
        let text = "# comment\n[other]\nhost=o\nnonsense\n\n[app]\n  host=a \nport=1\nport=2\n\
                    [app]\nuser=u\n";
        assert_eq!(read_section(text), Ok(Some(vec![("host", "a".to_owned(), 7), ("port", "1".to_owned(), 8)])));
    }

    #[test]
    fn a_section_that_is_not_there_is_none() {
        assert_eq!(read_section("[apple]\nhost=a\n"), Ok(None));
        assert_eq!(read_section(""), Ok(None));
    }

    #[test]
    fn errors_name_file_and_line() {
        let table = [
            ("[app]\nhost a", "/f:2: syntax error: a line is key=value"),
            ("[app]\n\nhost =a", "/f:3: syntax error: no blank is allowed before \"=\""),
            ("[app]\nhsot=a", "unknown setting, did you mean \"host\"?"),
            ("[app]\nservice=x", "a nested service specification is not supported"),
            ("[app]\nldap://x", "services kept in LDAP are not looked up"),
        ];
        for (text, expected) in table {
            let error = read_section(text).expect_err("the text is invalid");
            assert!(error.contains(expected), "{error}");
        }
        let long = format!("[x]\nhost={}", "y".repeat(2000));
        assert!(read_section(&long).expect_err("the line is too long").contains(":2:"));
    }
}
