//! Tests of the profile file.

use super::super::*;
use std::path::Path;

fn parse(text: &str) -> Result<Profile, TargetError> {
    parse_profile(text, Path::new("oneroof.toml"), "p")
}

fn text(value: &Secret) -> String {
    value.reveal_text().expect("a profile is text").to_owned()
}

const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "[profile.p]\nhsot = \"h\"",
        ":2:1: unknown key",
        "Did you mean \"host\"? Keys of a profile: via, role, system_identifier, host, hostaddr, port, dbname, user,",
    ),
    ("[profile.p]\nvai = \"c\"", ":2:1: unknown key", "Did you mean \"via\"?"),
    (
        "[profil.p]\nhost = \"h\"",
        ":1:2: unknown key",
        "Did you mean \"profile\"? The file may hold only tables such as [profile.production]",
    ),
    ("[profile.p]\n  password = \"x\"", ":2:3: password is a secret", "~/.pgpass"),
    ("[profile.q]\nsslpassword = \"x\"", ":2:1: sslpassword is a secret", "passfile"),
    ("[profile.p]\nhost = [\"a\"]", ":2:8: host must be a string or a number", ""),
    ("[profile.p]\nport = 5432.0", ":2:8: port must be", ""),
    ("profile = 1", ":1:11: a profile must be a table", "[profile.production]"),
    ("[profile]\np = 1", ":2:5: a profile must be a table", "[profile.production]"),
    ("[profile.p]\nhost = ", ":2:8: ", ""),
    ("[profile.p]\nhost = \"a\"\nhost = \"b\"", ":3:1: ", ""),
    ("[profile.p]\nkrbsrvname = \"x\"", ":2:1: krbsrvname has no effect", ""),
    ("[profile.other]\nhost = \"h\"", "no profile \"p\"", "The file holds: other."),
    ("", "no profile \"p\"", "[profile.production]"),
    ("[profile.p]\n\"\\u00e9\\u001b\" = 1", ":2:1: unknown key", "Keys of a profile: via"),
];

#[test]
fn mistakes_are_named_with_line_column_and_the_right_way() {
    for (text, message, hint) in MISTAKES {
        let error = parse(text).expect_err(text);
        let shown = error.to_string();
        assert!(shown.contains(message), "{text:?}: {shown}");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        let answer = error.hint().unwrap_or_default();
        assert!(answer.contains(hint), "{text:?}: {answer}");
    }
}

/// The example in docs/oneroof.toml.md can be read, its profiles resolve to targets, and it contains every key.
#[test]
fn the_documented_example_is_read_and_has_every_key() {
    let page = include_str!("../../../../docs/oneroof.toml.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let path = Path::new("oneroof.toml");
    for name in ["staging", "production", "every-key"] {
        let profile = parse_profile(example, path, name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(profile.via.is_some(), name != "staging");
    }
    let whole = parse_profile(example, path, "every-key").expect("the file is valid");
    let mut documented: Vec<&str> = whole.settings().map(|(keyword, _, _)| keyword.name).collect();
    let mut known: Vec<&str> = keyword::for_profile().collect();
    documented.sort_unstable();
    known.sort_unstable();
    assert_eq!(documented, known);
    assert!(whole.role.is_some() && whole.system_identifier.is_some());
    // Each key has an explanation at its first occurrence.
    for key in known.iter().chain(&["via", "role", "system_identifier"]) {
        let first = example.lines().find(|line| line.starts_with(&format!("{key} = ")));
        assert!(first.is_some_and(|line| line.contains(" # ")), "{key}");
    }
}

#[test]
fn settings_keep_their_line() {
    let written = "[profile.q]\n[profile.p]\nhost = \"h\"\nport = 5_433\n\"sslmode\" = 'require'\n";
    let profile = parse(written).expect("the file is valid");
    let mut found: Vec<_> =
        profile.settings().map(|(keyword, value, from)| format!("{}={} {from}", keyword.name, text(value))).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "host=h profile \"p\" (oneroof.toml:3)",
            "port=5433 profile \"p\" (oneroof.toml:4)",
            "sslmode=require profile \"p\" (oneroof.toml:5)",
        ]
    );
}

/// A new folder. It is removed when the value is dropped.
struct ProfileFolder(std::path::PathBuf);

impl ProfileFolder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("oneroof-profile-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("folders");
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(&path, text).expect("a file");
        path
    }

    fn host(&self, name: &str, host: &str) -> std::path::PathBuf {
        self.write(name, &format!("[profile.p]\nhost = \"{host}\"\n"))
    }

    /// An environment in which the user's file is in `config` and the working folder is `here`.
    fn environment(&self) -> Environment {
        let config = self.0.join("config");
        let mut environment = Environment::empty().with("XDG_CONFIG_HOME", &config.to_string_lossy());
        environment.uid = rustix::process::geteuid().as_raw();
        environment.working_folder = Some(self.0.join("here"));
        environment
    }
}

impl Drop for ProfileFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_users_own_file_wins_over_the_working_folders_and_a_named_one_over_both() {
    let folder = ProfileFolder::new("order");
    let found = |config: Option<&Path>, environment: &Environment| {
        let profile = find_profile("p", config, environment).expect("a file exists");
        (
            profile.setting("host").and_then(|(value, _)| value.reveal_text().map(str::to_owned)).unwrap_or_default(),
            profile.source,
        )
    };
    let named = folder.host("named.toml", "named");
    let here = folder.host("here/oneroof.toml", "here");
    let mut environment = folder.environment();
    assert_eq!(found(None, &environment), ("here".to_owned(), ProfileSource::WorkingFolder));
    folder.host("config/oneroof/oneroof.toml", "config");
    assert_eq!(found(None, &environment), ("config".to_owned(), ProfileSource::Own));
    let notes = find_profile("p", None, &environment).expect("a file exists").notes;
    assert!(notes[0].contains("here/oneroof.toml in the working folder is not used"), "{notes:?}");
    assert_eq!(found(Some(&named), &environment), ("named".to_owned(), ProfileSource::Named));
    assert_eq!(found(Some(&here), &environment), ("here".to_owned(), ProfileSource::Named));
    folder.host("home/.config/oneroof/oneroof.toml", "home");
    environment.variables.clear();
    let environment = environment.with("HOME", &folder.0.join("home").to_string_lossy());
    assert_eq!(found(None, &environment), ("home".to_owned(), ProfileSource::Own));
    // A relative XDG_CONFIG_HOME is ignored, because it would refer to the working folder.
    let relative = environment.with("XDG_CONFIG_HOME", "config").with("HOME", "/nowhere");
    assert_eq!(found(None, &relative), ("here".to_owned(), ProfileSource::WorkingFolder));
    let absent = folder.0.join("absent.toml");
    find_profile("p", Some(&absent), &relative).expect_err("a named file must exist");
    let error = find_profile("p", None, &Environment::empty()).expect_err("no file at all");
    assert!(error.to_string().contains("no file oneroof.toml was found"), "{error}");
}

#[test]
fn a_profile_that_only_the_working_folder_has_is_used_and_known_as_such() {
    let folder = ProfileFolder::new("only");
    let environment = folder.environment();
    folder.write("config/oneroof/oneroof.toml", "[profile.q]\nhost = \"q\"\n");
    folder.host("here/oneroof.toml", "here");
    assert_eq!(find_profile("p", None, &environment).expect("it is here").source, ProfileSource::WorkingFolder);
    // A mistake in the user's own file is reported first.
    folder.write("config/oneroof/oneroof.toml", "[profile.q]\nhsot = \"q\"\n");
    let error = find_profile("p", None, &environment).expect_err("a mistake").to_string();
    assert!(error.contains(":2:1: unknown key") && error.contains("config"), "{error}");
    // If the working folder is the configuration folder, its only file is the user's own.
    folder.host("config/oneroof/oneroof.toml", "own");
    let mut inside = environment;
    inside.working_folder = Some(folder.0.join("config/oneroof"));
    let profile = find_profile("p", None, &inside).expect("it is there");
    assert_eq!((profile.source, profile.notes.len()), (ProfileSource::Own, 0));
}

#[test]
fn a_file_of_the_working_folder_runs_no_command_and_is_nobody_elses() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = ProfileFolder::new("trust");
    let environment = folder.environment();
    let command = "[profile.p]\nhost = \"h\"\nvia = \"touch marker\"\n";
    let here = folder.write("here/oneroof.toml", command);
    let error = find_profile("p", None, &environment).expect_err("it would run a command");
    assert!(error.to_string().contains("would run a command (via)"), "{error}");
    assert!(error.hint().unwrap_or_default().contains("--config"), "{:?}", error.hint());
    assert_eq!(find_profile("p", Some(&here), &environment).expect("it was named").via, Some("touch marker".into()));
    // A link to another file is treated like the file itself, so it still may not run a command.
    std::fs::rename(&here, folder.0.join("elsewhere.toml")).expect("renamed");
    std::os::unix::fs::symlink(folder.0.join("elsewhere.toml"), &here).expect("a link");
    find_profile("p", None, &environment).expect_err("it would run a command still");
    std::fs::remove_file(&here).expect("removed");

    folder.host("here/oneroof.toml", "here");
    std::fs::set_permissions(&here, std::fs::Permissions::from_mode(0o666)).expect("a mode");
    let error = find_profile("p", None, &environment).expect_err("everybody may write to it");
    assert!(error.to_string().contains("everybody may write to it"), "{error}");
    // The same holds if the user has a file without this profile.
    folder.write("config/oneroof/oneroof.toml", "[profile.q]\nhost = \"q\"\n");
    let error = find_profile("p", None, &environment).expect_err("everybody may write to it");
    assert!(error.to_string().contains("everybody may write to it"), "{error}");
    let error = find_profile("r", None, &environment).expect_err("neither has it");
    assert!(error.hint().unwrap_or_default().contains("The file holds: q"), "{error}");
    std::fs::set_permissions(&here, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    let mut other = environment;
    other.uid += 1;
    let mine = rustix::process::geteuid().as_raw();
    // A file that root owns is trusted.
    assert_eq!(find_profile("p", None, &other).is_err(), mine != 0);
    assert!(find_profile("p", Some(&here), &other).is_ok());
}
