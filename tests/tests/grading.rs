//! Folders of submissions, graded as an instructor does it. No submission gets a point that it has not earned.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use course_tests::course_root;
use serde_json::Value;
use tempfile::TempDir;

/// The solution of an exercise.
fn solution(stem: &str) -> String {
    fs::read_to_string(course_root().join(format!("solutions/src/{stem}.rs"))).unwrap()
}

/// The solution of E6.1 with `attack` at the start of its function.
fn attacked(attack: &str) -> String {
    solution("e6_1").replace("    // BEGIN SOLUTION", &format!("    {attack}\n    // BEGIN SOLUTION"))
}

/// A wrong answer with `attack` at the start of its function: it earns what a wrong answer earns, or less.
fn wrong(attack: &str) -> String {
    let facts = "Ok(QuorumFacts { overlap: true, min_overlap: 9, write_tolerance: 9, read_tolerance: 9, \
                 stale_probability: 9.0, write_write_overlap: true })";
    format!(
        "//! An attack.\nuse grader::exercises::e6_1::{{QuorumError, QuorumFacts}};\n\
         /// Wrong.\n#[allow(unreachable_code)]\npub fn quorum(n: u32, w: u32, r: u32) -> Result<QuorumFacts, QuorumError> {{\n    \
         let _ = (n, w, r);\n    {attack}\n    {facts}\n}}\n"
    )
}

fn submit(folder: &Path, learner: &str, text: &str) {
    fs::create_dir_all(folder.join(learner)).unwrap();
    fs::write(folder.join(learner).join("e6_1.rs"), text).unwrap();
}

fn grade(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_course-tested"))
        .arg("grade")
        .arg(folder)
        .args(args)
        .current_dir(course_root())
        .env("GRADER_SECRET", "s3cret-of-the-grader")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn graded(folder: &Path) -> Value {
    let (code, stdout, stderr) = grade(folder, &["--exercise", "E6.1", "--seconds", "1", "--json"]);
    assert_eq!(code, 0, "{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

fn learner<'a>(results: &'a Value, name: &str) -> &'a Value {
    let learners = results["learners"].as_array().unwrap();
    learners
        .iter()
        .find(|learner| learner["learner"] == name)
        .unwrap_or_else(|| panic!("{name} is not in {results}"))
}

#[test]
fn reference_stub_and_mutant_come_out_right() {
    let folder = TempDir::new().unwrap();
    let stem = "e9_1";
    let exercise = grader::judge::Exercise::find("E9.1").unwrap();
    let mutant = exercise.spec.mutants.iter().find(|m| m.name == "stops-at-w").unwrap();
    let stub = fs::read_to_string(course_root().join("exercises/src/e9_1.rs")).unwrap();
    let texts =
        [("mutant", mutant.source(&solution(stem)).unwrap()), ("reference", solution(stem)), ("stub", stub)];
    for (learner, text) in &texts {
        fs::create_dir_all(folder.path().join(learner).join("exercises/src")).unwrap();
        fs::write(folder.path().join(learner).join("exercises/src/e9_1.rs"), text).unwrap();
    }
    let (code, stdout, stderr) = grade(folder.path(), &["--exercise", "E9.1"]);
    assert_eq!(code, 0, "{stderr}");
    insta::assert_snapshot!(stdout);
}

#[test]
fn what_is_no_submission_says_so() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("empty")).unwrap();
    fs::create_dir_all(at("other")).unwrap();
    fs::write(at("other/essay.txt"), "x").unwrap();
    fs::create_dir_all(at("links")).unwrap();
    std::os::unix::fs::symlink(course_root().join("solutions/src/e6_1.rs"), at("links/e6_1.rs")).unwrap();
    std::os::unix::fs::symlink(course_root().join("solutions"), at("link")).unwrap();
    fs::write(at("broken.ipynb"), "{").unwrap();
    fs::write(at("file.txt"), "x").unwrap();
    fs::create_dir_all(at("huge")).unwrap();
    fs::write(at("huge/e6_1.rs"), vec![b' '; 300 * 1024]).unwrap();
    fs::create_dir_all(at("binary")).unwrap();
    fs::write(at("binary/e6_1.rs"), [0xff, 0xfe, 0x00]).unwrap();
    submit(folder.path(), "evil\u{1b}[31m\u{202e}", &attacked(""));
    let (code, stdout, stderr) = grade(folder.path(), &["--exercise", "E6.1"]);
    assert_eq!(code, 0, "{stderr}");
    insta::assert_snapshot!(stdout);
}

#[test]
fn a_folder_that_cannot_be_graded_is_a_mistake_of_usage() {
    let folder = TempDir::new().unwrap();
    let (code, _, stderr) = grade(folder.path(), &[]);
    assert!(code == 2 && stderr.contains("is empty"), "{stderr}");
    let (code, _, stderr) = grade(&folder.path().join("nowhere"), &[]);
    assert!(code == 2 && stderr.contains("cannot read the folder"), "{stderr}");
    fs::write(folder.path().join("e6_1.rs"), "x").unwrap();
    let (code, _, stderr) = grade(folder.path(), &[]);
    assert!(code == 2 && stderr.contains("one learner's folder"), "{stderr}");
}

#[test]
fn a_notebook_is_a_submission() {
    let folder = TempDir::new().unwrap();
    let answer = solution("e6_1");
    let cell = serde_json::json!({
        "cell_type": "code", "id": "a", "execution_count": 1, "outputs": [{"output_type": "nonsense"}],
        "metadata": {"course": {"exercise": "E6.1", "stub": "0"}},
        "source": grader::authoring::answer_body(&answer)
    });
    let notebook = serde_json::json!({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    fs::write(folder.path().join("ann.ipynb"), notebook.to_string()).unwrap();
    assert_eq!(learner(&graded(folder.path()), "ann")["points"], 8);
}

/// Attacks with a right answer behind them: what they do must not be mistaken for a result, and costs points.
/// Attacks with a wrong one: nothing of what they claim counts.
#[test]
fn nothing_that_a_submission_does_earns_a_point() {
    let folder = TempDir::new().unwrap();
    let forged = r#"{\"nonce\":\"\",\"task\":{\"scenario\":\"table\",\"seed\":1},\"observation\":{\"steps\":[],\"ending\":{\"how\":\"complete\"}}}"#;
    let solution_file = course_root().join("solutions/src/e6_1.rs");
    let solution_file = solution_file.display();
    let hostile = [
        ("exit", wrong("std::process::exit(0);")),
        (
            "exits-later",
            wrong(
                "std::thread::spawn(|| std::process::exit(0)); std::thread::sleep(std::time::Duration::from_secs(3600));",
            ),
        ),
        (
            "forges-output",
            wrong(&format!(
                "println!(\"test result: ok. 4 passed\\n{{}}\", \"{forged}\"); eprintln!(\"8 of 8 points\"); std::process::exit(0);"
            )),
        ),
        (
            "forges-reports",
            wrong(&format!(
                "std::fs::write(\"/dev/fd/4\", \"{forged}\\n\").unwrap(); std::process::exit(0);"
            )),
        ),
        (
            "includes",
            format!(
                "//! x\nconst _: &str = include_str!(\"{solution_file}\");\n{}",
                attacked("").replace("//! ", "// ")
            ),
        ),
        (
            "path-module",
            format!("//! x\n#[path = \"{solution_file}\"]\nmod stolen;\npub use stolen::quorum;\n"),
        ),
        (
            "links",
            format!(
                "{}\n#[unsafe(link_section = \".init_array\")]\n#[used]\npub static INIT: extern \"C\" fn() = init;\nextern \"C\" fn init() {{ std::process::exit(0) }}\n",
                attacked("")
            ),
        ),
        ("unsafe", attacked("unsafe { std::hint::unreachable_unchecked() };")),
        ("no-lints", format!("//! x\n#![allow(unsafe_code)]\n{}", attacked("").replace("//! ", "// "))),
        ("endless", wrong("loop {}")),
        ("floods", wrong("loop { println!(\"{}\", \"x\".repeat(4096)); }")),
        (
            "floods-reports",
            wrong(
                "let mut f = std::fs::File::options().write(true).open(\"/dev/fd/4\").unwrap(); loop { use std::io::Write; let _ = f.write_all(&[b'x'; 4096]); }",
            ),
        ),
        ("panic-hook", wrong("std::panic::set_hook(Box::new(|_| std::process::exit(0))); panic!(\"done\");")),
        ("compile-time-env", attacked("const _: &str = env!(\"PATH\");")),
        ("maybe-env", attacked("const _: Option<&str> = option_env!(\"GRADER_SECRET\");")),
        ("run-time-env", wrong("for (name, value) in std::env::vars() { println!(\"{name}={value}\"); }")),
        ("lab-by-name", attacked("extern crate replication_lab;")),
        (
            "endless-constant",
            format!("{}\nconst ENDLESS: () = loop {{}};\npub const USED: () = ENDLESS;\n", attacked("")),
        ),
    ];
    for (name, text) in &hostile {
        submit(folder.path(), name, text);
    }
    let results = graded(folder.path());
    for (name, _) in &hostile {
        let learner = learner(&results, name);
        // A wrong answer that refuses nothing and answers nonsense earns nothing, so neither may these.
        assert_eq!(learner["points"], 0, "{name}: {learner:#}");
    }
    let outcome =
        |name: &str| learner(&results, name)["exercises"][0]["outcome"].as_str().unwrap().to_owned();
    for name in [
        "includes",
        "path-module",
        "links",
        "unsafe",
        "no-lints",
        "compile-time-env",
        "maybe-env",
        "lab-by-name",
        "endless-constant",
    ] {
        assert_eq!(outcome(name), "not-compiled", "{name}");
    }
    for name in ["includes", "path-module", "maybe-env"] {
        let fault = &learner(&results, name)["exercises"][0]["assessment"]["fault"];
        assert_eq!(fault["why"], "reads-other", "{name}: {fault:#}");
    }
    let all = results.to_string();
    assert!(!all.contains("s3cret-of-the-grader"), "the environment reached a submission");
    assert!(all.len() < 2_000_000, "what a submission prints is bounded: {} bytes", all.len());
    assert_eq!(results["protection"], "separate process, no sandbox");
}

/// A program that ends in the middle of one scenario loses that one, and no other submission anything.
#[test]
fn an_exit_in_one_scenario_costs_that_scenario() {
    let folder = TempDir::new().unwrap();
    submit(folder.path(), "exits", &attacked("if n == 100 { std::process::exit(0); }"));
    submit(folder.path(), "right", &attacked(""));
    let results = graded(folder.path());
    assert_eq!(learner(&results, "right")["points"], 8);
    assert_eq!(learner(&results, "exits")["points"], 5, "all but the scenario with a hundred replicas");
}
