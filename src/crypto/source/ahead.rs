//! Reading and decoding on a thread of its own, a little ahead of whoever decrypts: two cores do what
//! one would do in turns. A fixed number of buffers goes around.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::{Files, Stream, Watch, binary_of};
use crate::crypto::trouble::{Result, Trouble, malformed};

/// Buffers that go around, and the size of each.
const BUFFERS: usize = 3;
const SIZE: usize = 256 * 1024;

/// A filled buffer, the end, or what went wrong.
type Filled = Result<(Vec<u8>, usize)>;

/// The binary message in these files, read ahead; also the name of its wrapping.
pub(crate) fn binary_ahead(paths: &[PathBuf], watch: Watch) -> Result<(&'static str, Stream<'static>)> {
    let (say, told) = sync_channel::<Result<&'static str>>(1);
    let (full, filled) = sync_channel::<Filled>(BUFFERS);
    let (back, empty) = channel::<Vec<u8>>();
    for _ in 0..BUFFERS {
        // The receiver is right here.
        let _ = back.send(vec![0; SIZE]);
    }
    let paths = paths.to_vec();
    std::thread::Builder::new()
        .name("read".to_owned())
        .spawn(
            move || match binary_of(Files::new(&paths, watch), paths.len() > 1) {
                Ok((wrapping, stream)) => {
                    if say.send(Ok(wrapping)).is_ok() {
                        read_on(stream, &full, &empty);
                    }
                }
                Err(trouble) => {
                    let _ = say.send(Err(trouble));
                }
            },
        )?;
    let wrapping = told.recv().unwrap_or_else(|_| Err(broken_off()))?;
    let ahead = Ahead {
        filled,
        back,
        current: Vec::new(),
        given: 0,
        length: 0,
        ended: false,
    };
    Ok((wrapping, Box::new(ahead)))
}

/// Fills buffers until the end, an error, or until nobody wants them any more.
fn read_on(mut stream: Stream<'_>, full: &SyncSender<Filled>, empty: &Receiver<Vec<u8>>) {
    while let Ok(mut buffer) = empty.recv() {
        let mut length = 0;
        let outcome = loop {
            match stream.read(&mut buffer[length..]) {
                Ok(0) => break Ok(()),
                Ok(read) => {
                    length += read;
                    if length == buffer.len() {
                        break Ok(());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(Trouble::from(error)),
            }
        };
        let ends = length < buffer.len();
        if length > 0 && full.send(Ok((buffer, length))).is_err() {
            return;
        }
        if ends {
            // What was read before an error is used first; an empty buffer is the end.
            let _ = full.send(outcome.map(|()| (Vec::new(), 0)));
            return;
        }
    }
}

fn broken_off() -> Trouble {
    malformed("its reading broke off")
}

/// The other end.
struct Ahead {
    filled: Receiver<Filled>,
    back: Sender<Vec<u8>>,
    current: Vec<u8>,
    given: usize,
    length: usize,
    ended: bool,
}

impl Read for Ahead {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.given == self.length {
            if self.ended {
                return Ok(0);
            }
            let used = std::mem::take(&mut self.current);
            if !used.is_empty() {
                // The reader may have ended.
                let _ = self.back.send(used);
            }
            (self.current, self.length) = self.filled.recv().unwrap_or_else(|_| Err(broken_off()))?;
            self.given = 0;
            self.ended = self.length == 0;
        }
        let count = target.len().min(self.length - self.given);
        target[..count].copy_from_slice(&self.current[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}
