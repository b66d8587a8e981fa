//! What every transaction of ours sets for itself before it looks anything up.

use super::message::Message;
use super::questions;

/// How long one try for a lock may take. The engine tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockTry {
    /// 800 ms: shorter than the server's own `deadlock_timeout`, so that nobody else is held up for long behind our wait.
    Short,
    /// A second longer than `deadlock_timeout`: only then does the server cancel an autovacuum that is in the way.
    Long,
}

impl LockTry {
    /// As `session.sql` reads it: words of one length, so that a place in the message is the same in both.
    fn setting(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Long => "ample",
        }
    }
}

/// Settings of one transaction: `search_path` first and as plain text, because everything after it is looked up by it.
pub fn pin(message: &mut Message, deadline_ms: u64, lock_try: LockTry) {
    message.engine("search_path", "SET LOCAL search_path = pg_catalog, pg_temp;");
    message.engine("deadline", &format!("SET LOCAL oneroof.deadline_ms = '{deadline_ms}';"));
    message.engine("lock time", &format!("SET LOCAL oneroof.lock_ms = '{}';", lock_try.setting()));
    message.engine("pins", "SET LOCAL oneroof.pins = 'transaction';");
    message.engine("session settings", questions::SESSION);
}
