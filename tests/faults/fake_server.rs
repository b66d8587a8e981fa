//! A fake server: silence, random bytes, huge lengths, escape sequences, endless answers. The program ends in time with the right exit
//! code, uses little memory, and prints nothing unescaped.

use crate::ground::{Ground, Told};
use crate::runner::{Case, Dice};
use crate::runs::dsn;
use crate::{Extent, Known};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const ROW: &str = "fake server: silence, garbage, huge lengths, escapes, no end";
/// The limit for the program's memory in kB.
const MEMORY: u64 = 400_000;
/// The limit for the program's run time: twice the connection's limits, and some time for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Silent,
    SilentAfterStartup,
    SilentAfterLogin,
    ClosesAfterStartup,
    Garbage,
    Http,
    HugeLength,
    NegativeLength,
    Escapes,
    EscapesAfterLogin,
    HugeError,
    EndlessNotices,
    EndlessRows,
    EndlessParameters,
    EmptyAnswers,
    UnknownAuthentication,
    Random,
}

const KINDS: [Kind; 17] = [
    Kind::Silent,
    Kind::SilentAfterStartup,
    Kind::SilentAfterLogin,
    Kind::ClosesAfterStartup,
    Kind::Garbage,
    Kind::Http,
    Kind::HugeLength,
    Kind::NegativeLength,
    Kind::Escapes,
    Kind::EscapesAfterLogin,
    Kind::HugeError,
    Kind::EndlessNotices,
    Kind::EndlessRows,
    Kind::EndlessParameters,
    Kind::EmptyAnswers,
    Kind::UnknownAuthentication,
    Kind::Random,
];

pub(crate) fn cases(extent: Extent, known: &Known) -> Vec<Case> {
    let seed = known.seed;
    let random = if extent == Extent::Quick { 3 } else { 1000 };
    let mut cases = Vec::new();
    for kind in KINDS {
        let turns = if matches!(kind, Kind::Random) { random } else { 1 };
        for turn in 0..turns {
            let name = format!("fake {kind:?} {turn}");
            cases.push(Case::new(ROW, name.clone(), move |ground| meet(ground, kind, Dice::of(seed, &name))).waiting());
        }
    }
    cases
}

fn meet(ground: &mut Ground, kind: Kind, dice: Dice) -> Result<Told, String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        // The program may also send cancel requests, which are connections too. There are at most eight.
        for stream in listener.incoming().take(8).flatten() {
            let dice = dice.clone();
            std::thread::spawn(move || play(stream, kind, dice));
        }
    });
    let begun = Instant::now();
    let target = dsn(port).replace("connect_timeout=5", "connect_timeout=2");
    let run = ground.lab.sandbox.oneroof(["status", "--dsn", &target]).start();
    let status = format!("/proc/{}/status", run.process().as_raw_nonzero());
    let watched = std::thread::spawn(move || {
        let mut most = 0;
        // A zombie process has no memory, so its status file does not have this line.
        while let Some(now) = std::fs::read_to_string(&status).ok().and_then(|text| peak(&text)) {
            most = now.max(most);
            std::thread::sleep(Duration::from_millis(5));
        }
        most
    });
    let output = run.finish();
    let took = begun.elapsed();
    let memory = watched.join().unwrap_or_default();
    let check = |met: bool, what: &str| {
        if met {
            Ok(())
        } else {
            Err(format!("{what} after {took:?} with {memory} kB\n{}", output.whole().escape_debug()))
        }
    };
    check(took < PATIENCE, "too late")?;
    check(memory < MEMORY, "too much memory")?;
    check(matches!(output.code(), Some(4 | 5 | 7)), "exit code")?;
    let said = format!("{}{}", output.stdout, output.stderr);
    check(!said.contains("panicked"), "a panic")?;
    let unsafe_letter = |letter: char| {
        (letter.is_control() && letter != '\n') || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    check(!said.chars().any(unsafe_letter), "unescaped")?;
    check(said.len() < 1_000_000, "too many words")?;
    Ok(Told::default())
}

fn peak(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[tag][..], &length.to_be_bytes(), body].concat()
}

fn error(severity: &str, text: &str) -> Vec<u8> {
    let body = format!("S{severity}\0V{severity}\0C08006\0M{text}\0D{text}\0H{text}\0W{text}\0\0");
    frame(if severity == "NOTICE" { b'N' } else { b'E' }, body.as_bytes())
}

const ESCAPES: &str = "\u{1b}[31mred\u{1b}]0;title\u{7}\r\u{8}\u{9b}2J\u{202e}txet\u{2066}\u{7f}\nnext";

fn login() -> Vec<u8> {
    let ready = frame(b'Z', b"I");
    [frame(b'R', &[0; 4]), frame(b'S', b"server_version\x0015.18\0"), frame(b'K', &[0, 0, 1, 0, 0, 0, 0, 1]), ready]
        .concat()
}

/// Plays the server's part. An error means that the program has closed the connection.
fn play(mut stream: TcpStream, kind: Kind, mut dice: Dice) -> Option<()> {
    let mut heard = vec![0; 65_536];
    let long = Duration::from_mins(1);
    stream.set_read_timeout(Some(long)).ok()?;
    if matches!(kind, Kind::Silent) {
        std::thread::sleep(long);
        return None;
    }
    let _ = stream.read(&mut heard).ok()?;
    let first = match kind {
        Kind::Garbage => vec![0xff; 4096],
        Kind::Http => b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec(),
        Kind::HugeLength => [&b"E"[..], &i32::MAX.to_be_bytes(), &[b'x'; 1000]].concat(),
        Kind::NegativeLength => [&b"R"[..], &(-1_i32).to_be_bytes(), &[b'x'; 1000]].concat(),
        Kind::Escapes => error("FATAL", ESCAPES),
        Kind::HugeError => error("FATAL", &"x".repeat(12 << 20)),
        Kind::UnknownAuthentication => frame(b'R', &[0, 0, 0, 99]),
        Kind::EndlessParameters => return endless(&mut stream, &frame(b'S', b"name\0value\0")),
        Kind::ClosesAfterStartup => return None,
        Kind::SilentAfterStartup => Vec::new(),
        Kind::Random => random(&mut dice),
        _ => login(),
    };
    stream.write_all(&first).ok()?;
    loop {
        if stream.read(&mut heard).ok()? == 0 {
            return None;
        }
        match kind {
            Kind::EscapesAfterLogin => {
                stream.write_all(&[error("NOTICE", ESCAPES), error("FATAL", ESCAPES)].concat()).ok()?;
            }
            Kind::EndlessNotices => return endless(&mut stream, &error("NOTICE", &"n".repeat(1000))),
            Kind::EndlessRows => {
                return endless(&mut stream, &frame(b'D', &[0, 1, 0, 0, 0, 4, b'r', b'o', b'w', b's']));
            }
            Kind::EmptyAnswers => {
                let tag = frame(b'C', b"SELECT 0\0");
                stream
                    .write_all(&[frame(b'1', b""), frame(b'2', b""), frame(b'n', b""), tag, frame(b'Z', b"I")].concat())
                    .ok()?;
            }
            Kind::Random => stream.write_all(&random(&mut dice)).ok()?,
            _ => {}
        }
    }
}

fn endless(stream: &mut TcpStream, frame: &[u8]) -> Option<()> {
    let many = frame.repeat(1 + 65_536 / frame.len());
    loop {
        stream.write_all(&many).ok()?;
    }
}

/// Messages of random types with random bodies. Most are complete, and some are cut off.
fn random(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = if dice.below(2) == 0 { login() } else { Vec::new() };
    for _ in 0..dice.below(20) {
        let tags = b"RKSZCDTEN12nsIvGHdc3tAV~\0\xff";
        let tag = tags[usize::try_from(dice.below(tags.len() as u64)).unwrap()];
        let body: Vec<u8> = (0..dice.below(64)).map(|_| u8::try_from(dice.below(256)).unwrap()).collect();
        bytes.extend(frame(tag, &body));
        if dice.below(8) == 0 {
            bytes.truncate(bytes.len() - usize::try_from(dice.below(bytes.len() as u64)).unwrap());
        }
    }
    bytes
}
