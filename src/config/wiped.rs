//! Reading secrets so that no copy of them stays in memory. The buffers of the standard library are
//! wiped by nobody: that of standard input lives as long as the process, and a growing vector leaves
//! what it held behind. The source is therefore read without a buffer of its own, and every buffer
//! here is wiped when it is given up.

use std::fs::File;
use std::io::{ErrorKind, Read, Result};
use std::os::fd::AsFd;

use secrecy::SecretString;
use zeroize::Zeroizing;

/// Bytes that are taken at first; most secrets are shorter.
const FIRST: usize = 1024;

/// Standard input without the buffer of the standard library. Whoever mixes the two loses what that
/// buffer took in advance.
///
/// # Errors
/// When it is closed.
pub fn stdin() -> Result<File> {
    Ok(File::from(std::io::stdin().as_fd().try_clone_to_owned()?))
}

/// Everything that `source` holds, or `None` when that is more than `limit` bytes. The source must
/// not buffer.
///
/// # Errors
/// When it cannot be read.
pub fn all(mut source: impl Read, limit: usize) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(FIRST));
    loop {
        make_room(&mut bytes);
        let held = bytes.len();
        let room = bytes.capacity();
        bytes.resize(room, 0);
        let read = source.read(&mut bytes[held..]);
        bytes.truncate(held + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => return Ok(Some(bytes)),
            Ok(_) if bytes.len() > limit => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// One line without its end; what comes after it stays unread. `None` when the source is at its end,
/// or when the line is longer than `limit` bytes.
///
/// # Errors
/// When it cannot be read.
pub fn line(mut source: impl Read, limit: usize) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(FIRST));
    let mut one = Zeroizing::new([0]);
    loop {
        match source.read(&mut one[..]) {
            Ok(0) if bytes.is_empty() => return Ok(None),
            Ok(0) => break,
            Ok(_) if one[0] == b'\n' => break,
            Ok(_) if bytes.len() == limit => return Ok(None),
            Ok(_) => {
                make_room(&mut bytes);
                bytes.push(one[0]);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(Some(bytes))
}

/// The secret that the bytes are, as text; `None` when they are none.
pub fn secret(bytes: &[u8]) -> Option<SecretString> {
    // From a slice: one copy of exactly its length, which is wiped with the secret.
    std::str::from_utf8(bytes).ok().map(SecretString::from)
}

/// A full buffer is replaced by one of twice the size, and wiped.
fn make_room(bytes: &mut Zeroizing<Vec<u8>>) {
    if bytes.len() == bytes.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(bytes.len() * 2));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, and is interrupted now and then.
    struct Halting<'a>(&'a [u8], u32);

    impl Read for Halting<'_> {
        fn read(&mut self, into: &mut [u8]) -> Result<usize> {
            self.1 += 1;
            if self.1.is_multiple_of(3) {
                return Err(ErrorKind::Interrupted.into());
            }
            let count = into.len().min(7);
            self.0.read(&mut into[..count])
        }
    }

    #[test]
    fn everything_is_read_up_to_the_limit_and_no_further() {
        for length in [0, 1, FIRST - 1, FIRST, FIRST + 1, 4 * FIRST, 5 * FIRST + 3] {
            let bytes: Vec<u8> = (0..length).map(|at| at as u8).collect();
            let read = all(Halting(&bytes, 0), length).unwrap().unwrap();
            assert_eq!(*read, bytes, "{length}");
            if length > 0 {
                assert!(all(Halting(&bytes, 0), length - 1).unwrap().is_none(), "{length}");
            }
        }
        let broken = all(Broken, 9).unwrap_err();
        assert_eq!(broken.kind(), ErrorKind::ConnectionReset);
    }

    #[test]
    fn a_line_ends_where_it_ends_and_the_next_stays_unread() {
        let long = "x".repeat(3 * FIRST);
        let text = format!("first\r\n\n{long}\nend");
        let mut source = Halting(text.as_bytes(), 0);
        for expected in ["first", "", &long, "end"] {
            let read = line(&mut source, 3 * FIRST).unwrap().unwrap();
            assert_eq!(std::str::from_utf8(&read), Ok(expected));
        }
        assert!(line(&mut source, 9).unwrap().is_none());
        assert!(line(Halting(b"0123456789\n", 0), 9).unwrap().is_none());
        assert!(line(Broken, 9).is_err());
    }

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> Result<usize> {
            Err(ErrorKind::ConnectionReset.into())
        }
    }
}
