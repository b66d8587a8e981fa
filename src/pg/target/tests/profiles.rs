//! The file of profiles.

use super::super::*;
use std::path::Path;

fn parse(text: &str) -> Result<Profile, TargetError> {
    parse_profile(text, Path::new("oneroof.toml"), "p")
}

fn text(value: &Secret) -> String {
    value.reveal_text().expect("a profile is text").to_owned()
}

const MISTAKES: &[(&str, &str, &str)] = &[
    ("[profile.p]\nhsot = \"h\"", ":2:1: unknown key", "Did you mean \"host\"?"),
    ("[profile.p]\nvai = \"c\"", ":2:1: unknown key", "Did you mean \"via\"?"),
    ("[profil.p]\nhost = \"h\"", ":1:2: unknown key", "Did you mean \"profile\"?"),
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
    ("[profile.p]\n\"\\u00e9\\u001b\" = 1", ":2:1: unknown key", ""),
];

#[test]
fn mistakes_are_named_with_line_column_and_the_right_way() {
    for (text, message, hint) in MISTAKES {
        let error = parse(text).expect_err(text);
        let shown = error.to_string();
        assert!(shown.contains(message), "{text:?}: {shown}");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        let told = error.hint().unwrap_or_default();
        assert!(told.contains(hint), "{text:?}: {told}");
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

#[test]
fn the_first_file_that_exists_is_the_one() {
    let folder = std::env::temp_dir().join(format!("oneroof-profile-{}", std::process::id()));
    let write = |name: &str, host: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(&path, format!("[profile.p]\nhost = \"{host}\"\n")).expect("a file");
        path
    };
    let named = write("named.toml", "named");
    write("config/oneroof/oneroof.toml", "config");
    write("home/.config/oneroof/oneroof.toml", "home");
    let host = |config: Option<&Path>, environment: &Environment| {
        let profile = find_profile("p", config, environment).expect("a file exists");
        profile.setting("host").map(|(value, _)| text(value))
    };
    let home = folder.join("home");
    let mut environment = Environment::empty().with("HOME", &home.to_string_lossy());
    assert_eq!(host(None, &environment).as_deref(), Some("home"));
    let config = folder.join("config");
    environment = environment.with("XDG_CONFIG_HOME", &config.to_string_lossy());
    assert_eq!(host(None, &environment).as_deref(), Some("config"));
    environment.working_folder = Some(folder.join("here"));
    assert_eq!(host(None, &environment).as_deref(), Some("config"));
    write("here/oneroof.toml", "here");
    assert_eq!(host(None, &environment).as_deref(), Some("here"));
    assert_eq!(host(Some(&named), &environment).as_deref(), Some("named"));
    let absent = folder.join("absent.toml");
    find_profile("p", Some(&absent), &environment).expect_err("a named file must exist");
    let error = find_profile("p", None, &Environment::empty()).expect_err("no file at all");
    assert!(error.to_string().contains("none was found"), "{error}");
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}
