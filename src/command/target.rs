//! From the options of the command line to a connection target.

use crate::cli::Common;
use crate::error::Error;
use crate::pg::connector::OpenError;
use crate::pg::target::{self, ConnectionOptions, Environment, Target};

/// Resolves where to connect, as psql would.
pub(crate) fn resolve(common: &Common) -> Result<Target, Error> {
    let environment = Environment::of_process();
    let profile = match &common.profile {
        Some(name) => {
            Some(target::find_profile(name, common.config.as_deref(), &environment).map_err(OpenError::Target)?)
        }
        None => None,
    };
    let options = ConnectionOptions {
        dsn: common.dsn.clone(),
        dbname: common.dbname.clone(),
        host: common.host.clone(),
        port: common.port.clone(),
        username: common.username.clone(),
        no_password: common.no_password,
        via: common.via.clone(),
        profile,
        ..ConnectionOptions::default()
    };
    Ok(target::resolve(&options, &environment).map_err(OpenError::Target)?)
}
