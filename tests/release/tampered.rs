//! A sealed file that somebody changed is refused with exit code 6, and the message names what was changed.

use super::support::Sandbox;
use super::{packet, repository_text, sha256};

/// Paths and texts, in the order of the sealed file.
type Files = Vec<(String, String)>;

/// The files of a sealed packet in their order, so that a test can change some of them and seal the rest as before.
#[derive(Clone)]
struct Parts {
    head: String,
    files: Files,
}

impl Parts {
    fn of(text: &str) -> Self {
        let (list, mut rest) = text.split_once("\n\n").unwrap();
        let (comments, list): (Vec<&str>, Vec<&str>) = list.lines().partition(|line| line.starts_with('#'));
        let mut files = Vec::new();
        for line in list {
            let mut words = line.splitn(3, ' ').skip(1);
            let (length, path) = (words.next().unwrap().parse::<usize>().unwrap(), words.next().unwrap());
            let (held, after) = rest.strip_prefix(&format!("==> {path} <==\n")).unwrap().split_at(length);
            rest = after.strip_prefix('\n').unwrap_or(after);
            files.push((path.to_owned(), held.to_owned()));
        }
        Self { head: comments.join("\n"), files }
    }

    /// The sealed file, with a correct list of its files.
    fn text(&self) -> String {
        let line = |(path, held): &(String, String)| format!("\n{} {} {path}", sha256(held), held.len());
        let file = |(path, held): &(String, String)| format!("\n==> {path} <==\n{held}");
        let list: String = self.files.iter().map(line).collect();
        let files: String = self.files.iter().map(file).collect();
        format!("{}{list}\n{files}", self.head)
    }

    fn at(&self, path: &str) -> usize {
        self.files.iter().position(|(known, _)| known == path).unwrap()
    }

    /// The packet with another text of one file.
    fn with(&self, path: &str, change: impl Fn(&str) -> String) -> String {
        let mut other = self.clone();
        let held = &mut other.files[self.at(path)].1;
        let changed = change(held);
        assert_ne!(*held, changed, "{path}");
        *held = changed;
        other.text()
    }
}

/// What was changed, the changed file, and a part of the reason that must be given.
type Case<T> = (&'static str, T, &'static str);

const SEED: &str = "sql/prod/30_ownership_seed.sql";
const NEXT: &str = "sql/prod/40_containment.sql";

/// The packet with other files, and a word that the reason must have.
fn other_files(parts: &Parts) -> Vec<Case<String>> {
    let changed = |change: &dyn Fn(&mut Files)| {
        let mut other = parts.clone();
        change(&mut other.files);
        other.text()
    };
    let extra = |path: &str| (path.to_owned(), "SELECT 1;\n".to_owned());
    let gap = "source/checks/gap.sql";
    let (seed, next, check) = (parts.at(SEED), parts.at(NEXT), parts.at(gap));
    let swap = |files: &mut Files| {
        let text = std::mem::take(&mut files[seed].1);
        files[seed].1 = std::mem::replace(&mut files[next].1, text);
    };
    vec![
        ("a member is added", changed(&|files| files.push(extra("sql/prod/99_z.sql"))), "99_z.sql"),
        (
            "a member is left out",
            changed(&|files| drop(files.remove(seed))),
            "its list has sql/prod/40_containment.sql where",
        ),
        (
            "a member is renamed",
            changed(&|files| "sql/prod/30_other.sql".clone_into(&mut files[seed].0)),
            "30_other.sql",
        ),
        ("two members have each other's text", changed(&swap), "30_ownership_seed.sql: the file was changed"),
        (
            "two members are in another order",
            changed(&|files| files.swap(seed, next)),
            "its list has sql/prod/40_containment.sql where",
        ),
        ("a source is left out", changed(&|files| drop(files.remove(check))), "there is no checks/gap.sql"),
        (
            "a source is renamed",
            changed(&|files| "source/checks/g.sql".clone_into(&mut files[check].0)),
            "there is no checks/gap.sql",
        ),
        (
            "a source is listed twice",
            changed(&|files| files.insert(check, files[check].clone())),
            "its list has source/checks/gap.sql where",
        ),
        ("a source is out of order", changed(&|files| files.swap(check, check + 1)), "its list has"),
        (
            "a source leads out of the folder",
            changed(&|files| "source/../x.sql".clone_into(&mut files[check].0)),
            "not a plain relative path",
        ),
    ]
}

/// The packet with another text in some of its files.
fn other_texts(parts: &Parts) -> Vec<Case<String>> {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let unguarded = |text: &str| {
        let (guard, body) = (text.find("-- oneroof:guard").unwrap(), text.find("-- oneroof:body").unwrap());
        format!("{}-- oneroof:guard\n{}", &text[..guard], &text[body..])
    };
    let derived = "source/derived.toml";
    let number = |from: &'static str, to: &'static str| move |text: &str| text.replacen(from, to, 1);
    vec![
        ("a guard is stripped", parts.with(SEED, unguarded), "30_ownership_seed.sql: the file was changed"),
        ("a member has other line ends", parts.with(SEED, crlf), "30_ownership_seed.sql: the file was changed"),
        (
            "a source has other line ends",
            parts.with("source/30-ownership/up.sql", crlf),
            "was changed after it was sealed",
        ),
        (
            "a source is changed and its member is not",
            parts.with("source/checks/gap.sql", number("hint: ", "hint: x")),
            "was changed",
        ),
        (
            "a derived number of a signed table",
            parts.with(derived, number("ownership\" = { inserted = 30 }", "ownership\" = { inserted = 31 }")),
            "gives other row counts",
        ),
        (
            "fewer rows than are listed",
            parts.with(derived, number("axis\" = { inserted = 3 }", "axis\" = { inserted = 2 }")),
            "axis in derived.toml disagree",
        ),
        (
            "another count than rows",
            parts.with(derived, number("count = 15\n", "count = 16\n")),
            "axis_value in derived.toml disagree",
        ),
        (
            "a derived row is left out",
            parts.with(derived, number("    \"(AUTHORITY,L1,1,Member,)\",\n", "")),
            "axis_value in derived.toml disagree",
        ),
        (
            "the derived facts of another packet",
            parts.with(derived, |_| repository_text("examples/shop/derived.toml")),
            "derived from other tiers",
        ),
        ("derived facts that are no TOML", parts.with(derived, |_| "x = [".to_owned()), "derived.toml: line 1"),
    ]
}

/// The file with bytes that are missing, added or changed. The list of its files is as it was.
fn other_bytes(text: &str) -> Vec<Case<Vec<u8>>> {
    let bytes = |text: String| text.into_bytes();
    let once = |from: &str, to: &str| bytes(text.replacen(from, to, 1));
    let mut not_text = text.as_bytes().to_vec();
    not_text[text.len() / 2] ^= 0x80;
    vec![
        ("an empty file", Vec::new(), "its first line is not that of a sealed packet"),
        ("one line end", b"\n".to_vec(), "its first line is not that of a sealed packet"),
        ("a byte order mark", bytes(format!("\u{feff}{text}")), "its first line is not that of a sealed packet"),
        ("the list alone", bytes(text.split("\n\n").next().unwrap().to_owned()), "its list of files has no end"),
        ("half of the file", bytes(text[..text.len() / 2].to_owned()), "it was cut short"),
        ("without its last byte", bytes(text[..text.len() - 1].to_owned()), "it was cut short"),
        ("a line end more", bytes(format!("{text}\n")), "it goes on after its last file"),
        ("a statement more", bytes(format!("{text}SELECT 1;\n")), "it goes on after its last file"),
        ("CR LF everywhere", bytes(text.replace('\n', "\r\n")), "its lines end with CR LF"),
        ("CR LF in one place", once("\n==> sql/prod/10", "\r\n==> sql/prod/10"), "is not what its sources compose to"),
        ("a byte that is no text", not_text, "not UTF-8 text"),
        ("an older engine", once("frames 1\n", "frames 0\n"), "composed with frames 0, but this program has frames 1"),
        ("a newer engine", once("frames 1\n", "frames 2\n"), "composed with frames 2, but this program has frames 1"),
        ("another form", once("form 1,", "form 2,"), "its first line is not that of a sealed packet"),
        (
            "another title in the head",
            once("# one-roof-phase-1: One", "# one-roof-phase-1: Two"),
            "its first lines are not those",
        ),
        (
            "an edited byte of a member",
            once("\n-- oneroof:assert\n", "\n-- oneroof:asserx\n"),
            "is not what its sources compose to",
        ),
    ]
}

#[test]
fn a_changed_sealed_file_is_refused_and_the_reason_names_the_change() {
    let parts = Parts::of(packet());
    assert_eq!(parts.text(), packet());
    let whole = |(what, text, said): Case<String>| (what, text.into_bytes(), said);
    let texts = other_files(&parts).into_iter().chain(other_texts(&parts)).map(whole);
    let sandbox = Sandbox::new();
    let file = sandbox.work().join("x.packet");
    for (what, bytes, said) in texts.chain(other_bytes(packet())) {
        std::fs::write(&file, bytes).unwrap();
        let shown = sandbox.oneroof(["manifest", "--packet", "x.packet"]).output();
        assert_eq!(shown.code(), Some(6), "{what}: {}", shown.whole());
        // A long message goes on in the next lines of the screen.
        let words = shown.whole().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("is not a sealed packet"), "{what}: {words}");
        assert!(words.contains(said), "{what}: {words}");
    }
}
