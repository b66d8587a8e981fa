//! Errors in the description of a target.

use crate::secret::{HIDDEN, may_hold_one, shown_or_hidden};
use std::path::PathBuf;

/// The settings do not describe a server that the program could connect to.
///
/// No variant contains a password. The values of secret keys are left out when the error is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// A connection string breaks the rules of its notation.
    #[error("{from} is not a valid connection string: {reason}")]
    Syntax {
        /// The input that contains it.
        from: String,
        /// The rule that it breaks.
        reason: String,
        /// An example of a valid form.
        hint: Option<&'static str>,
    },
    /// libpq does not know this key. The key is not shown, because it may be a part of a password.
    #[error("{from}: setting number {number} of the connection string is unknown")]
    UnknownKey {
        /// The input that contains it.
        from: String,
        /// The position of the setting, counted from 1.
        number: usize,
        /// The most similar key that exists.
        suggestion: Option<&'static str>,
    },
    /// libpq knows this key, but this program does not support it. To ignore it would weaken what the operator set.
    #[error("{from}: {key} cannot be used: {reason}")]
    Unsupported {
        /// The input that contains it.
        from: String,
        key: &'static str,
        /// Why it is not supported.
        reason: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// The value looks like an address or like credentials, but it is in the place of a single setting.
    #[error("{from}: the value of {key} looks like a connection string or holds a password; it is not shown")]
    Misplaced {
        /// The input that contains it.
        from: String,
        key: &'static str,
    },
    /// The value is not valid for its key. The value is not shown.
    #[error("{from}: invalid value for {key}: {reason}")]
    BadValue {
        /// The input that contains it.
        from: String,
        key: &'static str,
        /// The rule that it breaks.
        reason: String,
    },
    /// Two inputs contradict each other.
    #[error("{reason}")]
    Conflict {
        /// The contradiction.
        reason: String,
        /// Which input to remove.
        hint: String,
    },
    /// A service file cannot be used.
    #[error("service file {}{}: {reason}", bare(path), at_line(*line))]
    ServiceFile {
        /// The path of the file.
        path: PathBuf,
        /// The number of the line, counted from 1. Absent if the error has no line.
        line: Option<usize>,
        /// What is wrong with the file.
        reason: String,
    },
    /// No service file has a section for this service.
    #[error("definition of service \"{}\" not found ({from})", shown_or_hidden(name))]
    UnknownService {
        /// The name of the service.
        name: String,
        /// The input that names the service.
        from: String,
        /// The files that were searched, even if they do not exist.
        searched: Vec<PathBuf>,
    },
    /// The effective account has no name.
    #[error("uid {uid} has no operating system user name")]
    NoUser {
        /// The effective user id.
        uid: u32,
    },
    /// The path of a socket is too long for the kernel.
    #[error(
        "{from}: socket path {} has {} bytes, but the system allows at most {limit}",
        shown(path), path.as_os_str().len()
    )]
    SocketPathTooLong {
        /// The input that contains it.
        from: String,
        /// The whole path, with the file name.
        path: PathBuf,
        /// The limit in bytes.
        limit: usize,
    },
    /// A host name contains `@`. It is nearly always the end of a password that was not encoded, so the text is not shown.
    #[error("{from}: the host holds \"@\"")]
    AtSignInHost {
        /// The input that contains it.
        from: String,
    },
    /// A profile file cannot be used.
    #[error("{}{}: {reason}", bare(path), at_position(*position))]
    Profile {
        /// The path of the file.
        path: PathBuf,
        /// Line and column, counted from 1.
        position: Option<(usize, usize)>,
        /// What is wrong with the file.
        reason: String,
        /// What the user should write instead.
        hint: Option<String>,
    },
    /// An input is not UTF-8, and it is not a password.
    #[error("{from} is not UTF-8 text")]
    NotText {
        /// The input.
        from: String,
    },
    /// The command of `--via` is an address and not a command.
    #[error("{from} is an address, not a command; it is not shown")]
    NoCommand {
        /// The input that contains it.
        from: String,
    },
}

/// The path at the beginning of `file:line:column`. It is not quoted, so that editors can follow it.
fn bare(path: &std::path::Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    if may_hold_one(&path.to_string_lossy()) {
        return HIDDEN.to_owned();
    }
    crate::text::escaped_bytes(path.as_os_str().as_bytes()).into_owned()
}

fn shown(path: &std::path::Path) -> String {
    format!("\"{}\"", bare(path))
}

fn at_line(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(":{line}"))
}

fn at_position(position: Option<(usize, usize)>) -> String {
    position.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"))
}

impl TargetError {
    /// What to do about the error, in sentences.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax { hint, .. } => hint.map(str::to_owned),
            Self::UnknownKey { suggestion, .. } => Some(suggestion.map_or_else(
                || "The settings are those of libpq, such as host, port, dbname, user, sslmode.".to_owned(),
                |key| format!("Did you mean \"{key}\"?"),
            )),
            Self::Unsupported { hint, .. } => Some((*hint).to_owned()),
            Self::Conflict { hint, .. } => Some(hint.clone()),
            Self::UnknownService { searched, .. } => {
                let files: Vec<String> = searched.iter().map(|path| shown(path)).collect();
                Some(format!("Looked for the section in {}. Set PGSERVICEFILE to use another file.", files.join(", ")))
            }
            Self::NoUser { .. } => Some("Give the role with --username (-U) or PGUSER.".to_owned()),
            Self::SocketPathTooLong { .. } => {
                Some("Use a shorter directory, or a symbolic link to this one.".to_owned())
            }
            Self::AtSignInHost { .. } => {
                Some("In a URI, \"@\" within a user name or password is written %40.".to_owned())
            }
            Self::Profile { hint, .. } => hint.clone(),
            Self::Misplaced { key: "user", .. } => Some(
                "Give only the role, such as --username app; its password comes from ~/.pgpass (mode 0600) or PGPASSWORD.".to_owned(),
            ),
            Self::Misplaced { key, .. } => Some(format!(
                "Give {key} only its own value. A connection string goes into --dsn, for example postgresql://app@db.example.org:5432/directus, and its password into ~/.pgpass (mode 0600)."
            )),
            Self::NotText { .. } => Some(
                "Write the value as UTF-8. Only a password may hold other bytes: in a URI they are written %XX, such as %E4.".to_owned(),
            ),
            Self::NoCommand { .. } => Some(
                "Give a command that carries the connection, for example --via 'ssh db nc -U /run/postgresql/.s.PGSQL.5432'. An address goes into --dsn."
                    .to_owned(),
            ),
            Self::BadValue { .. } | Self::ServiceFile { .. } => None,
        }
    }
}
