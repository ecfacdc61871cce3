//! Imports point one way. All sources are parsed, inline paths and the insides of macros included,
//! and held against the map in `src/lib.rs`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::Visit;

/// What each folder may import besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("config", &["domain"]),
    ("systems", &["domain", "config"]),
    ("crypto", &["domain", "config"]),
    ("ledger", &["domain", "config"]),
    ("store", &["domain", "config"]),
    ("simulator", &["domain"]),
    (
        "workflow",
        &["domain", "config", "systems", "crypto", "ledger", "store"],
    ),
    ("keymap", &["domain"]),
    (
        "app",
        &[
            "domain", "config", "systems", "crypto", "ledger", "store", "workflow", "keymap",
        ],
    ),
    (
        "ui",
        &[
            "domain", "config", "systems", "crypto", "ledger", "store", "workflow", "keymap", "app",
        ],
    ),
    (
        "world",
        &[
            "domain",
            "config",
            "systems",
            "crypto",
            "ledger",
            "store",
            "workflow",
            "simulator",
        ],
    ),
    (
        "runtime",
        &[
            "domain", "config", "systems", "crypto", "ledger", "store", "workflow", "keymap", "app", "ui",
            "world",
        ],
    ),
    (
        "cli",
        &[
            "domain", "config", "systems", "crypto", "ledger", "store", "workflow", "world",
        ],
    ),
];

/// Single files that may do more, each with its reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "src/cli/start.rs",
        "runtime",
        "the one door from the command line to the console",
    ),
    (
        "src/cli/config.rs",
        "keymap",
        "`config check` reads the keys of the configuration as the console will",
    ),
    (
        "src/cli/docs.rs",
        "runtime",
        "the pictures of the README are the console's own",
    ),
    (
        "src/cli/docs/tables.rs",
        "keymap",
        "the tables of the README are made from the keys in force",
    ),
];

/// Files in which the operating system may be asked for the time.
const CLOCKS: &[&str] = &["src/world/", "src/simulator/clock.rs"];

/// One path from one module into the crate.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reference {
    line: usize,
    /// Absolute path inside the crate, without `crate`.
    path: Vec<String>,
}

/// Collects the references of one file.
struct Reader {
    /// The module that the file or inline module is.
    module: Vec<String>,
    found: Vec<Reference>,
    /// Last two segments of every path in an expression, with its line.
    calls: Vec<(usize, String, String)>,
    /// Renamings (`use a::B as C`), which could hide a name.
    renames: Vec<(usize, String)>,
}

impl Reader {
    fn read(source: &str, module: &[&str]) -> Reader {
        let file = syn::parse_file(source).unwrap();
        let mut reader = Reader {
            module: module.iter().map(|part| (*part).to_owned()).collect(),
            found: Vec::new(),
            calls: Vec::new(),
            renames: Vec::new(),
        };
        reader.visit_file(&file);
        reader
    }

    /// Resolves a path that starts with `crate`, `self`, `super` or the crate's name.
    fn refer(&mut self, segments: &[String], line: usize) {
        let mut at = match segments.first().map(String::as_str) {
            Some("crate" | "dsr_console") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            _ => return,
        };
        for segment in segments {
            match segment.as_str() {
                "crate" | "dsr_console" | "self" => {}
                "super" => {
                    at.pop();
                }
                name => at.push(name.to_owned()),
            }
        }
        self.found.push(Reference { line, path: at });
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let line = tree.span().start().line;
        let mut path = before.to_vec();
        match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.tree(&part.tree, &path);
            }
            syn::UseTree::Group(group) => {
                for item in &group.items {
                    self.tree(item, before);
                }
            }
            syn::UseTree::Name(name) => {
                path.push(name.ident.to_string());
                self.refer(&path, line);
            }
            syn::UseTree::Rename(rename) => {
                path.push(rename.ident.to_string());
                self.renames.push((line, rename.ident.to_string()));
                self.refer(&path, line);
            }
            syn::UseTree::Glob(_) => {
                path.push("*".to_owned());
                self.refer(&path, line);
            }
        }
    }

    /// Paths in the tokens of a macro, which `syn` leaves unparsed.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.end_of_path(&mut path, line);
                        line = name.span().start().line;
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.end_of_path(&mut path, line);
                    colons = 0;
                    self.tokens(group.stream());
                }
                _ => {
                    self.end_of_path(&mut path, line);
                    colons = 0;
                }
            }
        }
        self.end_of_path(&mut path, line);
    }

    fn end_of_path(&mut self, path: &mut Vec<String>, line: usize) {
        self.path(path, line);
        path.clear();
    }

    fn path(&mut self, segments: &[String], line: usize) {
        if segments.len() > 1 {
            self.refer(segments, line);
        }
        if let [.., before, last] = segments {
            self.calls.push((line, before.clone(), last.clone()));
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.path(&segments, path.span().start().line);
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.visit_path(&mac.path);
        self.tokens(mac.tokens.clone());
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if is_for_tests(&module.attrs) {
            return;
        }
        self.module.push(module.ident.to_string());
        syn::visit::visit_item_mod(self, module);
        self.module.pop();
    }
}

/// Unit tests may look across.
fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .meta
                .require_list()
                .is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// Folders that `references` of a file in `folder` reach against the rules.
fn forbidden(folder: &str, references: &[Reference]) -> Vec<(usize, String)> {
    let allowed = MAY_IMPORT
        .iter()
        .find(|(name, _)| *name == folder)
        .map(|(_, may)| *may);
    references
        .iter()
        .filter_map(|reference| {
            let target = reference.path.first()?;
            let known = target == "*" || MAY_IMPORT.iter().any(|(name, _)| name == target);
            let fine = target == folder || allowed.is_none_or(|may| may.contains(&target.as_str()));
            (known && !fine).then(|| (reference.line, target.clone()))
        })
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(under: &str) -> Vec<(PathBuf, String)> {
    let mut waiting = vec![root().join(under)];
    let mut found = Vec::new();
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

/// The module of a source file: `src/a/b.rs` and `src/a/b/mod.rs` are `a::b`.
fn module_of(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> = path
        .with_extension("")
        .components()
        .skip(1)
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    if parts
        .last()
        .is_some_and(|last| last == "mod" || last == "lib" || last == "main")
    {
        parts.pop();
    }
    parts
}

fn read_file(path: &Path, text: &str) -> Reader {
    let module = module_of(path);
    let module: Vec<&str> = module.iter().map(String::as_str).collect();
    Reader::read(text, &module)
}

#[test]
fn imports_point_one_way() {
    let mut wrong = Vec::new();
    let mut seen = BTreeMap::<String, usize>::new();
    for (path, text) in sources("src") {
        let Some(folder) = module_of(&path).first().cloned() else {
            continue;
        };
        let reader = read_file(&path, &text);
        *seen.entry(folder.clone()).or_default() += reader.found.len();
        for (line, target) in forbidden(&folder, &reader.found) {
            let shown = path.display().to_string();
            if !EXCEPTIONS
                .iter()
                .any(|(file, to, _)| *file == shown && *to == target)
            {
                wrong.push(format!("{shown}:{line} reaches {target}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (folder, _) in MAY_IMPORT {
        assert!(
            seen.contains_key(*folder),
            "{folder} is in the map and not in src"
        );
    }
}

#[test]
fn every_folder_is_on_the_map() {
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            MAY_IMPORT.iter().any(|(folder, _)| *folder == name) || name == "lib" || name == "main",
            "{name} has no place in the map of imports"
        );
    }
}

#[test]
fn exceptions_are_in_use() {
    for (file, target, reason) in EXCEPTIONS {
        assert!(reason.len() > 10);
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        let reader = read_file(Path::new(file), &text);
        assert!(
            reader
                .found
                .iter()
                .any(|r| r.path.first().is_some_and(|t| t == target)),
            "{file}"
        );
    }
}

#[test]
fn only_the_gate_issues_permits() {
    for (path, text) in sources("src") {
        let shown = path.display().to_string();
        if shown == "src/workflow/gate.rs" {
            assert!(text.contains("Permit::issue"));
            continue;
        }
        let reader = read_file(&path, &text);
        for (line, _, name) in &reader.calls {
            assert_ne!(name, "issue", "{shown}:{line} issues a permit");
        }
        for (line, name) in &reader.renames {
            assert_ne!(name, "Permit", "{shown}:{line} renames the permit");
        }
    }
}

#[test]
fn time_comes_from_the_worlds_clock() {
    const WALL_CLOCKS: [&str; 5] = ["Timestamp", "SystemTime", "Zoned", "Utc", "Local"];
    for (path, text) in sources("src") {
        let shown = path.display().to_string();
        if CLOCKS.iter().any(|place| shown.starts_with(place)) {
            continue;
        }
        let reader = read_file(&path, &text);
        for (line, of, name) in &reader.calls {
            let asks = name == "now" && WALL_CLOCKS.contains(&of.as_str());
            assert!(!asks, "{shown}:{line} asks the host for the time");
        }
        for (line, name) in &reader.renames {
            assert!(
                !WALL_CLOCKS.contains(&name.as_str()),
                "{shown}:{line} renames a clock"
            );
        }
    }
}

#[test]
fn files_have_one_purpose_each() {
    let lengths: Vec<(usize, String)> = sources("src")
        .iter()
        .map(|(path, text)| (text.lines().count(), path.display().to_string()))
        .collect();
    for (lines, path) in &lengths {
        assert!(
            *lines <= LONGEST_FILE,
            "{path} has {lines} lines: split it by purpose"
        );
    }
    let short = lengths.iter().filter(|(lines, _)| *lines <= 300).count();
    assert!(
        short * 20 >= lengths.len() * 19,
        "more than a twentieth of the files is past 300 lines"
    );
}

#[test]
fn functions_stay_short() {
    let mut lengths = Vec::new();
    for (path, text) in sources("src") {
        let mut measured = Functions::default();
        measured.visit_file(&syn::parse_file(&text).unwrap());
        for (name, lines) in measured.0 {
            assert!(
                lines <= LONGEST_FUNCTION,
                "{}: {name} has {lines} lines",
                path.display()
            );
            lengths.push(lines);
        }
    }
    let short = lengths.iter().filter(|lines| **lines <= 40).count();
    assert!(
        short * 20 >= lengths.len() * 19,
        "more than a twentieth of the functions is past 40 lines"
    );
}

/// Names and lengths of functions outside of tests.
#[derive(Default)]
struct Functions(Vec<(String, usize)>);

impl Functions {
    fn add(&mut self, name: &syn::Ident, body: &syn::Block) {
        let lines = body.span().end().line - body.span().start().line;
        self.0.push((name.to_string(), lines));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.sig.ident, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add(&function.sig.ident, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_for_tests(&module.attrs) {
            syn::visit::visit_item_mod(self, module);
        }
    }
}

const LONGEST_FUNCTION: usize = 90;

/// Most files have 80 to 250 lines; none is a place for everything.
const LONGEST_FILE: usize = 400;

mod self_test {
    //! The reader itself: what it must catch, and what it must let pass.

    use super::{Reader, forbidden};

    fn caught(folder: &[&str], source: &str) -> Vec<String> {
        let reader = Reader::read(source, folder);
        forbidden(folder[0], &reader.found)
            .into_iter()
            .map(|(_, target)| target)
            .collect()
    }

    #[test]
    fn forbidden_references_of_every_shape_are_caught() {
        for source in [
            "use crate::ui;",
            "use crate::{domain::text, ui::theme::Theme};",
            "use crate::ui as drawing;",
            "pub use crate::ui::*;",
            "fn f() { crate::ui::draw(); }",
            "fn f(x: crate::ui::Theme) {}",
            "fn f() -> Vec<crate::ui::Theme> { Vec::new() }",
            "impl crate::ui::Draw for X {}",
            "fn f() { println!(\"{}\", crate::ui::width()); }",
            "fn f() { assert!(matches!(x, Some(crate::ui::X { .. }))); }",
            "use super::super::ui;",
            "fn f() { super::super::ui::draw(); }",
            "mod inner { use super::super::super::ui; }",
            "fn f() { use crate::ui::draw; }",
            "use dsr_console::ui;",
            "#[derive(Debug)] struct S { theme: crate::ui::Theme }",
        ] {
            assert_eq!(caught(&["workflow", "search"], source), ["ui"], "{source}");
        }
        assert_eq!(caught(&["domain", "text"], "use crate::*;"), ["*"]);
    }

    #[test]
    fn allowed_references_pass() {
        for source in [
            "use crate::domain::text::clean;",
            "use super::World;",
            "use self::inner::X; mod inner { use super::super::World; }",
            "use std::ui::x;",
            "fn f() { ui::x(); let crate_ui = 1; }",
            "/// See [`crate::ui`].\nfn f() {}",
            "#[cfg(test)] mod tests { use crate::ui; }",
        ] {
            assert!(caught(&["workflow", "search"], source).is_empty(), "{source}");
        }
    }

    #[test]
    fn calls_are_seen_through_macros_and_types() {
        for source in [
            "fn f() { Permit::issue(1); }",
            "fn f() { crate::systems::permit::Permit::issue(1); }",
            "fn f() { let make = Permit::issue; }",
            "fn f() { vec![Permit::issue(1)]; }",
        ] {
            let reader = Reader::read(source, &["workflow"]);
            assert!(
                reader
                    .calls
                    .iter()
                    .any(|(_, of, name)| of == "Permit" && name == "issue"),
                "{source}"
            );
        }
    }
}
