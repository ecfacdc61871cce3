//! What an older key is still needed for when the certificate is replaced, and whether both keys are here.

use super::artifacts;
use crate::crypto::keyring::KeyRing;
use crate::domain::export::{Artifact, serial_form};
use crate::domain::progress::Listener;
use crate::workflow::World;

/// Files that the new key will not open. When they cannot be listed, that is said.
pub(super) async fn files(world: &World, new: Option<&str>, notes: &mut Vec<String>) -> Vec<Artifact> {
    match artifacts::list(world, &Listener::none()).await {
        Ok(listed) => {
            if !listed.complete {
                notes.push(
                    "The list of files could not be read whole: others may need the old key too.".to_owned(),
                );
            }
            let other = |artifact: &Artifact| new.is_none() || artifact.recipient_serial.as_deref() != new;
            listed
                .entries
                .into_iter()
                .map(|entry| entry.artifact)
                .filter(other)
                .collect()
        }
        Err(failure) => {
            notes.push(format!(
                "Which files need the old key could not be read: {}",
                failure.message
            ));
            Vec::new()
        }
    }
}

/// Whether the keys are here: the new one to open what comes, the old one for what is there.
pub(super) fn keys(world: &World, new: Option<&str>, older: &[Artifact], notes: &mut Vec<String>) {
    let ring = match KeyRing::at(&world.vault.keyring).entries() {
        Ok(ring) => ring,
        Err(failure) => {
            notes.push(format!(
                "The key ring could not be looked at: {}",
                failure.message
            ));
            return;
        }
    };
    let has = |serial: &str| {
        ring.iter()
            .any(|entry| serial_form(&entry.certificate.serial()).as_deref() == Some(serial))
    };
    if new.is_some_and(|new| !has(new)) {
        notes.push(
            "The private key of this certificate is not in the key ring: keep it where you will find it, or add it with dsr certificate add."
                .to_owned(),
        );
    }
    let mut lacking: Vec<&str> = older
        .iter()
        .filter_map(|artifact| artifact.recipient_serial.as_deref())
        .filter(|serial| !has(serial))
        .collect();
    lacking.sort_unstable();
    lacking.dedup();
    for serial in lacking {
        notes.push(format!(
            "The key for serial {serial} is not in the key ring: without it these files cannot be opened here."
        ));
    }
}
