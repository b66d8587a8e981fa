//! A run of one command: [`WriteRun`] for those that write, [`read`] for those that only read. The sequence that every one of them needs
//! (resolve, confirm, open the evidence, connect, finish) is here once.

mod confirm;
mod context;
mod failure;
pub(crate) mod folder;
mod log;
pub(crate) mod next;
mod read;
pub(crate) mod rehearsal;
mod server_label;
pub(crate) mod target;
mod write;

pub(crate) use confirm::{Confirmation, ask_to_type, of_name, rows_per_tier};
pub(crate) use context::Context;
pub(crate) use failure::{Step, refused, transaction_error, unverified};
pub(crate) use log::{Recorder, RunLog};
pub(crate) use read::{interruptible, listen, open, read};
pub(crate) use write::{Opening, WriteRun, client, connect, finish, open_evidence, set, write};
