//! Reads and writes files that a person named. No function here blocks on a FIFO or a device, because such a file may never end, and a
//! signal could not interrupt the wait.

use rustix::fs::OFlags;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A limit in bytes for settings, passwords, keys and certificates.
pub const SMALL: u64 = 4 << 20;
/// A limit in bytes for evidence, its log, or a fingerprint.
pub const LARGE: u64 = 32 << 20;

/// The bytes of a regular file of at most `limit` bytes. Links are followed.
///
/// # Errors
/// Returns an error if the file cannot be opened or read, is not a regular file, or is too large.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    // Opening some devices has an effect by itself, so the kind of the file is checked first.
    regular(&std::fs::metadata(path)?)?;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    regular(&file.metadata()?)?;
    bounded(&file, limit)
}

/// Reads a text file like [`read`].
///
/// # Errors
/// Returns the same errors as [`read`], and an error for bytes that are not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not valid UTF-8"))
}

/// Writes a regular file. An existing file is overwritten.
///
/// # Errors
/// Returns an error if the file cannot be opened or written, or is not a regular file.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).custom_flags(flags.bits().cast_signed());
    if let Ok(found) = std::fs::metadata(path) {
        regular(&found)?;
    }
    let mut file = options.open(path)?;
    regular(&file.metadata()?)?;
    file.set_len(0)?;
    file.write_all(bytes)
}

/// Writes a new file and syncs it. An existing file is never overwritten. If the bytes cannot be written, no part of the file stays.
///
/// # Errors
/// Returns an error if the file exists, or if it cannot be created or written.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).inspect_err(|_| drop(std::fs::remove_file(path)))
}

/// Writes a new file `STEM.ENDING` in the folder, and returns its path. If a file of that name exists, a number is added to the stem.
///
/// # Errors
/// Returns an error if the file cannot be created or written, or if a hundred such files exist.
pub fn write_numbered(folder: &Path, stem: &str, ending: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    for name in numbered(stem) {
        let path = folder.join(format!("{name}.{ending}"));
        match write_new(&path, bytes) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            written => return written.map(|()| path),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// A hundred names for files of the same second: `STEM`, `STEM_1`, `STEM_2` and so on.
pub fn numbered(stem: &str) -> impl Iterator<Item = String> {
    (0..100_u8).map(move |number| if number == 0 { stem.to_owned() } else { format!("{stem}_{number}") })
}

fn bounded(file: &File, limit: u64) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {} MB", limit >> 20));
    if file.metadata()?.size() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // Some files report no size, and others grow while they are read.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit { Err(too_large()) } else { Ok(bytes) }
}

fn regular(found: &Metadata) -> io::Result<()> {
    if found.is_file() {
        return Ok(());
    }
    let kind = if found.is_dir() { io::ErrorKind::IsADirectory } else { io::ErrorKind::InvalidInput };
    Err(io::Error::new(kind, format!("{}, not a regular file", kind_words(found.file_type()))))
}

fn kind_words(kind: FileType) -> &'static str {
    match kind {
        _ if kind.is_dir() => "a directory",
        _ if kind.is_fifo() => "a FIFO",
        _ if kind.is_socket() => "a socket",
        _ if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => "a special file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_regular_file_within_the_limit_is_read_and_nothing_is_waited_for() {
        let folder = std::env::temp_dir().join(format!("oneroof-files-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let fifo = folder.join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
        let link = folder.join("link");
        std::os::unix::fs::symlink(&fifo, &link).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
        let huge = folder.join("huge");
        File::create(&huge).unwrap().set_len(SMALL + 1).unwrap();
        for (path, words) in [
            (&fifo, "a FIFO, not a regular file"),
            (&link, "a FIFO, not a regular file"),
            (&folder.join("socket"), "a socket, not a regular file"),
            (&folder, "a directory, not a regular file"),
            (&"/dev/zero".into(), "a device, not a regular file"),
            (&huge, "larger than 4 MB"),
            (&folder.join("absent"), "No such file"),
        ] {
            let error = read(path, SMALL).unwrap_err().to_string();
            assert!(error.contains(words), "{}: {error}", path.display());
        }
        // Its size is reported as 0, but it can be read.
        assert!(!read(Path::new("/proc/self/stat"), SMALL).unwrap().is_empty());
        let text = folder.join("text");
        std::fs::write(&text, "é").unwrap();
        assert_eq!(read_text(&text, SMALL).unwrap(), "é");
        std::fs::write(&text, b"\xe9").unwrap();
        assert!(read_text(&text, SMALL).is_err());
        write(&text, b"new").unwrap();
        assert_eq!(read_text(&text, SMALL).unwrap(), "new");
        for path in [&fifo, &folder, &"/dev/null".into()] {
            assert!(write(path, b"x").unwrap_err().to_string().contains("not a regular file"), "{}", path.display());
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn files_of_the_same_second_are_numbered_and_none_is_overwritten() {
        let folder = std::env::temp_dir().join(format!("oneroof-new-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (text, name) in [("a", "x.md"), ("b", "x_1.md"), ("c", "x_2.md")] {
            assert_eq!(write_numbered(&folder, "x", "md", text.as_bytes()).unwrap(), folder.join(name));
        }
        assert_eq!(read_text(&folder.join("x.md"), SMALL).unwrap(), "a");
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(write_numbered(&folder, "x", "md", b"").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
