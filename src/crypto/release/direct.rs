//! Large plaintext that nobody reads here next goes past the page cache, from a thread of its own: the
//! kernel copies nothing, the disk works while the next piece is decrypted, and what others on this
//! host have in the cache stays there. Where the file system refuses that, it is written as usual.

use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use zeroize::Zeroize;

/// Bytes written at a time, and the blocks that go around: one is filled while the other is written.
const SIZE: usize = 384 * 1024;
const BLOCKS: usize = 2;

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

/// Full blocks go there, empty ones come back.
struct Writer {
    full: SyncSender<Block>,
    empty: Receiver<Block>,
    thread: JoinHandle<io::Result<()>>,
}

/// The writing; the thread begins with the first full block.
pub(super) struct Direct {
    current: Block,
    filled: usize,
    writer: Option<Writer>,
    /// A block was lost: nothing can be made whole any more.
    broken: Option<io::ErrorKind>,
}

impl Drop for Direct {
    fn drop(&mut self) {
        // What is given up is not written on behind the back of whoever gave it up.
        if let Some(writer) = self.writer.take() {
            let _ = outcome(writer);
        }
    }
}

impl Direct {
    pub(super) fn new() -> Direct {
        Direct {
            current: Block::new(),
            filled: 0,
            writer: None,
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

    fn hand_over(&mut self, file: &File) -> io::Result<()> {
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => begin(file.try_clone()?)?,
        };
        let Ok(empty) = writer.empty.recv() else {
            return Err(outcome(writer).err().unwrap_or_else(broken_off));
        };
        let full = std::mem::replace(&mut self.current, empty);
        self.filled = 0;
        if writer.full.send(full).is_err() {
            return Err(outcome(writer).err().unwrap_or_else(broken_off));
        }
        self.writer = Some(writer);
        Ok(())
    }

    /// Waits until all blocks are written, and writes what is left. The file can be read afterwards.
    pub(super) fn end(mut self, file: &File) -> io::Result<()> {
        self.whole()?;
        if let Some(writer) = self.writer.take() {
            outcome(writer)?;
            past_the_cache(file, false)?;
        }
        let mut file = file;
        file.write_all(&self.current.bytes()[..self.filled])
    }
}

fn begin(file: File) -> io::Result<Writer> {
    let (full, filled) = sync_channel::<Block>(BLOCKS);
    let (back, empty) = channel();
    for _ in 1..BLOCKS {
        // The receiver is right here.
        let _ = back.send(Block::new());
    }
    let work = move || {
        let mut direct = past_the_cache(&file, true).is_ok();
        let mut waiting = 0;
        for block in filled {
            write(&file, block.bytes(), &mut direct)?;
            waiting += SIZE;
            if !direct && waiting >= EVERY {
                file.sync_data()?;
                waiting = 0;
            }
            // Whoever decrypts may have ended.
            let _ = back.send(block);
        }
        Ok(())
    };
    let thread = std::thread::Builder::new().name("write".to_owned()).spawn(work)?;
    Ok(Writer { full, empty, thread })
}

fn outcome(writer: Writer) -> io::Result<()> {
    drop(writer.full);
    writer.thread.join().unwrap_or_else(|_| Err(broken_off()))
}

fn broken_off() -> io::Error {
    io::Error::other("the writing broke off")
}

/// Writes a block; as usual from where the file system does not want it past the cache, or has taken a
/// part of it, so that the rest is not aligned any more.
fn write(mut file: &File, mut block: &[u8], direct: &mut bool) -> io::Result<()> {
    while !block.is_empty() {
        let fits = match file.write(block) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                block = &block[count..];
                block.is_empty()
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => true,
            Err(error) if *direct && error.kind() == io::ErrorKind::InvalidInput => false,
            Err(error) => return Err(error),
        };
        if *direct && !fits {
            past_the_cache(file, false)?;
            *direct = false;
        }
    }
    Ok(())
}

fn past_the_cache(file: &File, whether: bool) -> io::Result<()> {
    let mut flags = fcntl_getfl(file)?;
    flags.set(OFlags::DIRECT, whether);
    Ok(fcntl_setfl(file, flags)?)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};

    use super::*;

    /// Bytes that differ from block to block.
    fn content(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at / 7 + at / SIZE) as u8).collect()
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        for place in [std::env::temp_dir(), "/dev/shm".into()] {
            if !place.is_dir() {
                continue;
            }
            for length in [0, 1, SIZE - 1, SIZE, SIZE + 1, 5 * SIZE, 9 * SIZE + 4097] {
                let mut file = tempfile::tempfile_in(&place).unwrap();
                let (mut direct, wanted) = (Direct::new(), content(length));
                for piece in wanted.chunks(100_003) {
                    direct.write(&file, piece).unwrap();
                }
                direct.end(&file).unwrap();
                let mut read = Vec::new();
                file.rewind().unwrap();
                file.read_to_end(&mut read).unwrap();
                assert!(read == wanted, "{length} bytes in {}", place.display());
            }
        }
    }

    #[test]
    fn a_disk_that_is_full_is_told() {
        let Ok(full) = File::options().write(true).open("/dev/full") else {
            return;
        };
        let mut direct = Direct::new();
        let wrote = direct
            .write(&full, &content(9 * SIZE))
            .and_then(|()| direct.end(&full));
        assert_eq!(wrote.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn a_piece_that_does_not_fit_the_way_past_the_cache_is_written_as_usual() {
        let mut file = tempfile::tempfile().unwrap();
        let mut way = past_the_cache(&file, true).is_ok();
        write(&file, b"a few bytes", &mut way).unwrap();
        write(&file, b" and more", &mut way).unwrap();
        let mut read = String::new();
        file.rewind().unwrap();
        past_the_cache(&file, false).unwrap();
        file.read_to_string(&mut read).unwrap();
        assert_eq!(read, "a few bytes and more");
    }
}
