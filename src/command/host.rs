//! What this host demands before a command runs: its policy, and a signature of the packet.

use super::line::Cli;
use crate::error::Error;
use crate::files;
use crate::policy::{Policy, PolicyError, VARIABLE, read};
use crate::release::{Digest, Release, ReleaseError};
use crate::sshsig::{self, SignatureError};
use std::path::Path;

/// The policy that is in force for a command, and the words in the headline for a packet whose digest an approval need not name. The words
/// are empty for any other packet.
///
/// # Errors
/// [`Error::Usage`] if a command that judges approvals cannot read the policy. Other commands go on, because they need no approval.
pub(super) fn of_host(cli: &Cli, release: &Release) -> Result<(Policy, &'static str), Error> {
    let found = if cli.common.throwaway.is_some() { Ok(Policy::default()) } else { read(std::env::var_os(VARIABLE)) };
    match found {
        Ok(policy) => {
            let unbound = unbound(release, &policy);
            Ok((policy, unbound))
        }
        Err(PolicyError { message, hint }) if cli.verb.judges() => Err(Error::Usage { message, hint }),
        Err(_) => Ok((Policy::default(), if is_unbound(release) { "not bound to the release digest" } else { "" })),
    }
}

/// Who signed the packet file, if the command line or the policy demands a signature. The policy demands one only for commands that judge
/// approvals, so a rollback needs no signature.
///
/// # Errors
/// [`ReleaseError::Unsigned`] if no allowed signer signed the packet. [`Error::Tool`] if the signature cannot be checked.
pub(super) fn signer(cli: &Cli, release: &Release, policy: &Policy) -> Result<Option<String>, Error> {
    let given = cli.common.signers.as_deref();
    let demanded: Vec<&Path> = given.into_iter().chain(policy.signers().filter(|_| cli.verb.judges())).collect();
    let Some(path) = &cli.common.packet else {
        return match given {
            Some(_) => Err(Error::Usage {
                message: "--signers works only with a packet that --packet names".to_owned(),
                hint: "Give --packet FILE. docs/security.md says how to check the signature of this program, which carries its own release."
                    .to_owned(),
            }),
            None => Ok(None),
        };
    };
    if demanded.is_empty() {
        return Ok(None);
    }
    let shown = path.display().to_string();
    let bytes = files::read(path, files::LARGE).unwrap_or_default();
    if Digest::of(&bytes) != release.digest {
        let reason = "it was changed while it was read".to_owned();
        return Err(Error::Release(ReleaseError::Sealed { path: shown, reason }));
    }
    let mut by = None;
    for signers in demanded {
        by = Some(sshsig::signer(path, &bytes, signers).map_err(|error| match error {
            SignatureError::Unsigned(reason) => Error::Release(ReleaseError::Unsigned { path: shown.clone(), reason }),
            SignatureError::Unable(message) => Error::Tool {
                message,
                hint: "Signatures are checked by OpenSSH: install openssh-client, 8.2 or newer, and name a file of allowed signers.".to_owned(),
            },
        })?);
    }
    Ok(by)
}

/// Whether the packet comes from a file, and its own rule accepts an approval that does not name its digest.
fn is_unbound(release: &Release) -> bool {
    release.from.is_some() && !release.descriptor.gate.bound
}

fn unbound(release: &Release, policy: &Policy) -> &'static str {
    match (is_unbound(release) && !policy.is_bound(), policy.files.is_empty()) {
        (false, _) => "",
        (true, true) => "not bound to the release digest, no host policy",
        (true, false) => "not bound to the release digest",
    }
}
