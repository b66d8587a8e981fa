//! Tests of the loop over the hosts. The listeners only accept connections, and each test defines the results of the logins.

use super::*;
use crate::pg::conninfo::{ConnectionOptions, Environment, SessionAttributes, Target, resolve};
use std::time::Duration;
use tokio::net::TcpListener;

/// A rejected login with its SQLSTATE. An empty SQLSTATE means a broken connection.
#[derive(Debug, thiserror::Error)]
#[error("refused")]
struct Refused(&'static str);

impl LoginFailure for Refused {
    fn sqlstate(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

/// The behaviour of the server behind one port.
#[derive(Clone, Copy, PartialEq)]
enum Behaviour {
    Closed,
    Primary,
    Standby,
    Refuses(&'static str),
    Hangs,
}

struct World {
    target: Target,
    behaviours: Vec<(u16, Behaviour)>,
    _listeners: Vec<TcpListener>,
}

impl World {
    async fn new(settings: &str, behaviours: &[Behaviour]) -> Self {
        let mut listeners = Vec::new();
        let mut ports = Vec::new();
        for behaviour in behaviours {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
            ports.push(listener.local_addr().expect("a bound socket").port());
            // If a listener is dropped, nobody answers on its port.
            if *behaviour != Behaviour::Closed {
                listeners.push(listener);
            }
        }
        let hosts = vec!["127.0.0.1"; ports.len()].join(",");
        let list: Vec<String> = ports.iter().map(ToString::to_string).collect();
        let dsn = format!("host={hosts} port={} user=u sslmode=disable {settings}", list.join(","));
        let options = ConnectionOptions { dsn: Some(dsn.into()), ..ConnectionOptions::default() };
        let target = resolve(&options, &Environment::empty()).expect("the settings resolve");
        let behaviours = ports.into_iter().zip(behaviours.iter().copied()).collect();
        Self { target, behaviours, _listeners: listeners }
    }

    /// The position of the chosen server, and the positions of all servers that were tried, in order.
    async fn reach(&self) -> (Result<usize, ReachError<Refused>>, Vec<usize>) {
        let mut asked = Vec::new();
        let result = reach(&self.target, async |dialed, wanted| {
            let port = dialed.candidate.endpoint.port;
            let position = self.behaviours.iter().position(|(known, _)| *known == port);
            let position = position.expect("only our ports are dialled");
            asked.push(position);
            let standby = match self.behaviours[position].1 {
                Behaviour::Refuses(code) => return Err(Refused(code)),
                Behaviour::Hangs => std::future::pending().await,
                Behaviour::Standby => true,
                Behaviour::Primary | Behaviour::Closed => false,
            };
            Ok(match wanted {
                SessionAttributes::Standby if !standby => Logged::OtherKind("is primary".into()),
                SessionAttributes::Primary if standby => Logged::OtherKind("is standby".into()),
                _ => Logged::Suits(position),
            })
        })
        .await;
        (result, asked)
    }
}

#[tokio::test]
async fn hosts_are_tried_in_order_until_one_suits() {
    use Behaviour::{Closed, Primary, Refuses, Standby};
    let table: [(&str, &[Behaviour], usize, &[usize]); 6] = [
        ("", &[Primary, Primary], 0, &[0]),
        ("", &[Closed, Primary], 1, &[1]),
        ("", &[Refuses("57P03"), Primary], 1, &[0, 1]),
        ("target_session_attrs=primary", &[Standby, Primary], 1, &[0, 1]),
        ("target_session_attrs=prefer-standby", &[Primary, Standby], 1, &[0, 1]),
        ("target_session_attrs=prefer-standby", &[Primary, Primary], 0, &[0, 1, 0]),
    ];
    for (settings, behaviours, chosen, asked) in table {
        let (result, order) = World::new(settings, behaviours).await.reach().await;
        assert_eq!(result.expect("one suits"), chosen, "{settings}");
        assert_eq!(order, asked, "{settings}");
    }
}

#[tokio::test]
async fn a_refused_login_ends_the_search() {
    use Behaviour::{Primary, Refuses};
    for code in ["28P01", "28000", "3D000", "53300", ""] {
        let (result, asked) = World::new("", &[Refuses(code), Primary]).await.reach().await;
        assert!(matches!(result, Err(ReachError::Login { .. })), "{code}");
        assert_eq!(asked, [0], "{code}");
    }
}

#[tokio::test]
async fn the_most_useful_failure_is_reported() {
    use Behaviour::{Closed, Refuses, Standby};
    let (result, _) = World::new("", &[Closed, Closed]).await.reach().await;
    let error = result.expect_err("nobody answers");
    assert!(matches!(&error, ReachError::Dial { attempts } if attempts.len() == 2), "{error}");
    let (result, _) = World::new("", &[Refuses("57P03"), Closed]).await.reach().await;
    assert!(matches!(result, Err(ReachError::Login { .. })));
    let world = World::new("target_session_attrs=primary", &[Standby, Closed]).await;
    let error = world.reach().await.0.expect_err("none is primary").to_string();
    assert!(error.starts_with("no server is primary: server at \"127.0.0.1\""), "{error}");
    assert!(error.contains("is standby"), "{error}");
}

#[tokio::test]
async fn a_login_that_hangs_is_left_for_the_next_host() {
    use Behaviour::{Hangs, Primary};
    let mut world = World::new("", &[Hangs, Primary]).await;
    world.target.connect_timeout = Some(Duration::from_millis(50));
    let (result, asked) = world.reach().await;
    assert_eq!(result.expect("the second answers"), 1);
    assert_eq!(asked, [0, 1]);
}

#[tokio::test]
async fn random_order_reaches_every_host() {
    use Behaviour::Primary;
    let world = World::new("load_balance_hosts=random", &[Primary, Primary, Primary]).await;
    let mut chosen = [false; 3];
    // With three hosts, 64 tries miss one of them in about 1 of 10^11 runs.
    for _ in 0..64 {
        chosen[world.reach().await.0.expect("all suit")] = true;
    }
    assert_eq!(chosen, [true; 3]);
}

#[tokio::test]
async fn localhost_needs_no_resolver() {
    let options = ConnectionOptions { dsn: Some("host=LOCALHOST. user=u".into()), ..ConnectionOptions::default() };
    let target = resolve(&options, &Environment::empty()).expect("the settings resolve");
    let found = candidates(&target, &target.hosts[0]).await.expect("two addresses");
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["server at \"LOCALHOST.\" (127.0.0.1), port 5432", "server at \"LOCALHOST.\" (::1), port 5432"]);
}
