//! Matching alone, over values of the kind that settings hold, without the person: what a scan costs
//! besides fetching. `cargo bench --bench scan`; the budget is 1 GiB/s for an e-mail address and 0.5 for
//! a phone number, on one core.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use dsr_console::domain::identifier::{Identifier, IdentifierKind};
use dsr_console::systems::keyspace::CellType;
use dsr_console::systems::keyspace::matching::Needles;

const CELLS: u64 = 100_000;

fn main() {
    divan::main();
}

/// The same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

fn cells() -> Vec<Vec<u8>> {
    let mut numbers = Numbers(7);
    let names = ["Ann Smith", "Bob Jones", "Carla Diaz", "Dmitri Orlov"];
    (0..CELLS)
        .map(|agent| {
            let mut next = || numbers.next();
            format!(
                r#"{{"type":"contact","owner":"agent{agent:06}","items":[{{"id":"{:016x}{:016x}","name":"{}","email":"user{:06}@corp{:02}.example.com","phone":"+1{:010}","ts":{}}},{{"id":"{:016x}{:016x}","phone":"+44{:010}","note":"{:016x}"}}]}}"#,
                next(),
                next(),
                names[(next() % 4) as usize],
                next() % 200_000,
                next() % 50,
                next() % 10_000_000_000,
                1_500_000_000_000 + next() % 100_000_000_000,
                next(),
                next(),
                next() % 10_000_000_000,
                next(),
            )
            .into_bytes()
        })
        .collect()
}

fn identifiers(what: &str) -> Vec<Identifier> {
    let email = |value: String| Identifier::new(IdentifierKind::Email, value);
    let phone = |value: String| Identifier::new(IdentifierKind::Phone, value);
    match what {
        "email" => vec![email("jane.doe@example.org".to_owned())],
        "phone" => vec![phone("+49 30 23125014".to_owned())],
        "name" => vec![Identifier::new(IdentifierKind::Name, "Anna Müller")],
        _ => (0..250)
            .flat_map(|n| {
                [
                    email(format!("person{n}@dept{}.example.org", n % 9)),
                    phone(format!("+1 212 555 {n:04}")),
                ]
            })
            .collect(),
    }
}

#[divan::bench(args = ["email", "phone", "name", "500 people"], sample_count = 20)]
fn cells_without_the_person(bencher: Bencher, what: &str) {
    let needles = Needles::new(&identifiers(what), None, false).expect("good identifiers");
    let cells = cells();
    let bytes: usize = cells.iter().map(Vec::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let mut found = 0;
        for cell in black_box(&cells) {
            if needles.cell_may_hold(&CellType::Blob, cell) {
                found += needles.search_cell(&CellType::Blob, cell, "").found.len();
            }
        }
        found
    });
}
