//! Appending to a log. It costs two syncs, that of the entries and that of the checkpoint, however many
//! entries it takes in.

use std::io::Write;

use super::checkpoint::Checkpoint;
use super::entry::{self, Head, Line, ROTATE};
use super::error::{LedgerError, io_at};
use super::log::{CHECKPOINT, Log};
use super::opening::{ENTRIES, Signed, TileWriter, walk};
use super::tail::left_of;
use super::tiles::unfinished;

impl Log {
    /// Takes entries in, in the store's order. Those that it holds already are left out, so that a
    /// publication that a crash cut short is simply made again. `known` is the last place that the
    /// store knows to be published. True when the checkpoint is a new one.
    ///
    /// # Errors
    /// Before anything is written: [`LedgerError::Unfit`] when the entries do not follow, and
    /// [`LedgerError::Broken`] when something else stands behind the signed part. After it, those of
    /// the disk: the log must be opened anew then.
    pub fn append(&mut self, lines: &[Line], known: u64) -> Result<bool, LedgerError> {
        // A power cut may have taken the last checkpoints, and not the entries that they signed.
        let put_back = |there: usize| match known > self.last + there as u64 {
            true => Err(LedgerError::Broken(format!(
                "the store has published {known} entries, and it ends with number {}: it was put back to an earlier state",
                self.last + there as u64
            ))),
            false => Ok(()),
        };
        put_back(self.tail.iter().filter(|byte| **byte == b'\n').count())?;
        let new = self.unknown_of(lines)?;
        let there = self.there_of(new)?;
        put_back(there)?;
        if new.is_empty() {
            return Ok(false);
        }
        self.write_entries(new, there)?;
        let mut edge = self.signed.edge.clone();
        let mut writer =
            TileWriter::new(&self.place.directory, self.place.disk()).behind(&self.signed.recent);
        for line in new {
            writer.push(&mut edge, &line.bytes)?;
        }
        writer.finish(&edge)?;
        let recent = writer.recent;
        let before = self.size();
        let added: u64 = new.iter().map(|line| line.bytes.len() as u64 + 1).sum();
        self.signed = Signed {
            edge,
            recent,
            bytes: self.signed.bytes + added,
        };
        self.last = new.last().map_or(self.last, |line| line.sequence);
        self.tail = Vec::new();
        self.sign(new)?;
        self.sweep(before);
        Ok(true)
    }

    /// The entries behind the last one held; those before must be the same.
    fn unknown_of<'a>(&self, lines: &'a [Line]) -> Result<&'a [Line], LedgerError> {
        let first_new = lines.partition_point(|line| line.sequence <= self.last);
        let (old, new) = lines.split_at(first_new);
        for line in old {
            if !self.holds(&line.bytes)? {
                return Err(LedgerError::Unfit(format!(
                    "entry {} of the store is not in the ledger, which ends with number {}; \
                     perhaps the store was put back to an earlier state",
                    line.sequence, self.last
                )));
            }
        }
        for (line, expected) in new.iter().zip(self.last + 1..) {
            entry::check(&line.bytes)?;
            if line.sequence != expected {
                return Err(LedgerError::Unfit(format!(
                    "entry {expected} is missing before number {}",
                    line.sequence
                )));
            }
        }
        Ok(new)
    }

    fn holds(&self, bytes: &[u8]) -> Result<bool, LedgerError> {
        if self.signed.recent.iter().any(|entry| entry == bytes) {
            return Ok(true);
        }
        let mut found = false;
        walk(&self.place.directory.join(ENTRIES), self.size(), |line| {
            found |= line == bytes;
            Ok(())
        })?;
        Ok(found)
    }

    /// What a crash left behind the signed part must be the beginning of what is to be written:
    /// anything else was not written by this program, and is not signed. Gives how many entries are
    /// there already.
    fn there_of(&self, new: &[Line]) -> Result<usize, LedgerError> {
        let expected = new.iter().map(|line| line.bytes.as_slice());
        left_of(&self.tail, expected).ok_or_else(|| {
            LedgerError::Broken(format!(
                "behind the {} signed entries stands what the store does not know",
                self.size()
            ))
        })
    }

    /// Makes the entries last: the first of the two syncs. The first `there` of them stand there.
    fn write_entries(&self, new: &[Line], there: usize) -> Result<(), LedgerError> {
        let path = self.place.directory.join(ENTRIES);
        let failed = || io_at("the file", &path);
        let mut file = self.place.disk().open(&path).map_err(failed())?;
        let kept: u64 = new[..there].iter().map(|line| line.bytes.len() as u64 + 1).sum();
        let end = self.signed.bytes + kept;
        let mut bytes = Vec::new();
        for line in &new[there..] {
            bytes.extend_from_slice(&line.bytes);
            bytes.push(b'\n');
        }
        let written = (|| {
            if kept < self.tail.len() as u64 {
                file.cut(end)?;
            }
            file.at(end)?;
            file.write_all(&bytes)?;
            file.sync_data()
        })();
        written.map_err(|error| {
            // Half a line would be found and cut off by the next append as well.
            let _ = file.cut(end);
            failed()(error)
        })
    }

    /// Signs the new state: the second sync. Where a key hands over, both sign.
    fn sign(&mut self, new: &[Line]) -> Result<(), LedgerError> {
        let checkpoint = Checkpoint {
            origin: self.keys.active.verifier().name().to_owned(),
            size: self.size(),
            root: self.signed.edge.root(),
        };
        let next = self.keys.next.take().filter(|next| {
            let key = next.verifier().to_string();
            let heads = new.iter().filter_map(|line| Head::of(&line.bytes));
            heads
                .filter(|head| head.action == ROTATE)
                .any(|head| head.facts.key.as_deref() == Some(key.as_str()))
        });
        let signers = [Some(&self.keys.active), next.as_ref()];
        let note = checkpoint.sign(&signers.into_iter().flatten().collect::<Vec<_>>());
        let path = self.place.directory.join(CHECKPOINT);
        self.place
            .disk()
            .replace(&path, note.as_bytes())
            .map_err(io_at("the checkpoint", &path))?;
        self.note = note;
        if let Some(next) = next {
            // With the old checkpoint the new key alone would be a stranger's.
            let directory = &self.place.directory;
            self.place
                .disk()
                .sync_directory(directory)
                .map_err(io_at("the directory", directory))?;
            self.keys.active = next;
            self.keys.write(&self.place.key, self.place.disk())?;
        }
        Ok(())
    }

    /// Removes unfinished tiles that the new state does not need. What stays is litter.
    fn sweep(&self, before: u64) {
        let disk = self.place.disk();
        let needed = unfinished(self.size());
        for tile in unfinished(before)
            .into_iter()
            .filter(|tile| !needed.contains(tile))
        {
            let _ = disk.remove_file(&self.place.directory.join(tile.path()));
            if !needed.iter().any(|other| other.unfinished() == tile.unfinished()) {
                let _ = disk.remove_all(&self.place.directory.join(tile.unfinished()));
            }
        }
    }
}
