//! The encryption certificate in the user preferences: whether an export can be made with it.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::export::ServerCertificate;
use crate::domain::failure::{Failure, FailureKind};
use crate::store::ExportCertificate;
use crate::systems::cdds::SYSTEM;
use crate::workflow::World;

/// Whether an export can be made with what stands in the preferences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing stands there.
    Missing,
    /// It is good.
    Valid,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// The service does not tell its validity, and it was not uploaded from here.
    NotTold,
}

/// What stands in the preferences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// What the service tells, completed by what was uploaded from here.
    pub server: Option<ServerCertificate>,
    /// Whether an export can be made with it.
    pub standing: Standing,
    /// True when serial number and validity are known from an upload of ours only.
    pub remembered: bool,
}

/// Looks at the certificate. What the service does not tell is completed from what was uploaded
/// from here, when name and size are the same and nothing came after it.
///
/// # Errors
/// As every read.
pub async fn state(world: &World) -> Result<State, Failure> {
    let told = world.cdds().await?.certificate().await?;
    let mut remembered = false;
    let server = match told {
        Some(mut told) => {
            if told.serial.is_none() || told.not_after.is_none() {
                complete_from_itself(&mut told);
            }
            if told.serial.is_none() || told.not_after.is_none() {
                let ours = world.store.export_certificates().await?;
                remembered = complete(&mut told, &ours);
            }
            Some(told)
        }
        None => None,
    };
    Ok(State {
        standing: standing(server.as_ref(), world.clock.now()),
        server,
        remembered,
    })
}

/// A certificate that the service gives back speaks for itself.
fn complete_from_itself(told: &mut ServerCertificate) {
    let Some(pem) = told.pem.clone() else { return };
    if let Ok(certificate) =
        crate::crypto::certificate::Certificate::read(pem.as_bytes(), "the service's certificate")
    {
        told.serial = Some(certificate.serial());
        told.not_before = Some(certificate.not_before);
        told.not_after = Some(certificate.not_after);
    }
}

fn complete(told: &mut ServerCertificate, ours: &[ExportCertificate]) -> bool {
    // Clocks of two hosts are never quite the same.
    let tolerance = jiff::SignedDuration::from_mins(10);
    let newest = ours.first().filter(|ours| {
        let same =
            told.name.as_deref() == Some(&ours.name) && told.bytes.is_none_or(|bytes| bytes == ours.bytes);
        let none_after = told
            .modified_at
            .is_none_or(|at| at.duration_since(ours.uploaded_at).abs() <= tolerance);
        same && none_after
    });
    let Some(newest) = newest else { return false };
    told.serial = Some(newest.serial.clone());
    told.not_before = Some(newest.not_before);
    told.not_after = Some(newest.not_after);
    true
}

fn standing(server: Option<&ServerCertificate>, now: Timestamp) -> Standing {
    let Some(server) = server else {
        return Standing::Missing;
    };
    match (server.not_before, server.not_after) {
        (_, Some(end)) if end <= now => Standing::Expired,
        (Some(begin), _) if begin > now => Standing::NotYetValid,
        (_, Some(_)) => Standing::Valid,
        (_, None) => Standing::NotTold,
    }
}

impl State {
    /// The serial number, or how it is not known.
    pub fn serial(&self) -> Option<&str> {
        self.server.as_ref()?.serial.as_deref()
    }

    /// In words.
    pub fn words(&self) -> String {
        let serial = match self.serial() {
            Some(serial) => format!("serial {serial}"),
            None => "of unknown serial".to_owned(),
        };
        let day =
            |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d").to_string());
        let (begin, end) = match &self.server {
            Some(server) => (day(server.not_before), day(server.not_after)),
            None => (String::new(), String::new()),
        };
        match self.standing {
            Standing::Missing => "There is no encryption certificate in the user preferences.".to_owned(),
            Standing::Valid => format!("The encryption certificate ({serial}) is valid until {end}."),
            Standing::Expired => format!("The encryption certificate ({serial}) expired on {end}."),
            Standing::NotYetValid => {
                format!("The encryption certificate ({serial}) is not valid before {begin}.")
            }
            Standing::NotTold => {
                "There is an encryption certificate, but the service does not tell its validity.".to_owned()
            }
        }
    }

    /// Demands that an export can be made.
    ///
    /// # Errors
    /// What is wrong with the certificate, and what to do.
    pub fn demand(&self) -> Result<(), Failure> {
        match self.standing {
            Standing::Valid | Standing::NotTold => Ok(()),
            Standing::Missing | Standing::Expired | Standing::NotYetValid => Err(Failure::new(
                FailureKind::Refused,
                format!("{} No export can be made.", self.words()),
            )
            .next(
                "Make one with: dsr certificate new --out FILE, then upload it: dsr certificate import FILE",
            )
            .at(SYSTEM)),
        }
    }
}
