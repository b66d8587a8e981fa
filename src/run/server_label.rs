//! The server's name in the words that a person types to confirm. The name differs between staging and production.

use crate::pg::conninfo::{Host, Route, Target};
use crate::pg::server_facts::Identity;

/// The part of the typed words that distinguishes this server from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServerLabel {
    /// The profile's name, the TCP host as given, or `via`.
    Known(String),
    /// The server's `cluster_name`, or the name of this machine if it is empty.
    OfServer,
}

impl ServerLabel {
    /// Finds the label from the connection options only.
    pub(crate) fn of(target: &Target, profile: Option<&str>) -> Self {
        if let Some(profile) = profile {
            return Self::Known(profile.to_owned());
        }
        if matches!(target.route, Route::Via(_)) {
            return Self::Known("via".to_owned());
        }
        match target.hosts.as_slice() {
            [one] => match &one.host {
                Host::Name(name) => Self::Known(name.clone()),
                Host::Socket(_) | Host::Abstract(_) => Self::OfServer,
            },
            _ => Self::OfServer,
        }
    }

    /// The server's name, after the server was reached.
    fn name(&self, identity: &Identity) -> String {
        match self {
            Self::Known(name) => name.clone(),
            Self::OfServer if identity.cluster_name.is_empty() => machine(),
            Self::OfServer => identity.cluster_name.clone(),
        }
    }

    /// The words `<database>@<name>`, which a person types or gives with `--confirm`.
    pub(crate) fn wanted(&self, identity: &Identity) -> String {
        format!("{}@{}", identity.database, self.name(identity))
    }

    /// The same words before the server was reached. An unknown name is described.
    pub(crate) fn wanted_words(&self, database: &str) -> String {
        match self {
            Self::Known(name) => format!("{database}@{name}"),
            Self::OfServer => format!("{database}@NAME (NAME: the server's cluster_name, else this machine's name)"),
        }
    }

    /// Whether only the id of a container would name the server. The id is new for each container, so it names nothing that a person knows.
    pub(super) fn teaches_nothing(&self, identity: &Identity) -> bool {
        *self == Self::OfServer && identity.cluster_name.is_empty() && super::folder::in_container()
    }
}

/// The name of this machine.
fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_names_the_server_by_what_is_known_of_it() {
        let named = |cluster: &str| Identity {
            database: "directus".to_owned(),
            cluster_name: cluster.to_owned(),
            ..Identity::default()
        };
        assert_eq!(ServerLabel::Known("prod".to_owned()).wanted(&named("main")), "directus@prod");
        assert_eq!(ServerLabel::OfServer.wanted(&named("main")), "directus@main");
        assert_eq!(ServerLabel::OfServer.wanted(&named("")), format!("directus@{}", machine()));
        assert!(!machine().is_empty());
    }
}
