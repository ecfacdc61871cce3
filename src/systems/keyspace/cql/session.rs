//! A session with the cluster. It knows nothing of the schema (see the parent module), never retries
//! by itself (the scan does, and asks for less), and stays in one data centre.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use scylla::client::PoolSize;
use scylla::client::execution_profile::{ExecutionProfile, ExecutionProfileBuilder};
use scylla::client::session::{Session, TlsContext};
use scylla::client::session_builder::SessionBuilder;
use scylla::errors::TranslationError;
use scylla::policies::address_translator::{AddressTranslator, UntranslatedPeer};
use scylla::policies::load_balancing::DefaultPolicy;
use scylla::policies::retry::FallthroughRetryPolicy;
use secrecy::ExposeSecret;

use super::access::Access;
use super::system::{self, Cluster};
use super::{errors, probe};
use crate::systems::keyspace::error::{KeyspaceError, words};
use crate::systems::keyspace::server_names::ServerNames;

/// The server gives up a request after twelve seconds; only then do we.
const REQUEST: Duration = Duration::from_secs(20);
/// A connection that cannot be made in this time is none.
const CONNECT: Duration = Duration::from_secs(10);
/// A node that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(15);

/// Opens a session, and reads what the cluster says of itself.
pub(super) async fn open(access: &Access) -> Result<(Session, Cluster), KeyspaceError> {
    let first = probe::resolve(access).await?.first().map(SocketAddr::ip);
    let data_centre = match &access.data_centre {
        Some(data_centre) => Some(data_centre.clone()),
        // Without a preference any node may be asked; the first one says where it stands.
        None => {
            let session = build(access, None).await?;
            system::read(&session, first).await?.local_data_centre
        }
    };
    let session = build(access, data_centre.clone()).await?;
    let mut cluster = system::read(&session, first).await?;
    if let Some(wanted) = &access.data_centre {
        check(&cluster, wanted)?;
    }
    cluster.local_data_centre = data_centre;
    Ok((session, cluster))
}

fn check(cluster: &Cluster, wanted: &str) -> Result<(), KeyspaceError> {
    let known: std::collections::BTreeSet<&str> = cluster
        .nodes
        .iter()
        .filter_map(|node| node.data_centre.as_deref())
        .collect();
    if known.contains(wanted) {
        return Ok(());
    }
    let known: Vec<String> = known.into_iter().map(words).collect();
    Err(KeyspaceError::Configuration(format!(
        "there is no data centre {} in this cluster (there are: {})",
        words(wanted),
        known.join(", ")
    )))
}

async fn build(access: &Access, data_centre: Option<String>) -> Result<Session, KeyspaceError> {
    let mut builder = SessionBuilder::new()
        .connection_timeout(CONNECT)
        .fetch_schema_metadata(false)
        .fetch_full_schema_metadata(false)
        .auto_await_schema_agreement(false)
        .driver_config_reporting(false)
        .compression(None)
        .tcp_nodelay(true)
        .keepalive_interval(SILENCE)
        .keepalive_timeout(SILENCE)
        // Two connections: more are of no use to a reader of large pages.
        .pool_size(PoolSize::PerHost(NonZeroUsize::MIN.saturating_add(1)))
        .disallow_shard_aware_port(true)
        .default_execution_profile_handle(profile(access, data_centre).into_handle());
    for address in probe::resolve(access).await? {
        builder = builder.known_node_addr(address);
    }
    if let Some(tls) = &access.tls {
        builder = builder.tls_context(Some(TlsContext::from(Arc::clone(tls))));
    }
    if let Some((user, password)) = &access.login {
        builder = builder.user(user, password.expose_secret());
    }
    if !access.translate.is_empty() {
        builder = builder.address_translator(Arc::new(Translations {
            reached: access.translate.clone(),
            names: Arc::clone(&access.names),
        }));
    }
    builder
        .build()
        .await
        .map_err(|error| errors::session(error, &access.address()))
}

fn profile(access: &Access, data_centre: Option<String>) -> ExecutionProfile {
    let builder: ExecutionProfileBuilder = ExecutionProfile::builder()
        .consistency(access.consistency.driver())
        .request_timeout(Some(REQUEST))
        .retry_policy(Arc::new(FallthroughRetryPolicy::new()));
    let policy = DefaultPolicy::builder().permit_dc_failover(false);
    let policy = match data_centre {
        Some(data_centre) => policy.prefer_datacenter(data_centre),
        None => policy,
    };
    builder.load_balancing_policy(policy.build()).build()
}

/// Announced addresses and those under which they are reached; others stay as they are.
#[derive(Debug)]
struct Translations {
    reached: BTreeMap<String, (String, u16)>,
    names: Arc<ServerNames>,
}

impl AddressTranslator for Translations {
    // Written out as the trait's macro would: it is the only one of its kind here.
    fn translate_address<'life0, 'life1, 'async_trait>(
        &'life0 self,
        peer: &'life1 UntranslatedPeer<'_>,
    ) -> Pin<Box<dyn Future<Output = Result<SocketAddr, TranslationError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        let announced = peer.untranslated_address();
        Box::pin(async move {
            let reached = self
                .reached
                .get(&announced.to_string())
                .or_else(|| self.reached.get(&announced.ip().to_string()));
            let Some((host, port)) = reached else {
                return Ok(announced);
            };
            if let Ok(address) = host.parse::<IpAddr>() {
                return Ok(SocketAddr::new(address, *port));
            }
            let mut found = tokio::net::lookup_host((host.as_str(), *port))
                .await
                .map_err(|error| TranslationError::IoError(Arc::new(error)))?;
            let found = found
                .next()
                .ok_or(TranslationError::NoRuleForAddress(announced))?;
            self.names.leads(host, found.ip());
            Ok(found)
        })
    }
}
