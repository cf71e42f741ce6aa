//! How fast a class is graded: `cargo run -p course-tests --example grading_speed [SUBMISSIONS] [SAMPLE]`.
//!
//! Makes a class of 200 submissions with ten exercises each, no two of them the same text, and grades it with
//! `course grade`. Beside it stands what a `cargo test` for each submission would take: in a folder of its own, as it must be
//! where no submission may touch what the next is compiled with, and, for whoever thinks that too much, in one folder for all.
//! Those two are measured on a sample and multiplied. Only ratios within one run mean anything: machines differ, and so do
//! their hours.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use course_tests::classroom::{Class, sandbox, solution};
use course_tests::{copy_course, course_root};
use grader::judge::Exercise;

/// Of small exercises and of large ones, from every chapter.
const EXERCISES: [&str; 10] =
    ["E0.1", "E1.5", "E2.2", "E3.1", "E4.2", "E5.4", "E6.4", "E7.2", "E8.1", "E9.3"];

fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    let submissions = arguments.next().unwrap_or(200);
    let sample = arguments.next().unwrap_or(2);

    let class = Class::default();
    let mut right = 0;
    for number in 0..submissions {
        for (place, id) in EXERCISES.iter().enumerate() {
            let (text, passes) = answer(id, number, place);
            right += usize::from(passes);
            class.put(&learner(number), &format!("exercises/src/{}", file(id)), text);
        }
    }
    // The first grading on a machine also makes the libraries that answers are linked to: once, and not counted.
    let warm = Class::default();
    warm.put("warm", "e0_1.rs", solution("e0_1"));
    let _ = graded(&warm);

    let (ours, passed) = graded(&class);
    assert_eq!(passed, right, "what is right passes, and nothing else does");
    let answers = submissions * EXERCISES.len();
    say("course grade", submissions, ours);
    let each = ours.as_secs_f64() / answers as f64;
    println!(
        "  {answers} answers, {right} right; {each:.3} s each by the clock, all cores together, sandbox: {}",
        in_force()
    );

    let alone: Duration = (0..sample).map(|number| cargo_test(&class, number, None)).sum();
    let shared_target = tempfile::tempdir().expect("a folder can be made");
    cargo_test(&class, 0, Some(shared_target.path()));
    let shared: Duration =
        (0..sample).map(|number| cargo_test(&class, number + 1, Some(shared_target.path()))).sum();
    let factor = f64::from(submissions as u32) / f64::from(sample as u32);
    for (what, time) in [("cargo test, a folder each", alone), ("cargo test, one folder for all", shared)] {
        let all = time.mul_f64(factor);
        say(what, submissions, all);
        println!("  measured on {sample}; ratio {:.1}", all.as_secs_f64() / ours.as_secs_f64());
    }
}

fn say(what: &str, submissions: usize, time: Duration) {
    println!(
        "{what}: {submissions} submissions in {:.0} s, {:.2} s each",
        time.as_secs_f64(),
        time.as_secs_f64() / submissions as f64
    );
}

fn in_force() -> &'static str {
    if sandbox().is_empty() { "bubblewrap" } else { "none" }
}

fn learner(number: usize) -> String {
    format!("learner-{number:03}")
}

fn file(id: &str) -> String {
    format!("{}.rs", id.to_lowercase().replace('.', "_"))
}

/// Of three answers one is wrong; each has a remark of its own, so that none was graded before.
fn answer(id: &str, number: usize, place: usize) -> (String, bool) {
    let exercise = Exercise::find(id).expect("the course has it");
    let reference = solution(&exercise.spec.file_stem());
    let passes = !(number + place).is_multiple_of(3);
    let text = match passes {
        true => reference,
        false => {
            let mutants = &exercise.spec.mutants;
            mutants[(number / 3) % mutants.len()].source(&reference).expect("its edits fit")
        }
    };
    (format!("{text}\n// {} {id}\n", learner(number)), passes)
}

/// How long the class took, and how many answers passed.
fn graded(class: &Class) -> (Duration, usize) {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/course");
    let arguments: Vec<String> =
        EXERCISES.iter().flat_map(|id| ["--exercise".to_owned(), (*id).to_owned()]).collect();
    let started = Instant::now();
    let output = Command::new(program)
        .arg("grade")
        .arg(class.folder())
        .args(arguments)
        .args(sandbox())
        .args(["--json", "--results"])
        .arg(class.folder().join(".results"))
        .current_dir(course_root())
        // Its progress is for whoever looks on.
        .stderr(Stdio::inherit())
        .output()
        .expect("`cargo build -p course-kernel -p grader --features grader/cli` makes the command");
    let took = started.elapsed();
    let results: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let learners = results["learners"].as_array().expect("there are learners");
    let passed = learners
        .iter()
        .flat_map(|learner| learner["exercises"].as_array().expect("there are exercises"))
        .filter(|graded| graded["outcome"] == "passed");
    (took, passed.count())
}

/// How long `cargo test` takes for the ten exercises of one submission: in a copy of the course, compiled there or in
/// `target`.
fn cargo_test(class: &Class, number: usize, target: Option<&Path>) -> Duration {
    let clone = tempfile::tempdir().expect("a folder can be made");
    let course = target.map_or(clone.path().join("course"), |target| target.join("course"));
    copy_course(&course);
    for id in EXERCISES {
        let from = class.folder().join(learner(number)).join("exercises/src").join(file(id));
        fs::copy(from, course.join("exercises/src").join(file(id))).expect("the answer can be copied");
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(&course).args([
        "test",
        "--quiet",
        "--offline",
        "-p",
        "exercises",
        "--test",
        "check",
        "--",
        "--exact",
    ]);
    cargo.args(EXERCISES.map(|id| id.to_lowercase().replace('.', "_")));
    cargo.env("CARGO_TARGET_DIR", target.map_or(clone.path().join("target"), |target| target.join("target")));
    cargo.env("CARGO_INCREMENTAL", "0");
    let started = Instant::now();
    let output = cargo.output().expect("cargo starts");
    let took = started.elapsed();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("running 10 tests"), "cargo test did not come to its tests:\n{said}");
    took
}
