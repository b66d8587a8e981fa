//! A value that must never be shown.

use std::fmt;

/// A password, or anything else that must not reach a log, an error text or a screen.
///
/// `Debug` and `Display` show only that something is there. Comparing is for tests and for the
/// resolver; it is not constant in time and need not be, since no attacker chooses either side.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a value into custody.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Hands the value out. Every caller of this is a place to review.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it; libpq takes an empty password for none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(***)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let secret = Secret::new("canary");
        assert_eq!(format!("{secret} {secret:?} {secret:#?}"), "*** Secret(***) Secret(***)");
        assert_eq!(secret.reveal(), "canary");
    }
}
