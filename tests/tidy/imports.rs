//! Which file of `src/` imports which. Every file is a module. An imported name leads, through re-exports, to the file that defines it.

use super::{Source, rust};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// The path of a module from the crate's root. The root itself is empty.
type Module = Vec<String>;

/// One name that a file imports.
#[derive(Clone, Debug)]
struct Import {
    path: Vec<String>,
    alias: String,
    public: bool,
}

/// Every file with its imports.
pub(crate) struct Crate {
    files: BTreeMap<Module, String>,
    texts: BTreeMap<Module, String>,
    imports: BTreeMap<Module, Vec<Import>>,
}

/// A file, and a file from which it imports.
pub(crate) type Edge = (String, String);

impl Crate {
    /// Reads `src/` without its tests.
    pub(crate) fn read() -> Self {
        let mut whole = Self { files: BTreeMap::new(), texts: BTreeMap::new(), imports: BTreeMap::new() };
        for Source { path, text } in rust("src") {
            let module = module_of(&path);
            let is_test = module.iter().any(|part| part == "tests" || part == "properties");
            if path == "src/main.rs" || is_test {
                continue;
            }
            let text = without_tests_and_words(&text);
            whole.imports.insert(module.clone(), imports(&text));
            whole.texts.insert(module.clone(), text);
            whole.files.insert(module, path);
        }
        whole
    }

    /// Every import from one file to another.
    pub(crate) fn edges(&self) -> BTreeSet<Edge> {
        let inline = Regex::new(r"\b(?:crate|super|self)(?:::\w+)+").unwrap();
        let mut edges = BTreeSet::new();
        for (module, text) in &self.texts {
            let written = inline.find_iter(text).map(|found| found.as_str().split("::").map(str::to_owned).collect());
            let written: Vec<Vec<String>> = written.collect();
            let named = self.imports[module].iter().filter(|import| !self.is_child_shown(module, import));
            for path in named.map(|import| import.path.clone()).chain(written) {
                let defined = self.absolute(module, &path).map(|path| self.resolve(&path, 0));
                if let Some(defined) = defined.filter(|defined| defined != module) {
                    edges.insert((self.files[module].clone(), self.files[&defined].clone()));
                }
            }
        }
        edges
    }

    /// `pub use child::Name` only re-exports from a child module, so it does not count as an import.
    fn is_child_shown(&self, module: &Module, import: &Import) -> bool {
        let below = |path: Module| path.len() > module.len() && path.starts_with(module);
        import.public && import.path[0] != "crate" && self.absolute(module, &import.path).is_some_and(below)
    }

    /// The path from the crate's root. `None` if the path leads to another crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let mut base = module.clone();
        match path[0].as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([&base[..], &path[1..]].concat()),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                base.truncate(base.len().saturating_sub(ups));
                Some([&base[..], &path[ups..]].concat())
            }
            child => {
                base.push(child.to_owned());
                self.files.contains_key(&base).then(|| [&base[..], &path[1..]].concat())
            }
        }
    }

    /// The module that defines the name at this path.
    fn resolve(&self, path: &[String], depth: usize) -> Module {
        let mut length = 0;
        while length < path.len() && self.files.contains_key(&path[..=length]) {
            length += 1;
        }
        let module = path[..length].to_vec();
        let Some(name) = path.get(length).filter(|_| depth < 8) else { return module };
        let shown = self.imports[&module].iter().find(|import| import.alias == *name);
        let Some(shown) = shown.and_then(|import| self.absolute(&module, &import.path)) else { return module };
        self.resolve(&[&shown[..], &path[length + 1..]].concat(), depth + 1)
    }
}

fn module_of(path: &str) -> Module {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut module: Module = path.split('/').map(str::to_owned).collect();
    if path == "lib" || module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

/// The code without the tests at its end, without comments, without the paths of visibilities, and with empty string literals.
fn without_tests_and_words(text: &str) -> String {
    let text = Regex::new(r"(?s)\n#\[cfg\(test\)\]\nmod \w+ \{.*").unwrap().replace(text, "\n").into_owned();
    let text = Regex::new(r"pub\(in [a-z:]+\)").unwrap().replace_all(&text, "pub").into_owned();
    let text = Regex::new(r"(?m)//.*$").unwrap().replace_all(&text, "").into_owned();
    Regex::new(r#""(?:\\.|[^"\\])*""#).unwrap().replace_all(&text, "\"\"").into_owned()
}

fn imports(text: &str) -> Vec<Import> {
    let mut found = Vec::new();
    for used in Regex::new(r"(pub(?:\([a-z: ]+\))?\s+)?\buse\s+([^;]+);").unwrap().captures_iter(text) {
        spread(&used[2], &[], used.get(1).is_some(), &mut found);
    }
    found
}

fn parts(path: &str) -> impl Iterator<Item = String> {
    path.split("::").map(|part| part.trim().to_owned()).filter(|part| !part.is_empty())
}

/// Splits `a::{b, c::{self, d as e}}` into single paths.
fn spread(tree: &str, before: &[String], public: bool, found: &mut Vec<Import>) {
    let mut depth = 0_i32;
    let at_top = |letter: char| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        letter == ',' && depth == 0
    };
    for item in tree.split(at_top).map(str::trim).filter(|item| !item.is_empty()) {
        if let Some((head, rest)) = item.split_once('{') {
            let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
            let before: Vec<String> = before.iter().cloned().chain(parts(head)).collect();
            spread(inner, &before, public, found);
            continue;
        }
        let (path, alias) = item.split_once(" as ").map_or((item, None), |(path, alias)| (path, Some(alias.trim())));
        let mut path: Vec<String> = before.iter().cloned().chain(parts(path)).collect();
        if path.len() > 1 && path.last().is_some_and(|last| last == "self" || last == "*") {
            path.pop();
        }
        let alias = alias.map_or_else(|| path[path.len() - 1].clone(), str::to_owned);
        found.push(Import { path, alias, public });
    }
}

/// The groups of files that import each other in a circle, each group once.
pub(crate) fn circles(edges: &BTreeSet<Edge>) -> BTreeSet<Vec<String>> {
    let mut reach: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for start in edges.iter().map(|(from, _)| from.as_str()) {
        let mut open = vec![start];
        let seen = reach.entry(start).or_default();
        while let Some(from) = open.pop() {
            let next = edges.iter().filter(|(of, _)| of == from).map(|(_, to)| to.as_str());
            open.extend(next.filter(|to| seen.insert(to)));
        }
    }
    let on_circle = reach.keys().filter(|file| reach[*file].contains(**file));
    let joined = |file: &str| -> Vec<String> {
        let both = |other: &&&str| reach.get(**other).is_some_and(|back| back.contains(file));
        reach[file].iter().filter(both).map(|other| (*other).to_owned()).collect()
    };
    on_circle.map(|file| joined(file)).collect()
}
