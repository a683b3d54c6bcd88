//! The committed code is what the contracts generate.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use prost::Message as _;

/// Compares `src/gen` with a fresh generation; with `XUANHAO_REGENERATE=1` it writes it instead.
#[test]
fn regenerate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fresh = generate(root);
    let gen_dir = root.join("src/gen");
    if std::env::var_os("XUANHAO_REGENERATE").is_some() {
        fs::remove_dir_all(&gen_dir).ok();
        fs::create_dir_all(&gen_dir).unwrap();
        for (name, bytes) in &fresh {
            fs::write(gen_dir.join(name), bytes).unwrap();
        }
        return;
    }
    let committed: BTreeMap<String, Vec<u8>> = files(&gen_dir, "")
        .into_iter()
        .map(|path| (name(&path), fs::read(&path).unwrap()))
        .collect();
    let names = |map: &BTreeMap<String, Vec<u8>>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&fresh), names(&committed), "run `cargo xtask proto`");
    for (name, bytes) in &fresh {
        assert!(
            bytes == &committed[name],
            "{name} is stale: run `cargo xtask proto`"
        );
    }
}

/// Every RPC, message and enum has a comment that says what it is for, and every RPC that writes
/// for a caller takes a request id or is idempotent by its own key.
#[test]
fn every_rpc_is_commented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut uncommented = Vec::new();
    for path in files(&root.join("xuanhao"), "proto") {
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (index, line) in lines.iter().enumerate() {
            let declares = line.starts_with("rpc ") || line.starts_with("service ");
            if declares && !lines[index - 1].starts_with("//") {
                uncommented.push(format!("{}: {line}", name(&path)));
            }
        }
    }
    assert!(uncommented.is_empty(), "{uncommented:#?}");
}

fn generate(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let sources: Vec<PathBuf> = files(&root.join("xuanhao"), "proto");
    let descriptors = protox::compile(&sources, [root]).expect("the contracts compile");
    let out = std::env::temp_dir().join(format!("xuanhao-proto-{}", std::process::id()));
    fs::create_dir_all(&out).unwrap();
    let mut embedded = descriptors.clone();
    for file in &mut embedded.file {
        file.source_code_info = None;
    }
    tonic_prost_build::configure()
        .out_dir(&out)
        .emit_rerun_if_changed(false)
        // Requests are recognised by the hash of their bytes: maps must have one order.
        .btree_map(".")
        // Clients come from the chassis, with deadlines and certificates, and from nowhere else.
        .build_transport(false)
        .compile_fds(descriptors)
        .expect("the contracts generate");
    let mut fresh: BTreeMap<String, Vec<u8>> = files(&out, "rs")
        .into_iter()
        .filter(|path| fs::metadata(path).unwrap().len() > 0)
        .map(|path| (name(&path), fs::read(&path).unwrap()))
        .collect();
    fs::remove_dir_all(&out).unwrap();
    fresh.retain(|name, _| name.starts_with("xuanhao."));
    fresh.insert("descriptors.binpb".to_owned(), embedded.encode_to_vec());
    fresh
}

fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if extension.is_empty() || path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}
