//! What the cluster says of itself in its system tables, read from one node, so that no node is
//! missing and none counted twice.

use std::net::IpAddr;
use std::sync::Arc;

use scylla::client::session::Session;
use scylla::cluster::Node;
use scylla::policies::load_balancing::{NodeIdentifier, SingleTargetLoadBalancingPolicy};
use scylla::statement::unprepared::Statement;

use super::errors;
use crate::systems::keyspace::description::Partitioner;
use crate::systems::keyspace::error::{KeyspaceError, words};

/// One node.
#[derive(Clone, Debug)]
pub(super) struct ClusterNode {
    pub(super) address: String,
    pub(super) data_centre: Option<String>,
    /// Empty without Murmur3.
    pub(super) tokens: Vec<i64>,
    pub(super) up: Option<bool>,
}

/// The cluster.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) partitioner: Partitioner,
    pub(super) local_data_centre: Option<String>,
    pub(super) nodes: Vec<ClusterNode>,
}

type Local = (
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<IpAddr>,
    Option<Vec<String>>,
);
type Peer = (IpAddr, Option<String>, Option<IpAddr>, Option<Vec<String>>);

/// Reads it. The node at `first` is asked, where it is among the connected ones.
pub(super) async fn read(session: &Session, first: Option<IpAddr>) -> Result<Cluster, KeyspaceError> {
    let state = session.get_cluster_state();
    let nodes = state.get_nodes_info();
    let asked = nodes
        .iter()
        .find(|node| Some(node.address.ip()) == first && node.is_connected())
        .or_else(|| nodes.iter().find(|node| node.is_connected()))
        .or_else(|| nodes.first());
    let local: Vec<Local> = rows(
        session,
        "SELECT cluster_name, release_version, partitioner, data_center, rpc_address, tokens FROM system.local",
        asked,
    )
    .await?;
    let local = local
        .into_iter()
        .next()
        .ok_or_else(|| KeyspaceError::Malformed("system.local is empty".to_owned()))?;
    let peers: Vec<Peer> = rows(
        session,
        "SELECT peer, data_center, rpc_address, tokens FROM system.peers",
        asked,
    )
    .await?;
    let is_up = |address: IpAddr| {
        let known = nodes.iter().find(|node| node.address.ip() == address);
        known.map(|node| node.is_connected())
    };
    let node = |address: IpAddr, data_centre: &Option<String>, tokens: Option<Vec<String>>| ClusterNode {
        address: address.to_string(),
        data_centre: data_centre.clone(),
        tokens: tokens
            .unwrap_or_default()
            .iter()
            .filter_map(|token| token.parse().ok())
            .collect(),
        up: is_up(address),
    };
    let partitioner = Partitioner::parse(local.2.as_deref().unwrap_or_default());
    let own = local
        .4
        .or(asked.map(|node| node.address.ip()))
        .unwrap_or(IpAddr::from([0, 0, 0, 0]));
    let mut all = vec![node(own, &local.3, local.5)];
    for (peer, data_centre, address, tokens) in peers {
        all.push(node(address.unwrap_or(peer), &data_centre, tokens));
    }
    if partitioner != Partitioner::Murmur3 {
        all.iter_mut().for_each(|node| node.tokens.clear());
    }
    Ok(Cluster {
        name: local.0.unwrap_or_default(),
        version: local.1.unwrap_or_default(),
        partitioner,
        local_data_centre: local.3,
        nodes: all,
    })
}

/// The rows of a small answer; of one node where one is named.
pub(super) async fn rows<R>(
    session: &Session,
    statement: &str,
    node: Option<&Arc<Node>>,
) -> Result<Vec<R>, KeyspaceError>
where
    R: for<'frame, 'metadata> scylla::deserialize::row::DeserializeRow<'frame, 'metadata>,
{
    let mut statement = Statement::new(statement);
    statement.set_is_idempotent(true);
    if let Some(node) = node {
        let identifier = NodeIdentifier::Node(Arc::clone(node));
        statement.set_load_balancing_policy(Some(SingleTargetLoadBalancingPolicy::new(identifier, None)));
    }
    let result = session
        .query_unpaged(statement, ())
        .await
        .map_err(errors::execution)?;
    let malformed = |error: String| KeyspaceError::Malformed(words(&error));
    let result = result
        .into_rows_result()
        .map_err(|error| malformed(error.to_string()))?;
    let rows = result.rows::<R>().map_err(|error| malformed(error.to_string()))?;
    rows.collect::<Result<_, _>>()
        .map_err(|error| malformed(error.to_string()))
}
