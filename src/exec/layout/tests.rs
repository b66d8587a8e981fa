use super::*;
use crate::exec::{Direction, Pending};
use crate::pg::pins::{LockTry, pin};
use crate::release::Release;

#[test]
fn the_server_s_clock_gives_milliseconds_to_a_tenth() {
    let between = |before, after| server_time_between(before, after);
    assert_eq!(between("2026-06-09T10:00:00Z", "2026-06-09T10:00:01.2345Z"), Some(1234.5));
    assert_eq!(between("2026-06-09T10:00:00Z", "2026-06-09T10:00:00Z"), Some(0.0));
    assert_eq!(between("2026-06-09T10:00:00Z", "2026-06-09T10:01:00.00005Z"), Some(60_000.0));
    assert_eq!(between("", "2026-06-09T10:00:00Z"), None);
}

#[test]
fn a_tier_shows_the_wal_of_the_server_and_no_catalog_locks() {
    let release = Release::embedded().unwrap();
    let lock = |name: &str, catalog| Lock {
        relation: name.to_owned(),
        mode: "RowExclusiveLock".to_owned(),
        catalog,
        oid: String::new(),
    };
    let evidence = TierEvidence {
        before: Identity { wal_bytes: Some(1000), ..Identity::default() },
        after: Identity { wal_bytes: Some(1500), ..Identity::default() },
        locks: vec![lock("public.ours", false), lock("public.ours", false), lock("pg_catalog.pg_class", true)],
        ..TierEvidence::default()
    };
    let mut report = TierReport::not_run(&release.descriptor.tiers[0]);
    fill(&mut report, &evidence, None);
    assert_eq!(report.wal_bytes, Some(500));
    assert_eq!(report.locks, [lock("public.ours", false)]);
    // Locks that an earlier tier of the same transaction took are still held, and are not this tier's.
    let mut later = evidence.clone();
    later.locks.push(lock("public.more", false));
    fill(&mut report, &later, Some(&evidence));
    assert_eq!(report.locks, [lock("public.more", false)]);
}

#[test]
fn every_transaction_begins_with_its_pinned_settings() {
    let mut message = Message::default();
    pin(&mut message, 1500, LockTry::Short);
    assert!(message.text().starts_with("SET LOCAL search_path = pg_catalog, pg_temp;"), "{}", message.text());
    assert!(message.text().contains("oneroof.deadline_ms = '1500'") && message.text().contains("lock_timeout"));
}

#[test]
fn the_settings_are_pinned_again_after_the_body_of_a_tier() {
    let release = Release::embedded().unwrap();
    let mut message = Message::default();
    let run = Run { tier: &release.descriptor.tiers[0], direction: Direction::Apply };
    compose_run(&mut message, &release, &run, None);
    let text = message.text();
    let pinned = text.find("('synchronous_commit', 'on')").expect("the settings are in the message");
    let deferred = text.find("SET CONSTRAINTS ALL IMMEDIATE;").expect("constraints are checked");
    let asserted = text.find("-- oneroof:assert").unwrap_or(text.len());
    assert!(deferred < pinned && pinned < asserted, "{deferred} {pinned} {asserted}");
}

#[test]
fn a_run_is_named_and_promises_what_its_direction_does() {
    let release = Release::embedded().unwrap();
    let tier = &release.descriptor.tiers[2];
    let (apply, rollback) = (Run { tier, direction: Direction::Apply }, Run { tier, direction: Direction::Rollback });
    assert_eq!(apply.name(), format!("tier 3 {}", tier.name));
    let action = &release.descriptor.actions[0].run;
    assert_eq!(Run { tier: action, direction: Direction::Apply }.name(), action.name);
    assert!(apply.promised(PartKind::Body).is_empty());
    assert_eq!(apply.promised(PartKind::Guard), tier.guard);
    assert_eq!(rollback.promised(PartKind::Guard), tier.rollback_guard);
    assert_eq!(apply.promised(PartKind::Assert), tier.assert);
    assert_eq!(rollback.promised(PartKind::Assert), tier.rollback_assert);
    assert_eq!((apply.deltas(), rollback.deltas()), (&tier.deltas, &tier.rollback_deltas));
    let pending = |action: Option<&str>| Pending { action: action.map(str::to_owned), ..Pending::sample("842") };
    assert_eq!(pending(None).name(), "tier 2");
    assert_eq!(pending(Some("scan-cursor")).name(), "scan-cursor");
}

#[test]
fn a_server_s_major_version_is_the_first_part_of_its_number() {
    let major = |number| Identity { server_version_num: number, ..Identity::default() }.major();
    assert_eq!((major(130_023), major(180_004)), (13, 18));
}
