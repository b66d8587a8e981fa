//! Follows a run: shows each step on the terminal and writes the evidence. The evidence of a COMMIT is written before the COMMIT is sent.

use crate::error::Error;
use crate::evidence::{Confirmed, Record, Writer};
use crate::exec::{Direction, Observer, Outcome, Pending, Run, TierReport, TxEnd};
use crate::pg::connector::Opened;
use crate::pg::server_facts::SessionClient;
use crate::report::{Report, progress_line, tell};
use crate::terminal::Spinner;
use crate::text::{escaped, quoted};
use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

/// Writes the evidence of a run, and its lines on the terminal.
pub(crate) struct RunLog {
    writer: Writer,
    /// Why the evidence is not complete. `None` as long as nothing is missing.
    pub(crate) broken: Option<String>,
    /// The COMMIT that was sent last, until its outcome is known. Every state of the evidence until then holds it.
    pending: Option<Pending>,
    quiet: bool,
    live: bool,
    spinner: Option<Spinner>,
}

impl RunLog {
    /// Opens the evidence in `folder`.
    ///
    /// # Errors
    /// [`Error::Usage`] if the evidence cannot be written. Then the run does not start.
    pub(crate) fn create(folder: &Path, record: Record<()>, report: &mut Report, quiet: bool) -> Result<Self, Error> {
        let usage = |error: std::io::Error| Error::Usage {
            message: format!("--log-dir {}: the evidence cannot be written: {error}", folder.display()),
            hint: match error.kind() {
                std::io::ErrorKind::NotFound => {
                    format!("Make the folder first: mkdir -m 700 {}", quoted(&folder.display().to_string()))
                }
                _ => "Give a folder in which you may create files: no run starts without evidence.".to_owned(),
            },
        };
        let mut writer = Writer::create(folder, record).map_err(usage)?;
        writer.write(report, None, false).and_then(|()| writer.sync_log()).map_err(usage)?;
        report.evidence = writer.paths();
        let live = std::io::stderr().is_terminal();
        Ok(Self { writer, broken: None, pending: None, quiet, live, spinner: None })
    }

    /// Records the database of an opened session, and how the server sees this client.
    pub(crate) fn reached(&mut self, opened: &Opened, client: Option<SessionClient>) {
        self.writer.reached(&opened.identity, client);
    }

    /// Records how the run was confirmed.
    pub(crate) fn confirmed(&mut self, confirmed: Confirmed) {
        self.writer.record.confirmed = Some(confirmed);
    }

    /// SHA-256 of the evidence as it is on the disk.
    pub(crate) fn digest(&self) -> Option<String> {
        self.writer.digest().map(str::to_owned)
    }

    /// Writes a line to standard error and to the log.
    pub(crate) fn say(&mut self, line: &str) {
        self.stop_spinner();
        let line = format!("{}\n", escaped(line));
        if !self.quiet {
            tell(&line);
        }
        self.note_broken(|writer| writer.log(&line));
    }

    /// Writes the state of the evidence. A failure is kept in `broken`.
    fn write(&mut self, report: &Report, complete: bool) {
        if let Err(error) = self.writer.write(report, self.pending.as_ref(), complete) {
            self.broken.get_or_insert(error.to_string());
        }
    }

    /// Writes the last state of the evidence: the final report, and the text that was shown.
    pub(crate) fn finish(&mut self, report: &Report, shown: &str) {
        self.stop_spinner();
        self.note_broken(|writer| writer.log(shown).and_then(|()| writer.sync_log()));
        // While the outcome of a COMMIT is unknown, the evidence is not complete, and `oneroof resolve` needs the pending COMMIT in it.
        self.write(report, self.pending.is_none());
    }

    fn note_broken(&mut self, act: impl FnOnce(&mut Writer) -> std::io::Result<()>) {
        if let Err(error) = act(&mut self.writer) {
            self.broken.get_or_insert(error.to_string());
        }
    }

    fn stop_spinner(&mut self) {
        // The spinner clears its line when it is dropped.
        self.spinner = None;
    }
}

/// Follows a transaction of a run. It shows the progress on the terminal and in the log. It adds the end of each tier to the report before
/// the evidence is written.
pub(crate) struct Recorder<'r> {
    log: &'r mut RunLog,
    report: &'r mut Report,
    /// Whether this is a rehearsal. A rehearsal changes nothing, so its tiers are not added to the report.
    is_rehearsal: bool,
    /// The direction of the tier that ended last.
    last: Option<Direction>,
}

impl<'r> Recorder<'r> {
    /// Makes a recorder for one transaction that ends as `end` says.
    pub(crate) fn new(log: &'r mut RunLog, report: &'r mut Report, end: TxEnd) -> Self {
        Self { log, report, is_rehearsal: end == TxEnd::Abort, last: None }
    }
}

impl Observer for Recorder<'_> {
    fn tier_begins(&mut self, run: &Run<'_>, end: TxEnd) {
        let what = match (end, run.direction) {
            (TxEnd::Abort, _) => "rehearsing",
            (TxEnd::Commit, Direction::Apply) => "applying",
            (TxEnd::Commit, Direction::Rollback) => "rolling back",
        };
        let line = format!("{what} {}", run.name());
        match (self.log.live && !self.log.quiet, end) {
            // All tiers of a rehearsal are sent in one message, so there is one live line for all of them.
            (true, TxEnd::Abort) => {
                self.log.stop_spinner();
                self.log.spinner = Some(Spinner::start("rehearsing all tiers", Duration::ZERO));
            }
            (true, TxEnd::Commit) => {
                self.log.stop_spinner();
                self.log.spinner = Some(Spinner::start(&line, Duration::ZERO));
            }
            (false, TxEnd::Abort) => {}
            (false, TxEnd::Commit) => self.log.say(&line),
        }
    }

    fn waits(&mut self, run: &Run<'_>, holders: &[String]) {
        if holders.is_empty() {
            return self.log.say(&format!("{} waits for a lock; its holder has ended meanwhile", run.name()));
        }
        self.log.say(&format!("{} waits for a lock", run.name()));
        for holder in holders {
            // The session and its lock are shown on two lines, because together they are wider than a terminal.
            match holder.rsplit_once(") ") {
                Some((who, what)) => {
                    self.log.say(&format!("  {who})"));
                    self.log.say(&format!("    {what}"));
                }
                None => self.log.say(&format!("  {holder}")),
            }
        }
    }

    fn commit_next(&mut self, pending: &Pending, report: &TierReport) -> Result<(), String> {
        if let Some(reason) = &self.log.broken {
            return Err(reason.clone());
        }
        self.log.pending = Some(pending.clone());
        // Only this state of the file says that the outcome is unknown. Later states must not repeat it.
        let mut open = self.report.clone();
        open.take_tiers(vec![TierReport { outcome: Outcome::Unresolved, ..report.clone() }]);
        let writer = &mut self.log.writer;
        writer.sync_log().and_then(|()| writer.write(&open, Some(pending), false)).map_err(|error| error.to_string())
    }

    fn resolving(&mut self, pending: &Pending, reason: &str) {
        self.log.say(&format!("{reason}; finding out how transaction {} ended", pending.xid));
    }

    fn tier_ends(&mut self, run: &Run<'_>, report: &TierReport) {
        if report.outcome != Outcome::Unresolved {
            self.log.pending = None;
        }
        if !self.is_rehearsal {
            self.report.take_tiers(vec![report.clone()]);
            self.log.write(self.report, false);
        }
        if self.last.replace(run.direction) == Some(Direction::Apply) && run.direction == Direction::Rollback {
            self.log.say("the rollbacks, in the same transaction:");
        }
        self.log.say(&progress_line(report));
    }
}
