//! Packs the release: `manifest-sha256.txt` and every file below `sql/`, each as an LZ4 block, which the binary carries. What is where is
//! told in `src/release/packed.rs`; nothing of it depends on the machine or the time.

use sha2::{Digest as _, Sha256};
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=manifest-sha256.txt");
    println!("cargo::rerun-if-changed=sql");
    let mut paths = Vec::new();
    below(Path::new("sql"), &mut paths);
    paths.sort();
    paths.insert(0, "manifest-sha256.txt".to_owned());

    let (mut list, mut blocks) = (String::new(), Vec::new());
    for path in &paths {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let block = lz4_flex::block::compress(text.as_bytes());
        list.push_str(&format!("{} {} {path}\n", text.len(), block.len()));
        blocks.extend(block);
    }
    let packed = [list.as_bytes(), b"\n", &blocks].concat();
    let block = [&Sha256::digest(&packed)[..], &packed].concat();

    let into = std::env::var_os("OUT_DIR").expect("cargo names the folder");
    std::fs::write(Path::new(&into).join("packet"), block).expect("the packet can be written");
}

fn below(folder: &Path, found: &mut Vec<String>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder can be read to its end").path();
        if path.is_dir() {
            below(&path, found);
        } else {
            found.push(path.to_str().expect("a path is plain text").to_owned());
        }
    }
}
