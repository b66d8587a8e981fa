//! The run of a command: [`WriteRun`] for commands that write, [`read`] for commands that only read. The sequence that these commands need
//! (resolve, confirm, open the evidence, connect, finish) is written only here.

mod confirm;
mod context;
mod failure;
mod fit;
pub(crate) mod folder;
mod log;
pub(crate) mod next;
mod read;
pub(crate) mod rehearsal;
mod server_label;
pub(crate) mod target;
mod write;

pub(crate) use confirm::{Confirmation, ask_to_type, of_name, rows_per_tier};
pub(crate) use context::{CommandLine, Context, ReportFuture};
pub(crate) use failure::{Step, refused, transaction_error, unverified};
pub(crate) use log::{Recorder, RunLog};
pub(crate) use read::{interruptible, listen, open, read, unless_interrupted};
pub(crate) use write::{Opening, WriteRun, client, connect, finish, open_evidence, set, write};
