//! The list of the commands. A new command is one file, its `mod` line in [`super`], and one line here.

use super::verb::Command;
use crate::cli::{HelpPage, Writing};
use crate::error::Error;
use crate::release::Release;
use crate::run::Context;
use clap::Subcommand;

/// Makes the enum that clap reads, and leads from each of its variants to the file of the command.
macro_rules! verbs {
    ($($verb:ident($args:ty),)*) => {
        /// A command with its options.
        #[derive(Debug, Subcommand)]
        pub enum Verb {
            $($verb($args),)*
        }

        /// The pages of help of all commands, in the order of the first screen.
        pub fn pages() -> Vec<&'static HelpPage> {
            let mut pages = vec![$(&<$args as Command>::PAGE),*];
            pages.sort_by_key(|page| page.place);
            pages
        }

        /// The commands that the packet does not declare.
        pub fn lacking(release: &Release) -> Vec<&'static str> {
            let verbs = [$((<$args as Command>::PAGE.name, <$args as Command>::missing(release))),*];
            verbs.into_iter().filter(|(_, missing)| missing.is_some()).map(|(name, _)| name).collect()
        }

        impl Verb {
            /// The command's page of help.
            pub fn page(&self) -> &'static HelpPage {
                match self {
                    $(Self::$verb(_) => &<$args as Command>::PAGE,)*
                }
            }

            /// Whether the command judges approvals.
            pub fn judges(&self) -> bool {
                match self {
                    $(Self::$verb(_) => <$args as Command>::JUDGES,)*
                }
            }

            /// Whether the command may change a database.
            pub fn changes(&self) -> bool {
                match self {
                    $(Self::$verb(_) => <$args as Command>::CHANGES,)*
                }
            }

            /// What the command needs and the packet does not have.
            pub fn missing(&self, release: &Release) -> Option<&'static str> {
                match self {
                    $(Self::$verb(_) => <$args as Command>::missing(release),)*
                }
            }

            /// The options for confirmation, evidence and locks.
            pub fn writing(&self) -> Option<&Writing> {
                match self {
                    $(Self::$verb(args) => args.writing(),)*
                }
            }

            /// Runs the command and fills the report.
            pub(crate) async fn run(&self, context: &mut Context<'_>) -> Result<(), Error> {
                match self {
                    $(Self::$verb(args) => args.run(context).await,)*
                }
            }
        }
    };
}

// Completion scripts list the commands in this order.
verbs! {
    Preflight(super::preflight::PreflightArgs),
    Plan(super::plan::PlanArgs),
    Apply(super::apply::ApplyArgs),
    Verify(super::verify::VerifyArgs),
    Status(super::status::StatusArgs),
    Rollback(super::rollback::RollbackArgs),
    Resolve(super::resolve::ResolveArgs),
    Evidence(super::evidence::EvidenceArgs),
    Report(super::report::ReportArgs),
    Fingerprint(super::fingerprint::FingerprintArgs),
    Manifest(super::manifest::ManifestArgs),
    Packet(super::packet::PacketArgs),
    Sql(super::sql::SqlArgs),
    Demo(super::demo::DemoArgs),
    Lab(super::lab::LabArgs),
    Gate(super::gate::GateArgs),
    Clone(super::clone::CloneArgs),
    Shadow(super::shadow::ShadowArgs),
    Scan(super::scan::ScanArgs),
    Label(super::label::LabelArgs),
    Completions(super::completions::CompletionsArgs),
    Schema(super::schema::SchemaArgs),
    Man(super::man::ManArgs),
    Target(super::target::TargetArgs),
}
