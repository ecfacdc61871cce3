//! A real Cassandra 1.2 on the loopback address, and a client that writes to it. The client speaks
//! Thrift in its own words: what reads in the product must not also be what writes here.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use serde_json::Value;

/// A server that ends with this value; also when the test process dies, since its launcher listens to
/// a pipe from here.
pub struct OldServer {
    launcher: Child,
    talk: Mutex<(ChildStdin, BufReader<std::process::ChildStdout>)>,
    directory: tempfile::TempDir,
    net: Option<String>,
    /// Thrift port.
    pub thrift: u16,
    /// CQL port, native protocol 1.
    pub cql: u16,
}

/// Where downloads for tests are kept.
pub fn test_cache() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    std::env::var_os("DSR_TEST_CACHE").map_or_else(|| target.join("test-cache"), PathBuf::from)
}

/// A file of `tests/cassandra`.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cassandra")
        .join(name)
}

impl OldServer {
    /// Starts one with `options` of `old_server.py`; `None`, said aloud, where there is no JDK 17.
    pub fn start(options: &[&str]) -> Option<OldServer> {
        // Release 1.2 gives up when two of its own threads make the same directory at once: the second
        // start, in a directory of its own, is another draw.
        for _ in 0..2 {
            match OldServer::launch(tempfile::tempdir().unwrap(), options) {
                Err(why) if why.contains("Failed to mkdirs") => eprintln!("once more: {why}"),
                answer => return OldServer::or_skip(answer),
            }
        }
        OldServer::start_in(tempfile::tempdir().unwrap(), options)
    }

    /// Starts one on data that is there already.
    pub fn start_in(directory: tempfile::TempDir, options: &[&str]) -> Option<OldServer> {
        OldServer::or_skip(OldServer::launch(directory, options))
    }

    fn or_skip(answer: Result<OldServer, String>) -> Option<OldServer> {
        match answer {
            Ok(server) => Some(server),
            Err(why) => {
                let allowed = why.trim() == "no JDK 17" && std::env::var("CI").as_deref() != Ok("true");
                assert!(allowed, "Cassandra 1.2 does not start: {why}");
                eprintln!("skipped: no JDK 17 here, so no Cassandra 1.2");
                None
            }
        }
    }

    fn launch(directory: tempfile::TempDir, options: &[&str]) -> Result<OldServer, String> {
        let mut launcher = Command::new("python3")
            .arg(script("old_server.py"))
            .arg("run")
            .arg(test_cache().join("cassandra-1.2"))
            .arg(directory.path())
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("python3 is there");
        let talk = launcher.stdin.take().unwrap();
        let mut hear = BufReader::new(launcher.stdout.take().unwrap());
        let mut line = String::new();
        hear.read_line(&mut line).unwrap();
        let Ok(ready) = serde_json::from_str::<Value>(&line) else {
            let mut why = String::new();
            launcher.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            launcher.wait().unwrap();
            return Err(why);
        };
        let port = |name: &str| u16::try_from(ready[name].as_u64().unwrap()).unwrap();
        Ok(OldServer {
            thrift: port("thrift"),
            cql: port("cql"),
            launcher,
            talk: Mutex::new((talk, hear)),
            directory,
            net: options
                .iter()
                .position(|option| *option == "--net")
                .map(|at| options[at + 1].to_owned()),
        })
    }

    /// Starts three nodes, which share addresses of a net of their own.
    pub fn start_three(options: &[&str]) -> Option<OldServer> {
        let net = super::cassandra::next_net();
        let mut all = vec!["--nodes", "3", "--net", net.as_str()];
        all.extend(options);
        OldServer::start(&all)
    }

    /// The address of a node, counted from 1.
    pub fn address(&self, node: u32) -> String {
        self.net
            .as_ref()
            .map_or_else(|| "127.0.0.1".to_owned(), |net| format!("{net}.{node}"))
    }

    /// Ends one of several nodes at once.
    pub fn kill_node(&self, node: u32) {
        assert_eq!(self.ask(&format!("kill {node}")), "killed");
    }

    fn ask(&self, word: &str) -> Value {
        let mut talk = self.talk.lock().unwrap();
        writeln!(talk.0, "{word}").unwrap();
        let mut line = String::new();
        talk.1.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Ends it at once.
    pub fn kill(&self) {
        assert_eq!(self.ask("kill"), "killed");
    }

    /// Makes it silent, with its connections open.
    pub fn pause(&self) {
        assert_eq!(self.ask("pause"), "pause");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        assert_eq!(self.ask("continue"), "continue");
    }

    /// How many writes of clients it has counted.
    pub fn writes(&self) -> u64 {
        self.ask("writes").as_u64().unwrap()
    }

    /// Writes a keyspace to disk.
    pub fn flush(&self, keyspace: &str) {
        assert_eq!(self.ask(&format!("flush {keyspace}")), 0);
    }

    /// Takes a snapshot of a keyspace.
    pub fn snapshot(&self, keyspace: &str, tag: &str) {
        assert_eq!(self.ask(&format!("snapshot {keyspace} {tag}")), 0);
    }

    /// Where its data lies.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Where it runs.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A client that writes.
    pub fn writer(&self) -> Writer {
        Writer::connect_to(&self.address(1), self.thrift)
    }
}

impl Drop for OldServer {
    fn drop(&mut self) {
        // The launcher ends the server when its input ends.
        let pipe = Command::new("true")
            .stdin(Stdio::piped())
            .spawn()
            .and_then(|mut child| {
                let pipe = child.stdin.take();
                child.wait()?;
                Ok(pipe)
            });
        if let (Ok(Some(other)), Ok(talk)) = (pipe, self.talk.get_mut()) {
            drop(std::mem::replace(&mut talk.0, other));
        }
        let _ = self.launcher.wait();
    }
}

/// A column family to be made.
#[derive(Clone, Default)]
pub struct Family<'a> {
    pub name: &'a str,
    pub is_super: bool,
    pub comparator: &'a str,
    pub sub: Option<&'a str>,
    pub key: &'a str,
    pub value: &'a str,
    /// Declared columns and their types.
    pub columns: &'a [(&'a str, &'a str)],
    /// Class of the compressor; `None` is the server's own choice, empty is none.
    pub compression: Option<&'a str>,
}

/// One column to be written: row, super column, name, value.
pub type Cell<'a> = (&'a [u8], Option<&'a [u8]>, &'a [u8], &'a [u8]);

/// Writes to Cassandra 1.2.
pub struct Writer {
    stream: TcpStream,
    time: i64,
    /// Copies of a keyspace that is made; then every node has to have it.
    copies: u32,
}

const STRING: u8 = 11;
const STRUCT: u8 = 12;
const MAP: u8 = 13;
const LIST: u8 = 15;

fn head(out: &mut Vec<u8>, kind: u8, id: i16) {
    out.push(kind);
    out.extend(id.to_be_bytes());
}

fn size(out: &mut Vec<u8>, count: usize) {
    out.extend(u32::try_from(count).unwrap().to_be_bytes());
}

fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    size(out, value.len());
    out.extend(value);
}

fn string(out: &mut Vec<u8>, id: i16, value: &[u8]) {
    head(out, STRING, id);
    bytes(out, value);
}

fn options(out: &mut Vec<u8>, id: i16, pairs: &[(&str, &str)]) {
    head(out, MAP, id);
    out.extend([STRING, STRING]);
    size(out, pairs.len());
    for (key, value) in pairs {
        bytes(out, key.as_bytes());
        bytes(out, value.as_bytes());
    }
}

impl Writer {
    /// Connects; who must sign in does so next.
    pub fn connect_to(address: &str, port: u16) -> Writer {
        let stream = TcpStream::connect((address, port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Writer {
            stream,
            time: 1_700_000_000_000_000,
            copies: 1,
        }
    }

    /// Makes keyspaces in so many copies, and writes to all of them.
    pub fn with_copies(mut self, copies: u32) -> Writer {
        self.copies = copies;
        self
    }

    /// One copy, or all.
    fn level(&self) -> [u8; 4] {
        if self.copies > 1 { 5i32 } else { 1 }.to_be_bytes()
    }

    /// Waits until all nodes have the same schema.
    fn agree(&mut self) {
        for _ in 0..200 {
            // Field 0: a map of texts and lists, and how many there are.
            let versions = self.call("describe_schema_versions", &[]);
            if versions[5..9] == [0, 0, 0, 1] {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("the nodes do not agree");
    }

    /// One call with these arguments; panics when the server does not answer with success.
    fn call(&mut self, name: &str, arguments: &[u8]) -> Vec<u8> {
        let answer = self.ask(name, arguments);
        let result = &answer[12 + name.len()..];
        // Field 0 is success, nothing at all is success of a call without result.
        let fine = answer[3] == 2 && (result[0] == 0 || result[1..3] == [0, 0]);
        assert!(fine, "{name}: {}", String::from_utf8_lossy(&answer));
        result.to_vec()
    }

    /// Sends a call and reads its whole answer, whatever it says.
    fn ask(&mut self, name: &str, arguments: &[u8]) -> Vec<u8> {
        let mut body = vec![0x80, 1, 0, 1];
        bytes(&mut body, name.as_bytes());
        size(&mut body, 1);
        body.extend(arguments);
        body.push(0);
        let mut frame = Vec::new();
        size(&mut frame, body.len());
        frame.extend(body);
        self.stream.write_all(&frame).unwrap();
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut answer).unwrap();
        answer
    }

    /// Writes. Nodes that have just met are not all in reach yet on a busy machine: what is unavailable
    /// or timed out (fields 2 and 3 of the answer) is written again, the same with the same time.
    fn mutate(&mut self, arguments: &[u8]) {
        let name = "batch_mutate";
        for _ in 0..120 {
            let answer = self.ask(name, arguments);
            let later = answer[12 + name.len()..].get(1..3);
            if answer[3] != 2 || !matches!(later, Some([0, 2 | 3])) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(250));
        }
        self.call(name, arguments);
    }

    /// Signs in.
    pub fn login(&mut self, user: &str, password: &str) {
        let mut out = Vec::new();
        head(&mut out, STRUCT, 1);
        options(&mut out, 1, &[("username", user), ("password", password)]);
        out.push(0);
        self.call("login", &out);
    }

    /// Makes a keyspace, and its column families, and chooses it.
    pub fn keyspace(&mut self, name: &str, strategy: &str, families: &[Family<'_>]) {
        let copies = self.copies.to_string();
        let replication = match strategy {
            "NetworkTopologyStrategy" => ("datacenter1", copies.as_str()),
            _ => ("replication_factor", copies.as_str()),
        };
        let mut out = Vec::new();
        head(&mut out, STRUCT, 1);
        string(&mut out, 1, name.as_bytes());
        string(
            &mut out,
            2,
            format!("org.apache.cassandra.locator.{strategy}").as_bytes(),
        );
        options(&mut out, 3, &[replication]);
        head(&mut out, LIST, 5);
        out.push(STRUCT);
        size(&mut out, families.len());
        for family in families {
            family.write(name, &mut out);
        }
        out.push(0);
        self.call("system_add_keyspace", &out);
        self.agree();
        self.choose(name);
    }

    /// Chooses a keyspace.
    pub fn choose(&mut self, name: &str) {
        let mut out = Vec::new();
        string(&mut out, 1, name.as_bytes());
        self.call("set_keyspace", &out);
    }

    /// Carries out a statement of CQL 3.
    pub fn cql(&mut self, statement: &str) {
        let mut out = Vec::new();
        string(&mut out, 1, statement.as_bytes());
        // Uncompressed, at consistency ONE.
        head(&mut out, 8, 2);
        out.extend(2i32.to_be_bytes());
        head(&mut out, 8, 3);
        out.extend(self.level());
        self.call("execute_cql3_query", &out);
        self.agree();
    }

    /// Writes columns of one column family, in batches.
    pub fn put(&mut self, family: &str, cells: &[Cell<'_>]) {
        for batch in cells.chunks(500) {
            self.time += 1;
            let mut out = Vec::new();
            head(&mut out, MAP, 1);
            out.extend([STRING, MAP]);
            // One entry for each row: a map of one column family to the changes of it.
            let mut rows: std::collections::BTreeMap<&[u8], Vec<&Cell<'_>>> =
                std::collections::BTreeMap::new();
            for cell in batch {
                rows.entry(cell.0).or_default().push(cell);
            }
            size(&mut out, rows.len());
            for (key, cells) in rows {
                bytes(&mut out, key);
                out.extend([STRING, LIST]);
                size(&mut out, 1);
                bytes(&mut out, family.as_bytes());
                out.push(STRUCT);
                size(&mut out, cells.len());
                for (_, super_name, name, value) in cells {
                    // Mutation 1: ColumnOrSuperColumn 1 or 2.
                    head(&mut out, STRUCT, 1);
                    if let Some(super_name) = super_name {
                        head(&mut out, STRUCT, 2);
                        string(&mut out, 1, super_name);
                        head(&mut out, LIST, 2);
                        out.push(STRUCT);
                        size(&mut out, 1);
                        self.column(name, value, &mut out);
                    } else {
                        head(&mut out, STRUCT, 1);
                        self.column(name, value, &mut out);
                    }
                    out.extend([0, 0]);
                    if super_name.is_some() {
                        out.push(0);
                    }
                }
            }
            head(&mut out, 8, 2);
            out.extend(self.level());
            self.mutate(&out);
        }
    }

    /// The fields of a `Column` and its end.
    fn column(&self, name: &[u8], value: &[u8], out: &mut Vec<u8>) {
        string(out, 1, name);
        string(out, 2, value);
        head(out, 10, 3);
        out.extend(self.time.to_be_bytes());
        out.push(0);
    }

    /// Deletes a row.
    pub fn remove(&mut self, family: &str, key: &[u8]) {
        self.time += 1;
        let mut out = Vec::new();
        string(&mut out, 1, key);
        head(&mut out, STRUCT, 2);
        string(&mut out, 3, family.as_bytes());
        out.push(0);
        head(&mut out, 10, 3);
        out.extend(self.time.to_be_bytes());
        head(&mut out, 8, 4);
        out.extend(self.level());
        self.call("remove", &out);
    }
}

impl Family<'_> {
    fn write(&self, keyspace: &str, out: &mut Vec<u8>) {
        string(out, 1, keyspace.as_bytes());
        string(out, 2, self.name.as_bytes());
        string(out, 3, if self.is_super { b"Super" } else { b"Standard" });
        string(out, 5, self.comparator.as_bytes());
        if let Some(sub) = self.sub {
            string(out, 6, sub.as_bytes());
        }
        head(out, LIST, 13);
        out.push(STRUCT);
        size(out, self.columns.len());
        for (name, class) in self.columns {
            string(out, 1, name.as_bytes());
            string(out, 2, class.as_bytes());
            out.push(0);
        }
        string(out, 15, self.value.as_bytes());
        string(out, 26, self.key.as_bytes());
        match self.compression {
            None => {}
            Some("") => options(out, 32, &[("sstable_compression", "")]),
            Some(class) => {
                options(
                    out,
                    32,
                    &[("sstable_compression", class), ("chunk_length_kb", "16")],
                );
            }
        }
        out.push(0);
    }
}
