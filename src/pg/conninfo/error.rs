//! What can be wrong with the description of a target.

use crate::secret::{HIDDEN, may_hold_one, shown_or_hidden};
use std::path::PathBuf;

/// The settings do not describe a server that could be dialled.
///
/// No variant ever holds a password; values of secret keys are left out where they are made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// A connection string breaks the rules of its notation.
    #[error("{from} is not a valid connection string: {reason}")]
    Syntax {
        /// Which input.
        from: String,
        /// The rule that it breaks.
        reason: String,
        /// A form that works.
        hint: Option<&'static str>,
    },
    /// A key that libpq does not know. It is not repeated: it may be a piece of a password.
    #[error("{from}: setting number {number} of the connection string is unknown")]
    UnknownKey {
        /// Which input.
        from: String,
        /// Which of its settings, from 1.
        number: usize,
        /// The nearest key that exists.
        suggestion: Option<&'static str>,
    },
    /// A key that libpq knows and that we cannot honour; ignoring it would weaken what the operator set.
    #[error("{from}: {key} cannot be honoured: {reason}")]
    Unsupported {
        /// Which input.
        from: String,
        key: &'static str,
        /// Why not.
        reason: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// A value in the form of an address or of credentials, in the place of a single setting.
    #[error("{from}: the value of {key} looks like a connection string or holds a password; it is not shown")]
    Misplaced {
        /// Which input.
        from: String,
        key: &'static str,
    },
    /// A value outside what its key takes. It is not repeated.
    #[error("{from}: invalid value for {key}: {reason}")]
    BadValue {
        /// Which input.
        from: String,
        key: &'static str,
        /// The rule that it breaks.
        reason: String,
    },
    /// Two inputs that cannot both hold.
    #[error("{reason}")]
    Conflict {
        /// What contradicts what.
        reason: String,
        /// Which one to drop.
        hint: String,
    },
    /// A service file that cannot be used.
    #[error("service file {}{}: {reason}", bare(path), at_line(*line))]
    ServiceFile {
        /// The file.
        path: PathBuf,
        /// The line, from 1, where there is one.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
    },
    /// No service file has the section.
    #[error("definition of service \"{}\" not found ({from})", shown_or_hidden(name))]
    UnknownService {
        /// The service.
        name: String,
        /// Where it was set.
        from: String,
        /// The files that were read or looked for.
        searched: Vec<PathBuf>,
    },
    /// The effective account has no name.
    #[error("no operating system user name for uid {uid}")]
    NoUser {
        /// The effective user id.
        uid: u32,
    },
    /// A socket path that the kernel cannot take.
    #[error(
        "{from}: socket path {} has {} bytes, the system takes at most {limit}",
        shown(path), path.as_os_str().len()
    )]
    SocketPathTooLong {
        /// Which input.
        from: String,
        /// The whole path, file name included.
        path: PathBuf,
        /// The limit in bytes.
        limit: usize,
    },
    /// An `@` where a host name should be: nearly always the tail of an unencoded password, so
    /// the text is not repeated.
    #[error("{from}: the host holds \"@\"")]
    AtSignInHost {
        /// Which input.
        from: String,
    },
    /// A profile file that cannot be used.
    #[error("{}{}: {reason}", bare(path), at_position(*position))]
    Profile {
        /// The file.
        path: PathBuf,
        /// Line and column, from 1.
        position: Option<(usize, usize)>,
        /// What is wrong.
        reason: String,
        /// What to write instead.
        hint: Option<String>,
    },
    /// An input that is not UTF-8 and is no password.
    #[error("{from} is not UTF-8 text")]
    NotText {
        /// Which input.
        from: String,
    },
    /// The command of `--via` is an address.
    #[error("{from} is an address, not a command; it is not shown")]
    NoCommand {
        /// Which input.
        from: String,
    },
}

/// For the front of `file:line:column`, which editors follow when it is not in quotes.
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
    /// What to do about it, in sentences.
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
                Some(format!("Looked for the section in {}. PGSERVICEFILE names another file.", files.join(", ")))
            }
            Self::NoUser { .. } => Some("Name the role with --username (-U) or PGUSER.".to_owned()),
            Self::SocketPathTooLong { .. } => {
                Some("Use a shorter directory, or a symbolic link to this one.".to_owned())
            }
            Self::AtSignInHost { .. } => {
                Some("In a URI, \"@\" within a user name or password is written %40.".to_owned())
            }
            Self::Profile { hint, .. } => hint.clone(),
            Self::Misplaced { key: "user", .. } => Some(
                "Give the role alone, such as --username app; its password comes from ~/.pgpass (mode 0600) or PGPASSWORD.".to_owned(),
            ),
            Self::Misplaced { key, .. } => Some(format!(
                "{key} takes its value alone. A connection string goes into --dsn, for example \
                 postgresql://app@db.example.org:5432/directus, and its password into ~/.pgpass (mode 0600)."
            )),
            Self::NotText { .. } => Some(
                "Only a password may hold other bytes: in a URI they are written %XX, such as %E4.".to_owned(),
            ),
            Self::NoCommand { .. } => Some(
                "A command carries the protocol, for example --via 'ssh db nc -U /run/postgresql/.s.PGSQL.5432'; an address goes into --dsn."
                    .to_owned(),
            ),
            Self::BadValue { .. } | Self::ServiceFile { .. } => None,
        }
    }
}
