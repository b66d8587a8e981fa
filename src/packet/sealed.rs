//! The sealed packet: one text file that holds the sources and the members that are composed from them. Its SHA-256 is the release digest.
//!
//! The file begins with the line `# oneroof packet, form 1, frames N` and comment lines. Then it lists its files, one on each line:
//! `<sha256> <bytes> <path>`. After an empty line the files follow, each after a line `==> path <==`. Sources come first and are below
//! `source/`. Members are below `sql/`. A reader composes the members again and rejects the packet if they differ, so an edited member
//! cannot be released.

use super::compose::Members;
use super::files::Files;
use super::page::Descriptor;
use std::fmt::Write as _;

/// Version of the frames that the engine composes with. A change of a frame changes the release digest of every packet.
const FRAMES: u32 = 1;
/// The text that a sealed packet begins with.
const FIRST: &str = "# oneroof packet, form 1, frames ";
/// The folder of the sources in a sealed packet.
const SOURCE: &str = "source/";

/// A sealed packet.
#[derive(Debug)]
pub struct Sealed {
    /// The text of the whole file.
    pub text: String,
    /// The manifest: one line `<sha256>  <path>` for each member, as `sha256sum` writes it.
    pub manifest: String,
}

/// Seals the packet of these sources. `page` must be made from the same sources. `sha256` returns the digest of a text in hex.
///
/// # Errors
/// Returns what cannot be composed.
pub fn seal(page: &Descriptor, sources: &Files, sha256: impl Fn(&str) -> String) -> Result<Sealed, String> {
    let members = Members::of(page, sources).all()?;
    let mut text = format!("{FIRST}{FRAMES}\n# {}: {}\n", page.release.name, page.release.title);
    text.push_str("# The SHA-256 of this file is the release digest. Sources first, then what they compose to.\n");
    for (path, source) in sources {
        let _ = writeln!(text, "{} {} {SOURCE}{path}", sha256(source), source.len());
    }
    let mut manifest = String::new();
    for (path, member) in &members {
        let digest = sha256(member);
        let _ = writeln!(text, "{digest} {} {path}", member.len());
        let _ = writeln!(manifest, "{digest}  {path}");
    }
    let sources = sources.iter().map(|(path, source)| (format!("{SOURCE}{path}"), source));
    for (path, held) in sources.chain(members.iter().map(|(path, member)| (path.clone(), member))) {
        let _ = write!(text, "\n==> {path} <==\n{held}");
    }
    Ok(Sealed { text, manifest })
}

/// Reads a sealed packet, composes it again, and rejects it if the result differs. Returns the page, the sources and the packet as
/// composed.
///
/// # Errors
/// Returns the first thing that is wrong, in words.
pub fn unseal(text: &str, sha256: impl Fn(&str) -> String) -> Result<(Descriptor, Files, Sealed), String> {
    if text.lines().next().is_some_and(|line| text[line.len()..].starts_with('\r')) {
        return Err("its lines end with CR LF: a program changed them when the file was copied".to_owned());
    }
    match text.strip_prefix(FIRST).and_then(|rest| rest.lines().next()) {
        None => return Err("its first line is not that of a sealed packet".to_owned()),
        Some(version) if version != FRAMES.to_string() => {
            return Err(format!("it was composed with frames {version}, but this program has frames {FRAMES}"));
        }
        Some(_) => {}
    }
    let sources = sources(text)?;
    let page = Descriptor::of(&sources)?;
    let sealed = seal(&page, &sources, sha256)?;
    if sealed.text != text {
        return Err(difference(text, &sealed.text));
    }
    Ok((page, sources, sealed))
}

/// The sources in a sealed packet. The list of files gives the length of each.
fn sources(text: &str) -> Result<Files, String> {
    let (list, mut rest) = text.split_once("\n\n").ok_or("its list of files has no end")?;
    let mut sources = Files::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.splitn(3, ' ').skip(1);
        let length: usize = words
            .next()
            .and_then(|word| word.parse().ok())
            .ok_or("a line of its list is not a digest, a length and a path")?;
        let path = words.next().ok_or("a line of its list is not a digest, a length and a path")?;
        let Some(source) = path.strip_prefix(SOURCE) else { break };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
        if !source.bytes().all(plain) || source.split('/').any(|step| matches!(step, "" | "." | "..")) {
            return Err(format!("the path {path:?} is not a plain relative path"));
        }
        rest = rest
            .strip_prefix(&format!("==> {path} <==\n"))
            .ok_or_else(|| format!("{path} does not begin at the place that the list gives"))?;
        let (held, after) = rest.split_at_checked(length).ok_or_else(|| format!("{path} is cut short"))?;
        rest = after.strip_prefix('\n').unwrap_or(after);
        sources.insert(source.to_owned(), held.to_owned());
    }
    Ok(sources)
}

/// The first place where a packet differs from what its sources compose to, in words.
fn difference(text: &str, again: &str) -> String {
    if text.starts_with(again) {
        return "it goes on after its last file".to_owned();
    }
    if again.starts_with(text) {
        return "it was cut short".to_owned();
    }
    let mut file = None;
    for (line, composed) in text.split('\n').zip(again.split('\n')) {
        if let Some(name) = composed.strip_prefix("==> ").and_then(|rest| rest.strip_suffix(" <==")) {
            file = Some(name);
        }
        if line != composed {
            let shown: String = line.chars().take(60).collect();
            return match file {
                Some(file) => format!("{file} is not what its sources compose to: {shown:?}"),
                None => of_list(line, composed),
            };
        }
    }
    "it is not what its sources compose to".to_owned()
}

/// The first line of the list of files that differs, in words.
fn of_list(line: &str, composed: &str) -> String {
    let path = |line: &str| (!line.starts_with('#')).then(|| line.splitn(3, ' ').nth(2).map(str::to_owned)).flatten();
    match (path(line), path(composed)) {
        (Some(listed), Some(path)) if listed == path => {
            format!("its list gives another digest or length of {path}: the file was changed after it was sealed")
        }
        (None, None) => "its first lines are not those that its sources compose to".to_owned(),
        (listed, path) => format!(
            "its list has {} where its sources compose to {}: a file was added, left out, renamed or moved",
            listed.as_deref().unwrap_or("no file"),
            path.as_deref().unwrap_or("no file")
        ),
    }
}
