//! The policy of a host: what this host demands of every approval, in addition to the demands of the packet's page. The policy is read from
//! files on the host. No packet can bring or change these files, so a packet can demand more than the policy but not less. The packet's SQL
//! checks the packet's rule. This module checks the policy, from approval rows that are read in the same transaction.

mod demands;
mod judge;
mod read;

pub use demands::{Demands, Distinct, Incomplete};
pub use judge::{READ, Signature, is_of_policy, question};
pub use read::{PolicyError, VARIABLE, read};

use crate::pg::questions;
use crate::release::{Descriptor, Release};
use crate::text::escaped;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The files of a policy. The list is empty if the host has no policy. If there are two files, both are in force.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub files: Vec<PolicyFile>,
}

/// One file of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFile {
    pub path: String,
    /// SHA-256 of the bytes that this run read.
    pub sha256: String,
    /// The user id that owns the file, if that is not root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<u32>,
    pub demands: Demands,
}

/// The rule for approvals that is in force: the demands of the packet and those of the host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApprovalRule {
    /// What the page of the packet demands.
    pub packet: Demands,
    /// What the host demands. Empty if the host has no policy.
    pub host: Vec<PolicyFile>,
}

impl ApprovalRule {
    /// The rule for a release under a policy.
    pub fn of(page: &Descriptor, policy: &Policy) -> Self {
        Self { packet: Demands::of_page(page), host: policy.files.clone() }
    }
}

impl PolicyFile {
    /// The path of the file and what the file demands, in one line.
    pub fn words(&self) -> String {
        let owner = self.owner_uid.map(|uid| format!(" (owned by uid {uid}, not by root)")).unwrap_or_default();
        format!("{}{owner}: {}", escaped(&self.path), escaped(&self.demands.words()))
    }
}

impl Policy {
    fn demands(&self) -> impl Iterator<Item = &Demands> {
        self.files.iter().map(|file| &file.demands)
    }

    /// Whether an approval counts only if it names the release digest.
    pub fn is_bound(&self) -> bool {
        self.demands().any(|demands| demands.bound == Some(true))
    }

    /// How many people must have signed at each level, if missing signatures stop a release under this policy. If there are two numbers for
    /// one level, the larger number counts.
    fn levels(&self, page: &Descriptor) -> BTreeMap<String, u32> {
        let stops = self.demands().any(|demands| demands.incomplete == Some(Incomplete::Stop));
        let mut needed = BTreeMap::new();
        let own = self.demands().flat_map(|demands| &demands.levels);
        for (level, people) in own.chain(page.gate.levels.iter().filter(|_| stops)) {
            let most = needed.entry(level.trim().to_owned()).or_insert(*people);
            *most = (*most).max(*people);
        }
        if !needed.is_empty() && page.gate.stops {
            for (level, most) in &mut needed {
                *most = (*most).max(page.gate.levels.get(level).copied().unwrap_or_default());
            }
        }
        needed
    }

    /// Whether nobody may sign at two levels.
    fn is_once(&self) -> bool {
        self.demands().any(|demands| demands.distinct == Some(Distinct::Once(true)))
    }

    /// How many different people must have signed.
    fn people(&self) -> u32 {
        let people = |demands: &Demands| match demands.distinct {
            Some(Distinct::People(people)) => people,
            _ => 0,
        };
        self.demands().map(people).max().unwrap_or_default()
    }

    /// The files of allowed signers. A packet that is given as a file must have a signature by one signer of each of these files.
    pub fn signers(&self) -> impl Iterator<Item = &Path> {
        self.demands().filter_map(|demands| demands.signers.as_deref()).map(Path::new)
    }

    /// Whether the policy has a demand that is checked in the approval rows.
    pub fn judges(&self, page: &Descriptor) -> bool {
        self.is_bound() || self.is_once() || self.people() > 0 || !self.levels(page).is_empty()
    }

    /// The first contradiction between the policy and the packet or this program. No signature can resolve such a contradiction.
    pub fn conflict(&self, release: &Release) -> Option<String> {
        let gate = &release.descriptor.gate;
        let name = &release.descriptor.release.name;
        self.files.iter().find_map(|file| {
            let (path, demands) = (escaped(&file.path), &file.demands);
            let table = demands.table.as_ref().filter(|table| **table != gate.table).map(|table| {
                format!("the host policy {path} demands approvals in {table}; the packet {name} reads {}", gate.table)
            });
            let other = demands.columns.iter().find(|(column, wanted)| column.of(&gate.columns) != Some(wanted));
            let column = other.map(|(column, wanted)| {
                let read = column.of(&gate.columns).map_or("none", String::as_str);
                let word = column.word();
                format!(
                    "the host policy {path} demands the column {wanted} for {word}; the packet {name} uses {read}"
                )
            });
            let no_level = gate.columns.level.is_none() && !demands.levels.is_empty();
            let levels = no_level
                .then(|| format!("the host policy {path} demands signatures by level; the packet {name} names no column of levels"));
            let waived = release.descriptor.release.clone_database.as_ref();
            let rehearsal = waived.zip(demands.rehearse_on.as_ref()).filter(|(own, wanted)| own != wanted).map(|(own, wanted)| {
                let wanted = if wanted.is_empty() { "no database" } else { wanted };
                format!("the host policy {path} lets the gate be waived on {wanted}; the packet {name} waives it on {own}")
            });
            let engine = demands.engine.as_ref().filter(|engine| **engine != questions::BUILT).map(|engine| {
                format!("the host policy {path} demands the engine {engine}; this program has {}", questions::BUILT)
            });
            table.or(column).or(levels).or(rehearsal).or(engine)
        })
    }
}
