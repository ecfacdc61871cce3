//! The ring cut into slices: at the tokens of the nodes, and between them.

use super::system::Cluster;
use crate::systems::keyspace::slice::{Slice, Token, TokenSpace};

/// About `wished` slices. Where nodes have more tokens than that, their tokens are no borders any more:
/// the coordinator then reads from several nodes for one slice.
pub(super) fn slices(cluster: &Cluster, wished: usize) -> Vec<Slice> {
    let wished = wished.clamp(1, 65_536);
    let mut owned: Vec<(i64, &str)> = cluster
        .nodes
        .iter()
        .flat_map(|node| node.tokens.iter().map(|token| (*token, node.address.as_str())))
        .collect();
    owned.sort_unstable();
    owned.dedup_by_key(|(token, _)| *token);
    if owned.is_empty() || owned.len() > wished {
        let cuts = (1..wished).map(|n| even(n, wished)).map(Token::Murmur3).collect();
        return named(Slice::cut(TokenSpace::Murmur3, cuts), &owned);
    }
    let each = wished.div_ceil(owned.len());
    let mut cuts = Vec::with_capacity(wished + 2);
    let ends = owned.iter().map(|(token, _)| *token).chain([i64::MAX]);
    let mut before = i128::from(i64::MIN);
    for end in ends {
        let width = i128::from(end) - before;
        for part in 1..=each as i128 {
            let cut = before + width * part / each as i128;
            cuts.extend(i64::try_from(cut).ok().map(Token::Murmur3));
        }
        before = i128::from(end);
    }
    named(Slice::cut(TokenSpace::Murmur3, cuts), &owned)
}

/// The `n`th of `of` even cuts.
fn even(n: usize, of: usize) -> i64 {
    let cut = i128::from(i64::MIN) + (1i128 << 64) * n as i128 / of as i128;
    i64::try_from(cut).unwrap_or(i64::MAX)
}

/// Each slice with the node that has its end first.
fn named(mut slices: Vec<Slice>, owned: &[(i64, &str)]) -> Vec<Slice> {
    for slice in &mut slices {
        let end = match slice.through {
            Some(Token::Murmur3(token)) => token,
            _ => i64::MAX,
        };
        let at = owned.partition_point(|(token, _)| *token < end);
        // Behind the last token the ring begins again.
        slice.node = owned
            .get(at)
            .or(owned.first())
            .map(|(_, node)| (*node).to_owned());
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::keyspace::cql::system::ClusterNode;
    use crate::systems::keyspace::description::Partitioner;

    fn cluster(tokens: &[&[i64]]) -> Cluster {
        Cluster {
            name: "c".to_owned(),
            version: "5.0.9".to_owned(),
            partitioner: Partitioner::Murmur3,
            local_data_centre: None,
            nodes: tokens
                .iter()
                .enumerate()
                .map(|(n, tokens)| ClusterNode {
                    address: format!("127.0.0.{n}"),
                    data_centre: None,
                    tokens: tokens.to_vec(),
                    up: None,
                })
                .collect(),
        }
    }

    #[test]
    fn the_whole_ring_is_covered_whatever_the_tokens_are() {
        let many: Vec<i64> = (0..1000).map(|n| n * 1_000_000_007).collect();
        let rings: [&[&[i64]]; 5] = [
            &[],
            &[&[0]],
            &[&[i64::MIN, 5], &[i64::MAX]],
            &[&[-9, 9], &[0]],
            &[&many],
        ];
        for ring in rings {
            for wished in [1, 2, 7, 64, 300] {
                let slices = slices(&cluster(ring), wished);
                assert_eq!(
                    (&slices[0].after, &slices[slices.len() - 1].through),
                    (&None, &None)
                );
                assert!(slices.windows(2).all(|pair| pair[0].through == pair[1].after));
                assert!(
                    slices
                        .iter()
                        .all(|slice| slice.through != Some(Token::Murmur3(i64::MIN)))
                );
                let share: f64 = slices.iter().map(Slice::share).sum();
                assert!((share - 1.0).abs() < 1e-9, "{share}");
                assert!(
                    slices.len() * 2 >= wished && slices.len() <= wished * 2 + 4,
                    "{} {wished}",
                    slices.len()
                );
            }
        }
    }
}
