//! The modules form layers: no module imports, even indirectly, one that imports it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;
use std::{fs, io};

/// Each module, by its path from the crate's root, and the modules that it names.
type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn core_has_no_import_circle() {
    assert_eq!(circle(&graph_of("src")), None);
}

#[test]
fn the_addon_has_no_import_circle() {
    assert_eq!(circle(&graph_of("../src")), None);
}

#[test]
fn a_circle_is_found_wherever_it_is() {
    let modules = ["", "a", "a::b", "c"];
    let graph = |sources: [&str; 4]| graph(modules.into_iter().zip(sources));
    assert_eq!(circle(&graph(["mod a; mod c;", "mod b;", "use crate::c::C;", ""])), None);
    let circles = [
        (["", "", "use crate::c::C;", "fn f() { crate::a::b::f() }"], "a::b > c > a::b"),
        (["", "mod b;", "use super::A;", ""], "a > a::b > a"),
        (["", "use crate::{c, x::Y};", "", "use crate::a::{self, A};"], "a > c > a"),
        (["mod a;", "use crate::root;", "", ""], "crate > a > crate"),
    ];
    for (sources, expected) in circles {
        assert_eq!(circle(&graph(sources)).as_deref(), Some(expected));
    }
}

/// The modules of a folder next to this crate's manifest, without their tests.
fn graph_of(folder: &str) -> Graph {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut sources = Vec::new();
    collect(&root, &root, &mut sources).expect("cargo has just compiled these very files");
    sources.retain(|(module, _)| module != "tests" && !module.starts_with("tests::"));
    assert!(sources.len() > 5, "no modules in {folder}");
    graph(sources.iter().map(|(module, source)| (module.as_str(), source.as_str())))
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).expect("it was found below").with_extension("");
            let names: Vec<_> = name.iter().map(OsStr::to_string_lossy).collect();
            let module = names.join("::");
            let module = if module == "lib" { String::new() } else { module };
            sources.push((module, fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

fn graph<'source>(sources: impl Iterator<Item = (&'source str, &'source str)>) -> Graph {
    let sources: BTreeMap<_, _> = sources.collect();
    let imports = |(module, source): (&&str, &&str)| {
        let mut imports: BTreeSet<String> = paths(source)
            .iter()
            .filter_map(|path| absolute(module, path))
            .map(|path| owner(&path, &sources))
            .collect();
        imports.remove(*module);
        ((*module).to_owned(), imports)
    };
    sources.iter().map(imports).collect()
}

/// Every path in a source that starts with `crate` or `super`, and every module that it declares.
fn paths(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let mut paths = Vec::new();
    for statement in code.split([';', '{', '}']) {
        let words: Vec<_> = statement.split_whitespace().collect();
        if let [.., "mod", name] = words.as_slice() {
            paths.push(format!("self::{name}"));
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            if !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
                paths.extend(expanded(&code[at..]));
            }
        }
    }
    paths
}

/// A path that may end in a group: one path for each member of the group.
fn expanded(text: &str) -> Vec<String> {
    let is_part = |character: char| character.is_alphanumeric() || "_:".contains(character);
    let end = text.find(|character| !is_part(character)).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    match (path.strip_suffix("::"), rest.strip_prefix('{')) {
        (Some(prefix), Some(group)) => {
            let group = group.split('}').next().unwrap();
            group.split(',').map(|member| format!("{prefix}::{}", member.trim())).collect()
        }
        _ => vec![path.to_owned()],
    }
}

/// The path from the crate's root.
fn absolute(module: &str, path: &str) -> Option<String> {
    let (start, rest) = path.split_once("::")?;
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    match start {
        "crate" => Some(rest.to_owned()),
        "self" => Some(format!("{module}::{rest}")),
        _ => Some(format!("{parent}::{rest}")),
    }
    .map(|path| path.trim_start_matches("::").to_owned())
}

/// The module that a path leads to: its longest beginning that is one.
fn owner(path: &str, sources: &BTreeMap<&str, &str>) -> String {
    let mut path = path;
    while !sources.contains_key(path) {
        path = path.rsplit_once("::").map_or("", |(parent, _)| parent);
    }
    path.to_owned()
}

/// The first circle, as the modules along it.
fn circle(graph: &Graph) -> Option<String> {
    let mut finished = BTreeSet::new();
    graph.keys().find_map(|module| visit(graph, module, &mut Vec::new(), &mut finished))
}

fn visit<'graph>(
    graph: &'graph Graph,
    module: &'graph str,
    way: &mut Vec<&'graph str>,
    finished: &mut BTreeSet<&'graph str>,
) -> Option<String> {
    if let Some(start) = way.iter().position(|visited| *visited == module) {
        way.push(module);
        let names = way[start..].iter().map(|name| if name.is_empty() { "crate" } else { name });
        return Some(names.collect::<Vec<_>>().join(" > "));
    }
    if finished.contains(module) {
        return None;
    }
    way.push(module);
    let found = graph[module].iter().find_map(|next| visit(graph, next, way, finished));
    if found.is_none() {
        way.pop();
        finished.insert(module);
    }
    found
}
