//! Random databases that meet the contract, made from a seed. Each is released and rolled back, or a check stops the release by name before
//! the first write. There is no third outcome.
//!
//! `ONEROOF_GENERATED` sets the number of databases (default 6), and `ONEROOF_GENERATED_SEED` sets the first seed.

mod choices;

use std::sync::Mutex;

use crate::packet::{APR, apply, rollback, unmet_in};
use crate::support::{Lab, OWNER, baseline, programs};
use choices::{EXTENSIONS, LOCALES, NEIGHBOURS, SERVER, SETTINGS, SIZES, SURROUNDINGS};
use oneroof::testing::lab::{Baseline, Builder};

/// The default number of databases, and the default first seed.
const COUNT: u64 = 6;
const SEED: u64 = 20_260_603;

/// A small random number generator. The same seed gives the same numbers on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn of<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }

    /// At most `most` of the choices, in the order of the list.
    fn some<'c>(&mut self, choices: &'c [&'c str], most: usize) -> Vec<&'c str> {
        let wanted = self.below(most + 1);
        let mut left: Vec<&str> = choices.to_vec();
        while left.len() > wanted {
            left.remove(self.below(left.len()));
        }
        left
    }
}

/// The baseline, with another type, collation or time type in some tables. Columns that a view compares with each other change together,
/// because a view that compares two collations fails.
fn shaped(chance: &mut Chance) -> (String, String) {
    let text = regex::Regex::new(r#"(?m)^(    "?\w+"?) (?:varchar\(255\)|text)"#).unwrap();
    let families: [&[&str]; 6] = [
        &["governance_class", "governance_object", "governance_scope_definition", "governance_object_ownership"],
        &["os_proposal_approvals"],
        &["event_type_registry", "event_outbox"],
        &["governance_ruleset"],
        &["evolution_snapshots"],
        &["candidate_scan_run", "candidate_scan_state", "candidate_scan_object", "candidate_scan_cursor"],
    ];
    let shapes = [
        "",
        "text",
        "varchar",
        "text COLLATE \"C\"",
        "varchar(200) COLLATE public.alike",
        "text COLLATE public.german",
    ];
    let mut sql = baseline().sql;
    let mut description = Vec::new();
    for family in families {
        let shape = *chance.of(&shapes);
        for table in family.iter().filter(|_| !shape.is_empty()) {
            let start = sql.find(&format!("CREATE TABLE public.{table} (")).unwrap();
            let end = start + sql[start..].find("\n);").unwrap();
            let changed = text.replace_all(&sql[start..end], format!("$1 {shape}")).into_owned();
            sql.replace_range(start..end, &changed);
        }
        description.push(if shape.is_empty() { "-" } else { shape });
    }
    for table in ["governance_object_ownership", "os_proposal_approvals", "evolution_snapshots"] {
        if chance.one_in(4) {
            let start = sql.find(&format!("CREATE TABLE public.{table} (")).unwrap();
            let end = start + sql[start..].find("\n);").unwrap();
            let changed = sql[start..end].replace("timestamp with time zone", "timestamp");
            sql.replace_range(start..end, &changed);
            description.push(table);
        }
    }
    let collations =
        "CREATE COLLATION public.alike (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE COLLATION public.german (provider = icu, locale = 'de');";
    (format!("{collations}\n{sql}"), format!("columns {}", description.join(" | ")))
}

/// A database, and the description of how it was made.
fn made(seed: u64) -> (Lab, String) {
    let mut chance = Chance(seed);
    let known: Vec<&[&str]> =
        LOCALES.iter().filter(|(first, _)| *first <= programs().version.major).map(|(_, locale)| *locale).collect();
    let locale = *chance.of(&known);
    let server: Vec<(&str, &str)> = (0..chance.below(3)).map(|_| *chance.of(&SERVER)).collect();
    let (sql, columns) = shaped(&mut chance);
    let settings = chance.some(&SETTINGS, 4);
    let extensions = chance.some(&EXTENSIONS, 3);
    let surroundings = if chance.one_in(3) { chance.some(&SURROUNDINGS, 1) } else { Vec::new() };
    let neighbours = chance.some(&NEIGHBOURS, 4);
    let sizes = chance.some(&SIZES, 3);
    let mut description = format!(
        "seed {seed}: {locale:?}, {server:?}, {columns}, {settings:?}, {extensions:?}, {surroundings:?}, {neighbours:?}, {sizes:?}"
    );
    let configure = |builder: Builder| {
        let builder = builder.baseline(Baseline { sql: "SELECT 1".to_owned(), ..baseline() });
        let builder = locale.iter().fold(builder, |builder, argument| builder.initdb(*argument));
        let small = server.contains(&("wal_level", "minimal")).then_some(("max_wal_senders", "0"));
        let known = server
            .iter()
            .copied()
            .filter(|(name, _)| *name != "idle_session_timeout" || programs().version.major >= 14);
        known.chain(small).fold(builder, |builder, (name, value)| builder.setting(name, value))
    };
    let lab = Lab::own(configure);
    lab.admin("CREATE ROLE postgres_of_the_lab");
    lab.admin("SET allow_in_place_tablespaces = on; CREATE TABLESPACE beside LOCATION ''; GRANT CREATE ON TABLESPACE beside TO PUBLIC");
    lab.psql(&sql);
    lab.admin("CREATE FUNCTION public.seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'");
    lab.ratify();
    for size in sizes {
        // The limits of the server are for the release, and not for what fills the database.
        lab.admin(&format!("SET temp_file_limit = -1; SET statement_timeout = 0; SET ROLE {OWNER}; {size}"));
    }
    for extension in extensions {
        if lab.admin(&format!("SELECT count(*) FROM pg_available_extensions WHERE name = '{extension}'")) == "1" {
            lab.admin(&format!("CREATE EXTENSION \"{extension}\""));
        }
    }
    for setting in settings.iter().chain(&neighbours).chain(&surroundings) {
        if !is_made(&lab, &setting.replace("%r", OWNER).replace("%d", "directus")) {
            description.push_str(&format!("; this server does not know: {setting}"));
        }
    }
    (lab, description)
}

/// Runs one choice as a superuser. False if this server's version or build does not know it.
fn is_made(lab: &Lab, choice: &str) -> bool {
    // An earlier setting of the database must not stop this one.
    let choice = format!("SET default_transaction_read_only = off; SET statement_timeout = 0; {choice}");
    let made = lab.try_psql_in("directus", lab.administrator(), &choice);
    let unknown = [
        "unrecognized configuration parameter",
        "invalid value for parameter",
        "not supported",
        "could not open extension control file",
        "is not available",
        "tablespace \"beside\" does not exist",
        // Another choice excludes it.
        "replication slots can only be used if \"wal_level\"",
        // Another choice depends on it.
        "cannot drop constraint",
    ];
    match made {
        Ok(_) => true,
        Err(why) if unknown.iter().any(|words| why.contains(words)) => false,
        Err(why) => panic!("{choice}: {why}"),
    }
}

/// The outcome: `Ok` with no names if the release was applied and rolled back, `Ok` with the names of the unmet checks if it was stopped.
fn ended(lab: &Lab, description: &str) -> Result<Vec<String>, String> {
    let before = lab.dump();
    let preflight = lab.oneroof(["preflight", "--ratified-apr", APR, "--format=json"]).output();
    let failed =
        |what: &str, output: &crate::support::Output| Err(format!("{description}\n{what}: {}", output.whole()));
    match preflight.code() {
        Some(0) => {
            let applied = apply(lab);
            if applied.code() != Some(0) {
                return failed("GO, and then", &applied);
            }
            let verified = lab.oneroof(["verify"]).output();
            if verified.code() != Some(0) {
                return failed("DONE, and then", &verified);
            }
            let rolled_back = rollback(lab, ["--full"]);
            if rolled_back.code() != Some(0) {
                return failed("DONE, but the rollback failed", &rolled_back);
            }
            if before == lab.dump() { Ok(Vec::new()) } else { Err(format!("{description}\nthe rollback is not equal")) }
        }
        Some(4) => {
            let report = preflight.json();
            let names = unmet_in(&report);
            let applied = apply(lab);
            if names.is_empty() || applied.code() != Some(4) || before != lab.dump() {
                return failed("NO-GO, and then", &applied);
            }
            Ok(names)
        }
        _ => failed("neither GO nor NO-GO", &preflight),
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().unwrap_or_else(|_| panic!("{name}={value}")))
}

#[test]
fn a_database_that_meets_the_contract_is_released_or_refused_by_name() {
    let (count, seed) = (number("ONEROOF_GENERATED", COUNT), number("ONEROOF_GENERATED_SEED", SEED));
    let next = Mutex::new(seed..seed + count);
    let ends = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(seed) = { next.lock().unwrap().next() } {
                    let (lab, description) = made(seed);
                    let end = ended(&lab, &description);
                    ends.lock().unwrap().push((description, end));
                }
            });
        }
    });
    let ends = ends.into_inner().unwrap();
    let wrong: Vec<&String> = ends.iter().filter_map(|(_, end)| end.as_ref().err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} had a third outcome:\n{}",
        wrong.len(),
        ends.len(),
        wrong.iter().map(|description| description.as_str()).collect::<Vec<_>>().join("\n\n")
    );
    let refused: Vec<String> = ends
        .iter()
        .filter_map(|(description, end)| Some((description, end.as_ref().ok()?)))
        .filter(|(_, names)| !names.is_empty())
        .map(|(description, names)| format!("{} ({description})", names.join(", ")))
        .collect();
    println!(
        "{} released and rolled back, {} refused:\n{}",
        ends.len() - refused.len(),
        refused.len(),
        refused.join("\n")
    );
    assert_eq!(u64::try_from(ends.len()).unwrap(), count);
    assert!(refused.len() < ends.len(), "no database was released");
}
