//! SQLSTATEs by which this program decides, each once: PostgreSQL's own, then those that the packet raises.

/// The role lacks a right.
pub const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// Could not obtain a lock in time.
pub const LOCK_NOT_AVAILABLE: &str = "55P03";
/// A statement was ended by a limit or by a request to cancel it.
pub const QUERY_CANCELED: &str = "57014";
/// The server starts, stops or recovers, and takes no session yet.
pub const CANNOT_CONNECT_NOW: &str = "57P03";
/// The server's limit for an idle session ended it.
pub const IDLE_SESSION_TIMEOUT: &str = "57P05";
/// The other side broke the protocol.
pub const PROTOCOL_VIOLATION: &str = "08P01";
/// Something that cannot happen did.
pub const INTERNAL_ERROR: &str = "XX000";
/// Other sessions use a database that is to be dropped or copied.
pub const OBJECT_IN_USE: &str = "55006";
/// A value that a function does not take: a transaction id from the future.
pub const INVALID_PARAMETER_VALUE: &str = "22023";

/// A notice of the check loop: one check with its answer.
pub const CHECK: &str = "OR001";
/// The exception that names all the unmet checks of a part.
pub const UNMET: &str = "OR002";
/// A notice of a tier: the approval rows that it relied on.
pub const APPROVALS: &str = "OR005";
