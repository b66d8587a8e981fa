//! Finds out what the tiers would do in a database that differs a little from the one that requires.sql makes.

use super::DeriveError;
use super::automatic::{given_other, hold, new_names};
use super::everywhere::probes;
use super::run::Runner;
use super::seen::{MadeConstraints, Seen};
use super::stars::more_columns;
use super::truncated::{triggers, truncated_by};

impl Runner<'_, '_> {
    /// Makes all variations, and adds what they show. Nothing is known if the packet cannot run in one transaction.
    pub(super) async fn variations(&self, seen: &mut Seen) -> Result<(), DeriveError> {
        if seen.whole[0].is_none() {
            return Ok(());
        }
        let names = new_names(seen);
        let all =
            [more_columns(&seen.before), hold(&names), probes(&seen.before, &self.texts.page.role), triggers(seen)];
        let [stars, automatic, probed, truncated] = self.varied(&all).await?;
        seen.stars = self.stars(&seen.before, &stars.up).await?;
        seen.automatic =
            if automatic.up.is_empty() { MadeConstraints::new() } else { given_other(names, &automatic.up) };
        if let (Some(probes), false) = (&all[2], probed.up.is_empty()) {
            seen.everywhere = self.everywhere(probes).await?;
        }
        seen.truncated = truncated_by(&seen.before, &truncated.down);
        seen.lost = self.lost(seen).await?;
        Ok(())
    }
}
