//! `dsr simulator serve`: the simulated systems on TCP, and where it is wanted the settings of the
//! simulated GWS in a real cluster.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::super::options::Format;
use super::super::table::Fact;
use super::super::{Context, Exit};
use super::open;
use crate::domain::failure::{Failure, FailureKind};
use crate::world::simulated::{self, Simulator};
use crate::world::simulated_cluster::{self, Cluster};

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// Loopback address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Put the settings of the simulated GWS into a real cluster, and delete there
    #[arg(long, value_name = "cql://HOST:PORT/KS|thrift://HOST:PORT/KS")]
    pub keyspace: Option<String>,
    /// How that cluster is entered.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// The way into the cluster of `--keyspace`.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The cluster of --keyspace")]
pub struct EntryArgs {
    /// Its user; the password is taken from DSR_CASSANDRA_PASSWORD, a file of it, or the configuration
    #[arg(long, value_name = "NAME", requires = "keyspace")]
    pub keyspace_username: Option<String>,
    /// The open file that the password is read from
    #[arg(long, value_name = "NUMBER", requires = "keyspace_username")]
    pub keyspace_password_fd: Option<u32>,
    /// PEM file with the authority of its certificates: TLS is spoken
    #[arg(long, value_name = "FILE", requires = "keyspace")]
    pub keyspace_ca: Option<PathBuf>,
    /// Name or address that its certificates must hold, instead of the host's; repeatable
    #[arg(long, value_name = "NAME", requires = "keyspace_ca")]
    pub keyspace_tls_name: Vec<String>,
    /// PEM file with a client certificate
    #[arg(long, value_name = "FILE", requires_all = ["keyspace_ca", "keyspace_key"])]
    pub keyspace_cert: Option<PathBuf>,
    /// PEM file with the key of the client certificate
    #[arg(long, value_name = "FILE", requires = "keyspace_cert")]
    pub keyspace_key: Option<PathBuf>,
}

/// What a client has to know: addresses and sign-ins, as a document and as lines.
fn told(simulator: &Simulator, url: &str, gws_url: &str) -> (Value, Vec<Fact>) {
    let access = simulator.cloud_access();
    let gws = simulator.gws_access();
    let mut told = json!({
        "mode": "simulation",
        "genesys_cloud": {
            "url": url,
            "client_id": access.client_id,
            "client_secret": access.client_secret,
        },
        "gws": {
            "url": gws_url,
            "username": gws.username,
            "password": gws.password,
        },
    });
    let mut facts = vec![
        Fact::new("Genesys Cloud", url),
        Fact::new("client id", access.client_id),
        Fact::new("client secret", access.client_secret),
        Fact::new("GWS", gws_url),
        Fact::new("user name", gws.username),
        Fact::new("password", gws.password),
    ];
    if let Some(exports) = simulator.cdds_access() {
        told["cdds"] = json!({
            "url": url,
            "username": exports.username,
            "password": exports.password,
            "tenant": exports.tenant,
        });
        facts.push(Fact::new("CDDS", url));
        facts.push(Fact::new(
            "user name",
            format!("{}\\{}", exports.tenant, exports.username),
        ));
        facts.push(Fact::new("password", exports.password));
    }
    (told, facts)
}

async fn real_cluster(
    ctx: &Context,
    args: &ServeArgs,
    address: &str,
    simulator: &Simulator,
) -> Result<(Cluster, usize), Failure> {
    let entry = &args.entry;
    let wanted = simulated_cluster::Wanted {
        username: entry.keyspace_username.clone(),
        password_fd: entry.keyspace_password_fd,
        ca_file: entry.keyspace_ca.clone(),
        cert_file: entry.keyspace_cert.clone(),
        key_file: entry.keyspace_key.clone(),
        tls_names: entry.keyspace_tls_name.clone(),
    };
    simulated_cluster::cluster(&ctx.config, address, &wanted, simulator).await
}

/// Serves until TERM or INT.
///
/// # Errors
/// An address that cannot be listened on, and a cluster that cannot be written to.
pub(super) async fn serve(ctx: &Context, args: &ServeArgs) -> Result<Exit, Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::new(
            FailureKind::Usage,
            "The simulator is served on a loopback address only: its credentials are published.",
        )
        .next("Use --listen 127.0.0.1:PORT or --listen [::1]:PORT."));
    }
    let simulator = open(ctx)?;
    let cannot = |error: std::io::Error| {
        Failure::new(
            FailureKind::Storage,
            format!(
                "The simulator cannot listen on {} ({}).",
                args.listen,
                error.kind()
            ),
        )
        .next("Choose another port, or 0 for a free one.")
    };
    let listener = tokio::net::TcpListener::bind(args.listen).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    // GWS has an address of its own, as in reality: its paths overlap with those of Genesys Cloud.
    let beside = SocketAddr::new(args.listen.ip(), 0);
    let gws_listener = tokio::net::TcpListener::bind(beside).await.map_err(cannot)?;
    let gws_url = format!("http://{}", gws_listener.local_addr().map_err(cannot)?);
    let cluster = match &args.keyspace {
        Some(address) => {
            let (cluster, rows) = real_cluster(ctx, args, address, &simulator).await?;
            ctx.out.note(&format!(
                "{rows} rows of settings were written to {}; what GWS deletes goes there too.",
                crate::domain::text::clean(address)
            ));
            Some(std::sync::Arc::new(cluster))
        }
        None => None,
    };
    let (told, facts) = told(&simulator, &format!("http://{address}"), &gws_url);
    match ctx.out.format() {
        // The first line is a whole document, so that a script can read it while the server runs.
        Format::Json | Format::Ndjson => ctx.out.text(&format!("{told}\n"))?,
        Format::Table | Format::Csv => ctx.out.object(&told, &facts)?,
    }
    ctx.out.note("Serving until INT or TERM.");
    let served = async {
        let cloud = simulator.serve(listener, ctx.cancel.clone());
        let gws = simulator.serve_gws(gws_listener, cluster, ctx.cancel.clone());
        tokio::try_join!(cloud, gws).map(drop)
    };
    tokio::select! {
        biased;
        () = ctx.cancel.cancelled() => Ok(Exit::OK),
        ended = served => ended.map(|()| Exit::OK).map_err(|error| simulated::failure(&error)),
    }
}
