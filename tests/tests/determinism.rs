//! The same seed, the same bytes: in debug and in release builds, and as recorded.

use std::process::Command;

use course_tests::course_root;

/// What the program that hashes the traces of all clusters prints when it is built like this.
fn hashes(build: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(course_root()).args(["run", "--quiet", "--locked", "-p", "replication-lab"]);
    let out = cargo.args(["--example", "trace_hashes"]).args(build).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn a_thousand_traces_of_every_cluster_are_the_same_in_debug_in_release_and_as_recorded() {
    let debug = hashes(&["--config", "profile.dev.package.replication-lab.opt-level=0"]);
    let release = hashes(&["--release"]);
    assert_eq!(debug, release);
    // A change here changes every recorded run: the outputs of the notebooks and the snapshots of the exercises.
    insta::assert_snapshot!(release);
}
