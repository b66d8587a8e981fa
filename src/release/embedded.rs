//! The files that the binary carries. A test holds this list against the folder.

/// One file of the packet.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Path from the top of the repository, for example `sql/release.toml`.
    pub path: &'static str,
    /// Its bytes, UTF-8.
    pub text: &'static str,
}

macro_rules! embed {
    ($($path:literal,)*) => {
        &[$(File { path: $path, text: include_str!(concat!("../../", $path)) },)*]
    };
}

/// `manifest-sha256.txt`.
pub const MANIFEST: &str = include_str!("../../manifest-sha256.txt");

/// Every file below `sql/`, sorted by path.
pub const FILES: &[File] = embed![
    "sql/catalog/alignment.sql",
    "sql/catalog/catalog_made.sql",
    "sql/catalog/catalog_state.sql",
    "sql/catalog/clone_facts.sql",
    "sql/catalog/clone_size.sql",
    "sql/catalog/clone_source.sql",
    "sql/catalog/content.sql",
    "sql/catalog/content_sizes.sql",
    "sql/catalog/figures.sql",
    "sql/catalog/gate.sql",
    "sql/catalog/holders.sql",
    "sql/catalog/identity.sql",
    "sql/catalog/locks.sql",
    "sql/catalog/relations.sql",
    "sql/catalog/row_counts.sql",
    "sql/catalog/scan.sql",
    "sql/catalog/sequences.sql",
    "sql/catalog/session.sql",
    "sql/catalog/standing.sql",
    "sql/catalog/structure.sql",
    "sql/clone/emit.sql",
    "sql/clone_revalidation/r1_canonical_verify.sql",
    "sql/clone_revalidation/r2_structure_recompiles.sql",
    "sql/clone_revalidation/r3_scanner_idempotent.sql",
    "sql/grants/least_privilege.sql",
    "sql/lab/baseline.sql",
    "sql/lab/lab.toml",
    "sql/lab/ratify.sql",
    "sql/lab/withdraw.sql",
    "sql/prod/00_preflight.sql",
    "sql/prod/10_structure.sql",
    "sql/prod/20_responsibility_axis.sql",
    "sql/prod/30_ownership_seed.sql",
    "sql/prod/40_containment.sql",
    "sql/prod/50_topic_finalization.sql",
    "sql/prod/60_scanner_baseline.sql",
    "sql/prod/90_verify.sql",
    "sql/prod/99_run_all.sql",
    "sql/prod_rollback/10_structure.sql",
    "sql/prod_rollback/20_responsibility_axis.sql",
    "sql/prod_rollback/30_ownership_seed.sql",
    "sql/prod_rollback/40_containment.sql",
    "sql/prod_rollback/50_topic_finalization.sql",
    "sql/prod_rollback/60_scanner_baseline.sql",
    "sql/prod_rollback/99_rollback_full.sql",
    "sql/prod_verify/containment.sql",
    "sql/prod_verify/figures.sql",
    "sql/prod_verify/gate.sql",
    "sql/prod_verify/ownership.sql",
    "sql/prod_verify/scanner.sql",
    "sql/prod_verify/topics.sql",
    "sql/release.toml",
    "sql/scan/cursor.sql",
    "sql/scan/write.sql",
    "sql/shadow/deploy.sql",
    "sql/shadow/drop.sql",
];
