//! A password on the command line (the drop-in contract allows it) is shown by `ps` to everybody on
//! the host. So the process starts itself anew: its whole command line goes through an inherited pipe,
//! and what `ps` shows from then on holds none of it. The moment before cannot be taken back, which
//! the warning says.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;

use zeroize::Zeroizing;

/// Names the descriptor of the pipe to the process that starts anew.
const VARIABLE: &str = "DSR_ARGUMENTS_FD";

/// The option that must not stay visible.
const PASSWORD: &str = "--gws_user_password";

/// More than this does not go through a pipe without a reader.
const LIMIT: usize = 60_000;

/// The command line: that of the process, or the one handed over. Does not return when the process
/// starts anew.
pub fn arguments() -> Vec<OsString> {
    let own: Vec<OsString> = std::env::args_os().collect();
    if let Some(handed) = received() {
        return handed;
    }
    if own.iter().any(|word| holds_password(word)) {
        hide(&own);
    }
    own
}

fn holds_password(word: &OsStr) -> bool {
    word.as_bytes().starts_with(PASSWORD.as_bytes())
}

/// What was handed over, if anything was: the variable may also have come down from an ancestor,
/// whose pipe is empty by now.
fn received() -> Option<Vec<OsString>> {
    let number: u32 = std::env::var(VARIABLE).ok()?.parse().ok()?;
    let mut bytes = Zeroizing::new(Vec::new());
    std::fs::File::open(format!("/dev/fd/{number}"))
        .ok()?
        .take(LIMIT as u64)
        .read_to_end(&mut bytes)
        .ok()?;
    if bytes.pop() != Some(0) || bytes.is_empty() {
        return None;
    }
    Some(
        bytes
            .split(|byte| *byte == 0)
            .map(|word| OsString::from_vec(word.to_vec()))
            .collect(),
    )
}

/// Starts anew. Where that does not work the command goes on as it is: what was visible stays so.
fn hide(own: &[OsString]) {
    let mut bytes = Zeroizing::new(Vec::new());
    for word in own {
        bytes.extend_from_slice(word.as_bytes());
        bytes.push(0);
    }
    let (Ok(program), true) = (std::env::current_exe(), bytes.len() < LIMIT) else {
        return;
    };
    let Ok((reader, mut writer)) = std::io::pipe() else {
        return;
    };
    if rustix::io::fcntl_setfd(&reader, rustix::io::FdFlags::empty()).is_err()
        || writer.write_all(&bytes).is_err()
    {
        return;
    }
    drop(writer);
    // Returns only when it failed; the descriptor is closed with this process then.
    let _ = std::process::Command::new(program)
        .arg0(own.first().map_or(OsStr::new("dsr"), OsString::as_os_str))
        .arg("(command line not shown: it holds a password)")
        .env(VARIABLE, reader.as_raw_fd().to_string())
        .exec();
}
