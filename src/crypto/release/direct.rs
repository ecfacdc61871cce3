//! Large plaintext that nobody reads here next goes past the page cache, from threads of its own: the
//! kernel copies nothing, the disk works while the next piece is decrypted, and what others on this
//! host have in the cache stays there. Where the file system refuses that, it is written as usual.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rustix::fs::{FallocateFlags, OFlags, fallocate, fcntl_getfl, fcntl_setfl, fstatvfs};
use rustix::process::{Resource, getrlimit};
use zeroize::Zeroize;

/// Bytes written at a time, and the blocks that go around: one is filled while the others are written.
const SIZE: usize = 384 * 1024;
const BLOCKS: usize = 3;

/// Threads that write: a disk is quicker with two requests at hand than with one.
const WRITERS: usize = 2;

/// Bytes for which room is made at a time. Into a file that grows with each write only one can be written
/// at once.
const AHEAD: u64 = 64 * 1024 * 1024;

/// No file system asks for more.
const ALIGNED: usize = 4096;

/// Bytes between two flushes where the file system has no way past the cache.
const EVERY: usize = 32 * 1024 * 1024;

/// One block that begins where the disk wants it to.
struct Block {
    bytes: Vec<u8>,
    begins: usize,
}

impl Block {
    fn new() -> Block {
        let bytes = vec![0; SIZE + ALIGNED];
        // An address that cannot be aligned is written as it is, and refused by the file system.
        let begins = bytes.as_ptr().align_offset(ALIGNED).min(ALIGNED);
        Block { bytes, begins }
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[self.begins..self.begins + SIZE]
    }

    fn room(&mut self, from: usize) -> &mut [u8] {
        &mut self.bytes[self.begins + from..self.begins + SIZE]
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// Full blocks and their places go there, empty ones come back.
struct Writers {
    full: SyncSender<(u64, Block)>,
    empty: Receiver<Block>,
    threads: Vec<JoinHandle<io::Result<()>>>,
    /// Up to where there is room in the file.
    room: u64,
}

/// The writing; the threads begin with the first full block.
pub(super) struct Direct {
    current: Block,
    filled: usize,
    /// Where the current block belongs.
    at: u64,
    writers: Option<Writers>,
    /// A block was lost: nothing can be made whole any more.
    broken: Option<io::ErrorKind>,
}

impl Drop for Direct {
    fn drop(&mut self) {
        // What is given up is not written on behind the back of whoever gave it up.
        if let Some(writers) = self.writers.take() {
            let _ = outcome(writers);
        }
    }
}

impl Direct {
    pub(super) fn new() -> Direct {
        Direct {
            current: Block::new(),
            filled: 0,
            at: 0,
            writers: None,
            broken: None,
        }
    }

    /// Appends. What could not be written is told by this or a later call, or by [`Direct::end`].
    pub(super) fn write(&mut self, file: &File, mut piece: &[u8]) -> io::Result<()> {
        self.whole()?;
        while !piece.is_empty() {
            let room = self.current.room(self.filled);
            let count = piece.len().min(room.len());
            room[..count].copy_from_slice(&piece[..count]);
            self.filled += count;
            piece = &piece[count..];
            if self.filled == SIZE
                && let Err(error) = self.hand_over(file)
            {
                self.broken = Some(error.kind());
                return Err(error);
            }
        }
        Ok(())
    }

    fn whole(&self) -> io::Result<()> {
        self.broken.map_or(Ok(()), |kind| Err(kind.into()))
    }

    fn hand_over(&mut self, mut file: &File) -> io::Result<()> {
        let mut writers = match self.writers.take() {
            Some(writers) => writers,
            None => {
                self.at = file.stream_position()?;
                begin(file)?
            }
        };
        let end = self.at + SIZE as u64;
        if end > writers.room {
            make_room(file, self.at);
            writers.room = self.at + AHEAD;
        }
        // One that has ended has failed, and lost a block; the others would go on for hours.
        if writers.threads.iter().any(JoinHandle::is_finished) {
            return Err(outcome(writers).err().unwrap_or_else(broken_off));
        }
        let Ok(empty) = writers.empty.recv() else {
            return Err(outcome(writers).err().unwrap_or_else(broken_off));
        };
        let full = std::mem::replace(&mut self.current, empty);
        let handed = writers.full.send((self.at, full));
        (self.filled, self.at) = (0, end);
        if handed.is_err() {
            return Err(outcome(writers).err().unwrap_or_else(broken_off));
        }
        self.writers = Some(writers);
        Ok(())
    }

    /// Waits until all blocks are written, and writes what is left. The file can be read afterwards.
    pub(super) fn end(mut self, mut file: &File) -> io::Result<()> {
        self.whole()?;
        let rest = &self.current.bytes()[..self.filled];
        let Some(writers) = self.writers.take() else {
            return io::Write::write_all(&mut file, rest);
        };
        outcome(writers)?;
        past_the_cache(file, false)?;
        file.write_all_at(rest, self.at)?;
        let end = self.at + self.filled as u64;
        // The room that was made and not needed.
        if file.metadata()?.is_file() {
            file.set_len(end)?;
        }
        file.seek(SeekFrom::Start(end)).map(|_| ())
    }
}

/// Makes room for what comes. That is for speed alone: who has no room is told by the write.
fn make_room(file: &File, at: u64) {
    let free = fstatvfs(file).map_or(0, |facts| facts.f_bavail.saturating_mul(facts.f_frsize));
    // Beyond the limit for files the process would be ended by a signal.
    let limit = getrlimit(Resource::Fsize).current.unwrap_or(u64::MAX);
    if free >= 8 * AHEAD && at.saturating_add(AHEAD) <= limit {
        let _ = fallocate(file, FallocateFlags::empty(), at, AHEAD);
    }
}

fn begin(file: &File) -> io::Result<Writers> {
    let (full, filled) = sync_channel::<(u64, Block)>(BLOCKS);
    let (back, empty) = channel();
    for _ in 1..BLOCKS {
        // The receiver is right here.
        let _ = back.send(Block::new());
    }
    let filled = Arc::new(Mutex::new(filled));
    let direct = Arc::new(AtomicBool::new(past_the_cache(file, true).is_ok()));
    let mut threads = Vec::new();
    for _ in 0..WRITERS {
        let (file, filled, back) = (file.try_clone()?, Arc::clone(&filled), back.clone());
        let direct = Arc::clone(&direct);
        let work = move || write_all(&file, &filled, &back, &direct);
        threads.push(std::thread::Builder::new().name("write".to_owned()).spawn(work)?);
    }
    Ok(Writers {
        full,
        empty,
        threads,
        room: 0,
    })
}

/// Writes blocks until there are no more.
fn write_all(
    file: &File,
    filled: &Mutex<Receiver<(u64, Block)>>,
    back: &Sender<Block>,
    direct: &AtomicBool,
) -> io::Result<()> {
    let mut waiting = 0;
    loop {
        let next = filled.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((at, block)) = next else {
            return Ok(());
        };
        write(file, at, block.bytes(), direct)?;
        waiting += SIZE;
        if !direct.load(Ordering::Relaxed) && waiting >= EVERY {
            file.sync_data()?;
            waiting = 0;
        }
        // Whoever decrypts may have ended.
        let _ = back.send(block);
    }
}

fn outcome(writers: Writers) -> io::Result<()> {
    drop(writers.full);
    let ended: Vec<io::Result<()>> = (writers.threads.into_iter())
        .map(|thread| thread.join().unwrap_or_else(|_| Err(broken_off())))
        .collect();
    ended.into_iter().collect()
}

fn broken_off() -> io::Error {
    io::Error::other("the writing broke off")
}

/// Writes a block; as usual from where the file system does not want it past the cache, or has taken a
/// part of it, so that the rest is not aligned any more.
fn write(file: &File, mut at: u64, mut block: &[u8], direct: &AtomicBool) -> io::Result<()> {
    let mut usual = false;
    loop {
        match file.write_at(block, at) {
            Ok(count) if count == block.len() => return Ok(()),
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                block = &block[count..];
                at += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::InvalidInput && !usual => {}
            Err(error) => return Err(error),
        }
        past_the_cache(file, false)?;
        direct.store(false, Ordering::Relaxed);
        usual = true;
    }
}

fn past_the_cache(file: &File, whether: bool) -> io::Result<()> {
    let mut flags = fcntl_getfl(file)?;
    flags.set(OFlags::DIRECT, whether);
    Ok(fcntl_setfl(file, flags)?)
}

#[cfg(test)]
mod tests;
