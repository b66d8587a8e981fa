//! The person who started the run. Facts from the kernel are kept apart from claims of the environment, because anyone can set a variable.

use crate::pg::conninfo::account_of;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Variables that name a user. sudo, sshd, login and CI systems set them, but anyone else can set them too.
const CLAIMS: [&str; 10] = [
    "USER",
    "LOGNAME",
    "SUDO_USER",
    "SUDO_UID",
    "SSH_CONNECTION",
    "CI",
    "GITHUB_ACTOR",
    "GITHUB_RUN_ID",
    "GITLAB_USER_LOGIN",
    "CI_JOB_ID",
];
/// The maximum length of a claim, in characters. The rest is cut.
const CLAIM_LIMIT: usize = 200;

/// The person who started the run, as far as the operating system knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The user id of the process.
    pub uid: u32,
    /// The effective user id of the process. Absent if it is the same as `uid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_uid: Option<u32>,
    /// The account of the user id, from the machine's list of accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The user id that logged in, which `su` and `sudo` do not change. Absent if nobody logged in, as in a service or a container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_uid: Option<u32>,
    /// The account of the user id that logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_account: Option<String>,
    /// The terminal that controls the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal: Option<String>,
    /// The machine's host name.
    pub host: String,
    /// What the environment claims. Nothing proves it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claimed: BTreeMap<String, String>,
}

impl Operator {
    /// The operator of this process.
    pub fn of_process() -> Self {
        let uid = rustix::process::getuid().as_raw();
        let effective = rustix::process::geteuid().as_raw();
        let login_uid = read("/proc/self/loginuid").as_deref().and_then(login_uid);
        let name = |uid| account_of(uid).map(|account| account.name);
        Self {
            uid,
            effective_uid: Some(effective).filter(|effective| *effective != uid),
            account: name(uid),
            login_uid,
            login_account: login_uid.and_then(name),
            terminal: read("/proc/self/stat").as_deref().and_then(terminal),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            claimed: claims(|name| std::env::var(name).ok()),
        }
    }
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn claims(variable: impl Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let claim = |name: &&str| {
        let value = variable(name).filter(|value| !value.is_empty())?;
        Some(((*name).to_owned(), value.chars().take(CLAIM_LIMIT).collect()))
    };
    CLAIMS.iter().filter_map(claim).collect()
}

/// The login user id. The kernel uses the highest number if nobody logged in.
fn login_uid(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|uid| *uid != u32::MAX)
}

/// The controlling terminal, from `/proc/self/stat`. The program's name in that line may contain any character, so only the fields after it
/// are read.
fn terminal(stat: &str) -> Option<String> {
    let (_, facts) = stat.rsplit_once(')')?;
    let device: u32 = facts.split_ascii_whitespace().nth(4)?.parse().ok()?;
    let (major, minor) = ((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xf_ff00));
    match (major, minor) {
        (0, 0) => None,
        (136..=143, minor) => Some(format!("/dev/pts/{}", (major - 136) * 256 + minor)),
        (4, ..64) => Some(format!("/dev/tty{minor}")),
        (4, _) => Some(format!("/dev/ttyS{}", minor - 64)),
        _ => Some(format!("device {major}:{minor}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_can_report_that_nobody_logged_in() {
        assert_eq!(login_uid("1000\n"), Some(1000));
        assert_eq!(login_uid("0"), Some(0));
        for none in ["4294967295", "", "x", "-1"] {
            assert_eq!(login_uid(none), None, "{none}");
        }
    }

    #[test]
    fn the_terminal_is_the_kernels_word_whatever_the_process_is_called() {
        for (name, device, expected) in [
            ("oneroof", 0, None),
            ("a) 1 2 3 4 34816 (b", 0, None),
            ("oneroof", 34816, Some("/dev/pts/0")),
            ("x ) y", 34819, Some("/dev/pts/3")),
            // `/dev/pts/300` has a minor number that does not fit into one byte.
            ("oneroof", (137 << 8) | 0x2c, Some("/dev/pts/300")),
            ("oneroof", (4 << 8) | 1, Some("/dev/tty1")),
            ("oneroof", (4 << 8) | 64, Some("/dev/ttyS0")),
            ("oneroof", (204 << 8) | 64, Some("device 204:64")),
        ] {
            let stat = format!("7 ({name}) S 1 7 7 {device} 7 4194560 1\n");
            assert_eq!(terminal(&stat).as_deref(), expected, "{stat}");
        }
        assert_eq!(terminal("nonsense"), None);
    }

    #[test]
    fn a_claim_of_the_environment_is_marked_and_cut() {
        let long = "x".repeat(1_000);
        let kept = claims(|name| match name {
            "SUDO_USER" => Some("President-himself".to_owned()),
            "USER" => Some(long.clone()),
            "CI" => Some(String::new()),
            _ => None,
        });
        assert_eq!(kept["SUDO_USER"], "President-himself");
        assert_eq!(kept["USER"].len(), CLAIM_LIMIT);
        assert_eq!(kept.len(), 2);
    }
}
