//! Checks values from the command line against the packet's rules before they are used.

use crate::error::Error;
use crate::packet::pattern::Pattern;
use crate::release::Release;

/// Checks an approval code against the packet's rule before it is used.
///
/// # Errors
/// [`Error::Usage`] with the escaped code, the rule and an example of a valid code.
pub fn approval_code(release: &Release, given: &str) -> Result<String, Error> {
    let gate = &release.descriptor.gate;
    let rule = Pattern::read(&gate.apr_pattern);
    let obeys = |code: &str| rule.as_ref().is_ok_and(|rule| rule.obeys(code));
    if obeys(given) {
        return Ok(given.to_owned());
    }
    let meant = given.trim().to_ascii_uppercase().replace('_', "-");
    let meant = if obeys(&meant) { format!("Did you mean {meant}? ") } else { String::new() };
    Err(Error::Usage {
        message: format!("'{}' is not an approval code", crate::text::escaped_within(given, 80)),
        hint: format!(
            "{meant}A code is {}, for example {}; the rule is {}.",
            rule.as_ref().map(Pattern::words).unwrap_or_default(),
            gate.apr_example,
            gate.apr_pattern
        ),
    })
}

/// Refuses a pinned digest that does not have the form of a digest. A digest with missing characters is a usage error and does not mean
/// another release.
pub(super) fn expected_digest(given: &str) -> Result<(), Error> {
    let bare = given.strip_prefix("sha256:").unwrap_or(given);
    if bare.len() == 64 && bare.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(Error::Usage {
        message: format!("--expect-release '{}': not a release digest", crate::text::escaped_within(given, 80)),
        hint: "A digest is sha256: and then 64 hex digits; oneroof manifest shows this binary's.".to_owned(),
    })
}
