//! What a profile says about its Cloud Data Download Service: the table `[profiles.NAME.cdds]`. The
//! second half of its keys are paths and names that the vendor has not published; the defaults are
//! assumptions, and can be corrected here without a new version of the program.

use std::collections::BTreeMap;

use super::layers::{Layered, Overlay};
use super::profile::secret;
use super::schema::{Key, Kind, key, with_default};
use super::secret::Secret;

/// Keys of the address and the sign-in.
pub const KNOWN: [Key; 16] = [
    key("url", Kind::Text),
    with_default("variant", Kind::Variant, "cdds"),
    key("username", Kind::Text),
    key("tenant", Kind::Text),
    key("password", Kind::Secret),
    key("password_file", Kind::Path),
    key("password_env", Kind::Text),
    key("password_fd", Kind::Descriptor),
    key("password_command", Kind::Command),
    key("api_key", Kind::Secret),
    key("api_key_file", Kind::Path),
    key("api_key_env", Kind::Text),
    key("client_id", Kind::Text),
    key("client_secret", Kind::Secret),
    key("client_secret_file", Kind::Path),
    key("client_secret_env", Kind::Text),
];

/// Keys for what is assumed: paths below the base of the service (`{id}` stands for an id), names of
/// query parameters, and names of fields. A dot leads into a nested object.
pub const ASSUMED: [Key; 51] = [
    with_default("auth_base", Kind::Text, "/auth/v3"),
    with_default("service_base", Kind::Text, "/data-download/v3"),
    with_default("jobs_path", Kind::Text, "/data/jobs"),
    with_default("job_path", Kind::Text, "/data/jobs/{id}"),
    with_default("artifacts_path", Kind::Text, "/data/artifacts"),
    with_default("artifact_path", Kind::Text, "/data/artifacts/{id}"),
    with_default("content_path", Kind::Text, "/data/artifacts/{id}/content"),
    with_default("page_parameter", Kind::Text, "page"),
    with_default("page_size_parameter", Kind::Text, "size"),
    with_default("first_page", Kind::Text, "1"),
    with_default("jobs_list", Kind::Text, "jobs"),
    with_default("artifacts_list", Kind::Text, "artifacts"),
    with_default("total_field", Kind::Text, "total"),
    with_default("job_id_field", Kind::Text, "id"),
    with_default("job_title_field", Kind::Text, "title"),
    with_default("job_description_field", Kind::Text, "description"),
    with_default("job_source_field", Kind::Text, "source"),
    with_default("job_type_field", Kind::Text, "type"),
    with_default("job_status_field", Kind::Text, "status"),
    with_default("job_created_field", Kind::Text, "createdTime"),
    with_default("job_started_field", Kind::Text, "startTime"),
    with_default("job_finished_field", Kind::Text, "endTime"),
    with_default("job_next_field", Kind::Text, "nextRunTime"),
    with_default("job_percent_field", Kind::Text, "percentComplete"),
    with_default("job_remaining_field", Kind::Text, "remainingSeconds"),
    with_default("job_files_field", Kind::Text, "files"),
    with_default("job_error_field", Kind::Text, "error"),
    with_default("job_runs_field", Kind::Text, "runs"),
    with_default("job_run_field", Kind::Text, "run"),
    with_default("job_every_field", Kind::Text, "schedule.every"),
    with_default("job_unit_field", Kind::Text, "schedule.unit"),
    with_default("job_at_field", Kind::Text, "schedule.timeUtc"),
    with_default("job_day_field", Kind::Text, "schedule.day"),
    with_default("job_from_field", Kind::Text, "timeFrame.from"),
    with_default("job_to_field", Kind::Text, "timeFrame.to"),
    with_default("job_split_field", Kind::Text, "fileSplitSize"),
    with_default("artifact_id_field", Kind::Text, "id"),
    with_default("artifact_job_field", Kind::Text, "jobId"),
    with_default("artifact_name_field", Kind::Text, "name"),
    with_default("artifact_type_field", Kind::Text, "type"),
    with_default("artifact_created_field", Kind::Text, "createdTime"),
    with_default("artifact_remaining_field", Kind::Text, "remainingDays"),
    with_default("artifact_bytes_field", Kind::Text, "size"),
    with_default("artifact_digest_field", Kind::Text, "sha256"),
    with_default("artifact_part_field", Kind::Text, "part"),
    with_default("artifact_parts_field", Kind::Text, "parts"),
    with_default("artifact_serial_field", Kind::Text, "certificateSerial"),
    with_default("certificate_serial_field", Kind::Text, "serialNumber"),
    with_default("certificate_begins_field", Kind::Text, "notBefore"),
    with_default("certificate_ends_field", Kind::Text, "notAfter"),
    with_default("certificate_pem_field", Kind::Text, "certificate"),
];

/// All keys of the table.
pub fn keys() -> Vec<Key> {
    KNOWN.iter().chain(&ASSUMED).copied().collect()
}

/// Keys of which at most one may be said.
pub const ONE_OF: [&[&str]; 3] = [
    &[
        "password",
        "password_file",
        "password_env",
        "password_fd",
        "password_command",
    ],
    &["api_key", "api_key_file", "api_key_env"],
    &["client_secret", "client_secret_file", "client_secret_env"],
];

/// What the environment may say.
pub const OVERLAY: [Overlay; 10] = [
    ("DSR_CDDS_URL", "url", Kind::Text, &["url"]),
    ("DSR_CDDS_USERNAME", "username", Kind::Text, &["username"]),
    ("DSR_CDDS_TENANT", "tenant", Kind::Text, &["tenant"]),
    ("DSR_CDDS_PASSWORD_FILE", "password_file", Kind::Path, ONE_OF[0]),
    ("DSR_CDDS_PASSWORD", "password", Kind::Secret, ONE_OF[0]),
    ("DSR_CDDS_API_KEY_FILE", "api_key_file", Kind::Path, ONE_OF[1]),
    ("DSR_CDDS_API_KEY", "api_key", Kind::Secret, ONE_OF[1]),
    ("DSR_CDDS_CLIENT_ID", "client_id", Kind::Text, &["client_id"]),
    (
        "DSR_CDDS_CLIENT_SECRET_FILE",
        "client_secret_file",
        Kind::Path,
        ONE_OF[2],
    ),
    ("DSR_CDDS_CLIENT_SECRET", "client_secret", Kind::Secret, ONE_OF[2]),
];

/// Which of the two services answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// Cloud Data Download Service: `/data-download/v3`.
    #[default]
    Cdds,
    /// Its successor UDM: `/udm/v10`.
    Udm,
}

/// The table of one profile.
#[derive(Clone, Debug, Default)]
pub struct CddsProfile {
    /// Address of the host, `https://HOST`.
    pub url: Option<String>,
    /// Which service.
    pub variant: Variant,
    /// User name.
    pub username: Option<String>,
    /// Tenant.
    pub tenant: Option<String>,
    /// Password.
    pub password: Option<Secret>,
    /// Key of the header `x-api-key`.
    pub api_key: Option<Secret>,
    /// OAuth client for the Basic header of the sign-in.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// Paths and names, by key.
    pub assumed: BTreeMap<&'static str, String>,
}

impl CddsProfile {
    /// The typed table of layered values, which were checked when they were read.
    pub fn of(values: &Layered) -> CddsProfile {
        let text = |key: &str| values.text(key);
        let variant = match text("variant").as_deref() {
            Some("udm") => Variant::Udm,
            _ => Variant::Cdds,
        };
        let mut assumed: BTreeMap<&'static str, String> = ASSUMED
            .iter()
            .filter_map(|key| Some((key.name, text(key.name)?)))
            .collect();
        let own_base = values
            .get("service_base")
            .is_some_and(|setting| setting.source != super::Source::Default);
        if variant == Variant::Udm && !own_base {
            assumed.insert("service_base", "/udm/v10".to_owned());
        }
        CddsProfile {
            url: text("url"),
            variant,
            username: text("username"),
            tenant: text("tenant"),
            password: secret(values, ONE_OF[0]),
            api_key: secret(values, ONE_OF[1]),
            client_id: text("client_id"),
            client_secret: secret(values, ONE_OF[2]),
            assumed,
        }
    }
}

/// The assumptions as they stand without any configuration.
pub fn assumptions() -> BTreeMap<&'static str, String> {
    CddsProfile::of(&Layered::of(&keys(), &Default::default(), None)).assumed
}
