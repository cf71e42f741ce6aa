//! The commands of learners and authors, run as they run them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use course_tests::{copy_course, course_root};
use tempfile::TempDir;

/// A copy of the course in which a learner works.
struct Clone {
    folder: TempDir,
}

/// How a command ended: its exit code and what it printed.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Clone {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        copy_course(folder.path());
        let clone = Self { folder };
        clone.share_toolbox();
        clone
    }

    /// The libraries for checking are those of this clone: they are the same, and take half a minute to build.
    fn share_toolbox(&self) {
        let toolbox = course_root().join(".course/toolbox");
        fs::create_dir_all(&toolbox).unwrap();
        fs::create_dir_all(self.path(".course")).unwrap();
        symlink(toolbox, self.path(".course/toolbox")).unwrap();
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).unwrap()
    }

    fn write(&self, below: &str, text: &str) {
        fs::create_dir_all(self.path(below).parent().unwrap()).unwrap();
        fs::write(self.path(below), text).unwrap();
    }

    fn course(&self, args: &[&str]) -> Ended {
        course_in(self.folder.path(), args)
    }

    fn git(&self, args: &[&str]) -> String {
        git(self.folder.path(), args)
    }

    /// The solution of an exercise with some text replaced.
    fn solution(&self, stem: &str, edits: &[(&str, &str)]) -> String {
        edits.iter().fold(self.read(&format!("solutions/src/{stem}.rs")), |text, (find, put)| {
            assert!(text.contains(find), "{find}");
            text.replace(find, put)
        })
    }
}

fn course_in(folder: &Path, args: &[&str]) -> Ended {
    let output =
        Command::new(env!("CARGO_BIN_EXE_course-tested")).args(args).current_dir(folder).output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A notebook with one answer to `exercise`, whose cell was built with `stub`.
fn notebook(exercise: &str, stub: &str, source: &str) -> String {
    let mark = grader::store::notebook::mark_of(stub);
    serde_json::json!({
        "cells": [{
            "cell_type": "code", "id": "answer", "execution_count": null, "outputs": [],
            "metadata": {"course": {"exercise": exercise, "stub": mark}}, "source": [source]
        }],
        "metadata": {"kernelspec": {"display_name": "R", "language": "rust", "name": "replication-course"}},
        "nbformat": 4, "nbformat_minor": 5
    })
    .to_string()
}

const E6_1: &str = "exercises/src/e6_1.rs";

#[test]
fn check_tells_stub_wrong_and_right_apart() {
    let clone = Clone::new();
    let stub = clone.course(&["check", "E6.1"]);
    assert_eq!(stub.code, 1, "{}", stub.stderr);
    assert!(stub.stdout.contains("Still the stub"), "{}", stub.stdout);

    clone.write(E6_1, &clone.solution("e6_1", &[("2 * w > n", "2 * w >= n")]));
    let wrong = clone.course(&["check", "6.1"]);
    assert_eq!(wrong.code, 1);
    insta::assert_snapshot!("check_wrong", wrong.stdout);

    clone.write(E6_1, &clone.solution("e6_1", &[]));
    let right = clone.course(&["check", "e6_1"]);
    assert_eq!((right.code, right.stdout.contains("8 of 8 points")), (0, true), "{}", right.stdout);

    let progress = clone.course(&["progress", "--json"]);
    let progress: serde_json::Value = serde_json::from_str(&progress.stdout).unwrap();
    let all = progress["exercises"].as_array().unwrap();
    let checked = all.iter().find(|exercise| exercise["attempts"] != 0).unwrap();
    assert_eq!((&checked["attempts"], &checked["points"]), (&2.into(), &8.into()));
    assert_ne!(progress["next"], "E6.1");
}

#[test]
fn an_answer_that_does_not_compile_is_told_where_and_what_next() {
    let clone = Clone::new();
    clone.write(E6_1, &clone.solution("e6_1", &[("if n == 0", "if n == zero")]));
    let broken = clone.course(&["check", "E6.1"]);
    assert_eq!(broken.code, 1);
    insta::assert_snapshot!("check_broken", broken.stdout);

    clone.write(E6_1, &clone.solution("e6_1", &[("pub fn quorum", "pub fn quorums")]));
    let misnamed = clone.course(&["check", "E6.1"]);
    assert!(misnamed.stdout.contains("has not what the exercise uses: `quorum`"), "{}", misnamed.stdout);
}

#[test]
fn an_answer_that_never_ends_is_given_up() {
    let clone = Clone::new();
    clone.write(E6_1, &clone.solution("e6_1", &[("if n == 0", "while n > 0 {}\n    if n == 0")]));
    let endless = clone.course(&["check", "E6.1"]);
    assert_eq!(endless.code, 1);
    assert!(endless.stdout.contains("did not come back within"), "{}", endless.stdout);
    assert!(!endless.stdout.contains("kernel"), "{}", endless.stdout);
}

#[test]
fn wrong_usage_names_what_there_is() {
    let unknown = course_in(&course_root(), &["hint", "E99.1"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("there is no exercise \"E99.1\"; there are E"), "{}", unknown.stderr);
    let chapter = course_in(&course_root(), &["build", "99"]);
    assert_eq!(chapter.code, 2);
    assert!(chapter.stderr.contains("nothing to build of chapter 99"), "{}", chapter.stderr);
    let outside = course_in(Path::new("/"), &["check"]);
    assert_eq!(outside.code, 2);
    assert!(outside.stderr.contains("not inside a clone"), "{}", outside.stderr);
}

#[test]
fn hints_go_from_a_nudge_to_an_outline() {
    let hint = course_in(&course_root(), &["hint", "E6.1", "2"]);
    assert_eq!(hint.code, 0);
    assert!(hint.stdout.contains("hint 2 of 4, the invariant"), "{}", hint.stdout);
    assert_eq!(course_in(&course_root(), &["hint", "E6.1", "5"]).code, 2);
}

#[test]
fn collect_takes_answers_and_never_newer_work() {
    let clone = Clone::new();
    let stub = clone.read(E6_1);
    let answer = clone.solution("e6_1", &[]);
    let answer = grader::authoring::answer_body(&answer).trim();
    clone.write("notebooks/90-mine.ipynb", &notebook("E6.1", "the stub", answer));
    let first = clone.course(&["collect"]);
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    let collected = clone.read(E6_1);
    assert!(collected.starts_with("//! E6.1") && collected.trim_end().ends_with(answer), "{collected}");
    assert_eq!(clone.course(&["check", "E6.1"]).code, 0);

    // She goes on in the notebook: the file holds nothing but the earlier copy.
    clone.write("notebooks/90-mine.ipynb", &notebook("E6.1", "the stub", &format!("{answer}\n// more")));
    assert_eq!(clone.course(&["collect"]).code, 0);
    assert!(clone.read(E6_1).contains("// more"));

    // She goes on in the file: the notebook is older now.
    clone.write(E6_1, "// my newer work\n");
    let left_alone = clone.course(&["collect"]);
    assert_eq!(left_alone.code, 1);
    assert!(left_alone.stdout.contains("left alone: exercises/src/e6_1.rs"), "{}", left_alone.stdout);
    assert_eq!(clone.read(E6_1), "// my newer work\n");
    let forced = clone.course(&["collect", "--force"]);
    assert_eq!(forced.code, 0);
    assert!(clone.read(E6_1).contains("// more"));
    let kept =
        forced.stdout.lines().find_map(|line| line.trim().strip_prefix("what was there before is kept as "));
    assert_eq!(fs::read_to_string(kept.unwrap()).unwrap(), "// my newer work\n");

    // An untouched stub is no answer.
    clone.write(E6_1, &stub);
    clone.write("notebooks/90-mine.ipynb", &notebook("E6.1", "the stub", "the stub\n"));
    assert_eq!(clone.course(&["collect"]).code, 0);
    assert_eq!(clone.read(E6_1), stub);
}

#[test]
fn collect_names_the_notebook_that_it_cannot_read() {
    let clone = Clone::new();
    clone.write("notebooks/90-broken.ipynb", "{\"cells\": [");
    let broken = clone.course(&["collect"]);
    assert_eq!(broken.code, 2);
    assert!(
        broken.stderr.contains("notebooks/90-broken.ipynb: it is not a readable notebook"),
        "{}",
        broken.stderr
    );
    assert!(broken.stderr.contains("next:"), "{}", broken.stderr);
}

/// A course in git, and a learner's clone of it.
fn published() -> (Clone, Clone) {
    let upstream = Clone::new();
    upstream.write(".gitignore", "/.course\n/.course/\n/target/\n");
    upstream.write("notebooks/90-x.ipynb", &notebook("E6.1", "the stub", "the stub"));
    upstream.git(&["init", "--quiet"]);
    upstream.git(&["add", "-A"]);
    upstream.git(&["commit", "--quiet", "-m", "first"]);
    let learner = Clone { folder: TempDir::new().unwrap() };
    git(learner.folder.path(), &["clone", "--quiet", upstream.folder.path().to_str().unwrap(), "."]);
    (upstream, learner)
}

#[test]
fn update_brings_the_new_course_and_keeps_answers_also_of_a_renamed_exercise() {
    let (upstream, learner) = published();
    let mine = learner.solution("e6_1", &[]);
    let body = grader::authoring::answer_body(&mine).to_owned();
    learner.write(E6_1, &mine);
    learner.write("notebooks/90-x.ipynb", &notebook("E6.1", "the stub", "my answer"));

    // The newer course calls the exercise E6.8, and gives it another text.
    let data = upstream
        .read("grader/exercises/E6.1.toml")
        .replace("id = \"E6.1\"", "id = \"E6.8\"\nformerly = [\"E6.1\"]");
    upstream.write("grader/exercises/E6.8.toml", &data);
    fs::remove_file(upstream.path("grader/exercises/E6.1.toml")).unwrap();
    upstream.write("exercises/src/e6_8.rs", "//! E6.8 — a new head\n\npub fn quorum() {\n    todo!()\n}\n");
    fs::remove_file(upstream.path(E6_1)).unwrap();
    upstream.write("notebooks/90-x.ipynb", &notebook("E6.8", "a new stub", "a new stub"));
    upstream.git(&["add", "-A"]);
    upstream.git(&["commit", "--quiet", "-m", "second"]);

    let updated = learner.course(&["update"]);
    assert_eq!(updated.code, 0, "{}{}", updated.stdout, updated.stderr);
    assert_eq!(learner.read("exercises/src/e6_8.rs"), format!("//! E6.8 — a new head\n\n{body}"));
    assert!(learner.read("notebooks/90-x.ipynb").contains("my answer"));
    assert!(learner.read("notebooks/90-x.ipynb").contains("E6.8"));
    assert!(updated.stdout.contains("its stub changed"), "{}", updated.stdout);
    assert_eq!(learner.git(&["rev-parse", "HEAD"]), upstream.git(&["rev-parse", "HEAD"]));
    assert_eq!(learner.read(".course/kept/exercises/src/e6_1.rs.1"), mine);
}

#[test]
fn update_that_fails_leaves_everything_as_it_was() {
    let (upstream, learner) = published();
    learner.write(E6_1, "// mine\n");
    fs::remove_dir_all(upstream.path(".git")).unwrap();
    let failed = learner.course(&["update"]);
    assert_eq!(failed.code, 2);
    assert!(failed.stderr.contains("git pull"), "{}", failed.stderr);
    assert_eq!(learner.read(E6_1), "// mine\n");

    learner.write("README.md", "changed\n");
    learner.git(&["add", "-A"]);
    let refused = learner.course(&["update"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("changed, and hold no answers: README.md"), "{}", refused.stderr);
}

#[test]
fn update_without_news_changes_nothing() {
    let (_upstream, learner) = published();
    learner.write(E6_1, "// mine\n");
    let nothing = learner.course(&["update"]);
    assert_eq!(nothing.code, 0, "{}", nothing.stderr);
    assert_eq!(learner.read(E6_1), "// mine\n");
}

#[test]
fn a_chapter_is_built_checked_and_verified() {
    let clone = Clone::new();
    let _ = fs::remove_dir_all(clone.path("notebooks/src"));
    clone.write(
        "notebooks/src/06-quorums.md",
        "# Six\n\n<!-- ids: C6.1 -->\nText.\n\n<!-- exercise: E6.1 -->\n",
    );
    assert_eq!(clone.course(&["build", "6", "--check"]).code, 1);
    let built = clone.course(&["build", "6"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert_eq!(clone.course(&["build", "6", "--check"]).code, 0);

    // What a learner wrote in the notebook is kept when an author builds over it.
    let notebook = clone.read("notebooks/06-quorums.ipynb");
    let answered = notebook.replace("todo!(", "mine!(");
    assert_ne!(answered, notebook);
    clone.write("notebooks/06-quorums.ipynb", &answered);
    let rebuilt = clone.course(&["build", "6"]);
    assert!(rebuilt.stdout.contains("kept what was in notebooks/06-quorums.ipynb"), "{}", rebuilt.stdout);
    assert_eq!(clone.read(".course/kept/notebooks/06-quorums.ipynb.1"), answered);

    // The chapter has a source now, so ids that nobody claims are missing.
    let verified = clone.course(&["verify", "E6.1", "--json"]);
    assert_eq!(verified.code, 1);
    let proof: serde_json::Value = serde_json::from_str(&verified.stdout).unwrap();
    let chapter = &proof["register"]["chapters"][6];
    assert_eq!((&chapter["written"], chapter["missing"][0]["id"].as_str()), (&true.into(), Some("C6.2")));
    assert_eq!(proof["register"]["claims"]["E6.1"]["by"], "exercise");
    let unclaimed: Vec<_> = proof["exercises"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["wrong"] != serde_json::json!([]))
        .collect();
    assert!(unclaimed.is_empty(), "{unclaimed:?}");

    clone.write("notebooks/src/06-quorums.md", "# Six\n\n<!-- exercise: E6.77 -->\n");
    let broken = clone.course(&["build", "6"]);
    assert_eq!(broken.code, 2);
    assert!(
        broken.stderr.contains("notebooks/src/06-quorums.md, line 3: there is no exercise"),
        "{}",
        broken.stderr
    );
}

#[test]
fn verify_notices_what_drifted() {
    let clone = Clone::new();
    let wrong = |clone: &Clone| {
        let verified = clone.course(&["verify", "E6.1", "--json"]);
        assert_eq!(verified.code, 1, "{}", verified.stderr);
        let proof: serde_json::Value = serde_json::from_str(&verified.stdout).unwrap();
        proof["exercises"][0]["wrong"].to_string()
    };
    let (stub, solution) = (clone.read(E6_1), clone.solution("e6_1", &[]));
    clone.write(E6_1, &stub.replace("todo!", "panic!"));
    assert!(wrong(&clone).contains("exercises/src/e6_1.rs is not what its solution says"));
    clone.write(E6_1, &stub);

    clone.write("solutions/src/e6_1.rs", &solution.replace("overlap: w + r > n", "overlap: n < w + r"));
    assert!(wrong(&clone).contains("occurs 0 times in the solution"), "{}", wrong(&clone));
    clone.write(
        "solutions/src/e6_1.rs",
        &solution.replace("min_overlap: (w + r)", "min_overlap: 1 + (w + r)"),
    );
    let found = wrong(&clone);
    assert!(found.contains("the solution does not pass"), "{found}");
    assert!(found.contains("grader/snapshots/E6.1.snap is not what was seen now"), "{found}");
    clone.write("solutions/src/e6_1.rs", &solution.replace("let miss", "let unused = 1;\n    let miss"));
    assert!(wrong(&clone).contains("the solution has a warning"));
    clone.write(
        "solutions/src/e6_1.rs",
        &solution.replace("todo!(", "return Err(QuorumError::NoReplicas); // todo!("),
    );
    let found = wrong(&clone);
    assert!(found.contains("the stub earns") || found.contains("the stub has a warning"), "{found}");
}

/// Answers to questions are collected beside those to exercises, in the form that they are judged and graded in.
#[test]
fn collect_takes_answers_to_questions() {
    let clone = Clone::new();
    let cell = |source: &str| {
        serde_json::json!({"cell_type": "code", "id": format!("c{}", source.len()), "execution_count": null, "outputs": [],
            "metadata": {"course": {"answer": "Q6.1", "stub": "0"}}, "source": source})
    };
    let cells =
        [cell("answer(\"Q6.1\", 4)"), cell("answer(\"Q9.2\", \"How far \\\"behind\\\" the copy is.\")")];
    let notebook = serde_json::json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    clone.write("notebooks/90-mine.ipynb", &notebook.to_string());
    let collected = clone.course(&["collect"]);
    assert_eq!(collected.code, 0, "{}{}", collected.stdout, collected.stderr);
    assert!(
        collected
            .stdout
            .contains("exercises/answers.json: the answers to 2 parts of questions in the notebooks"),
        "{}",
        collected.stdout
    );
    let judged = clone.course(&["answer", "--batch", "exercises/answers.json", "--json"]);
    let judged: serde_json::Value = serde_json::from_str(&judged.stdout).unwrap();
    assert_eq!((&judged[0]["part"], &judged[0]["verdict"]), (&"Q6.1".into(), &"pass".into()), "{judged:#}");
    assert_eq!(judged[1]["part"], "Q9.2");
}
