//! The kernel within the whole workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The features with which cargo builds each package, as `cargo tree` prints them.
fn features(selection: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new("cargo")
        .args(["tree", "--offline", "--locked", "--prefix=none", "--format={p}|{f}"])
        .args(selection)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut packages = BTreeMap::<String, BTreeSet<String>>::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let line = line.trim_end_matches(" (*)");
        if let Some((package, features)) = line.split_once('|') {
            packages.entry(package.to_string()).or_default().insert(features.to_string());
        }
    }
    packages
}

/// A crate that the tests build with one feature more is compiled twice, and with it all above it: minutes, when
/// it lies below rust-analyzer. The cure is to name the feature in the kernel's manifest.
#[test]
fn the_tests_use_the_kernels_build_of_every_crate() {
    let kernel = features(&["--package=course-kernel", "--edges=normal,build"]);
    let tests = features(&["--edges=normal,build,dev"]);
    assert!(
        kernel.keys().any(|package| package.starts_with("ra_ap_hir_ty ")),
        "rust-analyzer is in the tree"
    );
    let members = |package: &str| package.contains("(/") || package.contains("(file:");
    let differing: Vec<String> = kernel
        .iter()
        .filter(|(package, _)| !members(package))
        .filter(|(package, sets)| tests.get(*package).is_none_or(|others| !sets.is_subset(others)))
        .map(|(package, sets)| format!("{package}: kernel {sets:?}, tests {:?}", tests.get(package)))
        .collect();
    assert!(
        differing.is_empty(),
        "name these features in notebooks/kernel/Cargo.toml:\n{}",
        differing.join("\n")
    );
}
