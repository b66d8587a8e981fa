//! Makes a cluster: a folder, a data folder inside it, and a server on the data folder.

use std::path::Path;

use super::LabError;
use super::account::MachineAccount;
use super::build::{Baseline, Builder};
use super::cluster::{Cluster, StopMode};
use super::files::{copy_tree, make_private_folder};
use super::names::{ADMINISTRATOR, DATA, MAINTENANCE_DATABASE};
use super::place::ClusterFolder;
use super::template::{Cache, Template};
use crate::packet::name::identifier;
use crate::programs::quoted;

impl Builder {
    /// Makes the cluster and starts it.
    pub fn start(self) -> Result<Cluster, LabError> {
        let account = MachineAccount::for_server()?;
        let cache = self.cached.then(|| Cache::open(&account)).transpose()?;
        let template = cache.as_ref().map(|cache| self.template(cache, &account)).transpose()?;
        let place = ClusterFolder::take(self.folder.as_deref(), self.tcp, cache.as_ref(), &account)?;
        let data = place.folder().join(DATA);
        match &template {
            Some(template) => copy_tree(&template.data, &data, &account)?,
            None => self.initialise(&data, &account)?,
        }
        drop(template);
        let cluster = Cluster::start_in(place, &self, account)?;
        if let Some(baseline) = self.baseline.as_ref().filter(|_| !self.cached) {
            furnish(&cluster, baseline)?;
        }
        Ok(cluster)
    }

    /// The template to copy: without any database of ours, or with the baseline already loaded.
    fn template(&self, cache: &Cache, account: &MachineAccount) -> Result<Template, LabError> {
        let bare_key =
            format!("{} {}\n{:?}", quoted(&self.programs.folder), self.programs.version, self.initdb_arguments());
        let bare = || {
            cache.template(&bare_key, account, |data| {
                // A new template is made rarely, so this is a good time to remove leftovers.
                cache.sweep();
                self.initialise(data, account)
            })
        };
        let Some(baseline) = &self.baseline else {
            return bare();
        };
        let key = format!("{bare_key}\n{baseline:?}");
        cache.template(&key, account, |data| {
            let bare = bare()?;
            let plain = Self::new(&self.programs);
            let place = ClusterFolder::take(None, false, Some(cache), account)?;
            copy_tree(&bare.data, &place.folder().join(DATA), account)?;
            let cluster = Cluster::start_in(place, &plain, account.clone())?;
            furnish(&cluster, baseline)?;
            // The stop must be clean, so that a server on a copy needs no crash recovery.
            cluster.stop(StopMode::Fast)?;
            let made = cluster.data();
            std::fs::rename(&made, data).map_err(LabError::file("rename", &made))
        })
    }

    fn initialise(&self, data: &Path, account: &MachineAccount) -> Result<(), LabError> {
        // We make the folder, because the account may not write to the folder above it.
        make_private_folder(data, account)?;
        let program = self.programs.program("initdb");
        let output = account
            .command(&program, data)
            .args(self.initdb_arguments())
            .arg("-D")
            .arg(data)
            .output()
            .map_err(|source| LabError::Run { program, source })?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(LabError::Initdb { said: said.trim_end().to_owned() })
    }
}

/// Creates the owner and the database, and loads the baseline. A baseline that the administrator loads may create the owner itself. Then
/// the database is created again without the owner.
fn furnish(cluster: &Cluster, baseline: &Baseline) -> Result<(), LabError> {
    let (name, owner) = (identifier(&baseline.database), identifier(&baseline.owner));
    cluster.psql(MAINTENANCE_DATABASE, ADMINISTRATOR, &format!("CREATE ROLE {owner} LOGIN NOSUPERUSER"))?;
    cluster.create_database(&baseline.database, &baseline.owner)?;
    let role = if baseline.by_administrator { ADMINISTRATOR } else { &baseline.owner };
    let loaded = cluster.psql(&baseline.database, role, &baseline.sql);
    let made_it_too = format!("role \"{}\" already exists", baseline.owner);
    if baseline.by_administrator && loaded.as_ref().is_err_and(|error| error.to_string().contains(&made_it_too)) {
        cluster.psql(MAINTENANCE_DATABASE, ADMINISTRATOR, &format!("DROP DATABASE {name}"))?;
        cluster.psql(MAINTENANCE_DATABASE, ADMINISTRATOR, &format!("DROP ROLE {owner}"))?;
        cluster.create_database(&baseline.database, ADMINISTRATOR)?;
        return cluster.psql(&baseline.database, ADMINISTRATOR, &baseline.sql).map(drop);
    }
    loaded.map(drop)
}
