//! The throwaway server itself: how long it takes to start, whether it recovers, and whether anything of it is left behind.

#[path = "../support/cluster.rs"]
mod cluster;
mod process;
mod programs;

use std::path::PathBuf;
use std::time::Instant;

use cluster::Trouble as _;
use oneroof::testing::lab::{
    ADMINISTRATOR, Baseline, Builder, Cluster, LabError, MAINTENANCE_DATABASE, STATE_FILE, Standing, StopMode,
};
use oneroof::testing::programs::{Programs, ProgramsError};
use process::is_gone;

fn programs() -> Programs {
    Programs::find(None).unwrap_or_else(|error| panic!("{error}\n{}", error.hint()))
}

fn cluster() -> Builder {
    Cluster::builder(&programs()).cached()
}

fn baseline(text: &str) -> Baseline {
    Baseline {
        database: "directus".to_owned(),
        owner: "workflow_admin".to_owned(),
        sql: format!("CREATE TABLE public.told (word text); INSERT INTO public.told VALUES ('{text}')"),
        by_administrator: false,
    }
}

#[test]
fn threads_that_start_at_once_share_one_template() {
    // No earlier run has built a template for this text, so the threads really race.
    let baseline = baseline(&format!("race {} {:?}", std::process::id(), Instant::now()));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let cluster = cluster().baseline(baseline.clone()).start().unwrap();
                let word = cluster.psql("directus", "workflow_admin", "TABLE public.told").unwrap();
                assert!(word.starts_with("race "), "{word}");
            });
        }
    });
    println!("four clusters and their template: {:?}", start.elapsed());
}

#[test]
fn a_cluster_is_a_copy_and_starts_at_once() {
    drop(cluster().baseline(baseline("timed")).start().unwrap());
    let start = Instant::now();
    let cluster = cluster().baseline(baseline("timed")).start().unwrap();
    println!("start from a template: {:?}", start.elapsed());
    let stop = Instant::now();
    cluster.remove().unwrap();
    println!("stop and remove: {:?}", stop.elapsed());
}

#[test]
fn the_owner_of_the_database_is_no_superuser() {
    let cluster = cluster().baseline(baseline("owner")).start().unwrap();
    let facts = cluster
        .psql(
            "directus",
            "workflow_admin",
            "SELECT current_user, rolsuper, rolcanlogin, pg_get_userbyid(datdba), \
             pg_encoding_to_char(encoding), datcollate \
             FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()",
        )
        .unwrap();
    assert_eq!(facts, "workflow_admin|f|t|workflow_admin|UTF8|C.UTF-8\n");
}

#[test]
fn an_immediate_stop_and_a_crash_keep_every_commit() {
    let cluster = cluster().start().unwrap();
    let ask = |sql: &str| cluster.psql(MAINTENANCE_DATABASE, ADMINISTRATOR, sql).unwrap();
    ask("CREATE TABLE kept (step text)");
    ask("INSERT INTO kept VALUES ('before the stop')");
    cluster.restart(StopMode::Immediate).unwrap();
    ask("INSERT INTO kept VALUES ('before the crash')");
    let (process, began) = (cluster.process(), ask("SELECT pg_postmaster_start_time()"));
    cluster.crash().unwrap();
    assert_eq!(ask("TABLE kept"), "before the stop\nbefore the crash\n");
    assert_eq!(cluster.process(), process);
    assert_eq!(ask("SELECT pg_postmaster_start_time()"), began);
    assert!(cluster.log().contains("terminating any other active server processes"));
}

#[test]
fn a_stopped_server_starts_again_with_new_settings() {
    let cluster = cluster().setting("work_mem", "5MB").start().unwrap();
    let ask = || cluster.psql(MAINTENANCE_DATABASE, ADMINISTRATOR, "SHOW work_mem").unwrap();
    assert_eq!(ask(), "5MB\n");
    cluster.stop(StopMode::Fast).unwrap();
    assert_eq!(cluster.process(), None);
    cluster.set("work_mem", "6MB");
    cluster.start().unwrap();
    assert_eq!(ask(), "6MB\n");
}

#[test]
fn it_listens_on_tcp_and_accepts_clients_only_as_configured() {
    let quiet = cluster().start().unwrap();
    let listen = |cluster: &Cluster| {
        let sql = "SHOW listen_addresses";
        cluster.psql(MAINTENANCE_DATABASE, ADMINISTRATOR, sql).unwrap()
    };
    assert_eq!(listen(&quiet), "\n");
    let open = cluster().tcp().access("host all all 127.0.0.1/32 scram-sha-256").start().unwrap();
    assert_eq!(listen(&open), "127.0.0.1\n");
    std::net::TcpStream::connect(("127.0.0.1", open.port())).unwrap();
}

#[test]
fn dropping_a_cluster_leaves_nothing_behind() {
    let cluster = cluster().start().unwrap();
    let (folder, process) = (cluster.folder().to_path_buf(), cluster.process().unwrap());
    drop(cluster);
    assert!(is_gone(process));
    assert!(!folder.exists());
    assert!(!folder.with_extension("lock").exists());
}

#[test]
fn a_cluster_without_a_cache_leaves_nothing_behind() {
    let parent = Scratch::new("plain");
    let place = parent.path.join("cluster");
    let cluster = Cluster::builder(&programs()).folder(&place).start().unwrap();
    cluster.remove().unwrap();
    assert_eq!(std::fs::read_dir(&parent.path).unwrap().count(), 0);
}

#[test]
fn a_standing_lab_is_taken_down_by_its_state_file() {
    let parent = Scratch::new("standing");
    let folder = parent.path.join("lab");
    let cluster = cluster().folder(&folder).baseline(baseline("standing")).start().unwrap();
    let standing = cluster.leave_standing().unwrap();
    assert!(standing.is_up());
    assert_eq!(Standing::read(&folder).unwrap(), standing);
    assert!(standing.dsn("directus", "workflow_admin").starts_with("host=/"));
    let again = Cluster::builder(&programs()).folder(&folder).start().unwrap_err();
    assert!(matches!(again, LabError::AlreadyUp { .. }), "{again}");

    standing.down().unwrap();
    assert!(is_gone(standing.process));
    assert!(!folder.exists());
    let gone = Standing::read(&folder).unwrap_err();
    assert!(matches!(gone, LabError::NoLab { .. }), "{gone}");
}

#[test]
fn a_lab_in_an_existing_folder_keeps_that_folder() {
    let parent = Scratch::new("somebody");
    let standing = cluster().folder(&parent.path).start().unwrap().leave_standing().unwrap();
    // Somebody puts another file into the folder.
    std::fs::write(parent.path.join("notes.txt"), "mine").unwrap();
    standing.down().unwrap();
    let left: Vec<_> = std::fs::read_dir(&parent.path).unwrap().flatten().collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].file_name(), "notes.txt");
}

#[test]
fn a_folder_that_holds_something_is_refused() {
    let parent = Scratch::new("full");
    std::fs::write(parent.path.join("notes.txt"), "mine").unwrap();
    let error = cluster().folder(&parent.path).start().unwrap_err();
    assert!(matches!(error, LabError::NotEmpty { .. }), "{error}");
    assert!(parent.path.join("notes.txt").exists());
}

#[test]
fn a_folder_that_every_account_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let parent = Scratch::new("open");
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(&parent.path, open).unwrap();
    let error = cluster().folder(&parent.path).start().unwrap_err();
    assert!(error.to_string().ends_with("every account may write to it"), "{error}");
    std::fs::write(parent.path.join(STATE_FILE), "{}").unwrap();
    let error = Standing::read(&parent.path).unwrap_err();
    assert!(error.to_string().ends_with("every account may write to it"), "{error}");
    assert_eq!(std::fs::read_dir(&parent.path).unwrap().count(), 1);
}

#[test]
fn a_state_file_for_another_folder_is_refused() {
    let parent = Scratch::new("foreign");
    let text = r#"{"folder": "/", "process": 1, "socket_folder": "/", "port": 5432,
                   "server_version": "15.18", "made_folder": true}"#;
    std::fs::write(parent.path.join(STATE_FILE), text).unwrap();
    let error = Standing::read(&parent.path).unwrap_err();
    assert!(error.to_string().contains("it names another folder, \"/\""), "{error}");
}

#[test]
fn a_socket_path_that_is_too_long_is_refused_before_anything_is_made() {
    let parent = Scratch::new("long");
    let folder = parent.path.join("x".repeat(110));
    let error = cluster().folder(&folder).start().unwrap_err();
    assert!(error.to_string().contains("bytes long, but the system allows"), "{error}");
    assert!(error.hint().unwrap().contains("shorter"), "{error}");
    assert!(!folder.exists());
}

#[test]
fn a_setting_that_the_server_refuses_shows_its_own_words() {
    let error = cluster().setting("work_mem", "plenty").start().unwrap_err();
    let text = error.to_string();
    assert!(text.contains("invalid value for parameter \"work_mem\""), "{text}");
}

#[test]
fn an_error_of_psql_names_the_line() {
    let cluster = cluster().start().unwrap();
    let error = cluster.psql(MAINTENANCE_DATABASE, ADMINISTRATOR, "SELECT 1;\nSELECT 1/0;\nSELECT 2;").unwrap_err();
    assert!(error.to_string().contains(":2: ERROR:  division by zero"), "{error}");
}

#[test]
fn two_dumps_of_the_same_contents_are_equal() {
    let (one, two) =
        (cluster().baseline(baseline("dump")).start().unwrap(), cluster().baseline(baseline("dump")).start().unwrap());
    let dump = match one.pg_dump("directus", &[]) {
        // A server from the version matrix has no pg_dump, and the machine's own may be older.
        Err(LabError::Programs(ProgramsError::ClientTooOld { .. })) => return,
        dump => dump.unwrap(),
    };
    assert!(dump.contains("CREATE TABLE public.told"), "{dump}");
    assert_eq!(dump, two.pg_dump("directus", &[]).unwrap());
    one.psql("directus", "workflow_admin", "INSERT INTO told VALUES ('more')").unwrap();
    assert_ne!(dump, one.pg_dump("directus", &[]).unwrap());
}

/// A folder for one test. Other accounts may enter it.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("oneroof-test-{}-{name}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self { path }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
