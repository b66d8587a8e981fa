//! What happens in the database: every test has its own, and reads it with psql.

#[path = "../support/mod.rs"]
mod support;

mod assertions;
mod clone;
mod clone_sources;
mod clone_truth;
mod clone_words;
mod derive;
mod drift;
mod evidence;
mod evidence_check;
mod evidence_people;
mod example;
mod executors;
mod fingerprint;
mod foreign;
mod gate;
mod generated;
mod given_server;
mod guards;
mod harness;
mod healthy;
mod keyboard;
mod live;
mod locks;
mod long_lived;
mod named_files;
mod names;
mod notices;
mod other_database;
mod packet;
mod policy;
mod prefixes;
mod recognition;
mod recordings;
mod report;
mod scan;
mod settings;
mod shadow;
mod snapshots;
mod standing;
mod throwaway;
mod tiers;
mod truth;
mod witness;
