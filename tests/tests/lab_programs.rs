//! The lab's own programs, run as their users run them.

use std::fs;
use std::process::Output;

use course_tests::{course_root, lab_program};
use tempfile::TempDir;

fn printed(out: &Output) -> String {
    String::from_utf8(out.stdout.clone()).unwrap()
}

/// The same seed, the same bytes: in debug and in release builds, and as recorded.
#[test]
fn a_thousand_traces_of_every_cluster_are_the_same_in_debug_in_release_and_as_recorded() {
    let hashes = |build: &[&str]| {
        let out = lab_program("trace_hashes", build).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        printed(&out)
    };
    let debug = hashes(&["--config", "profile.dev.package.replication-lab.opt-level=0"]);
    let release = hashes(&["--release"]);
    assert_eq!(debug, release);
    // A change here changes every recorded run: the outputs of the notebooks and the snapshots of the exercises.
    insta::assert_snapshot!(release);
}

#[test]
fn histories_are_judged_one_line_a_file_and_broken_files_are_named() {
    let histories = course_root().join("replication-lab/tests/histories");
    let folder = TempDir::new().unwrap();
    let broken = folder.path().join("broken.edn");
    fs::write(
        &broken,
        "{:process 0, :type :invoke, :f :get, :key \"0\", :value nil}\n{:process 0, :type :ok",
    )
    .unwrap();
    let mut files: Vec<_> = fs::read_dir(histories).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let check = |files: &[_]| lab_program("check_history", &["--release"]).args(files).output().unwrap();

    let all = check(&files);
    assert_eq!(all.status.code(), Some(1), "some are not linearizable");
    for (file, line) in files.iter().zip(printed(&all).lines()) {
        let name = file.to_str().unwrap();
        let verdict = if name.contains("not-linearizable") { "not linearizable" } else { "linearizable" };
        let words: Vec<_> = line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
        assert_eq!(words[..2], [name, verdict], "{line}");
        assert!(words[2].ends_with(" ms"), "{line}");
    }
    let fine: Vec<_> = files.into_iter().filter(|file| !file.to_str().unwrap().contains("not-")).collect();
    assert_eq!(check(&fine).status.code(), Some(0));

    let out = check(&[vec![broken], fine].concat());
    assert_eq!(out.status.code(), Some(2));
    assert_eq!(printed(&out).lines().count(), 3, "the other files are checked all the same");
    let why = String::from_utf8(out.stderr).unwrap();
    assert!(why.contains("broken.edn") && why.contains('2'), "file and line: {why}");
}
