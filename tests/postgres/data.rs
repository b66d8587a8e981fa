//! Rules that a tier adds to tables with rows. Preflight names the rows that break a rule, before anything is written. The same release is
//! then applied to 200,000 rows while the application writes.

use crate::stranger::{PAGE, Stranger, build_page};
use crate::support::{Sandbox, readers};
use std::sync::atomic::{AtomicBool, Ordering};

/// The first tier adds rules and changes no row. The second tier corrects the rows that would break its rule.
const TIERS: [(&str, &[(&str, &str)]); 2] = [
    (
        "rules",
        &[
            (
                "up.sql",
                "ALTER TABLE shelf ADD CONSTRAINT title_once UNIQUE (title);
CREATE UNIQUE INDEX place_once ON shelf (lower(code), (place + 1)) WHERE place < 50;
ALTER TABLE movement ALTER note SET NOT NULL, ADD CONSTRAINT pieces_few CHECK (pieces < 1000000),
    ADD CONSTRAINT pieces_once UNIQUE (pieces);
ALTER TABLE shelf ADD CONSTRAINT place_moved FOREIGN KEY (place) REFERENCES movement (pieces);",
            ),
            (
                "down.sql",
                "ALTER TABLE shelf DROP CONSTRAINT place_moved, DROP CONSTRAINT title_once;
ALTER TABLE movement DROP CONSTRAINT pieces_once, DROP CONSTRAINT pieces_few, ALTER note DROP NOT NULL;
DROP INDEX place_once;",
            ),
        ],
    ),
    (
        "notes",
        &[
            (
                "up.sql",
                "UPDATE movement SET note = upper(note) WHERE note ~ '^x';
ALTER TABLE movement ADD CONSTRAINT note_known CHECK (note !~ '^x');",
            ),
            (
                "down.sql",
                "ALTER TABLE movement DROP CONSTRAINT note_known; UPDATE movement SET note = lower(note) WHERE note ~ '^X';",
            ),
            ("absent.sql", "SELECT count(*) = 50 FROM movement WHERE note ~ '^x'"),
            ("applied.sql", "SELECT NOT EXISTS (SELECT FROM movement WHERE note ~ '^x')"),
        ],
    ),
];

fn stranger() -> Stranger {
    let sandbox = Sandbox::new();
    let page = PAGE.replace("search_path", "live = [\"store.movement\"]\nsearch_path");
    let _ = build_page(&sandbox, &page, "packet", &TIERS).expect_success();
    Stranger::signed(sandbox)
}

#[test]
fn rows_that_break_a_new_rule_are_named_before_anything_is_written() {
    let stranger = stranger();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    // The second tier corrects these rows itself, so they are a warning.
    let warned = stranger.preflight().expect_success();
    let said = "rows that do not satisfy (note !~ '^x'::text): 50";
    assert!(words(&warned.stdout).contains(said), "{}", warned.whole());
    names_each_rule(&stranger);

    // The release sets its own search_path. Preflight names another one.
    stranger.shop.sql("ALTER ROLE shop_release SET search_path = other; ALTER DATABASE shop SET search_path = theirs");
    let warned = stranger.preflight().expect_success();
    let said = "search_path=other (role), search_path=theirs (database)";
    assert!(words(&warned.stdout).contains(said), "{}", warned.whole());

    stranger.shop.sql("INSERT INTO store.movement SELECT 'a', n, 'row ' || n FROM generate_series(1001, 201000) AS n");
    while_the_application_writes(&stranger);
}

fn names_each_rule(stranger: &Stranger) {
    for (change, revert, check, said) in [
        (
            "INSERT INTO store.shelf VALUES ('d', 'a', 4)",
            "DELETE FROM store.shelf WHERE code = 'd'",
            "data.store.shelf.title_once",
            "values of (title) that occur more than once: 1",
        ),
        (
            "INSERT INTO store.shelf VALUES ('A', 'A', 1)",
            "DELETE FROM store.shelf WHERE code = 'A'",
            "data.store.shelf.place_once",
            "values of (lower(code), ((place + 1))) that occur more than once: 1",
        ),
        (
            "INSERT INTO store.movement VALUES ('b', 51, NULL)",
            "DELETE FROM store.movement WHERE pieces = 51",
            "data.store.movement.note",
            "rows with NULL in note: 1",
        ),
        (
            "INSERT INTO store.movement VALUES ('b', 1000000, 'many'), ('b', 1000001, 'many')",
            "DELETE FROM store.movement WHERE pieces > 999999",
            "data.store.movement.pieces_few",
            "rows that do not satisfy (pieces < 1000000): 2",
        ),
        (
            "INSERT INTO store.shelf VALUES ('e', 'e', 99)",
            "DELETE FROM store.shelf WHERE code = 'e'",
            "data.store.shelf.place_moved",
            "rows whose (place) is not in store.movement: 1",
        ),
    ] {
        stranger.shop.sql(change);
        let refused = stranger.preflight().expect_code(4);
        let _ = refused.expect_stdout(said).expect_stdout(check).expect_stdout("nothing was changed");
        if check.ends_with("title_once") {
            let before = stranger.shop.dump();
            let _ = stranger.apply().expect_code(4).expect_stdout(said);
            readers::assert_same(&before, &stranger.shop.dump());
        }
        stranger.shop.sql(revert);
    }
}

/// The dump without the rows of the application.
fn without_the_application(stranger: &Stranger) -> String {
    let dump = stranger.dump();
    dump.lines().filter(|line| !line.contains("application")).collect::<Vec<_>>().join("\n")
}

fn while_the_application_writes(stranger: &Stranger) {
    let before = without_the_application(stranger);
    let ended = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let application = scope.spawn(|| {
            let mut written = 0;
            while !ended.load(Ordering::Relaxed) {
                written += 1;
                stranger.shop.sql(&format!(
                    "INSERT INTO store.movement VALUES ('c', {0}, 'application');
UPDATE store.movement SET note = 'application, again' WHERE pieces = {0};",
                    300_000 + written
                ));
            }
            written
        });
        // The thread above must end even if an assertion here fails.
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| released_and_rolled_back(stranger)));
        ended.store(true, Ordering::Relaxed);
        let written = application.join().unwrap();
        done.unwrap_or_else(|cause| std::panic::resume_unwind(cause));
        written
    });
    readers::assert_same(&before, &without_the_application(stranger));
    let kept = stranger.shop.sql("SELECT count(*) FROM store.movement WHERE note = 'application, again'");
    assert_eq!(kept.trim(), written.to_string());
    assert!(written > 3, "{written}");
}

fn released_and_rolled_back(stranger: &Stranger) {
    let _ = stranger.dry_run().expect_success();
    let _ = stranger.apply().expect_success().expect_stdout("the release is applied");
    let _ = stranger.run(&["verify"]).expect_success();
    stranger.shop.sql("ALTER TABLE store.shelf DROP CONSTRAINT title_once");
    let said = "constraint title_once of store.shelf is missing";
    let _ = stranger.run(&["verify"]).expect_code(5).expect_stdout(said);
    let _ = stranger.rollback().expect_code(4).expect_stdout(said);
    stranger.shop.sql("ALTER TABLE store.shelf ADD CONSTRAINT title_once UNIQUE (title)");
    let _ = stranger.run(&["verify"]).expect_success();
    let _ = stranger.rollback().expect_success().expect_stdout("the release is not applied");
}

/// A table of more than 100,000 pages is not read. Pages of zeros make it as large: to the server they are pages without rows.
#[test]
fn a_table_that_is_too_large_to_be_read_is_named() {
    let stranger = stranger();
    stranger.shop.sql("CHECKPOINT");
    let path =
        stranger.shop.sql("SELECT current_setting('data_directory') || '/' || pg_relation_filepath('store.movement')");
    let file = std::fs::OpenOptions::new().write(true).open(path.trim()).unwrap();
    file.set_len(100_001 * 8192).unwrap();
    let warned = stranger.preflight().expect_success();
    let _ = warned.expect_stdout("data.store.movement.note").expect_stdout("more than 100,000 pages");
}
