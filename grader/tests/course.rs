//! The command `course`, run as a person or a script runs it, in a folder that is no clone but looks like one.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// How a command ended: its exit code and what it printed.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

/// A folder in which the command finds a course.
fn clone() -> TempDir {
    let folder = TempDir::new().unwrap();
    for below in ["grader/exercises", "replication-lab"] {
        fs::create_dir_all(folder.path().join(below)).unwrap();
    }
    folder
}

fn course(folder: &TempDir, args: &[&str], input: &[u8]) -> Ended {
    let mut child = Command::new(env!("CARGO_BIN_EXE_course"))
        .args(args)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn noted(folder: &TempDir) -> String {
    fs::read_to_string(folder.path().join(".course/progress.jsonl")).unwrap_or_default()
}

const LAG: &str = "The time from a write on the leader until\nthe follower has applied it.\n";

#[test]
fn a_text_of_several_lines_comes_from_standard_input() {
    let folder = clone();
    let right = course(&folder, &["answer", "Q9.2"], LAG.as_bytes());
    assert_eq!((right.code, right.stderr.as_str()), (0, ""), "{}", right.stdout);
    assert!(right.stdout.starts_with("Q9.2 — Right."), "{}", right.stdout);
    let wrong =
        course(&folder, &["answer", "Q6.6", "-"], b"Read repair would have fixed it sooner or later.");
    assert_eq!(wrong.code, 1);
    assert!(wrong.stdout.starts_with("Q6.6b — Not yet."), "{}", wrong.stdout);
    assert_eq!(
        noted(&folder),
        "{\"id\":\"Q9.2\",\"points\":1,\"max_points\":1}\n{\"id\":\"Q6.6b\",\"points\":0,\"max_points\":1}\n"
    );
}

#[test]
fn what_is_no_text_is_refused_with_what_to_do() {
    let folder = clone();
    let refused = |input: &[u8]| {
        let ended = course(&folder, &["answer", "Q9.2"], input);
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
        ended.stderr
    };
    let all =
        [refused(b""), refused(b"caf\xe9"), refused(&[b'x'; 70_000]), refused(&[b'x'; 30_000])].concat();
    insta::assert_snapshot!(all, @r#"
    error: the answer on standard input is empty
     next: write it behind the question, or give a text file: `cargo course answer ID < FILE`
    error: the answer on standard input is not UTF-8, from byte 4 on
     next: save it as UTF-8 text, and try again
    error: the answer on standard input has more than 65536 bytes
     next: shorten it, and try again
    error: Q9.2: Your answer has 30000 bytes, and I read 20000 at the most. Shorten it.
     next: `cargo course quiz Q9.2` shows the question; nothing was recorded
    "#);
    let unknown = course(&folder, &["answer", "Q9.77"], LAG.as_bytes());
    assert_eq!((unknown.code, unknown.stdout.as_str()), (2, ""));
    assert_eq!(noted(&folder), "");
}

#[test]
fn a_batch_keeps_its_order_and_notes_nothing() {
    let folder = clone();
    let list = serde_json::json!([
        {"question": "Q9.2", "text": LAG},
        {"question": "Q9.2", "text": "lag, leader, follower, write, apply, seconds, bytes, log"},
        {"question": "Q6.1", "text": "4"},
    ]);
    fs::write(folder.path().join("answers.json"), list.to_string()).unwrap();
    let from_file = course(&folder, &["answer", "--batch", "answers.json", "--json"], b"");
    let from_pipe = course(&folder, &["answer", "--batch", "-", "--json"], list.to_string().as_bytes());
    assert_eq!((from_file.code, from_file.stdout.as_str()), (1, from_pipe.stdout.as_str()), "one is wrong");
    let all: serde_json::Value = serde_json::from_str(&from_file.stdout).unwrap();
    let shown: Vec<String> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {}", one["question"], one["verdict"], one["no_answer"]))
        .collect();
    assert_eq!(shown, [r#""Q9.2" "pass" null"#, r#""Q9.2" "fail" "heap""#, r#""Q6.1" "pass" null"#]);
    assert_eq!(noted(&folder), "");

    let broken = course(
        &folder,
        &["answer", "--batch", "-", "--json"],
        br#"[{"question": "Q6.1"}, {"question": "Q6.1", "text": "4"}]"#,
    );
    assert_eq!(broken.code, 2);
    let all: serde_json::Value = serde_json::from_str(&broken.stdout).unwrap();
    assert_eq!(
        (&all[0]["error"], &all[1]["verdict"]),
        (&"entry 1: `text` is missing".into(), &"pass".into())
    );
    let missing = course(&folder, &["answer", "--batch", "nowhere.json"], b"");
    assert_eq!((missing.code, missing.stdout.as_str()), (2, ""));
    assert!(missing.stderr.contains("cannot read nowhere.json"), "{}", missing.stderr);
}

#[test]
fn an_interview_is_interrupted_and_goes_on() {
    let folder = clone();
    let first = course(&folder, &["quiz", "--interview", "20", "--chapters", "6", "--seed", "1"], b"pass\n");
    assert_eq!((first.code, first.stderr.as_str()), (0, ""));
    assert!(first.stdout.contains("goes on from here"), "{}", first.stdout);
    let again = course(&folder, &["quiz", "--interview"], b"pass\nstop\n");
    assert!(again.stdout.contains("\n2 of "), "{}", again.stdout);
    assert!(again.stdout.contains("The interview is over."), "{}", again.stdout);
    assert!(again.stdout.contains("2 of "), "{}", again.stdout);
    let repeated = course(&folder, &["quiz", "--interview", "20", "--chapters", "6", "--seed", "1"], b"");
    assert_eq!(repeated.stdout.lines().next(), first.stdout.lines().next());
    let impossible = course(&folder, &["quiz", "--interview", "--chapters", "77"], b"");
    assert_eq!((impossible.code, impossible.stdout.as_str()), (2, ""));
    assert!(impossible.stderr.starts_with("error: `77` names no chapters\n next: "), "{}", impossible.stderr);
}
