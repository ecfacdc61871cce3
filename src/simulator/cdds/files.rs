//! The bytes of a file: zipped, cut into parts, encrypted. Always the same for the same file, so that
//! an interrupted download can go on with a range.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use rsa::PrivateKey;
use rsa::pkcs8::DecodePrivateKey;

use super::cms::{self, Packaging};
use super::contents;
use super::recipient::{self, Recipient};
use super::runs::{File, Run};
use super::state::{Job, old_validity};
use crate::simulator::Simulator;
use crate::simulator::archive::zipped;
use crate::simulator::clock::host_now;
use crate::simulator::log;
use crate::simulator::people::People;
use crate::simulator::seed::{self, Dice};

/// Files kept ready.
const SHELF: usize = 24;

/// Smallest part that a split is made of.
pub(crate) const LEAST_SPLIT: u64 = 1024;

/// Files that were made lately.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Vec<(String, Bytes)>>);

/// Which file is wanted, and what it is made of.
pub(crate) struct Order {
    /// The file.
    pub file: File,
    /// Seed of the estate.
    pub seed: u64,
    /// When the estate began.
    pub epoch: i64,
    /// The estate's generation.
    pub generation: String,
    /// The old private key, if it was computed before.
    pub old_key: Option<String>,
}

impl Order {
    /// The name under which it is offered.
    pub(crate) fn file_name(&self) -> String {
        name(&self.file)
    }
}

/// The zip of one run.
pub(crate) fn archive(people: &People, seed: u64, epoch: i64, job: &Job, run: &Run) -> Vec<u8> {
    zipped(&contents::entries(people, seed, epoch, job, run), run.end)
}

/// Into how many parts the export of a run is cut.
pub(crate) fn parts(people: &People, seed: u64, epoch: i64, job: &Job, run: &Run) -> u32 {
    if job.parts > 1 {
        return job.parts;
    }
    let Some(split) = job.made.split else { return 1 };
    let length = archive(people, seed, epoch, job, run).len() as u64;
    u32::try_from(length.div_ceil(split.max(LEAST_SPLIT)))
        .unwrap_or(1)
        .clamp(1, 99)
}

/// How the files of a job are packaged: S/MIME messages for those that run once, DER and BER by turns
/// for scheduled ones.
fn packaging(job: &Job, run: &Run) -> Packaging {
    match &job.made.every {
        None => Packaging::Smime,
        Some(_) if run.start / 3_600_000 % 2 == 0 => Packaging::Der,
        Some(_) => Packaging::Ber,
    }
}

/// The name of a file. A message that is cut in pieces is told apart from pieces that are messages.
pub(crate) fn name(file: &File) -> String {
    let (kind, id) = (&file.job.made.kind, &file.job.made.id);
    let base = match &file.job.made.every {
        None => format!("{kind}-{id}"),
        Some(_) => {
            let at = crate::simulator::clock::moment(file.run.start).strftime("%Y%m%dT%H%MZ");
            format!("{kind}-{id}-{at}")
        }
    };
    match (file.parts, file.job.parts > 1) {
        (1, _) => format!("{base}.p7m"),
        (_, true) => format!("{base}.p7m.{:03}", file.part),
        (parts, false) => format!("{base}.part{}of{parts}.p7m", file.part),
    }
}

impl Simulator {
    /// The bytes of a file; computed if they are not at hand.
    pub(crate) fn export_bytes(&self, order: &Order) -> Option<Bytes> {
        let key = format!("{}/{}", order.generation, order.file.id);
        {
            let shelf = self
                .inner
                .exports
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if let Some((_, bytes)) = shelf.iter().find(|(known, _)| *known == key) {
                return Some(bytes.clone());
            }
        }
        let bytes = Bytes::from(self.make(order)?);
        let mut shelf = self
            .inner
            .exports
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if shelf.len() == SHELF {
            shelf.remove(0);
        }
        shelf.push((key, bytes.clone()));
        Some(bytes)
    }

    fn make(&self, order: &Order) -> Option<Vec<u8>> {
        let File {
            job,
            run,
            part,
            parts,
            ..
        } = &order.file;
        let recipient = self.recipient(order)?;
        let zip = archive(&self.inner.people, order.seed, order.epoch, job, run);
        let packaging = packaging(job, run);
        let label = format!("cdds-message:{}:{}", job.made.id, run.start);
        if *parts == 1 {
            return cms::encrypt(&zip, &recipient, packaging, &mut Dice::new(order.seed, &label));
        }
        let index = usize::try_from(part - 1).ok()?;
        let count = usize::try_from(*parts).ok()?;
        if job.parts > 1 {
            let whole = cms::encrypt(
                &zip,
                &recipient,
                Packaging::Ber,
                &mut Dice::new(order.seed, &label),
            )?;
            return Some(whole.chunks(whole.len().div_ceil(count)).nth(index)?.to_vec());
        }
        let piece = zip.chunks(zip.len().div_ceil(count)).nth(index)?;
        // A piece of an archive is no attachment of its own: no headers stand inside.
        let packaging = match packaging {
            Packaging::Smime => Packaging::Ber,
            other => other,
        };
        let mut dice = Dice::new(order.seed, &format!("{label}:{part}"));
        cms::encrypt(piece, &recipient, packaging, &mut dice)
    }

    fn recipient(&self, order: &Order) -> Option<Recipient> {
        match &order.file.run.certificate.as_ref()?.pem {
            Some(pem) => Recipient::read(pem.as_bytes()).ok(),
            None => Some(self.old_pair(order.epoch, order.old_key.as_deref())?.recipient),
        }
    }

    /// The estate's old certificate and its key, computed at the first call and noted in the log.
    pub(crate) fn old_pair(&self, epoch: i64, known: Option<&str>) -> Option<recipient::OldPair> {
        let plan = &self.inner.plan;
        let (not_before, not_after) = old_validity(&plan.cdds.clone().unwrap_or_default(), epoch);
        let name = plan.organization().name;
        if let Some(key) = known.and_then(|pem| PrivateKey::from_pkcs8_pem(pem).ok()) {
            return recipient::old_pair_of(&key, plan.seed, &name, not_before, not_after);
        }
        let pair = recipient::old_pair(plan.seed, &name, not_before, not_after)?;
        // Another process may have been quicker: the same key twice does no harm.
        let _ = self.transaction(true, |connection, state| {
            let now = host_now() + state.head().offset;
            log::append(connection, now, "cdds-old-key", &pair.key_pem)
        });
        Some(pair)
    }
}

/// Hex SHA-256.
pub(crate) fn digest(bytes: &[u8]) -> String {
    seed::hex_digest(&[bytes])
}
