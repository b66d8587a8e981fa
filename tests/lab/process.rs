//! Whether a process is still running.

/// Whether no process with this id is running.
pub(crate) fn is_gone(process: i32) -> bool {
    // A zombie process has ended too. Only its parent has not read its exit status yet.
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.is_empty() || state.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z"))
}
