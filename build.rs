//! Packs the release: `manifest-sha256.txt` and every file below `sql/` as one LZ4 block, which the binary carries. What is in it, and in
//! which order, is told in `src/release/packed.rs`; nothing of it depends on the machine or the time.

use sha2::{Digest as _, Sha256};
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=manifest-sha256.txt");
    println!("cargo::rerun-if-changed=sql");
    let mut paths = Vec::new();
    below(Path::new("sql"), &mut paths);
    paths.sort();
    paths.insert(0, "manifest-sha256.txt".to_owned());

    let (mut index, mut texts) = (String::new(), String::new());
    for path in &paths {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        index.push_str(&format!("{} {path}\n", text.len()));
        texts.push_str(&text);
    }
    let whole = format!("{index}\n{texts}");
    let length = u64::try_from(whole.len()).expect("a length fits");
    let packed = [&length.to_le_bytes()[..], &lz4_flex::block::compress(whole.as_bytes())].concat();
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
