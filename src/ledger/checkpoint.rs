//! Checkpoints (C2SP tlog-checkpoint): signed notes over the size and the root of a log.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::note::{KeyId, Noter, Verifier, is_name};
use super::tree::Hash;

/// Opens each signature line of a note: an em dash and a space.
const SIGNATURE: &str = "\u{2014} ";

/// What a checkpoint says: the log's origin, its size and its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree above them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed; it ends with a line feed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Reads exactly what [`Checkpoint::text`] writes.
    fn parse(text: &str) -> Option<Checkpoint> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let checkpoint = Checkpoint {
            origin: origin.to_owned(),
            size: size.parse().ok()?,
            root: STANDARD.decode(root).ok()?.try_into().ok()?,
        };
        (lines.next().is_none() && is_name(origin) && checkpoint.text() == text).then_some(checkpoint)
    }

    /// The signed note, with a line for each signer.
    pub fn sign(&self, signers: &[&Noter]) -> String {
        let text = self.text();
        let mut note = format!("{text}\n");
        for signer in signers {
            let mut bytes = signer.verifier().id().to_vec();
            bytes.extend_from_slice(&signer.sign(text.as_bytes()));
            note.push_str(&format!(
                "{SIGNATURE}{} {}\n",
                signer.verifier().name(),
                STANDARD.encode(bytes)
            ));
        }
        note
    }
}

/// A checkpoint with the signatures that stand below it, not verified yet.
#[derive(Clone, Debug)]
pub struct SignedCheckpoint {
    /// What was signed.
    pub checkpoint: Checkpoint,
    signatures: Vec<(String, KeyId, Vec<u8>)>,
}

impl SignedCheckpoint {
    /// Takes a note apart.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn parse(note: &str) -> Result<SignedCheckpoint, &'static str> {
        let (text, below) = note.split_once("\n\n").ok_or("is not a signed note")?;
        let checkpoint = Checkpoint::parse(&format!("{text}\n")).ok_or("is not that of a log")?;
        let lines = below.strip_suffix('\n').ok_or("has no whole signature")?;
        let signatures: Option<Vec<_>> = lines.split('\n').map(signature).collect();
        match signatures {
            Some(signatures) if signatures.len() <= 16 => Ok(SignedCheckpoint {
                checkpoint,
                signatures,
            }),
            _ => Err("has no whole signature"),
        }
    }

    /// Whether `verifier` has signed it. A signature in its name that is not its makes it false.
    pub fn is_signed_by(&self, verifier: &Verifier) -> bool {
        let mut own = self
            .signatures
            .iter()
            .filter(|(name, id, _)| name == verifier.name() && *id == verifier.id())
            .peekable();
        let text = self.checkpoint.text();
        own.peek().is_some() && own.all(|(_, _, bytes)| verifier.verifies(text.as_bytes(), bytes))
    }

    /// Number of signature lines.
    pub fn signatures(&self) -> usize {
        self.signatures.len()
    }
}

fn signature(line: &str) -> Option<(String, KeyId, Vec<u8>)> {
    let (name, encoded) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (id, signature) = bytes.split_at_checked(4)?;
    (is_name(name)).then(|| (name.to_owned(), [id[0], id[1], id[2], id[3]], signature.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_back_and_no_byte_of_it_can_be_changed() {
        let noter = Noter::new("dsr/test/log", &[7; 32]).expect("a name");
        let again = Noter::parse(&noter.encode()).expect("its own form");
        assert_eq!(again.verifier(), noter.verifier());
        let checkpoint = Checkpoint {
            origin: "dsr/test/log".to_owned(),
            size: 1234,
            root: [9; 32],
        };
        let note = checkpoint.sign(&[&noter]);
        let read = SignedCheckpoint::parse(&note).expect("a note");
        assert_eq!(read.checkpoint, checkpoint);
        assert!(read.is_signed_by(&noter.verifier()));
        let other = Noter::new("dsr/test/log", &[8; 32]).expect("a name");
        assert!(!read.is_signed_by(&other.verifier()));
        for at in 0..note.len() {
            for flip in [1u8, 0x20, 0x80] {
                let mut bytes = note.clone().into_bytes();
                bytes[at] ^= flip;
                let holds = String::from_utf8(bytes)
                    .ok()
                    .and_then(|text| SignedCheckpoint::parse(&text).ok())
                    .is_some_and(|read| read.is_signed_by(&noter.verifier()));
                assert!(!holds, "byte {at} flipped by {flip}");
            }
            let cut = note.get(..at).map(SignedCheckpoint::parse);
            assert!(cut.is_none_or(|read| read.is_err()), "cut at {at}");
        }
    }
}
