//! Whether a process still runs.

/// Whether no such process runs any more.
pub(crate) fn is_gone(process: i32) -> bool {
    // A zombie has ended too: only its parent has not asked for its exit code.
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.is_empty() || state.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z"))
}
