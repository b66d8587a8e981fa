//! The names of a lab's parts, on the disk and in the server, and the environment of its programs.

use std::path::{Path, PathBuf};

/// The role that `initdb` creates. It is the administrator of the lab.
pub const ADMINISTRATOR: &str = "postgres";

/// The database that every cluster has from the start.
pub const MAINTENANCE_DATABASE: &str = "postgres";

/// The PATH of the programs. It leads to the tools that they call and to a shell, and to no folder of the caller.
pub(crate) const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/// A locale without a language, which every Linux has. Sorting and messages are the same everywhere.
pub(crate) const LOCALE: &str = if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" };

/// The data folder inside a template or a cluster.
pub(crate) const DATA: &str = "data";

/// The socket's folder inside the cluster's folder.
pub(crate) const SOCKET_FOLDER: &str = "s";

/// The server's log inside the cluster's folder.
pub(crate) const LOG: &str = "server.log";

/// The file in the data folder that the server removes last when it stops.
pub(crate) const PROCESS_FILE: &str = "postmaster.pid";

/// The port of a cluster that does not listen on TCP. It is only a part of the socket's name, and each cluster has a separate folder.
pub(crate) const SOCKET_PORT: u16 = 5432;

/// The state file in a lab's folder.
pub const STATE_FILE: &str = "lab.json";

/// The paths that belong to a cluster and are removed with it. If `whole` is set, that is the whole folder.
pub(crate) fn parts_of(folder: &Path, whole: bool) -> Vec<PathBuf> {
    if whole {
        return vec![folder.to_path_buf()];
    }
    let names = [DATA, SOCKET_FOLDER, LOG, STATE_FILE];
    names.iter().map(|name| folder.join(name)).collect()
}
