//! What the command lines of several commands share: groups of options, the form of a help page, and the words that the evidence keeps.
//! This module does no input or output.

mod common;
mod example_code;
mod help_page;
mod rehearsal;
mod words;

pub use common::{ColorChoice, Common, LogFormat, Writing};
pub use example_code::ExampleCode;
pub use help_page::{CONNECTION_VARIABLES, Group, HelpPage, OUTPUT_VARIABLES, all_codes, codes};
pub use rehearsal::{Rehearsal, Rehearse};
pub use words::words;
