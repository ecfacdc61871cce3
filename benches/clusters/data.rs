//! What is searched: settings of agents as JSON, the same on every machine, with the person in a known
//! number of rows.

use super::PERSON;

/// Rows that hold the person, whatever the size of the table.
pub const HITS: usize = 45;
/// Of these, in a blob.
pub const IN_BLOBS: usize = 20;

/// The same numbers on every machine.
pub struct Numbers(u64);

impl Numbers {
    /// From a seed that is not zero.
    pub fn of(seed: u64) -> Numbers {
        Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next one.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// One row: partition key, clustering column, text, and for some a blob.
pub struct Row {
    pub key: String,
    pub column: String,
    pub value: String,
    pub packed: Option<Vec<u8>>,
}

/// The row `number` of `rows`, five to a partition.
pub fn row(number: usize, rows: usize) -> Row {
    let mut numbers = Numbers::of(number as u64 + 1);
    let mut next = || numbers.next();
    let every = rows / HITS;
    let hit = number % every == every / 2 && number / every < HITS;
    let blob = hit && number / every < IN_BLOBS;
    let mail = match hit && !blob {
        true => PERSON.to_owned(),
        false => format!("user{:06}@corp{:02}.example.com", next() % 200_000, next() % 50),
    };
    Row {
        key: format!("agent{:07}", number / 5),
        column: format!("setting-{}", number % 5),
        value: format!(
            r#"{{"type":"contact","items":[{{"id":"{:016x}{:016x}","name":"Somebody","email":"{mail}","phone":"+1{:010}","ts":{}}},{{"id":"{:016x}{:016x}","phone":"+44{:010}","note":"{:016x}"}}]}}"#,
            next(),
            next(),
            next() % 10_000_000_000,
            1_500_000_000_000 + next() % 100_000_000_000,
            next(),
            next(),
            next() % 10_000_000_000,
            next(),
        ),
        packed: blob.then(|| [&[0u8, 1, 2][..], PERSON.as_bytes(), &[0, 0xff]].concat()),
    }
}

/// A mebibyte that does not compress.
pub fn mebibyte(seed: usize) -> Vec<u8> {
    let mut numbers = Numbers::of(seed as u64 + 77);
    (0..131_072).flat_map(|_| numbers.next().to_be_bytes()).collect()
}
