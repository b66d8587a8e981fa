//! Checks the signature of a packet with OpenSSH's `ssh-keygen`. This program never signs and never reads a key.

use crate::files;
use crate::text::escaped;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The namespace of packet signatures. A signature that was made for another namespace is not accepted.
const NAMESPACE: &str = "oneroof";
/// OpenSSH's program that checks signatures.
const PROGRAM: &str = "ssh-keygen";

/// Why no signer was found.
#[derive(Debug)]
pub enum SignatureError {
    /// A file or the program is missing, so nothing was checked.
    Unable(String),
    /// No allowed signer signed these bytes.
    Unsigned(String),
}

/// The name of the allowed signer who signed `bytes`, the content of the file `packet`. The file `signers` lists the allowed signers in
/// OpenSSH's format.
///
/// # Errors
/// [`SignatureError`].
pub fn signer(packet: &Path, bytes: &[u8], signers: &Path) -> Result<String, SignatureError> {
    let mut signature = packet.as_os_str().to_owned();
    signature.push(".sig");
    let signature = PathBuf::from(signature);
    readable(signers).map_err(SignatureError::Unable)?;
    readable(&signature).map_err(|reason| SignatureError::Unsigned(format!("it has no signature: {reason}")))?;
    let (list, found) = (signers.as_os_str(), signature.as_os_str());
    let whose = ["-Y".as_ref(), "find-principals".as_ref(), "-f".as_ref(), list, "-s".as_ref(), found];
    let principals = run(&whose, &[])?;
    let text = String::from_utf8_lossy(&principals.stdout).into_owned();
    let mut names = text.lines().flat_map(|line| line.split(',')).map(str::trim).filter(|name| !name.is_empty());
    let by = names.find_map(|name| {
        let checked = run(
            &[
                "-Y".as_ref(),
                "verify".as_ref(),
                "-f".as_ref(),
                list,
                "-I".as_ref(),
                name.as_ref(),
                "-n".as_ref(),
                NAMESPACE.as_ref(),
                "-s".as_ref(),
                found,
            ],
            bytes,
        );
        match checked {
            Ok(output) if output.status.success() => Some(Ok(name.to_owned())),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        }
    });
    let shown = |path: &Path| escaped(&path.display().to_string()).into_owned();
    by.unwrap_or_else(|| {
        let (signature, signers) = (shown(&signature), shown(signers));
        Err(SignatureError::Unsigned(format!("{signature} is not a signature of these bytes by anyone in {signers}")))
    })
}

fn readable(path: &Path) -> Result<(), String> {
    let read = files::read(path, files::SMALL);
    read.map(drop).map_err(|error| format!("cannot read {}: {error}", escaped(&path.display().to_string())))
}

/// Runs the program with `input` on its standard input.
fn run(arguments: &[&std::ffi::OsStr], input: &[u8]) -> Result<Output, SignatureError> {
    let unable =
        |error: io::Error| SignatureError::Unable(format!("cannot run {PROGRAM}, which checks signatures: {error}"));
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(unable)?;
    if let Some(mut stdin) = child.stdin.take() {
        // The program may end before it has read all input. Its exit code shows whether the check succeeded.
        let _ = stdin.write_all(input);
    }
    child.wait_with_output().map_err(unable)
}
