//! What a lab's parts are called, on the disk and in the server, and the surroundings that its programs get.

use std::path::{Path, PathBuf};

/// The role that `initdb` makes: the lab's own administrator.
pub const ADMINISTRATOR: &str = "postgres";

/// The database that every cluster has from the start.
pub const MAINTENANCE_DATABASE: &str = "postgres";

/// What the programs may find on PATH: the tools they call and a shell, nothing of the caller's.
pub(crate) const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/// A locale with no language that every Linux knows: sorting and messages are the same everywhere.
pub(crate) const LOCALE: &str = if cfg!(target_os = "linux") { "C.UTF-8" } else { "C" };

/// The data folder inside a template or a cluster.
pub(crate) const DATA: &str = "data";

/// The socket's folder inside the cluster's.
pub(crate) const SOCKET_FOLDER: &str = "s";

/// The server's log inside the cluster's folder.
pub(crate) const LOG: &str = "server.log";

/// The file in the data folder that the server removes as the last thing it does.
pub(crate) const PROCESS_FILE: &str = "postmaster.pid";

/// The port where nobody listens on TCP: it only names the socket, in a separate folder.
pub(crate) const SOCKET_PORT: u16 = 5432;

/// The state file in a lab's folder.
pub const STATE_FILE: &str = "lab.json";

/// What a cluster puts into the world, so what goes with it.
pub(crate) fn parts_of(folder: &Path, whole: bool) -> Vec<PathBuf> {
    if whole {
        return vec![folder.to_path_buf()];
    }
    let names = [DATA, SOCKET_FOLDER, LOG, STATE_FILE];
    names.iter().map(|name| folder.join(name)).collect()
}
