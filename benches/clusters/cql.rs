//! Release 5.0 over CQL: the scan beside a client that only fetches, the Python driver, `cqlsh COPY` and
//! DSBulk; many people in one pass; memory at several sizes.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;

use super::machine::{Program, cache, compare, python, run, source};
use super::{Outcome, PERSON, data};

const VERSION: &str = "5.0.9";
const HOST: &str = "127.0.77.1";
/// Tables of settings by their number of rows.
const SIZES: [(&str, usize); 3] = [
    ("settings_100k", 100_000),
    ("settings_1m", 1_000_000),
    ("settings_5m", 5_000_000),
];
/// Rows of a mebibyte.
const LARGE: usize = 300;

/// A server on data that stays for the next time; ends with this value.
struct Server {
    directory: PathBuf,
    pid: u32,
}

fn server(what: &str, more: &[&str]) -> Outcome<String> {
    run(Command::new("python3")
        .arg(source("tests/cassandra/server.py"))
        .arg(what)
        .arg("--dir")
        .arg(cache().join("bench/cassandra"))
        .args(more))
}

impl Server {
    fn start() -> Outcome<Server> {
        let jars = cache().join("cassandra").display().to_string();
        let net = HOST.rsplit_once('.').map_or("", |(net, _)| net);
        let options = [
            "--cache",
            &jars,
            "--version",
            VERSION,
            "--net",
            net,
            "--heap",
            "1g",
            "--warm",
        ];
        server("start", &options)?;
        let directory = cache().join("bench/cassandra");
        let pid = std::fs::read_to_string(directory.join("node1/pid"))?
            .trim()
            .parse()?;
        Ok(Server { directory, pid })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Orderly, so that the next start has nothing to replay.
        if let Err(error) = server("stop", &[]) {
            eprintln!("{}: {error}", self.directory.display());
        }
    }
}

fn runtime() -> Outcome<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

async fn session() -> Outcome<Session> {
    let builder = SessionBuilder::new().known_node(format!("{HOST}:9042"));
    Ok(builder.fetch_schema_metadata(false).build().await?)
}

/// Writes what is not there yet.
pub fn prepare() -> Outcome {
    python()?;
    let _server = Server::start()?;
    runtime()?.block_on(async {
        let session = Arc::new(session().await?);
        session
            .query_unpaged(
                "CREATE KEYSPACE IF NOT EXISTS bench WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                (),
            )
            .await?;
        session
            .query_unpaged("CREATE TABLE IF NOT EXISTS bench.done (name text PRIMARY KEY)", ())
            .await?;
        for (table, rows) in SIZES {
            if !done(&session, table).await? {
                write(&session, table, rows).await?;
                mark(&session, table).await?;
            }
        }
        if !done(&session, "large_values").await? {
            large(&session).await?;
            mark(&session, "large_values").await?;
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    })
}

async fn done(session: &Session, table: &str) -> Outcome<bool> {
    let found = session
        .query_unpaged("SELECT name FROM bench.done WHERE name = ?", (table,))
        .await?
        .into_rows_result()?;
    Ok(found.rows_num() > 0)
}

async fn mark(session: &Session, table: &str) -> Outcome {
    println!("{table} is written");
    session
        .query_unpaged("INSERT INTO bench.done (name) VALUES (?)", (table,))
        .await?;
    Ok(())
}

async fn write(session: &Arc<Session>, table: &str, rows: usize) -> Outcome {
    session
        .query_unpaged(
            format!(
                "CREATE TABLE IF NOT EXISTS bench.{table} (key text, column1 text, value text, packed blob, PRIMARY KEY (key, column1))"
            ),
            (),
        )
        .await?;
    let insert = format!("INSERT INTO bench.{table} (key, column1, value, packed) VALUES (?, ?, ?, ?)");
    let insert = Arc::new(session.prepare(insert).await?);
    let writers: usize = 64;
    let mut tasks = Vec::new();
    for writer in 0..writers {
        let (session, insert) = (session.clone(), insert.clone());
        tasks.push(tokio::spawn(async move {
            for number in (writer..rows).step_by(writers) {
                let row = data::row(number, rows);
                let values = (row.key, row.column, row.value, row.packed);
                session
                    .execute_unpaged(&insert, values)
                    .await
                    .map_err(|error| error.to_string())?;
            }
            Ok::<_, String>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

async fn large(session: &Session) -> Outcome {
    session
        .query_unpaged(
            "CREATE TABLE IF NOT EXISTS bench.large_values (key text, column1 text, value blob, PRIMARY KEY (key, column1))",
            (),
        )
        .await?;
    let insert = "INSERT INTO bench.large_values (key, column1, value) VALUES (?, 'audio', ?)";
    let insert = session.prepare(insert).await?;
    for number in 0..LARGE {
        let key = format!("recording{number:05}");
        session
            .execute_unpaged(&insert, (key, data::mebibyte(number)))
            .await?;
    }
    Ok(())
}

fn forget(name: &str, home: &tempfile::TempDir, table: &str, more: &[&str]) -> Program {
    let mut arguments = vec![
        "--cass_keyspace",
        "bench",
        "--cass_hostname",
        HOST,
        "--cass_port",
        "9042",
    ];
    arguments.extend(["--include", table]);
    arguments.extend(more);
    Program::forget(name, home.path(), &arguments)
}

fn fetch_only(table: &str) -> Outcome<Program> {
    let own = std::env::current_exe()?.display().to_string();
    let command = ["fetch-only", HOST, table].map(str::to_owned);
    Ok(Program::of(
        "only fetching the pages",
        [vec![own], command.to_vec()].concat(),
    ))
}

/// One million rows, one person; with the slow rivals only when they are asked for.
pub fn rivals(slow: &[&str]) -> Outcome {
    let server = Server::start()?;
    let python = python()?.display().to_string();
    let home = tempfile::tempdir()?;
    let table = "settings_1m";
    let mut programs = vec![forget("`dsr forget`", &home, table, &["--search", PERSON])];
    let mut runs = None;
    if slow.is_empty() {
        let driver = source("benches/clusters/driver.py").display().to_string();
        let command = [
            format!("{python}/python"),
            driver,
            HOST.to_owned(),
            table.to_owned(),
        ];
        programs.push(fetch_only(table)?);
        programs.push(Program::of(
            "Python `cassandra-driver`, 64 ranges, 4 threads",
            [command.to_vec(), vec![PERSON.to_owned()]].concat(),
        ));
    } else {
        runs = Some(1);
    }
    let shell = |name: &str, line: String| {
        Program::of(
            name,
            ["sh", "-c", &format!("{line} | grep -c -F {PERSON}")]
                .map(str::to_owned)
                .to_vec(),
        )
    };
    if slow.contains(&"copy") {
        let copy = format!("{python}/cqlsh {HOST} -e \"COPY bench.{table} TO STDOUT\"");
        programs.push(shell("`cqlsh COPY TO STDOUT \\| grep`", copy));
    }
    if slow.contains(&"dsbulk") {
        programs.push(shell("DSBulk 1.10 `unload \\| grep`", dsbulk(table)?));
    }
    // The first scans after a start are slower for everybody: the server compiles what it does often.
    compare("(warming up)", Some(server.pid), &programs[..1], Some(12))?;
    compare(
        "1,000,000 rows over CQL, one person",
        Some(server.pid),
        &programs,
        runs,
    )?;
    Ok(())
}

fn dsbulk(table: &str) -> Outcome<String> {
    let library = cache().join("bench/dsbulk");
    if !library.join("complete").exists() {
        run(Command::new("mvn")
            .args(["-B", "-q", "-f"])
            .arg(source("benches/clusters/pom.xml"))
            .arg("org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies")
            .args([
                "-DincludeScope=runtime".to_owned(),
                format!("-DoutputDirectory={}", library.display()),
            ]))?;
        std::fs::write(library.join("complete"), "")?;
    }
    let logs = std::env::temp_dir().join("dsr-bench-dsbulk");
    Ok(format!(
        "java -cp '{}/*' com.datastax.oss.dsbulk.runner.DataStaxBulkLoader unload -h {HOST} -k bench -t {table} -logDir {}",
        library.display(),
        logs.display()
    ))
}

/// Five hundred people in one pass beside one.
pub fn many() -> Outcome {
    let server = Server::start()?;
    let home = tempfile::tempdir()?;
    let people: Vec<String> = (0..499)
        .map(|n| match n % 2 {
            0 => format!("person{n}@dept{}.example.org", n % 9),
            _ => format!("+1 212 555 {n:04}"),
        })
        .chain([PERSON.to_owned()])
        .collect();
    let list = home.path().join("people");
    std::fs::write(&list, people.join("\n"))?;
    let list = list.display().to_string();
    let programs = [
        forget("one person", &home, "settings_1m", &["--search", PERSON]),
        forget(
            "500 people in one pass",
            &home,
            "settings_1m",
            &["--search-file", &list],
        ),
    ];
    compare("(warming up)", Some(server.pid), &programs[..1], Some(12))?;
    compare("1,000,000 rows over CQL", Some(server.pid), &programs, None)?;
    Ok(())
}

/// The client's memory at several sizes.
pub fn memory() -> Outcome {
    let server = Server::start()?;
    let home = tempfile::tempdir()?;
    let mut programs: Vec<Program> = SIZES
        .iter()
        .map(|(table, rows)| forget(&format!("{rows} rows"), &home, table, &["--search", PERSON]))
        .collect();
    programs.push(forget(
        &format!("{LARGE} values of 1 MiB"),
        &home,
        "large_values",
        &["--search", PERSON],
    ));
    compare("Memory", Some(server.pid), &programs, Some(1))?;
    Ok(())
}
