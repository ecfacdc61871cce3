//! What came of a new key pair, and of the check of a certificate file.

use std::path::PathBuf;

use crate::crypto::certificate::Report;
use crate::domain::failure::Failure;

/// A key pair that was made.
#[derive(Clone, Debug)]
pub struct MadeCertificate {
    /// Serial number of the certificate.
    pub serial: String,
    /// The day on which it ends.
    pub until: jiff::civil::Date,
    /// The certificate's file, for the upload.
    pub certificate: PathBuf,
    /// Why the copy that was asked for could not be written.
    pub not_written: Option<Failure>,
}

/// A certificate file that was checked.
#[derive(Clone, Debug)]
pub struct CheckedCertificate {
    /// The name of the file.
    pub name: String,
    /// What was found.
    pub report: Report,
}

/// The verdict first, then everything that is wrong, then what the certificate says of itself.
pub(super) fn text_of(checked: &CheckedCertificate) -> String {
    let report = &checked.report;
    let mut lines = vec![match report.is_valid() {
        true => "The export service will take this certificate.".to_owned(),
        false => "The export service will not take this file.".to_owned(),
    }];
    for finding in &report.findings {
        let word = if finding.fatal { "Wrong" } else { "Note" };
        lines.push(String::new());
        lines.push(format!("{word}: {}", finding.message));
        lines.push(format!("  {}", finding.next));
    }
    if let Some(facts) = &report.certificate {
        let key = match facts.key_bits {
            Some(bits) => format!("{} with {bits} bits", facts.key_type),
            None => facts.key_type.clone(),
        };
        lines.push(String::new());
        for (label, value) in [
            ("subject", facts.subject.clone()),
            ("issuer", facts.issuer.clone()),
            ("serial", facts.serial.clone()),
            ("valid from", facts.not_before.to_string()),
            ("valid until", facts.not_after.to_string()),
            ("key", key),
            ("signature", facts.signature.clone()),
            ("SHA-256", facts.fingerprint.clone()),
        ] {
            lines.push(format!("{label:<13}{value}"));
        }
    }
    lines.join("\n")
}
