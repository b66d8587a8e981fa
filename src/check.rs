//! A check: one row of what was expected and what is.

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
    /// At the head of a tier, inside its transaction.
    Guard,
    /// At the end of a tier, before its COMMIT.
    Assert,
    /// Of the end state.
    Verify,
}

/// Whether an unmet check stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It stops.
    #[default]
    Error,
    /// It is shown, and stops nothing.
    Warning,
}

/// An approval row as a tier's own transaction read it. A column that is NULL, or a time that is none, is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Approval {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal_code: Option<String>,
    /// The level that signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_level: Option<String>,
    /// Who signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// The signature's reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_ref: Option<String>,
    /// When, as the database writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<String>,
}

/// One check with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Stable, documented name.
    pub name: String,
    /// The tier that made it; 0 is preflight, 9 verify.
    pub tier: u8,
    /// When it was made.
    pub phase: Phase,
    /// What must be.
    pub expected: String,
    /// What is.
    pub actual: String,
    /// Whether it is met.
    pub ok: bool,
    /// Whether it stops when unmet.
    #[serde(default, skip_serializing_if = "is_error")]
    pub severity: Severity,
    /// What to do, and who does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

fn is_error(severity: &Severity) -> bool {
    *severity == Severity::Error
}

/// What the check loop puts into DETAIL.
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

/// What to do when the role may not read what a check needs.
const UNREADABLE: &str = "The role has no right to read this, so the check has no result. The owner grants the right: grants/least_privilege.sql.";

/// As the check loop of the packet says it.
fn is_unreadable(actual: &str) -> bool {
    actual.starts_with("could not check: ") && actual.ends_with(&format!("({INSUFFICIENT_PRIVILEGE})"))
}

impl Check {
    /// Whether a message was raised by a DO block that this program sent, and by nothing below it. A function of the database can copy
    /// every field of a check but not this one: the server writes CONTEXT, a line for each level, and names a function with its
    /// arguments in parentheses. The words around the name depend on `lc_messages`.
    pub fn is_own(context: &str) -> bool {
        context.contains("inline_code_block") && !context.contains(['\n', '('])
    }

    /// The check in a notice of the server; `None` when it is none, or when something else than the check loop raised it.
    pub fn heard(notice: &ServerMessage, tier: u8, phase: Phase) -> Option<Self> {
        let is_check = notice.code() == CHECK && Self::is_own(notice.context());
        is_check.then(|| Self::parse(notice.detail(), tier, phase)).flatten()
    }

    /// The approval rows in a notice of the server; `None` when it is another, or not our own block's.
    pub fn heard_approvals(notice: &ServerMessage) -> Option<Vec<Approval>> {
        let is_ours = notice.code() == APPROVALS && Self::is_own(notice.context());
        is_ours.then(|| serde_json::from_str(notice.detail()).ok()).flatten()
    }

    /// Whether this failure is the check loop's own: it names the unmet checks that it reported before.
    pub fn names_unmet(failure: &SqlFailure) -> bool {
        failure.sqlstate == UNMET && Self::is_own(&failure.context)
    }

    /// Reads the DETAIL of a check notice; `None` when it is not one.
    pub fn parse(detail: &str, tier: u8, phase: Phase) -> Option<Self> {
        let told: NoticeDetail = serde_json::from_str(detail).ok()?;
        let unreadable = told.actual.as_deref().is_some_and(is_unreadable);
        Some(Self {
            name: told.name,
            tier,
            phase,
            expected: told.expected.unwrap_or_default(),
            actual: told.actual.unwrap_or_else(|| "nothing".to_owned()),
            // An answer that is not known is not met.
            ok: told.ok == Some(true),
            severity: told.severity,
            // What to do about an answer is not what to do about a question that was refused.
            hint: if unreadable { Some(UNREADABLE.to_owned()) } else { told.hint.filter(|hint| !hint.is_empty()) },
        })
    }

    /// A check that the program itself asks.
    pub fn of(name: &str, phase: Phase, expected: impl Into<String>, actual: impl Into<String>, hint: &str) -> Self {
        let (expected, actual) = (expected.into(), actual.into());
        let ok = expected == actual;
        let hint = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
        Self { name: name.to_owned(), tier: 0, phase, expected, actual, ok, severity: Severity::Error, hint }
    }

    /// The role may not ask it: nothing is known of what it asks for.
    pub fn is_unreadable(&self) -> bool {
        is_unreadable(&self.actual)
    }

    /// Unmet, and it stops.
    pub fn is_unmet(&self) -> bool {
        !self.ok && self.severity == Severity::Error
    }
}

/// The checks that a part promises and did not make. A promised name that ends in `.*` needs at least one of the family.
pub fn missing<'names>(promised: &'names [String], told: &[Check]) -> Vec<&'names str> {
    let is_told = |name: &str| match name.strip_suffix('*') {
        Some(family) => told.iter().any(|check| check.name.starts_with(family)),
        None => told.iter().any(|check| check.name == name),
    };
    promised.iter().map(String::as_str).filter(|name| !is_told(name)).collect()
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
    fn a_check_that_the_role_may_not_ask_says_who_grants_it() {
        let told = |actual: &str| {
            let detail =
                serde_json::json!({"name": "gap", "expected": "0", "actual": actual, "ok": false, "hint": "Look."});
            Check::parse(&detail.to_string(), 3, Phase::Verify).unwrap()
        };
        let refused = told("could not check: permission denied for table x (42501)");
        assert!(refused.is_unreadable() && refused.is_unmet());
        assert!(refused.hint.unwrap().contains("grants"));
        for other in ["could not check: division by zero (22012)", "12 (42501)", "12"] {
            let other = told(other);
            assert!(!other.is_unreadable());
            assert_eq!(other.hint.as_deref(), Some("Look."));
        }
    }

    #[test]
    fn a_family_is_told_by_one_of_its_members() {
        let told = [Check::of("seam.x", Phase::Guard, "a", "a", "")];
        let promised = ["seam.*".to_owned(), "gap".to_owned(), "greenfield.*".to_owned()];
        assert_eq!(missing(&promised, &told), ["gap", "greenfield.*"]);
    }
}
