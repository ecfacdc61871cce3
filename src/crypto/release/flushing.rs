//! Large files go to disk while they are still being written, so that the end need not wait for all of
//! it at once.

use std::fs::File;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Bytes between two flushes; smaller files are flushed at their end only.
const EVERY: usize = 32 * 1024 * 1024;

/// The work beside the writing; begun when there is enough to flush.
#[derive(Default)]
pub(super) struct Flushing {
    waiting: usize,
    thread: Option<(SyncSender<()>, JoinHandle<io::Result<()>>)>,
}

impl Flushing {
    /// Counts what was written, and has it flushed when it is time. A flush that is still under way is
    /// not waited for.
    pub(super) fn wrote(&mut self, file: &File, bytes: usize) -> io::Result<()> {
        self.waiting += bytes;
        if self.waiting < EVERY {
            return Ok(());
        }
        self.waiting = 0;
        if self.thread.is_none() {
            let file = file.try_clone()?;
            let (sender, receiver) = sync_channel::<()>(1);
            let thread = std::thread::Builder::new()
                .name("flush".to_owned())
                .spawn(move || receiver.iter().try_for_each(|()| file.sync_data()))?;
            self.thread = Some((sender, thread));
        }
        if let Some((sender, _)) = &self.thread {
            // Full means that the next flush takes these bytes along; an ended thread tells at the end.
            let _ = sender.try_send(());
        }
        Ok(())
    }

    /// Waits for the last flush. An error of any of them is told here: the disk tells it only once.
    pub(super) fn end(&mut self) -> io::Result<()> {
        let Some((sender, thread)) = self.thread.take() else {
            return Ok(());
        };
        drop(sender);
        thread
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the flush broke off")))
    }
}
