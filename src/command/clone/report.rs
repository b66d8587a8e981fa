//! Stage G: writes the results of the clone run to a file.

use crate::error::Error;
use crate::files;
use crate::report::StageAnswer;
use crate::run::Context;
use std::fmt::Write as _;
use std::path::Path;

/// Writes the report of a clone run into `folder`, and returns its path.
pub(super) fn write(
    context: &Context<'_>,
    folder: &Path,
    name: &str,
    stages: &[StageAnswer],
    remove: &[String; 2],
) -> Result<String, Error> {
    let now = jiff::Timestamp::now();
    let descriptor = &context.release.descriptor;
    let all = stages.iter().all(|stage| stage.passed);
    let cell = |text: &str| crate::text::escaped(text).replace('|', "\\|");
    let mut out = String::new();
    let _ = writeln!(out, "# {}: clone pipeline, {}\n", descriptor.release.title, if all { "PASS" } else { "FAIL" });
    let _ = writeln!(out, "Release {} {}  ", descriptor.release.name, context.release.digest_text());
    let _ = writeln!(out, "Clone {name} of {}, {now}\n", descriptor.release.database);
    let _ = writeln!(out, "| stage | what | verdict | numbers |\n|---|---|---|---|");
    for stage in stages {
        let verdict = if stage.passed { "PASS" } else { "FAIL" };
        let _ = writeln!(out, "| {} | {} | {verdict} | {} |", stage.stage, cell(&stage.title), cell(&stage.numbers));
    }
    let option = context.release.code_option();
    let _ = writeln!(out, "\n## What to do next in {}\n", descriptor.release.database);
    let _ = writeln!(out, "1. {}", descriptor.gate.human_step);
    let _ = writeln!(out, "2. `oneroof preflight {option} <code>` until it says GO.");
    let _ = writeln!(out, "3. `oneroof apply {option} <code> --dry-run`, then without `--dry-run`.");
    let _ = writeln!(out, "4. `oneroof verify`. To roll back: `oneroof rollback --full`.");
    let _ = writeln!(out, "\nThe tiers, what each may write and what it must have written:\n");
    let _ = writeln!(out, "| tier | file | rows | asserted before COMMIT |\n|---|---|---|---|");
    for tier in &descriptor.tiers {
        let rows: Vec<String> = tier
            .deltas
            .iter()
            .map(|(relation, delta)| format!("{relation} {}", crate::exec::judge::delta_words(*delta)))
            .collect();
        let _ = writeln!(
            out,
            "| {} {} | sql/{} | {} | {} |",
            tier.number,
            tier.name,
            tier.file,
            rows.join(", "),
            tier.expects.join("; ")
        );
    }
    let _ = writeln!(out, "\n## What stays NO-GO\n\n| what | why |\n|---|---|");
    for item in &descriptor.no_go {
        let _ = writeln!(out, "| {} | {} |", cell(&item.what), cell(&item.why));
    }
    let _ = writeln!(
        out,
        "\n## The clone\n\nIt stays as evidence. One of these commands removes it:\n\n    {}\n    psql -d postgres -c '{}'",
        remove[0], remove[1]
    );
    let stem = format!("clone_{name}_{}", now.strftime("%Y%m%dT%H%M%SZ"));
    let written = files::write_numbered(folder, &stem, "md", out.as_bytes());
    let failed = |error| Error::Evidence { reason: format!("{}: {error}", folder.join(stem).display()) };
    written.map(|path| path.display().to_string()).map_err(failed)
}
