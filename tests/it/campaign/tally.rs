//! What runs came to, in numbers.

use std::collections::BTreeMap;

use super::power::Losses;

/// What runs came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub runs: u64,
    pub operations: u64,
    pub changes: u64,
    pub arrivals: BTreeMap<&'static str, u64>,
    pub carried_out: BTreeMap<&'static str, u64>,
    pub accepted: u64,
    pub refused: u64,
    pub not_sent: u64,
    pub raised: u64,
    pub entries: u64,
    pub claims: u64,
    pub ends: u64,
    pub disk: BTreeMap<String, u64>,
    pub network: BTreeMap<String, u64>,
    pub clocks: u64,
    pub interrupted: u64,
    /// Power cuts, and what became of what was not synced.
    pub cuts: u64,
    pub losses: Losses,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        fn join<K: Ord>(own: &mut BTreeMap<K, u64>, other: BTreeMap<K, u64>) {
            for (key, count) in other {
                *own.entry(key).or_default() += count;
            }
        }
        self.runs += other.runs;
        self.operations += other.operations;
        self.changes += other.changes;
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.not_sent += other.not_sent;
        self.raised += other.raised;
        self.entries += other.entries;
        self.claims += other.claims;
        self.ends += other.ends;
        self.clocks += other.clocks;
        self.interrupted += other.interrupted;
        self.cuts += other.cuts;
        self.losses.add(other.losses);
        join(&mut self.arrivals, other.arrivals);
        join(&mut self.carried_out, other.carried_out);
        join(&mut self.disk, other.disk);
        join(&mut self.network, other.network);
    }
}
