//! What to do about a login that the server refused.

use super::model::{Endpoint, PasswordOrigin, Target};
use crate::text::escaped;

impl Target {
    /// Advice, in sentences, by the server's SQLSTATE.
    pub fn login_advice(&self, endpoint: &Endpoint, sqlstate: &str) -> Option<String> {
        match sqlstate {
            "28P01" => Some(self.password_advice(endpoint)),
            "28000" => Some(self.access_advice()),
            "3D000" if self.is_default("dbname") => Some(
                "The database's name defaults to the user's: name it with --dbname (-d) or \
                 PGDATABASE."
                    .to_owned(),
            ),
            "3D000" => Some("There is no such database: name it with -d; psql -l lists them.".to_owned()),
            "42501" => Some(format!("The role \"{}\" needs CONNECT on the database.", escaped(&self.user))),
            "53300" => Some(
                "All connection slots are taken: end idle sessions, or log in as a role for \
                 which slots are reserved."
                    .to_owned(),
            ),
            "57P03" => Some("The server is starting, stopping or recovering: try again when it is ready.".to_owned()),
            "08P01" => Some("A connection pooler may stand in the way: connect to the server itself.".to_owned()),
            _ => None,
        }
    }

    /// Where the password came from, or where one could come from.
    pub fn password_advice(&self, endpoint: &Endpoint) -> String {
        if self.asked.get().is_some() {
            return format!("The password was typed at the terminal, for the role \"{}\".", escaped(&self.user));
        }
        match (&endpoint.password_origin, endpoint.password_hint()) {
            (_, Some(hint)) => {
                format!("{hint}: look at the first line of it that fits this host, port, database and user.")
            }
            (Some(PasswordOrigin::Setting(from)), None) => {
                format!("The password came from: {}.", escaped(from))
            }
            (Some(PasswordOrigin::File(_)) | None, None) => {
                "Put one into ~/.pgpass (mode 0600) as host:port:database:user:password, or set \
                 PGPASSWORD; on a terminal it is asked for."
                    .to_owned()
            }
        }
    }

    /// No entry in the server's rules, no such role, or peer authentication as somebody else.
    fn access_advice(&self) -> String {
        let role = escaped(&self.user);
        if self.is_default("user") {
            return format!(
                "The role \"{role}\" is this operating system account: name another with \
                 --username (-U) or PGUSER, or run as its account, such as sudo -u postgres."
            );
        }
        format!(
            "The server's pg_hba.conf decides who may log in from where; peer authentication \
             wants the account of that name (sudo -u \"{role}\")."
        )
    }

    fn is_default(&self, setting: &str) -> bool {
        let mut origins = self.origins.iter();
        origins.any(|origin| origin.setting == setting && origin.from.starts_with("default"))
    }
}

#[cfg(test)]
mod tests {
    use crate::pg::target::{Account, ConnectionOptions, Environment, Target, resolve};

    fn target(dsn: &str) -> Target {
        let environment = Environment {
            account: Some(Account { name: "root".to_owned(), home: "/nowhere".into() }),
            ..Environment::empty()
        };
        let options = ConnectionOptions { dsn: Some(dsn.into()), ..ConnectionOptions::default() };
        resolve(&options, &environment).expect("the settings resolve")
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let table = [
            ("host=/tmp", "28000", "sudo -u postgres"),
            ("host=/tmp user=app", "28000", "pg_hba.conf"),
            ("host=/tmp user=app", "28P01", "into ~/.pgpass"),
            ("host=/tmp user=app password=canary", "28P01", "came from: --dsn."),
            ("host=/tmp user=app", "3D000", "defaults to the user's"),
            ("host=/tmp dbname=absent", "3D000", "psql -l"),
            ("host=/tmp", "53300", "slots"),
            ("host=/tmp", "57P03", "try again"),
            ("host=/tmp", "08P01", "pooler"),
            ("host=/tmp", "42501", "CONNECT"),
        ];
        for (dsn, sqlstate, words) in table {
            let target = target(dsn);
            let advice = target.login_advice(&target.hosts[0], sqlstate).expect("advice");
            assert!(advice.contains(words) && !advice.contains("canary"), "{advice}");
        }
        let target = target("host=/tmp");
        assert_eq!(target.login_advice(&target.hosts[0], "XX000"), None);
    }
}
