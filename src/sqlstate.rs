//! SQLSTATEs that this program reacts to: first PostgreSQL's own, then those that the packet raises.

/// The role lacks a privilege.
pub const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// A lock could not be obtained in time.
pub const LOCK_NOT_AVAILABLE: &str = "55P03";
/// A statement was ended by a time limit or by a cancel request.
pub const QUERY_CANCELED: &str = "57014";
/// The server starts, stops or recovers, and accepts no session yet.
pub const CANNOT_CONNECT_NOW: &str = "57P03";
/// The server's `idle_session_timeout` ended the session.
pub const IDLE_SESSION_TIMEOUT: &str = "57P05";
/// The server's `transaction_timeout` ended the session.
pub const TRANSACTION_TIMEOUT: &str = "25P04";
/// The other side violated the protocol.
pub const PROTOCOL_VIOLATION: &str = "08P01";
/// A foreign key refers to columns without a unique key.
pub const INVALID_FOREIGN_KEY: &str = "42830";
/// ON CONFLICT names columns without a unique key.
pub const INVALID_COLUMN_REFERENCE: &str = "42P10";
/// A table, view or index does not exist.
pub const UNDEFINED_TABLE: &str = "42P01";
/// A query selects a column that it neither groups by nor aggregates.
pub const GROUPING_ERROR: &str = "42803";
/// An object other than a table, column or function does not exist.
pub const UNDEFINED_OBJECT: &str = "42704";
/// An object has the wrong kind. One case is ON CONFLICT ON CONSTRAINT with a constraint that is not a unique key.
pub const WRONG_OBJECT_TYPE: &str = "42809";
/// A definition contradicts itself or another object, such as bounds of partitions that overlap.
pub const INVALID_OBJECT_DEFINITION: &str = "42P17";
/// An internal error of the server.
pub const INTERNAL_ERROR: &str = "XX000";
/// Other sessions use a database that must be dropped or copied.
pub const OBJECT_IN_USE: &str = "55006";
/// A function rejected the value of an argument, such as a transaction id from the future.
pub const INVALID_PARAMETER_VALUE: &str = "22023";

/// A notice of the check loop: one check with its result.
pub const CHECK: &str = "OR001";
/// The exception that lists all unmet checks of a part.
pub const UNMET: &str = "OR002";
/// A notice of a tier: the approval rows that the tier depends on.
pub const APPROVALS: &str = "OR005";
