//! Searching real clusters and their files, side by side with what would be used instead, in the same
//! run: `cargo bench --bench clusters -- PART…`. Parts: `prepare` (writes the data once, which takes
//! minutes), `cql`, `many`, `memory`, `thrift`, `files`, and the slow rivals `copy` and `dsbulk`; without
//! one, all but these two. A JDK 17, Maven and Python 3 are needed, Python 2.7 for `thrift`; what is
//! missing is said. Prints tables of medians: wall clock, processor time of the client and of the
//! server, peak memory of the client.

#[path = "clusters/cql.rs"]
mod cql;
#[path = "clusters/data.rs"]
mod data;
#[path = "clusters/fetch.rs"]
mod fetch;
#[path = "clusters/files.rs"]
mod files;
#[path = "clusters/machine.rs"]
mod machine;
#[path = "clusters/thrift.rs"]
mod thrift;

/// Anything that goes wrong ends the measurement with its words.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Who is looked for.
const PERSON: &str = "jane.doe@example.org";

fn main() -> Outcome {
    let mut arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    // A client of its own, started by this program to be measured.
    if arguments.first().is_some_and(|first| first == "fetch-only") {
        return fetch::only(&arguments[1..]);
    }
    if arguments.is_empty() {
        arguments = ["cql", "many", "memory", "thrift", "files"]
            .map(str::to_owned)
            .to_vec();
    }
    for part in &arguments {
        match part.as_str() {
            "prepare" => {
                cql::prepare()?;
                thrift::prepare()?;
            }
            "cql" => cql::rivals(&[])?,
            "copy" => cql::rivals(&["copy"])?,
            "dsbulk" => cql::rivals(&["dsbulk"])?,
            "many" => cql::many()?,
            "memory" => cql::memory()?,
            "thrift" => thrift::rivals()?,
            "files" => files::rivals()?,
            other => return Err(format!("{other} is no part").into()),
        }
    }
    Ok(())
}
