//! Connection strings in the URI notation, by libpq's rules.

use super::error::TargetError;
use super::pairs::Pairs;
use crate::secret::Secret;

const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];

const EXAMPLE: &str = "An example that works: postgresql://app@db.example.org:5432/directus?sslmode=verify-full.";

/// Whether the text begins with the scheme of a PostgreSQL URI.
pub(super) fn has_scheme(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.starts_with(scheme))
}

/// Whether the text is an address for any program.
pub(super) fn is_address(text: &str) -> bool {
    text.contains("://")
}

/// The error for an address that libpq does not accept. It says what differs, and shows nothing of the text.
pub(super) fn unknown_form(text: &str, from: &str) -> TargetError {
    let bare = text.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    let reason = match text.chars().next() {
        _ if !has_scheme(&bare.to_ascii_lowercase()) => "its scheme is neither postgresql:// nor postgres://",
        Some('\u{feff}') => "a byte order mark precedes the scheme",
        Some('\'' | '"' | '`') => "a quotation mark precedes the scheme",
        Some(first) if first.is_whitespace() => "a blank precedes the scheme",
        Some(first) if !first.is_alphanumeric() => "another character precedes the scheme",
        _ => "its scheme is not in lower case",
    };
    invalid(from, reason)
}

/// Parses `postgresql://user:password@host:port,host:port/dbname?key=value&key=value`.
///
/// The first `@` before any `/` ends the credentials, and the first `:` in the credentials ends the user. The parser
/// accepts no other form, because a string must have the same meaning here as in psql.
pub(super) fn parse(text: &str, from: &str) -> Result<Pairs, TargetError> {
    let mut rest = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let mut pairs = Pairs::new();
    let designator_end = rest.find(['@', '/']).unwrap_or(rest.len());
    if rest[designator_end..].starts_with('@') {
        let credentials = &rest[..designator_end];
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        push_decoded(&mut pairs, "user", user, from)?;
        push_decoded(&mut pairs, "password", password, from)?;
        rest = &rest[designator_end + 1..];
    }
    // The credentials ended too early, at a "/" or "@" in the password. libpq would read the rest of the password as the name of the
    // database and show it to everybody.
    let path = rest.split('?').next().and_then(|rest| rest.split_once('/'));
    if path.is_some_and(|(_, path)| path.contains('@')) {
        return Err(unencoded(from, "\"@\" follows the first \"/\""));
    }
    rest = take_hosts(rest, &mut pairs, from)?;
    if let Some(path) = rest.strip_prefix('/') {
        let end = path.find('?').unwrap_or(path.len());
        push_decoded(&mut pairs, "dbname", &path[..end], from)?;
        rest = &path[end..];
    }
    if let Some(query) = rest.strip_prefix('?') {
        // If a password contains "/" and "?", its end looks like the name of a parameter.
        if query.split('&').any(|parameter| parameter.split('=').next().is_some_and(|key| key.contains('@'))) {
            return Err(unencoded(from, "\"@\" is in the name of a parameter"));
        }
        take_parameters(query, &mut pairs, from)?;
    }
    Ok(pairs)
}

/// Reads `host:port,host:port` and returns the text after it. Each list is decoded as a whole, so that an encoded comma is a separator too,
/// as in libpq.
fn take_hosts<'text>(mut rest: &'text str, pairs: &mut Pairs, from: &str) -> Result<&'text str, TargetError> {
    let mut hosts = String::new();
    let mut ports = String::new();
    loop {
        let (host, after) = take_host(rest, from)?;
        hosts.push_str(host);
        rest = after;
        if let Some(after) = rest.strip_prefix(':') {
            let end = after.find(['/', '?', ',']).unwrap_or(after.len());
            ports.push_str(&after[..end]);
            rest = &after[end..];
        }
        let Some(after) = rest.strip_prefix(',') else {
            break;
        };
        hosts.push(',');
        ports.push(',');
        rest = after;
    }
    push_decoded(pairs, "host", &hosts, from)?;
    push_decoded(pairs, "port", &ports, from)?;
    Ok(rest)
}

fn take_host<'text>(text: &'text str, from: &str) -> Result<(&'text str, &'text str), TargetError> {
    let Some(inner) = text.strip_prefix('[') else {
        let end = text.find([':', '/', '?', ',']).unwrap_or(text.len());
        return Ok(text.split_at(end));
    };
    let Some((host, after)) = inner.split_once(']') else {
        return Err(invalid(from, "\"[\" of an IPv6 address is not closed by \"]\""));
    };
    if host.is_empty() {
        return Err(invalid(from, "the IPv6 address between \"[\" and \"]\" is empty"));
    }
    if !(after.is_empty() || after.starts_with([':', '/', '?', ','])) {
        return Err(invalid(from, "\"]\" of an IPv6 address must be followed by \":\" or \"/\""));
    }
    Ok((host, after))
}

fn take_parameters(query: &str, pairs: &mut Pairs, from: &str) -> Result<(), TargetError> {
    // libpq stops at the end of the text, so one "&" at the end is ignored. An empty parameter before another "&" has no "=", which is an
    // error.
    let query = query.strip_suffix('&').unwrap_or(query);
    if query.is_empty() {
        return Ok(());
    }
    for parameter in query.split('&') {
        let Some((key, value)) = parameter.split_once('=') else {
            return Err(invalid(from, "a query parameter lacks \"=\""));
        };
        if value.contains('=') {
            return Err(invalid(from, "a query parameter has a second \"=\"; within a value it is written %3D"));
        }
        let key = String::from_utf8(decoded(key, from)?)
            .map_err(|_| invalid(from, "the name of a query parameter is not UTF-8"))?;
        let value = decoded(value, from)?;
        // The spelling of JDBC, which libpq accepts in URIs.
        if key == "ssl" && value == b"true" {
            pairs.push(("sslmode".to_owned(), Secret::from("require")));
        } else {
            pairs.push((key, Secret::new(value)));
        }
    }
    Ok(())
}

fn push_decoded(pairs: &mut Pairs, key: &str, encoded: &str, from: &str) -> Result<(), TargetError> {
    if !encoded.is_empty() {
        pairs.push((key.to_owned(), Secret::new(decoded(encoded, from)?)));
    }
    Ok(())
}

/// Decodes `%XX` to any byte except zero, as libpq does. The text is never shown in an error, because it may be a password.
fn decoded(encoded: &str, from: &str) -> Result<Vec<u8>, TargetError> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = rest.next().and_then(hex_digit);
        let low = rest.next().and_then(hex_digit);
        match (high, low) {
            (Some(0), Some(0)) => return Err(invalid(from, "%00 is not allowed")),
            (Some(high), Some(low)) => bytes.push(high << 4 | low),
            _ => {
                return Err(invalid(
                    from,
                    "\"%\" is not followed by two hexadecimal digits; a plain \"%\" is written %25",
                ));
            }
        }
    }
    Ok(bytes)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The error for an invalid port. The text is not shown, because it may be a part of a password.
pub(super) fn port_is_no_number(from: &str) -> TargetError {
    unencoded(from, "the port is not a number from 1 to 65535")
}

fn unencoded(from: &str, reason: &str) -> TargetError {
    TargetError::Syntax {
        from: from.to_owned(),
        reason: reason.to_owned(),
        hint: Some(
            "Within a user name, password or database name, write \":\", \"/\", \"?\" and \"@\" as %3A, %2F, %3F and %40.",
        ),
    }
}

fn invalid(from: &str, reason: &str) -> TargetError {
    TargetError::Syntax { from: from.to_owned(), reason: reason.to_owned(), hint: Some(EXAMPLE) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: &[(&str, &[(&str, &str)])] = &[
        ("postgresql://", &[]),
        ("postgres://host", &[("host", "host")]),
        ("postgresql://host:33/db", &[("host", "host"), ("port", "33"), ("dbname", "db")]),
        ("postgresql:///db", &[("dbname", "db")]),
        ("postgresql://u@/db", &[("user", "u"), ("dbname", "db")]),
        ("postgresql://u:p@h", &[("user", "u"), ("password", "p"), ("host", "h")]),
        ("postgresql://:p@h", &[("password", "p"), ("host", "h")]),
        ("postgresql://u:@h", &[("user", "u"), ("host", "h")]),
        ("postgresql://u:a:b@h", &[("user", "u"), ("password", "a:b"), ("host", "h")]),
        ("postgresql://u%40x:p%3A%2F@h", &[("user", "u@x"), ("password", "p:/"), ("host", "h")]),
        ("postgresql://a,b:2,c/d", &[("host", "a,b,c"), ("port", ",2,"), ("dbname", "d")]),
        ("postgresql://[::1]:5/d", &[("host", "::1"), ("port", "5"), ("dbname", "d")]),
        ("postgresql://[::1],[fe80::2]", &[("host", "::1,fe80::2"), ("port", ",")]),
        ("postgresql://%2Ftmp:5/d", &[("host", "/tmp"), ("port", "5"), ("dbname", "d")]),
        ("postgresql://?host=/tmp&user=u", &[("host", "/tmp"), ("user", "u")]),
        ("postgresql://h?", &[("host", "h")]),
        ("postgresql://h/?service=x", &[("host", "h"), ("service", "x")]),
        ("postgresql://h/d?options=-c%20a%3Db&", &[("host", "h"), ("dbname", "d"), ("options", "-c a=b")]),
        ("postgresql://h?ssl=true", &[("host", "h"), ("sslmode", "require")]),
        ("postgresql://h?ssl=false", &[("host", "h"), ("ssl", "false")]),
        ("postgres://u:p@ss@h/db", &[("user", "u"), ("password", "p"), ("host", "ss@h"), ("dbname", "db")]),
        ("postgresql://h/a/b", &[("host", "h"), ("dbname", "a/b")]),
    ];

    #[test]
    fn every_part_of_a_uri_is_found() {
        for (text, expected) in PARTS {
            let parsed = parse(text, "--dsn").expect("the text is valid");
            let expected: Pairs =
                expected.iter().map(|(key, value)| ((*key).to_owned(), Secret::from(*value))).collect();
            assert!(parsed == expected, "{text}");
        }
    }

    #[test]
    fn what_libpq_refuses_is_refused() {
        let table = [
            "postgresql://[::1",
            "postgresql://[]",
            "postgresql://[::1]x",
            "postgresql://h?a",
            "postgresql://h?a=b=c",
            "postgresql://h?&a=b",
            "postgresql://%zz",
            "postgresql://%0",
            "postgresql://%",
            "postgresql://a%00b",
            "postgresql://u:5432/secret@h/db",
            "postgresql://h?%ff=1",
        ];
        for text in table {
            parse(text, "--dsn").expect_err(text);
        }
    }

    #[test]
    fn no_piece_of_a_password_reaches_the_error() {
        for text in ["postgresql://u:canary%zz@h", "postgresql://h?password=canary=1", "postgres://a:x/?canary@h/"] {
            let error = parse(text, "--dsn").expect_err("the text is invalid");
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }
}
