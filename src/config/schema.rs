//! The keys that a configuration file may have, and what each holds. Everything else is refused.

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A secret as text; a file with one must be readable by its owner alone.
    Secret,
    /// A path; `~/` and paths relative to the configuration file are understood.
    Path,
    /// `live` or `simulation`.
    Mode,
    /// ISO 3166 alpha-2.
    Country,
    /// An IANA time zone.
    Zone,
    /// A span of time.
    Span,
    /// A number of an open file.
    Descriptor,
    /// `cdds` or `udm`.
    Variant,
    /// A regime of the legal clock.
    Regime,
    /// A place whose public holidays are known: a country, or a country and a region.
    Place,
    /// Names in a list.
    Names,
    /// A command: one text for the shell, or program and arguments as a list.
    Command,
    /// `on` or `off`.
    Switch,
    /// Paths in a list.
    Paths,
}

impl Kind {
    /// How the kind is called in a message.
    pub fn expectation(self) -> &'static str {
        match self {
            Kind::Text | Kind::Secret => "a text in quotes",
            Kind::Path => "a path in quotes",
            Kind::Mode => "\"live\" or \"simulation\"",
            Kind::Country => "a country code of two letters such as \"DE\"",
            Kind::Zone => "a time zone such as \"Europe/Berlin\"",
            Kind::Span => "a span of time such as \"90s\", \"10m\" or \"14d\"",
            Kind::Descriptor => "the number of an open file, 0 or 3 and above",
            Kind::Variant => "\"cdds\" or \"udm\"",
            Kind::Regime => "a regime such as \"eu\", \"uk\" or \"us-ca\"",
            Kind::Place => "a country whose holidays are known, such as \"AT\" or \"DE-BY\"",
            Kind::Names => "a list of names in quotes",
            Kind::Command => "a command in quotes, or a list of program and arguments",
            Kind::Switch => "\"on\" or \"off\"",
            Kind::Paths => "a list of paths in quotes",
        }
    }
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Its value when nobody says another; `None` where there is none.
    pub default: Option<&'static str>,
}

pub(super) const fn key(name: &'static str, kind: Kind) -> Key {
    Key {
        name,
        kind,
        default: None,
    }
}

pub(super) const fn with_default(name: &'static str, kind: Kind, default: &'static str) -> Key {
    Key {
        name,
        kind,
        default: Some(default),
    }
}

/// Keys at the top of the file; beside them stand the tables `[profiles.NAME]` and `[keys]`.
pub const TOP: [Key; 5] = [
    with_default("profile", Kind::Text, "default"),
    with_default("theme", Kind::Text, "default"),
    with_default("remask_after", Kind::Span, "3m"),
    key("regime_files", Kind::Paths),
    key("holiday_files", Kind::Paths),
];

/// Keys of a profile.
pub const PROFILE: [Key; 68] = [
    key("mode", Kind::Mode),
    key("organization", Kind::Text),
    key("region", Kind::Text),
    key("api_url", Kind::Text),
    key("login_url", Kind::Text),
    key("client_id", Kind::Text),
    key("client_secret", Kind::Secret),
    key("client_secret_file", Kind::Path),
    key("client_secret_env", Kind::Text),
    key("client_secret_fd", Kind::Descriptor),
    key("secret_command", Kind::Command),
    key("access_token", Kind::Secret),
    key("access_token_file", Kind::Path),
    key("access_token_env", Kind::Text),
    key("login_client_id", Kind::Text),
    key("default_country", Kind::Country),
    key("time_zone", Kind::Zone),
    with_default("regime", Kind::Regime, "eu"),
    key("country", Kind::Place),
    key("other_systems", Kind::Names),
    with_default("case_retention", Kind::Span, "1095d"),
    with_default("delivery_time", Kind::Span, "2d"),
    with_default("suppression_retention", Kind::Span, "395d"),
    key("anchor_tsa", Kind::Text),
    key("anchor_ca_file", Kind::Path),
    key("anchor_command", Kind::Command),
    key("anchor_drop", Kind::Path),
    with_default("anchor_every", Kind::Span, "1d"),
    key("encryption_passphrase_file", Kind::Path),
    key("encryption_passphrase_env", Kind::Text),
    key("encryption_passphrase_fd", Kind::Descriptor),
    key("encryption_passphrase_command", Kind::Command),
    key("ca_file", Kind::Path),
    key("proxy", Kind::Secret),
    key("store", Kind::Text),
    key("shared_store", Kind::Path),
    key("shared_group", Kind::Text),
    with_default("quiet_period", Kind::Span, "10m"),
    key("downloads", Kind::Path),
    with_default("connect_timeout", Kind::Span, "10s"),
    with_default("read_timeout", Kind::Span, "60s"),
    with_default("mutation_timeout", Kind::Span, "90s"),
    key("gws_url", Kind::Text),
    key("gws_username", Kind::Text),
    key("gws_password", Kind::Secret),
    key("gws_password_file", Kind::Path),
    key("gws_password_env", Kind::Text),
    key("gws_password_fd", Kind::Descriptor),
    key("gws_password_command", Kind::Command),
    key("gws_ca_file", Kind::Path),
    with_default(
        "gws_delete",
        Kind::Text,
        "DELETE /api/v2/settings/{group}?location={location}",
    ),
    with_default("gws_delete_body", Kind::Text, r#"{"{key}":"{value}"}"#),
    with_default("gws_keep_saved", Kind::Span, "30d"),
    key("cassandra_host", Kind::Text),
    key("cassandra_port", Kind::Text),
    key("cassandra_keyspace", Kind::Text),
    key("cassandra_username", Kind::Text),
    key("cassandra_password", Kind::Secret),
    key("cassandra_password_file", Kind::Path),
    key("cassandra_password_env", Kind::Text),
    key("cassandra_password_command", Kind::Command),
    with_default("cassandra_tls", Kind::Switch, "off"),
    key("cassandra_ca_file", Kind::Path),
    key("cassandra_cert_file", Kind::Path),
    key("cassandra_key_file", Kind::Path),
    key("cassandra_tls_names", Kind::Names),
    key("cassandra_datacenter", Kind::Text),
    with_default("cassandra_consistency", Kind::Text, "LOCAL_QUORUM"),
];

/// The tables that stand beside the top keys.
pub const TABLES: [&str; 2] = ["profiles", "keys"];

/// Keys of a profile of which at most one may be said, since they answer the same question.
pub const ONE_OF: [&[&str]; 6] = [
    &["region", "api_url"],
    &[
        "client_secret",
        "client_secret_file",
        "client_secret_env",
        "client_secret_fd",
        "secret_command",
    ],
    &["access_token", "access_token_file", "access_token_env"],
    &GWS_PASSWORD,
    &CASSANDRA_PASSWORD,
    &ENCRYPTION_PASSPHRASE,
];

/// Where the passphrase of encryption at rest comes from. It never stands in the file itself: that file
/// is often copied together with what it protects.
pub const ENCRYPTION_PASSPHRASE: [&str; 4] = [
    "encryption_passphrase_file",
    "encryption_passphrase_env",
    "encryption_passphrase_fd",
    "encryption_passphrase_command",
];

/// Where the password of the GWS user comes from.
pub const GWS_PASSWORD: [&str; 5] = [
    "gws_password",
    "gws_password_file",
    "gws_password_env",
    "gws_password_fd",
    "gws_password_command",
];

/// Where the password of the Cassandra user comes from.
pub const CASSANDRA_PASSWORD: [&str; 4] = [
    "cassandra_password",
    "cassandra_password_file",
    "cassandra_password_env",
    "cassandra_password_command",
];
