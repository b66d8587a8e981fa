//! The versions of PostgreSQL programs.

use std::fmt;

/// The version of a PostgreSQL program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The major version, such as 15.
    pub major: u32,
    /// The minor version. `None` for a development or beta build.
    pub minor: Option<u32>,
    /// The version as the program writes it, such as `15.18` or `18beta1`.
    pub text: String,
}

impl Version {
    /// Reads the output of `postgres --version` or of another program with `--version`.
    pub fn parse(said: &str) -> Option<Self> {
        let (_, after) = said.split_once(')')?;
        let text = after.split_whitespace().next()?;
        let (major, rest) = leading_number(text)?;
        let minor = rest.strip_prefix('.').and_then(leading_number).map(|(minor, _)| minor);
        Some(Self { major, minor, text: text.to_owned() })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The number at the start of a text, and the rest.
pub(super) fn leading_number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..end].parse().ok()?;
    Some((number, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::{Version, leading_number};

    #[test]
    fn reads_the_versions_that_builds_print() {
        for (said, major, minor, text) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", 15, Some(18), "15.18"),
            ("psql (PostgreSQL) 18beta2\n", 18, None, "18beta2"),
            ("postgres (EnterpriseDB) 16.4.1\n", 16, Some(4), "16.4.1"),
            ("postgres (PostgreSQL) 19devel", 19, None, "19devel"),
        ] {
            let version = Version::parse(said).expect(said);
            assert_eq!((version.major, version.minor, version.text.as_str()), (major, minor, text));
        }
        assert_eq!(Version::parse("command not found"), None);
        assert_eq!(Version::parse("postgres (PostgreSQL) unknown"), None);
    }

    #[test]
    fn orders_versions_by_number() {
        let of = |text: &str| Version::parse(&format!("postgres (PostgreSQL) {text}")).unwrap();
        assert!(of("15.18") > of("15.9"));
        assert!(of("16.0") > of("15.18"));
    }

    #[test]
    fn splits_a_leading_number_from_the_rest() {
        assert_eq!(leading_number("15.18"), Some((15, ".18")));
        assert_eq!(leading_number("main"), None);
        assert_eq!(leading_number("99999999999"), None);
    }
}
