//! What a log is held against besides itself: its keys, an earlier checkpoint, and what the store is
//! about to publish.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Pass, Since};
use crate::ledger::checkpoint::SignedCheckpoint;
use crate::ledger::entry::{BEGIN, Head, ROTATE, hand_over};
use crate::ledger::note::Verifier;
use crate::ledger::proof;
use crate::ledger::tail::left_of;
use crate::ledger::tiles::TileReader;

impl Pass<'_> {
    /// The log's own entries say which keys may sign.
    pub(super) fn own_entry(&mut self, index: u64, line: &[u8]) {
        let head = Head::of(line).unwrap_or_default();
        let key = head.facts.key.as_deref().and_then(Verifier::parse);
        match (index, head.action.as_str(), key, self.keys.last()) {
            (0, BEGIN, Some(key), _) => self.keys.push(key),
            (0, ..) => self.problem("the first entry does not begin a log".to_owned()),
            (_, BEGIN, ..) => self.problem(format!("entry {index} begins another log")),
            (_, ROTATE, Some(new), Some(old)) => {
                let text = hand_over(&old.to_string(), &new.to_string());
                let signatures: Vec<Vec<u8>> = (head.facts.signatures.iter())
                    .filter_map(|signature| STANDARD.decode(signature).ok())
                    .collect();
                let holds = match signatures.as_slice() {
                    [by_old, by_new] => {
                        old.verifies(text.as_bytes(), by_old) && new.verifies(text.as_bytes(), by_new)
                    }
                    _ => false,
                };
                if holds && old.name() == new.name() {
                    self.keys.push(new);
                } else {
                    self.problem(format!(
                        "entry {index}: the change of the key is not signed by both"
                    ));
                }
            }
            (_, ROTATE, ..) => self.problem(format!("entry {index}: the new key is not one")),
            _ => {}
        }
    }

    pub(super) fn check_keys(&mut self, known: Option<&Verifier>) {
        let Some(current) = self.keys.last().cloned() else {
            return;
        };
        if !self.signed.is_signed_by(&current) || self.signed.checkpoint.origin != current.name() {
            self.problem("the checkpoint is not signed by the key that the log names".to_owned());
        }
        // A hand-over is signed by the old key as well; nobody else signs.
        let others = self
            .keys
            .iter()
            .filter(|key| self.signed.is_signed_by(key))
            .count();
        if others != self.signed.signatures() {
            self.problem("below the checkpoint stands a signature of nobody known".to_owned());
        }
        if let Some(known) = known
            && !self.keys.contains(known)
        {
            self.problem("the log was signed by another key than the one that is known".to_owned());
        }
    }

    /// Whether an earlier checkpoint is genuine and continued.
    pub(super) fn check_since(&mut self, since: &SignedCheckpoint) -> Option<Since> {
        let (old, new) = (&since.checkpoint, &self.signed.checkpoint);
        if !self.keys.iter().any(|key| since.is_signed_by(key)) || old.origin != new.origin {
            self.problem("the earlier checkpoint is of another log, or not genuine".to_owned());
            return None;
        }
        if old.size > new.size {
            self.problem(format!(
                "the log has {} entries and had {} at the earlier checkpoint: it was put back",
                new.size, old.size
            ));
            return None;
        }
        if self.since_root != Some(old.root) {
            self.problem("the entries up to the earlier checkpoint are not those that it signed".to_owned());
            return None;
        }
        let mut tiles = TileReader::new(self.directory, new.size);
        match proof::consistency(&mut tiles, old.size, new.size) {
            Ok(proof) if proof::continues(old.size, &old.root, new.size, &new.root, &proof) => Some(Since {
                size: old.size,
                proof,
            }),
            _ => {
                self.problem("the tiles do not prove that the earlier checkpoint is continued".to_owned());
                None
            }
        }
    }

    /// What stands behind the last checkpoint; only a crash in front of the next one explains it.
    pub(super) fn check_tail<'w>(&mut self, waiting: impl Iterator<Item = &'w Vec<u8>>) -> usize {
        if self.edge.size() < self.signed.checkpoint.size || self.tail.is_empty() {
            return 0;
        }
        let tail = std::mem::take(&mut self.tail);
        left_of(&tail, waiting.map(Vec::as_slice)).unwrap_or_else(|| {
            self.problem(format!(
                "behind the {} signed entries stand {} bytes that nobody signed",
                self.signed.checkpoint.size,
                tail.len()
            ));
            tail.iter().filter(|byte| **byte == b'\n').count()
        })
    }
}
