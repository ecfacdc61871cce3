//! The disk under one site, and what a power cut leaves of it. Of every file of store and ledger it is
//! known what was made to last by the last sync; of what was written since, each write is kept, lost or
//! torn by sectors, as the dice fall, and of the names that were given, changed or taken away in a
//! directory since its last sync some of the first hold.
//!
//! Not in the model, and taken for lasting: the folder of the site itself with the store's directory,
//! and what people asked for (downloads, records). The shared memory of SQLite is gone after a cut.

use std::collections::BTreeMap;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

use dsr_console::ledger::DiskCall;

use super::dice::Dice;

/// What is written whole or not at all.
const SECTOR: usize = 512;

/// Whose syncs do nothing, although they are told to be done: so it is shown that what is lost by a
/// power cut would be found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lies {
    #[default]
    Nobody,
    Store,
    Ledger,
}

/// What became of what was not synced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    pub kept: u64,
    pub lost: u64,
    pub torn: u64,
    /// Names that were given, changed or taken away, and are as they were before.
    pub names: u64,
}

impl Losses {
    pub fn are_all(&self) -> bool {
        self.kept > 0 && self.lost > 0 && self.torn > 0 && self.names > 0
    }

    pub fn add(&mut self, other: Losses) {
        self.kept += other.kept;
        self.lost += other.lost;
        self.torn += other.torn;
        self.names += other.names;
    }
}

/// A file or a directory by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Directory(usize),
    File(usize),
}

/// What befalls a name.
#[derive(Clone, Debug)]
enum Naming {
    Given(PathBuf, Node),
    /// With what was beneath it: what comes to be there later is something else.
    Taken(PathBuf, Vec<Node>),
    Moved(PathBuf, PathBuf),
}

#[derive(Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

#[derive(Debug, Default)]
struct Content {
    lasting: Vec<u8>,
    since: Vec<Change>,
    /// Its changes are seen by reading it, as the ledger's calls do not say what is written.
    read: bool,
}

type Names = BTreeMap<PathBuf, Node>;

#[derive(Debug, Default)]
struct State {
    off: bool,
    /// Files that are open in SQLite.
    open: usize,
    now: Names,
    lasting: Names,
    since: Vec<Naming>,
    files: Vec<Content>,
    directories: usize,
}

/// The host of one site.
#[derive(Debug)]
pub struct Host {
    /// The directory of the store; all files that are looked after lie in it or beneath it.
    pub root: PathBuf,
    lies: Lies,
    state: Mutex<State>,
    closed: Condvar,
}

impl Naming {
    fn directory(&self) -> &Path {
        let (Naming::Given(path, _) | Naming::Taken(path, _) | Naming::Moved(_, path)) = self;
        path.parent().unwrap()
    }

    fn apply(&self, names: &mut Names) {
        match self {
            Naming::Given(path, node) => drop(names.insert(path.clone(), *node)),
            Naming::Taken(path, nodes) => {
                names.retain(|own, node| !own.starts_with(path) || !nodes.contains(node));
            }
            Naming::Moved(from, to) => {
                let moved: Vec<PathBuf> = names
                    .keys()
                    .filter(|own| own.starts_with(from))
                    .cloned()
                    .collect();
                for own in moved {
                    let node = names.remove(&own).unwrap();
                    names.insert(elsewhere(&own, from, to), node);
                }
            }
        }
    }

    /// The same, when the directory that it is in has another name by now.
    fn follow(&mut self, from: &Path, to: &Path) {
        let move_along = |path: &mut PathBuf| {
            if path.starts_with(from) {
                *path = elsewhere(path, from, to);
            }
        };
        match self {
            Naming::Given(path, _) | Naming::Taken(path, _) => move_along(path),
            Naming::Moved(one, other) => {
                move_along(one);
                move_along(other);
            }
        }
    }
}

fn elsewhere(path: &Path, from: &Path, to: &Path) -> PathBuf {
    // A file has nothing beneath it, and a join with nothing would make a directory of its name.
    match path.strip_prefix(from).unwrap() {
        rest if rest.as_os_str().is_empty() => to.to_owned(),
        rest => to.join(rest),
    }
}

fn write(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Change::Write(at, bytes) => write(content, *at, bytes),
            Change::Length(length) => content.resize(*length, 0),
        }
    }

    /// Some of its sectors.
    fn apply_torn(&self, content: &mut Vec<u8>, dice: &mut Dice) {
        let Change::Write(at, bytes) = self else { return };
        let mut from = 0;
        while from < bytes.len() {
            let end = (from + SECTOR - (at + from) % SECTOR).min(bytes.len());
            if dice.once_in(2) {
                write(content, at + from, &bytes[from..end]);
            }
            from = end;
        }
    }
}

impl Content {
    /// What of a file that is read differs from what lasts.
    fn look(&mut self, found: &[u8]) {
        let same = found
            .iter()
            .zip(&self.lasting)
            .take_while(|(one, other)| one == other);
        let same = same.count();
        self.since.clear();
        if self.lasting.len() > same {
            self.since.push(Change::Length(same));
        }
        if found.len() > same {
            self.since.push(Change::Write(same, found[same..].to_vec()));
        }
    }

    fn sync(&mut self) {
        for change in std::mem::take(&mut self.since) {
            change.apply(&mut self.lasting);
        }
    }
}

impl State {
    fn file(&mut self, content: Content) -> Node {
        self.files.push(content);
        Node::File(self.files.len() - 1)
    }

    fn directory(&mut self) -> Node {
        self.directories += 1;
        Node::Directory(self.directories)
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.now);
        self.since.push(naming);
    }

    fn take_away(&mut self, path: &Path) {
        let names = self.now.iter().chain(&self.lasting);
        let nodes = names
            .filter(|(own, _)| own.starts_with(path))
            .map(|(_, node)| *node);
        let nodes = nodes.collect();
        // What befell the names in a directory goes with it.
        self.since.retain(|naming| !naming.directory().starts_with(path));
        self.name(Naming::Taken(path.to_owned(), nodes));
    }

    fn sync_directory(&mut self, directory: &Path) {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for naming in std::mem::take(&mut self.since) {
            if naming.directory() == directory {
                own.push(naming);
            } else {
                others.push(naming);
            }
        }
        for naming in own {
            naming.apply(&mut self.lasting);
            if let Naming::Moved(from, to) = &naming {
                others.iter_mut().for_each(|other| other.follow(from, to));
            }
        }
        self.since = others;
    }

    /// Looks at the files whose changes are seen by reading them.
    fn look(&mut self) {
        for (path, node) in &self.now {
            let Node::File(number) = node else { continue };
            let content = &mut self.files[*number];
            if content.read
                && let Ok(found) = std::fs::read(path)
            {
                content.look(&found);
            }
        }
    }
}

impl Host {
    /// The host of the store and the ledger in `root`.
    pub fn new(root: &Path, lies: Lies) -> Arc<Host> {
        Arc::new(Host {
            root: root.to_owned(),
            lies,
            state: Mutex::default(),
            closed: Condvar::new(),
        })
    }

    /// The power fails: no process changes anything any more.
    pub fn fail(&self) {
        self.state.lock().unwrap().off = true;
    }

    pub fn is_off(&self) -> bool {
        self.state.lock().unwrap().off
    }

    /// A file is opened by SQLite; its number.
    pub fn opened(&self, path: &Path) -> usize {
        let mut state = self.state.lock().unwrap();
        state.open += 1;
        if let Some(Node::File(number)) = state.now.get(path) {
            return *number;
        }
        let found = std::fs::read(path).unwrap_or_default();
        // An empty one was made a moment ago.
        let new = found.is_empty();
        let node = state.file(Content {
            lasting: found,
            ..Content::default()
        });
        let given = Naming::Given(path.to_owned(), node);
        if new {
            state.name(given);
        } else {
            given.apply(&mut state.now);
            given.apply(&mut state.lasting);
        }
        state.files.len() - 1
    }

    pub fn closed(&self) {
        self.state.lock().unwrap().open -= 1;
        self.closed.notify_all();
    }

    pub fn wrote(&self, file: usize, at: usize, bytes: &[u8]) {
        let change = Change::Write(at, bytes.to_vec());
        self.state.lock().unwrap().files[file].since.push(change);
    }

    pub fn cut_to(&self, file: usize, length: usize) {
        let change = Change::Length(length);
        self.state.lock().unwrap().files[file].since.push(change);
    }

    /// A file of SQLite is synced. With a journal its directory is.
    pub fn synced(&self, file: usize, directory: Option<&Path>) {
        if self.lies == Lies::Store {
            return;
        }
        let mut state = self.state.lock().unwrap();
        state.files[file].sync();
        if let Some(directory) = directory {
            state.sync_directory(directory);
        }
    }

    /// SQLite takes a file away, if it still can.
    pub fn takes_away(&self, path: &Path, lasting: bool) -> bool {
        let mut state = self.state.lock().unwrap();
        if state.off {
            return false;
        }
        if state.now.contains_key(path) {
            state.take_away(path);
        }
        if lasting && self.lies != Lies::Store {
            state.sync_directory(path.parent().unwrap());
        }
        true
    }

    /// The ledger is about to do this.
    pub fn before(&self, call: DiskCall, path: &Path) {
        let mut state = self.state.lock().unwrap();
        match call {
            DiskCall::MakeDirectory => {
                let node = state.directory();
                state.name(Naming::Given(path.to_owned(), node));
            }
            DiskCall::Create if state.now.contains_key(path) => {}
            DiskCall::Create => {
                let node = state.file(Content {
                    read: true,
                    ..Content::default()
                });
                state.name(Naming::Given(path.to_owned(), node));
            }
            DiskCall::Remove if path.exists() => state.take_away(path),
            DiskCall::Sync if self.lies == Lies::Ledger => {}
            DiskCall::Sync if path.is_dir() => state.sync_directory(path),
            DiskCall::Sync => {
                if let Some(Node::File(number)) = state.now.get(path).copied() {
                    let content = &mut state.files[number];
                    content.lasting = std::fs::read(path).unwrap_or_default();
                    content.since.clear();
                }
            }
            DiskCall::Remove | DiskCall::Write | DiskCall::Cut | DiskCall::Rename => {}
        }
    }

    /// The ledger is about to give another name.
    pub fn renames(&self, from: &Path, to: &Path) {
        let mut state = self.state.lock().unwrap();
        state.name(Naming::Moved(from.to_owned(), to.to_owned()));
    }

    /// Time passes until the system has written everything.
    pub fn rest(&self) {
        let mut state = self.state.lock().unwrap();
        state.look();
        state.since.clear();
        state.lasting = state.now.clone();
        state.files.iter_mut().for_each(Content::sync);
    }

    /// The power is back: the disk is made to be what the cut has left, by these dice.
    pub fn comes_back(&self, seed: u64) -> Losses {
        let state = self.state.lock().unwrap();
        // Connections are closed by threads of their own.
        let patience = std::time::Duration::from_secs(60);
        let waited = self
            .closed
            .wait_timeout_while(state, patience, |state| state.open > 0);
        let (mut state, late) = waited.unwrap();
        assert!(
            !late.timed_out(),
            "{} files of the store are still open",
            state.open
        );
        state.look();
        let mut dice = Dice::new(seed);
        let mut losses = Losses::default();
        // Now and then nothing is kept, and now and then all of the names.
        let mood = dice.below(4);
        let names = names_left(&self.root, &state, mood, &mut dice, &mut losses);
        let touched: Vec<PathBuf> = state.now.keys().chain(names.keys()).cloned().collect();
        let lefts: BTreeMap<PathBuf, Option<Vec<u8>>> = names
            .iter()
            .map(|(path, node)| {
                let left = match node {
                    Node::Directory(_) => None,
                    Node::File(number) => {
                        Some(content_left(&state.files[*number], mood, &mut dice, &mut losses))
                    }
                };
                (path.clone(), left)
            })
            .collect();
        realize(touched, &lefts);
        *state = State::default();
        for (path, content) in lefts {
            let node = match content {
                None => state.directory(),
                Some(lasting) => {
                    // The ledger's own are those of its directory and its key.
                    let read = path.to_string_lossy().contains(".ledger");
                    state.file(Content {
                        lasting,
                        read,
                        ..Content::default()
                    })
                }
            };
            state.now.insert(path.clone(), node);
            state.lasting.insert(path, node);
        }
        losses
    }
}

/// In each directory the first of what befell its names holds.
fn names_left(root: &Path, state: &State, mood: u64, dice: &mut Dice, losses: &mut Losses) -> Names {
    let mut count: BTreeMap<&Path, u64> = BTreeMap::new();
    for naming in &state.since {
        *count.entry(naming.directory()).or_default() += 1;
    }
    for left in count.values_mut() {
        let all = *left;
        *left = match mood {
            0 => 0,
            1 => all,
            _ => dice.below(all + 1),
        };
        losses.names += all - *left;
    }
    let mut names = state.lasting.clone();
    for naming in &state.since {
        let left = count.get_mut(naming.directory()).unwrap();
        if *left > 0 {
            *left -= 1;
            naming.apply(&mut names);
        }
    }
    // What is in a directory that is gone is gone.
    let there = names.clone();
    names.retain(|path, _| {
        let above = path.ancestors().skip(1).take_while(|above| above != &root);
        above
            .into_iter()
            .all(|above| matches!(there.get(above), Some(Node::Directory(_))))
    });
    names
}

fn content_left(content: &Content, mood: u64, dice: &mut Dice, losses: &mut Losses) -> Vec<u8> {
    let mut left = content.lasting.clone();
    for change in &content.since {
        match (mood, dice.below(3)) {
            (0, _) | (2.., 0) => losses.lost += 1,
            (1, 0 | 1) | (2.., 1) => {
                change.apply(&mut left);
                losses.kept += 1;
            }
            _ => {
                change.apply_torn(&mut left, dice);
                losses.torn += 1;
            }
        }
    }
    left
}

/// Writes what is left in the place of what was there.
fn realize(touched: Vec<PathBuf>, left: &BTreeMap<PathBuf, Option<Vec<u8>>>) {
    for path in touched.iter().rev() {
        if path.is_dir() {
            if !left.contains_key(path) {
                std::fs::remove_dir_all(path).unwrap();
            }
        } else {
            let _ = std::fs::remove_file(path);
        }
        // Shared memory does not outlast the host.
        let mut shared = path.clone().into_os_string();
        shared.push("-shm");
        let _ = std::fs::remove_file(shared);
    }
    for (path, content) in left {
        match content {
            None => std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .unwrap(),
            Some(content) => {
                let options = std::fs::OpenOptions::new()
                    .write(true)
                    .create(true)
                    .truncate(true)
                    .mode(0o600)
                    .open(path);
                std::io::Write::write_all(&mut options.unwrap(), content).unwrap();
            }
        }
    }
}
