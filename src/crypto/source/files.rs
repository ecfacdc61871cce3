//! Files, one after another, as one stream, with progress and with an ear for the wish to stop. A
//! later part that bears mail headers of its own is read without them.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

use super::{Kind, LOOK, kind, mime};
use crate::crypto::trouble::Trouble;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::progress::{Listener, Progress};

/// Bytes between two reports.
const REPORT: u64 = 8 * 1024 * 1024;

/// What a long reading tells and asks.
#[derive(Clone)]
pub struct Watch {
    /// Hears how far it is.
    pub listener: Listener,
    /// True when it shall stop.
    pub stop: std::sync::Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Watch {
    /// Nobody watches.
    pub fn none() -> Watch {
        Watch {
            listener: Listener::none(),
            stop: std::sync::Arc::new(|| false),
        }
    }
}

/// The stream.
pub(crate) struct Files {
    waiting: VecDeque<PathBuf>,
    open: Option<Box<dyn Read>>,
    first: bool,
    watch: Watch,
    done: u64,
    told: u64,
    total: Option<u64>,
}

impl Files {
    /// A stream over `paths` in their order.
    pub(crate) fn new(paths: &[PathBuf], watch: Watch) -> Files {
        let total = paths
            .iter()
            .map(|path| {
                std::fs::metadata(path)
                    .ok()
                    .filter(std::fs::Metadata::is_file)
                    .map(|meta| meta.len())
            })
            .sum();
        Files {
            waiting: paths.iter().cloned().collect(),
            open: None,
            first: true,
            watch,
            done: 0,
            told: 0,
            total,
        }
    }

    fn account(&mut self, read: usize) -> io::Result<()> {
        self.done += read as u64;
        if self.done - self.told >= REPORT {
            self.told = self.done;
            self.watch.listener.tell(Progress {
                done: self.done,
                total: self.total,
                unit: "bytes",
                note: "decrypted".to_owned(),
            });
            if (self.watch.stop)() {
                let stopped = Failure::new(FailureKind::Interrupted, "Stopped; nothing was kept.");
                return Err(Trouble::Failure(stopped).into());
            }
        }
        Ok(())
    }
}

impl Read for Files {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        loop {
            let file = match &mut self.open {
                Some(file) => file,
                None => match self.waiting.pop_front() {
                    Some(path) if std::mem::take(&mut self.first) => {
                        self.open.insert(Box::new(File::open(path)?))
                    }
                    Some(path) => self.open.insert(without_headers(File::open(path)?)?),
                    None => return Ok(0),
                },
            };
            let read = file.read(target)?;
            if read > 0 || target.is_empty() {
                self.account(read)?;
                return Ok(read);
            }
            self.open = None;
        }
    }
}

/// A later part, behind the header lines that it begins with.
fn without_headers(mut file: File) -> io::Result<Box<dyn Read>> {
    let mut beginning = Vec::new();
    (&mut file).take(LOOK as u64).read_to_end(&mut beginning)?;
    let headers = kind(&beginning) == Kind::Mime;
    let mut whole = Cursor::new(beginning).chain(file);
    if headers {
        mime::skip_headers(&mut whole).map_err(io::Error::from)?;
    }
    Ok(Box::new(whole))
}
