use super::log::{EVENT_LIMIT, WARNING_LIMIT};
use super::*;

fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[tag][..], &length.to_be_bytes(), body].concat()
}

#[test]
fn events_keep_their_order_however_the_bytes_are_cut() {
    let login = frame(b'K', &[0, 0, 1, 0, 9, 9, 9, 9]);
    let notices = [
        frame(b'N', b"SINFO\0COR001\0Mhello\0\0"),
        frame(b'N', b"SLOG\0VLOG\0C00000\0Mduration: 1 ms\0\0"),
        frame(b'N', b"SINFO\0VINFO\0C00000\0MQuery Text: SELECT 1\0\0"),
    ]
    .concat();
    let answers = [
        frame(b'C', b"ROLLBACK\0"),
        frame(b'D', &[0; 300]),
        frame(b'E', b"SFEHLER\0VERROR\0C42P01\0Mno\0P17\0\0"),
        frame(b'Z', b"E"),
    ]
    .concat();
    let bytes = [&login[..], &notices, &answers].concat();
    let without_notices = [login, answers].concat();
    for size in [1, 2, 3, 7, bytes.len()] {
        let (mut frames, log) = (Frames::default(), TapLog::default());
        let mut passed_on = Vec::new();
        for chunk in bytes.clone().chunks_mut(size) {
            let length = frames.feed(chunk, &log).unwrap();
            passed_on.extend_from_slice(&chunk[..length]);
        }
        assert_eq!(passed_on, without_notices, "in pieces of {size}");
        assert_eq!(log.backend_pid(), Some(256));
        let events = log.take();
        let [Event::Notice(notice), Event::Complete(tag), Event::Error(error), Event::Ready(b'E')] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!((notice.code(), tag.as_str()), ("OR001", "ROLLBACK"));
        assert_eq!((error.severity(), error.position()), ("ERROR", Some(17)));
    }
}

#[test]
fn returned_events_come_before_later_ones() {
    let (mut frames, log) = (Frames::default(), TapLog::default());
    frames.feed(&mut [frame(b'Z', b"T"), frame(b'E', b"C25P03\0\0")].concat(), &log).unwrap();
    let mut taken = log.take();
    log.put_back(taken.split_off(1));
    frames.feed(&mut frame(b'C', b"COMMIT\0"), &log).unwrap();
    let events = log.take();
    assert!(matches!(&events[..], [Event::Error(error), Event::Complete(_)] if error.code() == "25P03"), "{events:?}");
}

#[test]
fn impossible_frames_end_the_connection() {
    for bytes in [&b"E\0\0\0\0"[..], b"E\xff\xff\xff\xff", b"\0\0\0\0\x08", b"HTTP/1.1 400", b"Notice: all is logged"] {
        let (mut frames, log) = (Frames::default(), TapLog::default());
        assert!(frames.feed(&mut bytes.to_vec(), &log).is_err(), "{bytes:?}");
        assert_eq!(log.limit(), None, "another program is no limit of ours");
        assert_eq!(log.greeting().as_deref(), Some(bytes));
    }
}

#[test]
fn a_reply_without_end_ends_the_connection() {
    let (mut frames, log) = (Frames::default(), TapLog::default());
    let row = frame(b'D', &vec![0; 1 << 20]);
    assert!((0..65).any(|_| frames.feed(&mut row.clone(), &log).is_err()));
    assert!(log.limit().is_some_and(|limit| limit.contains("64 MB")));
    let (mut frames, log) = (Frames::default(), TapLog::default());
    let tag = frame(b'C', b"SELECT 1\0");
    assert!((0..=EVENT_LIMIT + 1).any(|_| frames.feed(&mut tag.clone(), &log).is_err()));
    assert!(log.limit().is_some_and(|limit| limit.contains("20,000")));
    let (mut frames, log) = (Frames::default(), TapLog::default());
    frames.feed(&mut frame(b'K', &[0; 8]), &log).unwrap();
    frames.feed(&mut frame(b'D', &vec![0; FRAME_LIMIT + 1]), &log).unwrap_err();
    assert!(log.limit().is_some_and(|limit| limit.contains("16 MB")));
    // The frames of one reply do not count for the next reply.
    let (mut frames, log) = (Frames::default(), TapLog::default());
    for _ in 0..EVENT_LIMIT {
        frames.feed(&mut tag.clone(), &log).unwrap();
        log.take();
    }
}

/// The tap after a complete login.
fn server() -> (Frames, TapLog) {
    let (mut frames, log) = (Frames::default(), TapLog::default());
    frames.feed(&mut frame(b'K', &[0; 8]), &log).unwrap();
    (frames, log)
}

#[test]
fn unneeded_notices_are_ignored_in_any_number_and_length() {
    let (mut frames, log) = server();
    let logged = frame(b'N', &[b"VLOG\0C00000\0M", &[b'x'; 1000][..], b"\0\0"].concat());
    for _ in 0..EVENT_LIMIT * 2 {
        assert_eq!(frames.feed(&mut logged.clone(), &log).unwrap(), 0);
    }
    frames.feed(&mut frame(b'N', &vec![b'x'; FRAME_LIMIT * 3]), &log).unwrap();
    frames.feed(&mut frame(b'Z', b"I"), &log).unwrap();
    assert!(matches!(&log.take()[..], [Event::Ready(b'I')]));
}

#[test]
fn a_limited_number_of_warnings_and_bytes_is_kept() {
    let (mut frames, log) = server();
    let mut warning =
        frame(b'N', &[b"VWARNING\0C01000\0M".as_slice(), vec![b'x'; KEPT_LIMIT * 3].as_slice(), b"\0\0"].concat());
    frames.feed(&mut warning, &log).unwrap();
    let [Event::Notice(notice)] = &log.take()[..] else { panic!("no notice") };
    assert!(notice.message().len() <= KEPT_LIMIT && notice.code() == "01000");
    let warning = frame(b'N', b"VWARNING\0C01000\0Mx\0\0");
    for _ in 0..WARNING_LIMIT * 3 {
        frames.feed(&mut warning.clone(), &log).unwrap();
    }
    frames.feed(&mut frame(b'N', b"VWARNING\0C57P01\0Mends\0\0"), &log).unwrap();
    let kept = log.take();
    assert_eq!(kept.len(), WARNING_LIMIT + 1);
    assert!(matches!(kept.last(), Some(Event::Notice(notice)) if notice.code() == "57P01"));
}

#[tokio::test]
async fn a_flight_leaves_together_and_what_follows_it_at_once() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let (ours, mut theirs) = tokio::io::duplex(64);
    let (mut tap, log) = Tap::new(ours);
    log.holds_back(6);
    tap.write_all(b"abc").await.unwrap();
    tap.flush().await.unwrap();
    let mut read = [0; 16];
    let early = tokio::time::timeout(std::time::Duration::from_millis(20), theirs.read(&mut read)).await;
    assert!(early.is_err(), "a part of it left alone");
    tap.write_all(b"def").await.unwrap();
    tap.write_all(b"g").await.unwrap();
    tap.flush().await.unwrap();
    assert_eq!(theirs.read(&mut read).await.unwrap(), 7);
    assert_eq!(&read[..7], b"abcdefg");
}
