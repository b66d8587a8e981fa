//! Advice for a login that the server rejected.

use super::model::{Endpoint, Host, PasswordOrigin, Route, Target};
use crate::text::escaped;

/// The server's error for a rejected login.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoginRejection<'words> {
    pub sqlstate: &'words str,
    /// The routine of the server that rejected the login. One SQLSTATE has many reasons, and the message may be in any language.
    pub routine: &'words str,
}

impl Target {
    /// Advice in sentences. `None` if the program knows no more than the server's message says. The advice fits every reason that the
    /// server's routine has for this SQLSTATE. If the routine is unknown, the advice fits the SQLSTATE in general.
    pub fn login_advice(&self, endpoint: &Endpoint, refusal: LoginRejection<'_>) -> Option<String> {
        match refusal.sqlstate {
            "28P01" => Some(self.password_advice(endpoint)),
            "28000" => Some(self.access_advice(endpoint, refusal.routine)),
            "3D000" if self.is_default("dbname") => Some(
                "Without a database name, the user's name is used: give the database with --dbname (-d) or PGDATABASE."
                    .to_owned(),
            ),
            "3D000" => Some("Give another database with -d; psql -l lists the databases.".to_owned()),
            "42501" => self.rights_advice(refusal.routine),
            "53300" => Some(self.limit_advice(refusal.routine)),
            "55000" if refusal.routine == "CheckMyDatabase" => Some(format!(
                "The database \"{}\" does not accept connections: ALTER DATABASE ... ALLOW_CONNECTIONS true changes that.",
                escaped(&self.dbname)
            )),
            "57P03" => Some(
                "The server is starting, stopping or recovering: try again when it is ready. A standby without hot_standby accepts no connections before it is promoted."
                    .to_owned(),
            ),
            "08P01" => Some("If a connection pooler answers at this address, connect to the server itself.".to_owned()),
            _ => None,
        }
    }

    /// The advice for an exceeded limit. Five limits have the same SQLSTATE.
    fn limit_advice(&self, routine: &str) -> String {
        match routine {
            "InitializeSessionUserId" => format!(
                "The connection limit of the role \"{}\" is reached; it may be 0. ALTER ROLE ... CONNECTION LIMIT changes it.",
                escaped(&self.user)
            ),
            "CheckMyDatabase" => format!(
                "The connection limit of the database \"{}\" is reached; it may be 0. ALTER DATABASE ... CONNECTION LIMIT changes it.",
                escaped(&self.dbname)
            ),
            "InitPostgres" => {
                "The remaining connection slots are reserved: end idle sessions, or log in as a role for which slots are reserved."
                    .to_owned()
            }
            "ProcessStartupPacket" | "BackendInitialize" | "InitProcess" => {
                "All connection slots are taken: end idle sessions, or raise max_connections.".to_owned()
            }
            _ => {
                "A limit on connections is reached; the message says which. End idle sessions, or raise the limit.".to_owned()
            }
        }
    }

    /// The advice for a missing privilege: CONNECT on the database, or the privilege to set a parameter in `options`.
    fn rights_advice(&self, routine: &str) -> Option<String> {
        if routine == "CheckMyDatabase" {
            let (user, dbname) = (escaped(&self.user), escaped(&self.dbname));
            return Some(format!("The role \"{user}\" needs CONNECT on the database \"{dbname}\"."));
        }
        (routine.starts_with("set_config") && self.options.is_some())
            .then(|| "The role may not set this parameter. Leave it out of options (PGOPTIONS).".to_owned())
    }

    /// Says where the password came from, or where one could be stored.
    pub fn password_advice(&self, endpoint: &Endpoint) -> String {
        // The server does not say which of the three reasons it was.
        let same_words = "The server sends the same message for a role without a password, and for a password that has expired (VALID UNTIL).";
        if self.typed.get().is_some() {
            let role = escaped(&self.user);
            return format!("The password was typed at the terminal, for the role \"{role}\". {same_words}");
        }
        match (&endpoint.password_origin, endpoint.password_hint()) {
            (_, Some(hint)) => {
                format!(
                    "{hint}: look at the first line of that file that fits this host, port, database and user. {same_words}"
                )
            }
            (Some(PasswordOrigin::Setting(from)), None) => {
                format!("The password came from: {}. {same_words}", escaped(from))
            }
            (Some(PasswordOrigin::File(_)) | None, None) => {
                "Put the password into ~/.pgpass (mode 0600) as host:port:database:user:password, or set PGPASSWORD. On a terminal oneroof asks for it."
                    .to_owned()
            }
        }
    }

    /// The advice for SQLSTATE 28000: the role, the access rules, or the authentication.
    fn access_advice(&self, endpoint: &Endpoint, routine: &str) -> String {
        let role = escaped(&self.user);
        let is_socket = matches!(endpoint.host, Host::Socket(_) | Host::Abstract(_)) || self.route != Route::Direct;
        let advice = match routine {
            "InitializeSessionUserId" => {
                format!("The role \"{role}\" must exist and be allowed to log in: CREATE ROLE or ALTER ROLE ... LOGIN.")
            }
            "auth_failed" if is_socket => format!(
                "With peer authentication in pg_hba.conf, the operating system account must have the role's name (sudo -u \"{role}\") or be mapped to it in pg_ident.conf."
            ),
            "auth_failed" => {
                "Look at the server's log: it says why the authentication method that pg_hba.conf sets here failed.".to_owned()
            }
            _ => "Check the server's pg_hba.conf: it decides which role may log in from where, with or without TLS, and with which authentication method."
                .to_owned(),
        };
        if self.is_default("user") {
            return format!(
                "No role was given, so \"{role}\" is the name of this operating system account: give a role with --username (-U). {advice}"
            );
        }
        advice
    }

    fn is_default(&self, setting: &str) -> bool {
        let mut origins = self.origins.iter();
        origins.any(|origin| origin.setting == setting && origin.from.starts_with("default"))
    }
}

#[cfg(test)]
mod tests {
    use super::LoginRejection;
    use crate::pg::conninfo::{Account, ConnectionOptions, Environment, Target, resolve};

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
            ("host=/tmp", "28000", "auth_failed", "sudo -u"),
            ("host=/tmp", "28000", "auth_failed", "--username"),
            ("host=/tmp user=app", "28000", "ClientAuthentication", "pg_hba.conf"),
            ("host=db user=app", "28000", "auth_failed", "server's log"),
            ("host=db user=app", "28000", "InitializeSessionUserId", "must exist"),
            ("host=/tmp user=app", "28P01", "auth_failed", "into ~/.pgpass"),
            ("host=/tmp user=app password=canary", "28P01", "auth_failed", "came from: --dsn."),
            ("host=/tmp user=app password=canary", "28P01", "auth_failed", "VALID UNTIL"),
            ("host=/tmp user=app", "3D000", "InitPostgres", "the user's name is used"),
            ("host=/tmp dbname=absent", "3D000", "InitPostgres", "psql -l"),
            ("host=/tmp", "53300", "InitPostgres", "reserved"),
            ("host=/tmp", "53300", "ProcessStartupPacket", "All connection slots"),
            ("host=/tmp", "53300", "InitializeSessionUserId", "limit of the role"),
            ("host=/tmp", "53300", "CheckMyDatabase", "limit of the database"),
            ("host=/tmp", "53300", "", "the message says which"),
            ("host=/tmp", "55000", "CheckMyDatabase", "ALLOW_CONNECTIONS"),
            ("host=/tmp", "57P03", "ProcessStartupPacket", "try again"),
            ("host=/tmp", "08P01", "", "pooler"),
            ("host=/tmp", "42501", "CheckMyDatabase", "CONNECT"),
            ("host=/tmp options=-cx=1", "42501", "set_config_option", "options"),
        ];
        for (dsn, sqlstate, routine, words) in table {
            let target = target(dsn);
            let advice = target.login_advice(&target.hosts[0], LoginRejection { sqlstate, routine }).expect("advice");
            assert!(advice.contains(words) && !advice.contains("canary"), "{advice}");
        }
        let target = target("host=/tmp");
        for (sqlstate, routine) in [("XX000", ""), ("42501", "InitPostgres"), ("55000", "InitPostgres")] {
            assert_eq!(target.login_advice(&target.hosts[0], LoginRejection { sqlstate, routine }), None);
        }
    }
}
