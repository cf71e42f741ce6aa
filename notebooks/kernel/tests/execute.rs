//! The program `course-kernel`, as an author's commands use it: real notebooks, executed.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;

use serde_json::{Value, json};

/// The clone that this test belongs to.
fn course() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The program with the clone's own home, warmed: the tests, `cargo course run` and JupyterLab share it.
fn kernel() -> Command {
    static WARM: Once = Once::new();
    let home = course().join(".course/kernel");
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_course-kernel"));
        command.arg("--home").arg(&home);
        command
    };
    WARM.call_once(|| {
        let output = command().arg("warm").arg("--course").arg(course()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    });
    command()
}

/// A folder with one notebook, `n.ipynb`, of these cells: their source, and whether they must not compile.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn with(cells: &[(&str, bool)]) -> Self {
        let cells: Vec<Value> = cells
            .iter()
            .enumerate()
            .map(|(index, (source, must_not_compile))| {
                let course = json!({"course": {"expect": "compile-error"}});
                let metadata = if *must_not_compile { course } else { json!({}) };
                json!({"cell_type": "code", "id": format!("c{index}"), "metadata": metadata, "source": source,
                    "outputs": [], "execution_count": null})
            })
            .collect();
        let scratch = Self(tempfile::tempdir().unwrap());
        let notebook = json!({"nbformat": 4, "nbformat_minor": 5, "cells": cells, "metadata": {"kernelspec":
            {"name": "replication-course", "display_name": "Replication course (Rust)", "language": "rust"}}});
        std::fs::write(scratch.notebook(), notebook.to_string()).unwrap();
        scratch
    }

    fn notebook(&self) -> PathBuf {
        self.0.path().join("n.ipynb")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.notebook()).unwrap()
    }

    fn execute(&self, arguments: &[&str]) -> Output {
        kernel().arg("execute").arg("n.ipynb").args(arguments).current_dir(self.0.path()).output().unwrap()
    }
}

/// What a person sees: the exit code and both streams.
fn transcript(output: &Output) -> String {
    format!(
        "exit code {}\n{}{}",
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn outputs_are_written_and_then_found_unchanged_and_a_change_is_shown() {
    let lab = course().join("replication-lab");
    let dep = format!(":dep replication-lab = {{ path = {:?} }}", lab.display().to_string());
    let scratch = Scratch::with(&[
        (&dep, false),
        ("use replication_lab::view::Figure;\nFigure::text(\"W + R > N\")", false),
        (
            "let acknowledged = vec![2, 3];\nprintln!(\"two lines\");\nprintln!(\"of text\");\nacknowledged.len()",
            false,
        ),
        ("let moved = acknowledged;\nprintln!(\"{:?}\", acknowledged);", true),
        ("acknowledged", false),
    ]);
    assert_eq!(transcript(&scratch.execute(&[])), "exit code 0\nn.ipynb: 5 cells, outputs written\n");
    let written = scratch.text().replace(&lab.display().to_string(), "LAB");
    insta::assert_snapshot!("written", written);
    std::fs::write(scratch.notebook(), scratch.text().replace("of text\\n", "of prose\\n")).unwrap();
    insta::assert_snapshot!("changed", transcript(&scratch.execute(&["--check"])));
}

/// Another project may have downloaded a newer version than the pinned one, and a `:dep` makes cargo choose again.
#[test]
fn cells_find_the_pinned_versions_and_no_others() {
    kernel();
    let home = course().join(".course/kernel");
    let cells = tempfile::tempdir_in(&home).unwrap();
    let manifest = format!(
        "[package]\nname = \"cells\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n[dependencies]\ngrader = {{ path = {:?} }}\n",
        course().join("grader").canonicalize().unwrap()
    );
    std::fs::write(cells.path().join("Cargo.toml"), manifest).unwrap();
    std::fs::write(cells.path().join("lib.rs"), "").unwrap();
    let output = Command::new("cargo")
        .args(["metadata", "--offline", "--format-version=1"])
        .current_dir(cells.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let pinned = std::fs::read_to_string(course().join("Cargo.lock")).unwrap();
    let vendored = home.join("vendor").canonicalize().unwrap();
    let downloaded: Vec<&Value> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| package["source"].is_string())
        .collect();
    assert!(downloaded.len() > 20, "{} packages", downloaded.len());
    for package in downloaded {
        let (name, version) = (package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert!(pinned.contains(&entry), "{name} {version} is not the pinned version");
        assert!(Path::new(package["manifest_path"].as_str().unwrap()).starts_with(&vendored), "{name}");
    }
}

#[test]
fn every_fault_is_named_with_its_cell() {
    let html = "println!(\"EVCXR_BEGIN_CONTENT text/html\\n<b>3</b>\\nEVCXR_END_CONTENT\");";
    let scratch = Scratch::with(&[
        ("eprintln!(\"a complaint\");", false),
        (html, false),
        ("let fine = 1;", true),
        ("let quorum: Option<u32> = None;\nquorum.unwrap()", false),
        ("let n: u32 = \"three\";", false),
        ("1", false),
    ]);
    let before = scratch.text();
    insta::assert_snapshot!(transcript(&scratch.execute(&[])));
    assert_eq!(scratch.text(), before, "a notebook with faults stays as it was");
}

#[test]
fn a_cell_without_end_is_stopped_and_its_neighbour_undisturbed() {
    let endless = Scratch::with(&[("loop {}", false), ("1", false)]);
    let neighbour = Scratch::with(&[("1 + 1", false)]);
    let (stopped, good) = std::thread::scope(|scope| {
        let stopped = scope.spawn(|| endless.execute(&["--limit", "3"]));
        let good = scope.spawn(|| neighbour.execute(&[]));
        (stopped.join().unwrap(), good.join().unwrap())
    });
    insta::assert_snapshot!(transcript(&stopped));
    assert_eq!(transcript(&good), "exit code 0\nn.ipynb: 1 cell, outputs written\n");
}

#[test]
fn a_missing_notebook_is_told_before_anything_runs() {
    let scratch = Scratch::with(&[]);
    let output =
        kernel().args(["execute", "n.ipynb", "m.ipynb"]).current_dir(scratch.0.path()).output().unwrap();
    insta::assert_snapshot!(transcript(&output));
}
