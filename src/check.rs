//! A check: what was expected, and what was found.

use crate::pg::failure::SqlFailure;
use crate::pg::tap::ServerMessage;
use crate::sqlstate::{APPROVALS, CHECK, INSUFFICIENT_PRIVILEGE, UNMET};
use serde::{Deserialize, Serialize};

/// When a check was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Before anything is written.
    Preflight,
    /// At the beginning of a tier, inside its transaction.
    Guard,
    /// At the end of a tier, before its COMMIT.
    Assert,
    /// When the end state is verified.
    Verify,
}

/// Whether an unmet check stops the release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The check stops the release.
    #[default]
    Error,
    /// The check is shown but does not stop the release.
    Warning,
}

/// An approval row as a tier's own transaction read it. A value is absent if its column is NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Approval {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal_code: Option<String>,
    /// The level of the person who signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_level: Option<String>,
    /// Who signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// The signature's reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_ref: Option<String>,
    /// When it was signed, as the database writes the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<String>,
}

/// One check with its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The documented name, which does not change.
    pub name: String,
    /// The tier that made the check. 0 is preflight, 9 is verify.
    pub tier: u8,
    /// When the check was made.
    pub phase: Phase,
    /// The expected value.
    pub expected: String,
    /// The actual value.
    pub actual: String,
    /// Whether the check is met.
    pub ok: bool,
    /// Whether the check stops the release if it is unmet.
    #[serde(default, skip_serializing_if = "is_error")]
    pub severity: Severity,
    /// What to do if the check is unmet, and who does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

fn is_error(severity: &Severity) -> bool {
    *severity == Severity::Error
}

/// The DETAIL of a notice, as the check loop writes it.
#[derive(Deserialize)]
struct NoticeDetail {
    name: String,
    #[serde(default)]
    severity: Severity,
    expected: Option<String>,
    actual: Option<String>,
    ok: Option<bool>,
    hint: Option<String>,
}

/// The hint if the server refused to read what a check needs. It has the same error code for a missing privilege and for row-level security.
const UNREADABLE: &str = "The role may not read all of this, so the check has no result. If a privilege is missing, the owner grants it. If row-level security hides rows, its owner disables it, or an administrator gives the role BYPASSRLS.";

/// Whether the text says that the role was not allowed to read, in the words of the packet's check loop.
fn is_unreadable(actual: &str) -> bool {
    actual.starts_with("could not check: ") && actual.ends_with(&format!("({INSUFFICIENT_PRIVILEGE})"))
}

/// Whether a check is unmet because a table or view is missing, and the check of that table or view says so already. If the table `orders` is
/// missing, this is true for `seam.orders.id`, `privilege.orders` and `row_security.orders`.
pub fn follows(check: &Check, checks: &[Check]) -> bool {
    let is_missing = |one: &Check| one.is_unmet() && one.actual == "missing";
    let is_of = |object: &str| {
        let parts = check.name.match_indices(object);
        parts.into_iter().any(|(at, _)| {
            let (before, after) = (&check.name[..at], &check.name[at + object.len()..]);
            before.ends_with('.') && (after.is_empty() || after.starts_with('.'))
        })
    };
    is_missing(check)
        && checks.iter().any(|other| {
            let object = other.name.strip_prefix("seam.");
            is_missing(other) && other.is_object() && other.name != check.name && object.is_some_and(is_of)
        })
}

impl Check {
    /// Whether the check is about the kind of an object of the contract. Its name is then `seam.<object>`.
    pub fn is_object(&self) -> bool {
        let kinds = ["table", "view", "materialized view", "foreign table", "sequence"];
        self.name.starts_with("seam.") && kinds.contains(&self.expected.as_str())
    }

    /// Whether a DO block of this program raised the message, and not a function that the block called. A function in the database can copy
    /// every field of a check except CONTEXT, because the server writes CONTEXT. It has one line for each level, and names a function with
    /// its arguments in parentheses. The words around the name depend on `lc_messages`.
    pub fn is_own(context: &str) -> bool {
        context.contains("inline_code_block") && !context.contains(['\n', '('])
    }

    /// The check in a notice of the server. `None` if the notice is not a check, or if the check loop did not raise it.
    pub fn heard(notice: &ServerMessage, tier: u8, phase: Phase) -> Option<Self> {
        let is_check = notice.code() == CHECK && Self::is_own(notice.context());
        is_check.then(|| Self::parse(notice.detail(), tier, phase)).flatten()
    }

    /// The approval rows in a notice of the server. `None` if it is another notice, or if our own block did not raise it.
    pub fn heard_approvals(notice: &ServerMessage) -> Option<Vec<Approval>> {
        let is_ours = notice.code() == APPROVALS && Self::is_own(notice.context());
        is_ours.then(|| serde_json::from_str(notice.detail()).ok()).flatten()
    }

    /// Whether the check loop raised this failure. The failure then names the unmet checks that were reported before.
    pub fn names_unmet(failure: &SqlFailure) -> bool {
        failure.sqlstate == UNMET && Self::is_own(&failure.context)
    }

    /// Reads the DETAIL of a check notice. `None` if it is not one.
    pub fn parse(detail: &str, tier: u8, phase: Phase) -> Option<Self> {
        let fields: NoticeDetail = serde_json::from_str(detail).ok()?;
        let unreadable = fields.actual.as_deref().is_some_and(is_unreadable);
        Some(Self {
            name: fields.name,
            tier,
            phase,
            expected: fields.expected.unwrap_or_default(),
            actual: fields.actual.unwrap_or_else(|| "nothing".to_owned()),
            // A check without a known result is not met.
            ok: fields.ok == Some(true),
            severity: fields.severity,
            // The check's own hint is about its value. If the role may not read the value, the hint must be about the missing right.
            hint: if unreadable { Some(UNREADABLE.to_owned()) } else { fields.hint.filter(|hint| !hint.is_empty()) },
        })
    }

    /// A check that this program makes itself, without SQL. It is met if both values are equal.
    pub fn of(name: &str, phase: Phase, expected: impl Into<String>, actual: impl Into<String>, hint: &str) -> Self {
        let (expected, actual) = (expected.into(), actual.into());
        let ok = expected == actual;
        let hint = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
        Self { name: name.to_owned(), tier: 0, phase, expected, actual, ok, severity: Severity::Error, hint }
    }

    /// Whether the role may not read what the check needs. Then nothing is known about the value.
    pub fn is_unreadable(&self) -> bool {
        is_unreadable(&self.actual)
    }

    /// Whether the check is unmet and stops the release.
    pub fn is_unmet(&self) -> bool {
        !self.ok && self.severity == Severity::Error
    }
}

/// The checks that a part promises and did not make. A promised name that ends in `.*` needs at least one check of that family.
pub fn missing<'names>(promised: &'names [String], made: &[Check]) -> Vec<&'names str> {
    let is_made = |name: &str| match name.strip_suffix('*') {
        Some(family) => made.iter().any(|check| check.name.starts_with(family)),
        None => made.iter().any(|check| check.name == name),
    };
    promised.iter().map(String::as_str).filter(|name| !is_made(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_message_of_our_own_block_is_a_check() {
        for own in [
            "PL/pgSQL function inline_code_block line 33 at RAISE",
            "PL/pgSQL-Funktion inline_code_block Zeile 33 bei RAISE",
            "fonction PL/pgSQL inline_code_block, ligne 33, à RAISE",
        ] {
            assert!(Check::is_own(own), "{own}");
        }
        for forged in [
            "",
            "PL/pgSQL function public.forge() line 2 at RAISE",
            "PL/pgSQL function inline_code_block() line 2 at RAISE",
            "PL/pgSQL function \"inline_code_block line 33 at RAISE\"() line 2 at RAISE",
            "PL/pgSQL function forge() line 2 at RAISE\nSQL statement \"SELECT 1\"\nPL/pgSQL function inline_code_block line 33 at EXECUTE",
            "PL/pgSQL function inline_code_block line 2 at RAISE\nSQL statement \"DO 'x'\"\nPL/pgSQL function forge() line 3 at EXECUTE",
        ] {
            assert!(!Check::is_own(forged), "{forged}");
        }
    }

    #[test]
    fn a_check_without_an_answer_is_unmet() {
        let check =
            Check::parse(r#"{"name":"gap","expected":"210","actual":null,"ok":null}"#, 3, Phase::Guard).unwrap();
        assert!(check.is_unmet());
        assert_eq!(check.actual, "nothing");
        assert!(Check::parse("not json", 3, Phase::Guard).is_none());
    }

    #[test]
    fn a_check_without_privilege_names_who_can_grant_it() {
        let check = |actual: &str| {
            let detail =
                serde_json::json!({"name": "gap", "expected": "0", "actual": actual, "ok": false, "hint": "Look."});
            Check::parse(&detail.to_string(), 3, Phase::Verify).unwrap()
        };
        let refused = check("could not check: permission denied for table x (42501)");
        assert!(refused.is_unreadable() && refused.is_unmet());
        assert!(refused.hint.unwrap().contains("grants"));
        for other in ["could not check: division by zero (22012)", "12 (42501)", "12"] {
            let other = check(other);
            assert!(!other.is_unreadable());
            assert_eq!(other.hint.as_deref(), Some("Look."));
        }
    }

    #[test]
    fn what_a_missing_object_leads_to_follows_from_it() {
        let check = |name: &str, expected: &str, actual: &str| Check::of(name, Phase::Preflight, expected, actual, "");
        let checks = [
            check("seam.orders", "table", "missing"),
            check("seam.store.shelf", "view", "missing"),
            check("seam.items", "table", "view"),
        ];
        let follows = |name: &str, actual: &str| follows(&check(name, "x", actual), &checks);
        for name in ["seam.orders.id", "privilege.orders", "privilege.owner.orders", "row_security.store.shelf"] {
            assert!(follows(name, "missing"), "{name}");
            assert!(!follows(name, "none"), "{name}");
        }
        for name in ["seam.orders_old.id", "privilege.reorders", "seam.items.id", "shelf", "seam.shelf.id"] {
            assert!(!follows(name, "missing"), "{name}");
        }
        assert!(!super::follows(&checks[0], &checks));
    }

    #[test]
    fn one_check_of_a_family_counts_for_the_family() {
        let made = [Check::of("seam.x", Phase::Guard, "a", "a", "")];
        let promised = ["seam.*".to_owned(), "gap".to_owned(), "greenfield.*".to_owned()];
        assert_eq!(missing(&promised, &made), ["gap", "greenfield.*"]);
    }
}
