//! The settings that every transaction of this program sets before any other query.

use super::message::Message;
use super::questions;

/// How long one try for a lock may take. The engine tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockTry {
    /// 800 ms. This is shorter than the server's default `deadlock_timeout`, and other sessions do not wait long behind our lock request.
    Short,
    /// One second longer than `deadlock_timeout`. The server cancels an autovacuum that blocks a lock only after `deadlock_timeout`.
    Long,
}

impl LockTry {
    /// The value that `session.sql` reads. Both words have the same length, so positions in the two messages are the same.
    fn setting(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "ample",
        }
    }
}

/// Adds the settings of one transaction. `search_path` comes first and as plain text, because the names in all later statements are
/// resolved by it.
pub fn pin(message: &mut Message, deadline_ms: u64, lock_try: LockTry) {
    message.engine("search_path", "SET LOCAL search_path = pg_catalog, pg_temp;");
    message.engine("deadline", &format!("SET LOCAL oneroof.deadline_ms = '{deadline_ms}';"));
    message.engine("lock time", &format!("SET LOCAL oneroof.lock_ms = '{}';", lock_try.setting()));
    message.engine("pins", "SET LOCAL oneroof.pins = 'transaction';");
    pin_again(message);
}

/// Sets the pinned settings of the transaction again, because the packet's SQL may have changed them. For example, if a tier turns
/// `synchronous_commit` off, the server can report a successful COMMIT, crash, and come back without the committed rows.
pub fn pin_again(message: &mut Message) {
    message.engine("session settings", questions::SESSION);
}
