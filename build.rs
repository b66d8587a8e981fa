//! Composes the release from its sources below `sql/` and packs the sources for the binary as LZ4 blocks, with the release digest and the
//! manifest of the members. The binary composes the members again when it needs them. `src/release/packed.rs` describes the format. The
//! result depends neither on the machine nor on the time. If nothing can be composed, the build still succeeds: the binary carries the
//! reason, and `oneroof packet build` can repair the packet.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

#[allow(dead_code, unused_imports, unreachable_pub, reason = "the crate uses more of it than the build does")]
#[path = "src/packet/mod.rs"]
mod packet;

fn main() {
    println!("cargo::rerun-if-changed=sql");
    println!("cargo::rerun-if-changed=src/packet");
    println!("cargo::rerun-if-changed=docs");
    println!("cargo::rerun-if-changed=src/pg/questions");
    println!("cargo::rustc-env=ONEROOF_ENGINE_DIGEST={}", engine_digest());
    let mut files = BTreeMap::new();
    below(Path::new("sql"), &mut files);
    let sources: BTreeMap<String, String> =
        files.into_iter().map(|(path, text)| (path.trim_start_matches("sql/").to_owned(), text)).collect();
    let sealed = packet::page::Descriptor::of(&sources)
        .and_then(|page| packet::sealed::seal(&page, &sources, |text| hex(&Sha256::digest(text.as_bytes()))));
    let manifest = match sealed {
        Ok(sealed) => format!("# release sha256:{}\n{}", hex(&Sha256::digest(sealed.text.as_bytes())), sealed.manifest),
        Err(reason) => {
            println!("cargo::warning=sql/ is no packet yet: {reason}");
            format!("# broken: {}\n", reason.replace('\n', " "))
        }
    };
    let shared = most_shared(&sources);
    let dictionary = sources[&shared].clone();
    let first = [("manifest-sha256.txt".to_owned(), manifest), (shared.clone(), dictionary.clone())];
    let others = sources.into_iter().filter(|(path, _)| *path != shared);

    let (mut list, mut blocks) = (String::new(), Vec::new());
    for (at, (path, text)) in first.into_iter().chain(others).enumerate() {
        let against = if at < 2 { &[][..] } else { dictionary.as_bytes() };
        let block = lz4_flex::block::compress_with_dict(text.as_bytes(), against);
        list.push_str(&format!("{} {} {path}\n", text.len(), block.len()));
        blocks.extend(block);
    }
    let packed = [list.as_bytes(), b"\n", &blocks].concat();
    let block = [&Sha256::digest(&packed)[..], &packed].concat();

    let into = std::env::var_os("OUT_DIR").expect("cargo names the folder");
    std::fs::write(Path::new(&into).join("packet"), block).expect("the packet can be written");
    for name in ["report", "evidence"] {
        let text = std::fs::read(format!("docs/{name}.schema.json")).expect("the schema can be read");
        let block = lz4_flex::block::compress_prepend_size(&text);
        std::fs::write(Path::new(&into).join(format!("{name}.schema")), block).expect("the schema can be written");
    }
}

/// The source that is the best dictionary for the others. LZ4 looks back at most 64 KiB, so only the largest sources within this limit are
/// tried.
fn most_shared(members: &BTreeMap<String, String>) -> String {
    let mut fit: Vec<&String> = members.keys().filter(|path| members[*path].len() <= 64 * 1024).collect();
    fit.sort_by_key(|path| std::cmp::Reverse(members[*path].len()));
    let packed = |dictionary: &String| -> usize {
        let against = members[dictionary].as_bytes();
        members.values().map(|text| lz4_flex::block::compress_with_dict(text.as_bytes(), against).len()).sum()
    };
    fit.into_iter().take(6).min_by_key(|path| packed(path)).expect("sql/ holds files").clone()
}

/// The digest of the lines that `sha256sum *.sql` prints in the folder of the engine's own queries.
fn engine_digest() -> String {
    let folder = "src/pg/questions/";
    let mut queries = BTreeMap::new();
    below(Path::new(folder), &mut queries);
    let line = |(path, text): (&String, &String)| {
        let name = path.strip_prefix(folder).expect("it is in that folder");
        format!("{}  {name}\n", hex(&Sha256::digest(text.as_bytes())))
    };
    format!("sha256:{}", hex(&Sha256::digest(queries.iter().map(line).collect::<String>().as_bytes())))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn below(folder: &Path, found: &mut BTreeMap<String, String>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder can be read to its end").path();
        if path.is_dir() {
            below(&path, found);
        } else {
            let name = path.to_str().expect("a path is plain text").to_owned();
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            found.insert(name, text);
        }
    }
}
