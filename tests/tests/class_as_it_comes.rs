//! Classes as learning platforms hand them over: names, attempts, lateness, a roster, a marks file, and what a person decides.

use std::fs;
use std::path::Path;

use course_tests::classroom::{Class, learner, sandbox, solution, wrong};
use course_tests::course_root;
use serde_json::Value;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");

/// A file beside the submissions, hidden so that it is nobody's.
fn beside(class: &Class, name: &str, text: &str) -> String {
    let file = class.folder().join(format!(".{name}"));
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn graded(class: &Class, more: &[&str]) -> (Value, String) {
    let arguments = [&["--json"], sandbox(), more].concat();
    let (code, stdout, stderr) = class.grade(COURSE, &arguments);
    assert_eq!(code, 0, "{stderr}");
    (serde_json::from_str(&stdout).unwrap(), stderr)
}

/// Every learner in a line, then the class's notes.
fn shown(results: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut lines: Vec<String> = results["learners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let identity = &one["identity"];
            let attempt = &one["attempt"];
            let notes = one["notes"].as_array().map_or(String::new(), |notes| {
                notes.iter().map(|note| format!("\n    {}", text(note))).collect()
            });
            format!(
                "{} | {} | {} | {}: {} of {}, {} % | attempt {} of {}, late {}{notes}",
                text(&one["learner"]),
                text(&identity["name"]),
                text(&identity["mail"]),
                text(&one["standing"]),
                one["points"],
                one["max_points"],
                one["percent"],
                attempt["number"],
                attempt["of"],
                attempt["late"],
            )
        })
        .collect();
    lines.extend(results["notes"].as_array().into_iter().flatten().map(text));
    lines.join("\n")
}

const ROSTER: &str = "\u{feff}Last name;First name;ID number;Email address\nLee;Ann;1001;ann@example.org\n\
                      Ray;Bob;1002;bob@example.org\n\"=HYPERLINK(\"\"http://evil\"\")\";Eve;1003;eve@example.org\nDoe;Zoë;1004;zoe@example.org\n";

#[test]
fn a_download_of_moodle_with_a_roster() {
    let class = Class::default();
    class.put("Ann Lee_77_assignsubmission_file_", "e6_1.rs", solution("e6_1"));
    fs::write(class.folder().join("Zoë Doe_78_assignsubmission_file_e6_1.rs"), wrong("")).unwrap();
    class.put("Mallory_79_assignsubmission_file_", "e6_1.rs", solution("e6_1"));
    class.put("Bob Ray_80_assignsubmission_file_", "essay.txt", "x");
    let roster = beside(&class, "roster.csv", ROSTER);
    let (results, _) = graded(&class, &["--exercise", "E6.1", "--roster", &roster]);
    insta::assert_snapshot!(shown(&results));
}

#[test]
fn attempts_lateness_and_extensions() {
    let class = Class::default();
    let at = |learner: &str, time: &str| {
        class.put(&format!("{learner}/chapter6"), "timestamp.txt", format!("2026-11-{time} UTC"));
    };
    class.put("ann/chapter6", "e6_1.rs", solution("e6_1"));
    at("ann", "20 10:00:00");
    class.put("bob/chapter6", "e6_1.rs", solution("e6_1"));
    at("bob", "21 10:00:01");
    class.put("eve/chapter6", "e6_1.rs", solution("e6_1"));
    at("eve", "29 10:00:00");
    class.put("zoe/attempt 1", "e6_1.rs", solution("e6_1"));
    class.put("zoe/attempt 2", "e6_1.rs", wrong(""));
    class.put("zoe/attempt 3", "broken.zip", "PK");
    fs::write(class.folder().join("doejo_LATE_99_125_e6_1.rs"), solution("e6_1")).unwrap();
    let marks = "exercises = [\"E6.1\"]\npoints = { \"E6.1\" = 10 }\nattempts = \"last\"\n\
                 [deadline]\ndue = 2026-11-20T12:00:00+01:00\npercent_per_day = 10\n\
                 [deadline.extensions]\neve = 2026-11-30T00:00:00Z\n";
    let file = beside(&class, "marks.toml", marks);
    let (last, _) = graded(&class, &["--marks", &file]);
    beside(&class, "marks.toml", &marks.replace("\"last\"", "\"best\""));
    let (best, stderr) = graded(&class, &["--marks", &file]);
    insta::assert_snapshot!(format!("{}\n\nthe best attempt:\n{}", shown(&last), shown(&best)));
    assert!(stderr.contains("zoe: E6.1 0 → 10 (another answer was handed in)"), "{stderr}");
}

/// Answers to questions from a list and from a notebook's cells; the doubtful one goes to a person, whose word is kept.
#[test]
fn questions_go_to_a_person_whose_word_is_kept() {
    let class = Class::default();
    let doubtful = "How far the copy is behind.";
    let list = |text: &str| {
        serde_json::json!([{"question": "Q6.1", "text": "4"}, {"question": "Q9.2", "text": text}]).to_string()
    };
    class.put("ann", "answers.json", list(doubtful));
    class.put("bob", "answers.json", list(doubtful));
    let cell = |source: &str| {
        serde_json::json!({"cell_type": "code", "id": format!("c{}", source.len()), "execution_count": null, "outputs": [],
            "metadata": {"course": {"answer": "Q9.2", "stub": "0"}}, "source": source})
    };
    let source = format!("answer(\"Q9.2\", \"{doubtful}\")");
    let notebook =
        serde_json::json!({"cells": [cell(&source)], "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    class.put("eve", "09-the-interview.ipynb", notebook.to_string());
    let marks = beside(
        &class,
        "marks.toml",
        "exercises = []\nquestions = [\"Q6.1\", \"Q9.2\"]\npoints_per_question = 4\n",
    );
    let (before, _) = graded(&class, &["--marks", &marks]);
    let points = |results: &Value| {
        let of = |name| learner(results, name)["points"].to_string();
        ["ann", "bob", "eve"].map(of).join(" ")
    };
    assert_eq!(points(&before), "6 6 2");

    let review = |arguments: &[&str], typed: &str| {
        let output = assert_cmd(class.folder(), arguments, typed);
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (listed, _) = review(&["--list"], "");
    assert!(listed.contains("Q9.2") && listed.contains("3 learners"), "{listed}");
    assert!(listed.contains("1 answer waits."), "one answer, whoever gave it: {listed}");
    let (_, moved) = review(&["--by", "prof"], "3 says how far, not from when\n");
    insta::assert_snapshot!(moved);
    assert!(review(&["--list"], "").0.contains("Nothing waits."));

    // Graded again, also without the ledger: the word stays.
    fs::remove_dir_all(class.folder().join(".results/ledger")).ok();
    let (after, stderr) = graded(&class, &["--marks", &marks]);
    assert_eq!(points(&after), "7 7 3", "{stderr}");
    let question = &learner(&after, "eve")["questions"][1];
    assert_eq!(
        (&question["review"]["note"], &question["review"]["by"]),
        (&"says how far, not from when".into(), &"prof".into())
    );

    // One learner's result, by name; and taken back.
    let (_, moved) = review(&["--learner", "ann", "--item", "q6.1", "--points", "1"], "");
    assert!(moved.contains("ann: Q6.1 4 → 1 (a person decided so)"), "{moved}");
    let (_, moved) = review(&["--learner", "ann", "--item", "Q6.1", "--forget"], "");
    assert!(moved.contains("ann: Q6.1 1 → 4"), "{moved}");
    let (_, refused) = review(&["--learner", "nobody", "--item", "Q6.1", "--points", "1"], "");
    assert!(refused.contains("there is no learner nobody"), "{refused}");
    let (_, refused) = review(&["--learner", "ann", "--item", "Q6.1", "--points", "9"], "");
    assert!(refused.contains("more points than there are"), "{refused}");

    // Another answer is judged anew.
    class.put("eve", "answers.json", list("It is 42."));
    fs::remove_file(class.folder().join("eve/09-the-interview.ipynb")).unwrap();
    let (again, _) = graded(&class, &["--marks", &marks]);
    assert_eq!(points(&again), "7 7 4");
}

fn assert_cmd(folder: &Path, arguments: &[&str], typed: &str) -> std::process::Output {
    assert_cmd::Command::new(COURSE)
        .arg("review")
        .arg(folder)
        .arg("--results")
        .arg(folder.join(".results"))
        .args(arguments)
        .current_dir(course_root())
        .write_stdin(typed)
        .output()
        .unwrap()
}

#[test]
fn a_broken_marks_file_or_roster_is_told_before_anything_is_graded() {
    let class = Class::default();
    class.submit("ann", &solution("e6_1"));
    let told = |option: &str, text: &str| {
        let file = beside(&class, "file", text);
        let (code, stdout, stderr) = class.grade(COURSE, &[option, &file]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        stderr
    };
    assert!(told("--marks", "exercises = [\"E99.1\"]").contains("there is no exercise \"E99.1\""));
    assert!(told("--marks", "[deadline]\ndue = 2026-11-20").contains("with its offset"));
    assert!(told("--roster", "a,b\n1,2\n").contains("names no column that is known"));
    let (code, _, stderr) = class.grade(COURSE, &["--shard", "3/2"]);
    assert!(code == 2 && stderr.contains("no part of a class"), "{stderr}");
}

/// What people decided is worth more than a grading: a broken file stops it.
#[test]
fn a_broken_file_of_reviews_is_not_passed_over() {
    let class = Class::default();
    class.submit("ann", &solution("e6_1"));
    fs::create_dir_all(class.folder().join(".results")).unwrap();
    fs::write(class.folder().join(".results/reviews.json"), "[{]").unwrap();
    let (code, _, stderr) = class.grade(COURSE, &[&["--exercise", "E6.1"], sandbox()].concat());
    assert!(code == 2 && stderr.contains("holds no reviews"), "{stderr}");
}
