//! The parameters of `gdpr_forget_me.py` under their own names, and ours beside them.

use std::path::PathBuf;

/// Arguments of `forget`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Mode: --cass_hostname and --files mean live, as with the script, also without --live and whatever DSR_MODE \
or the profile says; only --simulate goes before them. Without them it is as with every command: --live, DSR_MODE, the \
profile, else simulation.\n\nConsent: with a terminal the deletion is asked about, unless --yes is said. Without one \
--cleanup true is consent enough, as scripts expect; --dry-run sends nothing.\n\nExit codes: 0 complete: nobody found, found, or deleted and verified, as the last line says (what is \
left in Corporate Favorites, or is only possibly the person, is told and changes nothing of it); 1 refused, or a hold \
stands against all that would be deleted; 2 usage; 3 configuration; 4 sign-in or role; 5 not reached; 6 INCOMPLETE: \
something was not read, or partial: something that is exactly the person is still there, because GWS does not show \
it or did not delete it, or because of a hold."
)]
pub struct Args {
    /// Address of GWS, http or https
    #[arg(long = "gws", value_name = "GWS", help_heading = SCRIPT)]
    pub gws: Option<String>,
    /// Name of the Cassandra keyspace
    #[arg(long = "cass_keyspace", value_name = "CASS_KEYSPACE", help_heading = SCRIPT)]
    pub cass_keyspace: Option<String>,
    /// Host of Cassandra; several are separated by commas
    #[arg(long = "cass_hostname", value_name = "CASS_HOSTNAME", help_heading = SCRIPT)]
    pub cass_hostname: Option<String>,
    /// Port of Cassandra: Thrift (9160) or CQL (9042); what answers is found out
    #[arg(long = "cass_port", value_name = "CASS_PORT", help_heading = SCRIPT)]
    pub cass_port: Option<u16>,
    /// E-mail address, phone number or name to look for; repeatable; @FILE or - for one a line
    #[arg(long = "search", value_name = "SEARCH", help_heading = SCRIPT)]
    pub search: Vec<String>,
    /// Settings group, for example interaction-workspace-personal-favorites; all without it
    #[arg(long = "group_name", value_name = "GROUP_NAME", help_heading = SCRIPT)]
    pub group_name: Option<String>,
    /// true: ask GWS to delete the settings that match exactly; false: only search
    #[arg(
        long = "cleanup",
        value_name = "CLEANUP",
        value_parser = ["true", "false"],
        default_value = "false",
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = SCRIPT
    )]
    pub cleanup: String,
    /// GWS user with an administrator's role
    #[arg(long = "gws_username", value_name = "GWS_USERNAME", help_heading = SCRIPT)]
    pub gws_username: Option<String>,
    /// Password of the user; better left out: it is then taken from the configuration or asked for
    #[arg(long = "gws_user_password", value_name = "GWS_USER_PASSWORD", help_heading = SCRIPT)]
    pub gws_user_password: Option<String>,
    /// Headers for GWS as a JSON object of texts; CSRF is handled by itself without them
    #[arg(long = "gws_additional_headers", value_name = "GWS_ADDITIONAL_HEADERS", help_heading = SCRIPT)]
    pub gws_additional_headers: Option<String>,

    /// File with one search a line, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub search_file: Option<String>,
    /// The case it is for: what it knows of its person is looked for too, its coverage takes the
    /// result, and its holds stand
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Text inside a longer one is a possible match
    #[arg(long)]
    pub substring: bool,
    /// Where one setting lists several people: take the entry out, or delete the whole setting
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "take-out|delete"
    )]
    pub lists: Lists,
    /// Show the calls that would be made, and make none
    #[arg(long)]
    pub dry_run: bool,
    /// Answer the question before the deletion with yes
    #[arg(long)]
    pub yes: bool,
    /// Go on where an interrupted scan for the same stopped
    #[arg(long)]
    pub resume: bool,
    /// Search the files of Cassandra in these directories instead of a cluster
    #[arg(long, value_name = "DIR", num_args = 1..)]
    pub files: Vec<PathBuf>,
    /// The scan and the way to Cassandra.
    #[command(flatten)]
    pub way: Way,
    /// PEM file with an own authority of GWS
    #[arg(long, value_name = "FILE")]
    pub gws_ca: Option<PathBuf>,
}

/// What is to be done with an entry of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Lists {
    /// The setting is written anew without it.
    #[default]
    TakeOut,
    /// The whole setting is deleted.
    Delete,
}

/// The way into Cassandra and how it is read; `keyspace tables` has it too.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Cassandra")]
pub struct Way {
    /// Search only tables that match; repeatable
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,
    /// Leave tables out that match; repeatable
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// How many replicas must answer (LOCAL_QUORUM, ONE, QUORUM, ALL, …)
    #[arg(long, value_name = "LEVEL")]
    pub consistency: Option<String>,
    /// Rows asked for at once
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub page_size: Option<u32>,
    /// Pages asked for at once
    #[arg(long, value_name = "PAGES", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub parallel: Option<u16>,
    /// Data centre whose nodes are asked
    #[arg(long, value_name = "NAME")]
    pub datacenter: Option<String>,
    /// A node announced under one address and reached at another (tunnels); repeatable
    #[arg(long, value_name = "ANNOUNCED=HOST:PORT")]
    pub translate: Vec<String>,
    /// Cassandra user; the password is taken from the configuration or DSR_CASSANDRA_PASSWORD
    #[arg(long = "cass_username", value_name = "NAME")]
    pub cass_username: Option<String>,
    /// Speak TLS to Cassandra
    #[arg(long = "cass_tls")]
    pub cass_tls: bool,
    /// PEM file with an own authority of Cassandra
    #[arg(long = "cass_ca", value_name = "FILE")]
    pub cass_ca: Option<PathBuf>,
    /// Name or address that the certificates of Cassandra must hold, instead of its host's; repeatable
    #[arg(long = "cass_tls_name", value_name = "NAME")]
    pub cass_tls_name: Vec<String>,
    /// PEM file with a client certificate
    #[arg(long = "cass_cert", value_name = "FILE", requires = "cass_key")]
    pub cass_cert: Option<PathBuf>,
    /// PEM file with the key of the client certificate
    #[arg(long = "cass_key", value_name = "FILE", requires = "cass_cert")]
    pub cass_key: Option<PathBuf>,
}

const SCRIPT: &str = "Parameters of gdpr_forget_me.py";

/// The usage as users of the script know it.
pub fn usage(program: &str) -> String {
    format!(
        "{program} [-h] [--gws GWS] --cass_keyspace CASS_KEYSPACE\n           --cass_hostname CASS_HOSTNAME --cass_port CASS_PORT\n           --search SEARCH [--group_name GROUP_NAME]\n           [--cleanup CLEANUP] [--gws_username GWS_USERNAME]\n           [--gws_user_password GWS_USER_PASSWORD]\n           [--gws_additional_headers GWS_ADDITIONAL_HEADERS] [OPTIONS]"
    )
}

impl Args {
    /// What is missing, by name. The `cass_*` are needed to reach a cluster.
    pub fn missing(&self, simulate: bool) -> Vec<&'static str> {
        let mut missing = Vec::new();
        if !simulate && self.files.is_empty() {
            let given = [
                ("--cass_keyspace", self.cass_keyspace.is_some()),
                ("--cass_hostname", self.cass_hostname.is_some()),
                ("--cass_port", self.cass_port.is_some()),
            ];
            missing.extend(
                given
                    .into_iter()
                    .filter(|(_, there)| !there)
                    .map(|(name, _)| name),
            );
        }
        if self.search.is_empty() && self.search_file.is_none() && self.case.is_none() {
            missing.push("--search");
        }
        missing
    }

    /// True for `--cleanup true`.
    pub fn cleans_up(&self) -> bool {
        self.cleanup == "true"
    }
}
