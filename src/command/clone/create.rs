//! `oneroof clone create`: makes a clone by dump and restore without any error, or leaves no clone at all.

use super::copy::Copy;
use super::job::{CloneGround, Job};
use super::side::Side;
use crate::check::Check;
use crate::error::Error;
use crate::exec::interrupt::Interrupt;
use crate::observe::questions;
use crate::pg::connector::{Connector, Opened};
use crate::pg::conninfo::Route;
use crate::pg::session::Session;
use crate::run::Context;
use std::path::Path;

impl Job<'_> {
    /// Makes the clone and proves that it is equal to the source.
    pub(super) async fn create(
        &mut self,
        context: &mut Context<'_>,
        no_owner: bool,
        pg_bin: Option<&Path>,
    ) -> Result<(), Error> {
        if let Route::Via(_) = self.source.route {
            return Err(Error::Usage {
                message: "dump and restore open connections of their own, which cannot go through --via".to_owned(),
                hint: "Run this where the server can be reached directly, or forward its port.".to_owned(),
            });
        }
        let opened = self.open_source(context).await?;
        let (ground, checks) = self.ground(context, &opened.session, no_owner).await?;
        let unmet: Vec<String> = checks.iter().filter(|check| check.is_unmet()).map(in_words).collect();
        context.report.checks.extend(checks);
        if !unmet.is_empty() {
            let taken = self.size(context, &opened.session).await?.is_some();
            context.go_on(if taken { self.command("drop") } else { context.same_command() });
            return Err(Error::NoGo {
                message: format!("{} unmet: {}", unmet.len(), unmet.join("; ")),
                only_gate: false,
                hint: "Nothing was begun. Each unmet check above says what to do, and who does it.".to_owned(),
            });
        }
        let major = u32::try_from(opened.identity.major()).unwrap_or_default();
        let copy = Copy::new(&self.source, &self.clone_target(), &self.role, major, no_owner, pg_bin)?;
        let before = Side::of(&opened.session, context.release).await?;
        self.stage(
            "source",
            "read only, as the server attests",
            before.is_attested(),
            before.fingerprint.digest.clone(),
        );
        let mut interrupt = self.interrupt.take().ok_or_else(|| Error::Internal("no signals".to_owned()))?;
        let made = self.make(context, &opened, &ground, copy, &mut interrupt).await;
        let made = match made {
            Ok(()) => self.prove(context, &opened, &ground, &before, no_owner).await,
            Err(error) => Err(error),
        };
        if let Err(error) = made {
            // Nothing is left behind. The name was free before, so the whole database of this name is ours and can be removed.
            let gone = discard(&opened.session, &ground).await;
            let words = if gone { "was removed again" } else { "may still be there, marked NOT COMPLETE" };
            context.report.notes.push(format!("{} {words}", self.name));
            if !gone {
                context
                    .report
                    .effect
                    .changed(format!("a part of the clone {} was made, and may still be there", self.name));
                context.go_on(self.command("drop"));
            }
            return Err(error);
        }
        let marked = opened.session.simple(ground.statement("complete")).await.map_err(crate::observe::lost)?;
        opened.session.close().await;
        if let Some(error) = marked.error {
            context.report.notes.push(format!("the clone's comment could not be written: {}", error.message()));
        }
        context.report.effect.changed(format!("the clone {} was made", self.name));
        context.go_on(self.command("run"));
        Ok(())
    }

    async fn make(
        &mut self,
        context: &mut Context<'_>,
        opened: &Opened,
        ground: &CloneGround,
        copy: Copy,
        interrupt: &mut Interrupt,
    ) -> Result<(), Error> {
        let session = &opened.session;
        for step in ["create", "mark", "close", "open"] {
            if ground.statement(step).is_empty() {
                continue;
            }
            self.log.say(&format!("{step}: {}", ground.statement(step)));
            let sent = session.simple(ground.statement(step));
            tokio::pin!(sent);
            let reply = tokio::select! {
                reply = &mut sent => reply,
                signal = interrupt.raised() => {
                    session.cancel().await;
                    let _ = sent.await;
                    return Err(Error::Interrupted { signal });
                }
            };
            if let Some(error) = reply.map_err(crate::observe::lost)?.error {
                return Err(Error::Different {
                    message: format!("{step}: {}", error.message()),
                    hint: "There is no clone; nothing else was changed.".to_owned(),
                });
            }
        }
        self.give_settings(context, session, ground).await?;
        let (name, total) = (self.name.clone(), ground.source_bytes);
        let settings = [("oneroof.clone_name", name)];
        let begun = std::time::Instant::now();
        let progress = async || {
            let answers = questions(session, context.release, &settings, &["clone_size"]).await.ok()?;
            let bytes = answers.rows("clone_size").first()?.number("bytes")?;
            let megabytes = |bytes: u64| bytes / 1_048_576;
            let bytes = u64::try_from(bytes).unwrap_or_default();
            let seconds = begun.elapsed().as_secs();
            Some(format!("restoring: {} of about {} MB, {seconds} s", megabytes(bytes), megabytes(total)))
        };
        copy.run(interrupt, &mut self.log, progress).await?;
        let seconds = begun.elapsed().as_secs_f64();
        self.stage("copy", "dump and restore", true, format!("0 errors, {total} bytes at the source, {seconds:.1} s"));
        Ok(())
    }

    /// Gives the clone the settings of the source database and of roles in it. This happens before the restore, because a view may read a
    /// setting. A note lists the settings that the role may not set.
    async fn give_settings(
        &self,
        context: &mut Context<'_>,
        session: &Session,
        ground: &CloneGround,
    ) -> Result<(), Error> {
        let mut left = Vec::new();
        for (name, statement) in &ground.settings {
            let reply = session.simple(statement).await.map_err(crate::observe::lost)?;
            if let Some(error) = reply.error {
                session.simple("ROLLBACK").await.map_err(crate::observe::lost)?;
                left.push(format!("{name} ({})", error.message()));
            }
        }
        if !left.is_empty() {
            let note = format!("settings of the source that the clone does not have: {}", left.join(", "));
            context.report.notes.push(note);
        }
        Ok(())
    }

    /// Proves that the clone is equal to the source, and that it is closed to PUBLIC.
    async fn prove(
        &mut self,
        context: &mut Context<'_>,
        opened: &Opened,
        ground: &CloneGround,
        before: &Side,
        no_owner: bool,
    ) -> Result<(), Error> {
        let connector = Connector::reading(self.clone_target(), self.clone_settings());
        let inside = connector.open(context.release).await?;
        let made = Side::of(&inside.session, context.release).await?;
        inside.session.close().await;
        let after = Side::of(&opened.session, context.release).await?;
        // Changes that the application made at the source in the meantime do not count against the clone.
        let moved: Vec<String> = after.differences(before).into_iter().map(|(subject, _)| subject).collect();
        let left_behind = |subject: &str| no_owner && (subject.starts_with("owner ") || subject.starts_with("grants "));
        let mut found = Vec::new();
        for (subject, words) in made.differences(before) {
            match ground.versions.get(&subject) {
                // A restore cannot choose the version of an extension. Everything that uses the extension is compared.
                Some(version) => context.report.notes.push(version.clone()),
                None if moved.contains(&subject) || left_behind(&subject) => {}
                None => found.push(words),
            }
        }
        let compared = format!(
            "{} facts of structure, the rows of {} tables, {} sequences{}{}{}",
            made.fingerprint.structure.len(),
            made.rows.len(),
            made.sequences(),
            if no_owner { "; owners and grants not compared" } else { "" },
            if ground.versions.is_empty() { "" } else { "; versions of extensions not compared" },
            if moved.is_empty() {
                String::new()
            } else {
                format!("; changed by the application meanwhile: {}", moved.join(", "))
            },
        );
        let equal = found.is_empty();
        self.stage("fidelity", "equal to the source", equal, if equal { compared } else { found.join("; ") });
        let size = self.size(context, &opened.session).await?;
        let closed = size.as_ref().is_some_and(|size| !size.open && size.ours);
        let numbers = size.map_or_else(String::new, |size| format!("{} bytes, PUBLIC may not connect", size.bytes));
        self.stage("isolation", "a separate database, closed to PUBLIC", closed, numbers);
        if equal && closed {
            return Ok(());
        }
        Err(Error::Different {
            message: format!("the clone is not equal to the source: {} differences", found.len()),
            hint: "oneroof removed the clone. The lines above name each difference.".to_owned(),
        })
    }
}

fn in_words(check: &Check) -> String {
    format!("{} ({})", check.name, check.actual)
}

/// Removes the unfinished clone. Tries again for ten seconds, because the session of `pg_restore` may take a moment to end.
async fn discard(session: &Session, ground: &CloneGround) -> bool {
    for _ in 0..40 {
        match session.simple(ground.statement("discard")).await {
            Ok(reply) if reply.error.is_none() => return true,
            Ok(_) => tokio::time::sleep(std::time::Duration::from_millis(250)).await,
            Err(_) => return false,
        }
    }
    false
}
