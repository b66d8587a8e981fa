//! Sources that the engine adds to every packet: its own checks, and the queries of preflight. Their paths look like those of a packet's
//! own files, and a packet must not have a file with the same path. The page gives the values of their placeholders.

/// The path and the text of each source.
const FILES: [(&str, &str); 32] = [
    ("checks/backup.sql", include_str!("given/checks/backup.sql")),
    ("checks/event_triggers.extensions.sql", include_str!("given/checks/event_triggers.extensions.sql")),
    ("checks/event_triggers.sql", include_str!("given/checks/event_triggers.sql")),
    ("checks/gate.independence.sql", include_str!("given/checks/gate.independence.sql")),
    ("checks/gate.quorum.sql", include_str!("given/checks/gate.quorum.sql")),
    ("checks/gate.shape.sql", include_str!("given/checks/gate.shape.sql")),
    ("checks/nothing_written.sql", include_str!("given/checks/nothing_written.sql")),
    ("checks/privilege.catalogs.sql", include_str!("given/checks/privilege.catalogs.sql")),
    ("checks/privilege.defaults.sql", include_str!("given/checks/privilege.defaults.sql")),
    ("checks/privilege.functions.sql", include_str!("given/checks/privilege.functions.sql")),
    ("checks/privilege.types.sql", include_str!("given/checks/privilege.types.sql")),
    ("checks/publications.sql", include_str!("given/checks/publications.sql")),
    ("checks/seam.effects.sql", include_str!("given/checks/seam.effects.sql")),
    ("checks/seam.functions.sql", include_str!("given/checks/seam.functions.sql")),
    ("checks/server.encoding.sql", include_str!("given/checks/server.encoding.sql")),
    ("checks/server.locks.sql", include_str!("given/checks/server.locks.sql")),
    ("checks/server.version.sql", include_str!("given/checks/server.version.sql")),
    ("checks/server.writable.sql", include_str!("given/checks/server.writable.sql")),
    ("checks/shadow.sql", include_str!("given/checks/shadow.sql")),
    ("parts/called.sql", include_str!("given/parts/called.sql")),
    ("parts/reach.sql", include_str!("given/parts/reach.sql")),
    ("parts/seam_effects.sql", include_str!("given/parts/seam_effects.sql")),
    ("parts/seam_guard.sql", include_str!("given/parts/seam_guard.sql")),
    ("preflight/facts.sql", include_str!("given/preflight/facts.sql")),
    ("preflight/greenfield.sql", include_str!("given/preflight/greenfield.sql")),
    ("preflight/idle_in_transaction.sql", include_str!("given/preflight/idle_in_transaction.sql")),
    ("preflight/privilege.schemas.sql", include_str!("given/preflight/privilege.schemas.sql")),
    ("preflight/privilege.sql", include_str!("given/preflight/privilege.sql")),
    ("preflight/row_security.sql", include_str!("given/preflight/row_security.sql")),
    ("preflight/seam.sql", include_str!("given/preflight/seam.sql")),
    ("preflight/server.settings.sql", include_str!("given/preflight/server.settings.sql")),
    ("queries/gate.sql", include_str!("given/queries/gate.sql")),
];

/// Facts about the database for the checks of preflight. This is the only path that a packet's own file may share: its text is appended.
pub(crate) const FACTS: &str = "preflight/facts.sql";

/// The text of the engine's source with this path in a packet's folder. `None` if the engine has no such source.
pub(crate) fn text(path: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

/// The paths of all the engine's sources.
pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(path, _)| *path)
}
