//! The documented schemas of all JSON output: `docs/*.schema.json`.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use super::repository_text;

/// The schema to check against.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// The output of a command with `--format json`.
    Report,
    /// A rollout file.
    Evidence,
    /// The output of `report --as json`.
    ReleaseReport,
}

/// Asserts that the value matches the schema. The failure lists every violation.
#[track_caller]
pub fn assert_valid(value: &Value, shape: Shape) {
    thread_local! {
        static COMPILED: (Schemas, [SchemaIndex; 3]) = compile();
    }
    COMPILED.with(|(schemas, [report, evidence, release_report])| {
        let index = match shape {
            Shape::Report => *report,
            Shape::Evidence => *evidence,
            Shape::ReleaseReport => *release_report,
        };
        if let Err(error) = schemas.validate(value, index) {
            panic!("{shape:?} does not match its schema: {error:#}\n{value:#}");
        }
    });
}

fn compile() -> (Schemas, [SchemaIndex; 3]) {
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    for name in ["report", "evidence"] {
        let text = repository_text(&format!("docs/{name}.schema.json"));
        let schema = serde_json::from_str(&text).unwrap_or_else(|error| panic!("docs/{name}.schema.json: {error}"));
        compiler.add_resource(&location(name), schema).unwrap();
    }
    let release_report = format!("{}#/$defs/release_report", location("report"));
    let indexes = [location("report"), location("evidence"), release_report]
        .map(|place| compiler.compile(&place, &mut schemas).unwrap_or_else(|error| panic!("{error:#}")));
    (schemas, indexes)
}

fn location(name: &str) -> String {
    format!("https://oneroof.invalid/{name}.schema.json")
}
