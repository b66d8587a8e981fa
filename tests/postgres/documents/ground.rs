//! The place in which a block runs: a folder, a server, and a shell that finds the program on its PATH.

use crate::support::{Lab, Sandbox, binary, programs, repository_text};
use oneroof::testing::lab::{ADMINISTRATOR, Baseline};
use oneroof::testing::programs::Client;
use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::process::{Command, Output, Stdio};

/// What exists before the block runs.
#[derive(Clone, Copy)]
pub(super) enum Ground {
    /// No server. The commands start their own server or need none.
    None,
    /// The database of the release that the binary carries. Its approval exists.
    Signed,
    /// As [`Ground::Signed`], with the release applied and its evidence in the folder.
    Applied,
    /// The database that the example packet `notes` is written for.
    Notes,
    /// An empty database named `shop`. The administrator runs the block.
    Empty,
}

/// The sandbox and the server in which a block runs.
pub(super) struct Place {
    sandbox: Option<Sandbox>,
    lab: Option<Lab>,
    database: (&'static str, &'static str),
}

impl Place {
    pub(super) fn sandbox(&self) -> &Sandbox {
        self.lab.as_ref().map_or_else(|| self.sandbox.as_ref().unwrap(), |lab| &lab.sandbox)
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![("ADMINISTRATOR", ADMINISTRATOR.to_owned())];
        if let Some(lab) = &self.lab {
            variables.extend(lab.environment(self.database.0, self.database.1));
        }
        variables
    }
}

impl Ground {
    pub(super) fn place(self) -> Place {
        let release = ("directus", "workflow_admin");
        match self {
            Self::None => Place { sandbox: Some(Sandbox::new()), lab: None, database: release },
            Self::Signed | Self::Applied => {
                let lab = Lab::own(|builder| builder);
                lab.ratify();
                let place = Place { sandbox: None, lab: Some(lab), database: release };
                if matches!(self, Self::Applied) {
                    let apply = "oneroof apply --ratified-apr APR-BOOT-AUTHMODEL-1";
                    assert_eq!(script(&place, "", apply), [0]);
                }
                place
            }
            Self::Notes => {
                let baseline = Baseline {
                    database: "shop".to_owned(),
                    owner: "shop_release".to_owned(),
                    sql: repository_text("src/command/packet/skeleton/requires.sql"),
                    by_administrator: true,
                };
                let lab = Lab::own(|builder| builder.baseline(baseline));
                Place { sandbox: None, lab: Some(lab), database: ("shop", "shop_release") }
            }
            Self::Empty => {
                let baseline = Baseline {
                    database: "shop".to_owned(),
                    owner: "shop".to_owned(),
                    sql: "SELECT 1".to_owned(),
                    by_administrator: true,
                };
                let lab = Lab::own(|builder| builder.baseline(baseline).access("local all shop_release trust"));
                Place { sandbox: None, lab: Some(lab), database: ("shop", ADMINISTRATOR) }
            }
        }
    }
}

/// Runs a script in a shell in the sandbox's working folder. From the caller's environment it gets only the folder of the server's
/// programs.
pub(super) fn bash(sandbox: &Sandbox, variables: &[(&'static str, String)], text: &str) -> Output {
    let own = sandbox.root().join("path");
    if !own.exists() {
        std::fs::create_dir(&own).unwrap();
        for name in ["oneroof", "oneroof.real"] {
            symlink(std::path::absolute(binary()).unwrap(), own.join(name)).unwrap();
        }
    }
    let logs = sandbox.work().join("rollout");
    std::fs::create_dir_all(&logs).unwrap();
    let psql = programs().client(Client::Psql).unwrap();
    let clients = psql.parent().unwrap();
    let mut command = Command::new("/bin/bash");
    command.env_clear().current_dir(sandbox.work()).stdin(Stdio::null());
    command.env("PATH", format!("{}:{}:/usr/local/bin:/usr/bin:/bin", own.display(), clients.display()));
    // The program writes its evidence here if no folder is named. In a container a folder must be named.
    command.env("ONEROOF_LOG_DIR", logs).env("HOME", sandbox.home()).env("TMPDIR", sandbox.temporary());
    command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC").env("COLUMNS", "80");
    if let Some(folder) = std::env::var_os("ONEROOF_PG_BIN") {
        command.env("ONEROOF_PG_BIN", folder);
    }
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command.args(["-c", text]).output().unwrap()
}

/// Runs `before` and then a block. Returns the exit codes of the program in order. Any other command that fails makes the test fail.
///
/// A person types the confirmation of `apply` and `rollback`. Here `--yes` takes its place.
#[track_caller]
pub(super) fn script(place: &Place, before: &str, block: &str) -> Vec<i32> {
    let sandbox = place.sandbox();
    let codes = sandbox.root().join("codes");
    std::fs::write(&codes, "").unwrap();
    let mut text = "set -euo pipefail\n".to_owned();
    let _ = write!(
        text,
        "oneroof() {{
            case \"$1 $*\" in *--dry-run*) ;; apply*|rollback*) set -- \"$@\" --yes ;; esac
            local code=0
            command oneroof \"$@\" || code=$?
            echo \"$code\" >> '{}'
        }}\n{before}\n{block}",
        codes.display()
    );
    let output = bash(sandbox, &place.variables(), &text);
    assert!(
        output.status.success(),
        "{block}\nended with {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let codes = std::fs::read_to_string(&codes).unwrap();
    let codes: Vec<i32> = codes.lines().map(|code| code.parse().unwrap()).collect();
    if codes.iter().any(|code| *code != 0) {
        println!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
    codes
}

/// The line with the characters escaped that a shell would not read as part of a word.
pub(super) fn in_words(line: &str) -> String {
    line.replace('<', "\\<").replace('(', "\\(").replace(')', "\\)")
}
