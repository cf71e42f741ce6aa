//! A class graded in parts by processes that know nothing of each other, and put together.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use course_tests::classroom::{Class, sandbox, solution, wrong};
use course_tests::course_root;
use serde_json::Value;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");
const PARTS: u32 = 3;

/// Right, wrong, still the stub, not compiling, panicking, one that can't be read, and one who handed in twice.
fn class() -> Class {
    let class = Class::default();
    class.submit("ann", &solution("e6_1"));
    class.submit("bob", &wrong(""));
    class.submit("cleo", &solution("e6_1").replace("w + r > n", "w + r >= n"));
    class.submit("dora", "fn");
    class.submit("emil", &wrong("panic!(\"no\");"));
    class.submit("Ann", &solution("e6_1").replace("2 * w > n", "w > n"));
    class.submit("finn", &fs::read_to_string(course_root().join("exercises/src/e6_1.rs")).unwrap());
    fs::write(class.folder().join("broken.ipynb"), "{").unwrap();
    class
}

fn roster(folder: &Path) -> PathBuf {
    let file = folder.join("roster.csv");
    fs::write(&file, "id,name\nann,Ann A.\nbob,Same Name\ncleo,Same Name\nzoe,Zoe Z.\n").unwrap();
    file
}

/// `course grade` on a class, as a process of its own.
fn grading(class: &Class, results: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(COURSE);
    command.arg("grade").arg(class.folder()).args(["--exercise", "E6.1", "--json", "--results"]).arg(results);
    command.args(sandbox()).args(more).current_dir(course_root());
    command
}

fn finished(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Puts the parts in a folder together.
fn merged(folder: &Path, parts: u32, more: &[&str]) -> (bool, String, String) {
    let files =
        (1..=parts).rev().map(|part| folder.join(format!("part-{part}.json"))).filter(|file| file.exists());
    let output =
        Command::new(COURSE).arg("merge").args(files).args(more).current_dir(course_root()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// Results without what the clock says.
fn timeless(json: &str) -> String {
    fn forget(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("took_ms");
                fields.values_mut().for_each(forget);
            }
            Value::Array(items) => items.iter_mut().for_each(forget),
            _ => {}
        }
    }
    let mut value: Value = serde_json::from_str(json).unwrap();
    forget(&mut value);
    serde_json::to_string_pretty(&value).unwrap()
}

/// Parts graded at the same time in one folder of results, and the whole class in another.
#[test]
fn parts_put_together_are_the_whole() {
    let class = class();
    let place = tempfile::tempdir().unwrap();
    let roster = roster(place.path());
    let roster = ["--roster", roster.to_str().unwrap()];
    let shared = place.path().join("shared");
    let started: Vec<(u32, Child)> = (1..=PARTS)
        .map(|part| {
            let shard = format!("{part}/{PARTS}");
            let out = fs::File::create(place.path().join(format!("part-{part}.json"))).unwrap();
            let mut command = grading(&class, &shared, &[roster.as_slice(), &["--shard", &shard]].concat());
            (part, command.stdout(out).stderr(Stdio::null()).spawn().unwrap())
        })
        .collect();
    for (part, mut child) in started {
        assert!(child.wait().unwrap().success(), "part {part}");
    }
    let sizes: Vec<usize> = (1..=PARTS)
        .map(|part| {
            let json = fs::read_to_string(place.path().join(format!("part-{part}.json"))).unwrap();
            serde_json::from_str::<Value>(&json).unwrap()["learners"].as_array().unwrap().len()
        })
        .collect();
    assert!(sizes.iter().sum::<usize>() == 8 && sizes.iter().all(|size| *size < 8), "{sizes:?}");

    let whole = finished(&mut grading(&class, &place.path().join("other"), &roster));
    let (well, together, _) = merged(place.path(), PARTS, &[]);
    assert!(well);
    assert_eq!(timeless(&together), timeless(&whole), "graded again, by one process");
    let value: Value = serde_json::from_str(&whole).unwrap();
    let notes = value["notes"].as_array().unwrap();
    assert!(notes.len() == 2 && notes[1].as_str().unwrap().starts_with("1 of the roster"), "{notes:?}");

    // What the parts kept serves the whole class: then not even the clock tells them apart.
    assert_eq!(together, finished(&mut grading(&class, &shared, &roster)), "byte for byte");

    // The last results of each part and of the whole lie side by side.
    assert_eq!(fs::read_dir(shared.join("results")).unwrap().count(), PARTS as usize + 1);

    fs::remove_file(place.path().join("part-2.json")).unwrap();
    let (well, _, told) = merged(place.path(), PARTS, &[]);
    assert!(!well && told.contains("part 2 of 3 is missing"), "{told}");
    let (well, partial, told) = merged(place.path(), PARTS, &["--partial"]);
    assert!(
        well && told.contains("not the whole class") && partial.contains("part 2 of 3 is missing"),
        "{told}"
    );

    let cut: String = together.chars().take(together.len() / 2).collect();
    fs::write(place.path().join("part-2.json"), cut).unwrap();
    let (well, _, told) = merged(place.path(), PARTS, &[]);
    assert!(!well && told.contains("part-2.json holds no results"), "{told}");
}

/// A part that was killed is run again, and does only what it had not done.
#[test]
fn a_part_that_was_killed_is_run_again() {
    let class = Class::default();
    for number in 0..12 {
        class.submit(&format!("learner{number}"), &format!("{}// {number}\n", solution("e6_1")));
    }
    let place = tempfile::tempdir().unwrap();
    let kept = place.path().join("kept");
    let ledger = || {
        let folders = fs::read_dir(kept.join("ledger")).into_iter().flatten().flatten();
        let files = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
        files.filter(|file| file.path().extension().is_some_and(|end| end == "json")).count()
    };
    let mut running = grading(&class, &kept, &["--shard", "1/2"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while ledger() == 0 && running.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    running.kill().unwrap();
    running.wait().unwrap();
    let before = ledger();
    for part in 1..=2 {
        let json = finished(&mut grading(&class, &kept, &["--shard", &format!("{part}/2")]));
        fs::write(place.path().join(format!("part-{part}.json")), json).unwrap();
    }
    assert!((1..12).contains(&before) && ledger() == 12, "{before} of 12, then {}", ledger());
    let out = place.path().join("all.json");
    let keep = ["--out", out.to_str().unwrap(), "--submissions", class.folder().to_str().unwrap()];
    let results = ["--results", kept.to_str().unwrap()];
    let (well, _, told) = merged(place.path(), 2, &[keep.as_slice(), &results].concat());
    assert!(well, "{told}");
    assert_eq!(fs::read_to_string(out).unwrap(), finished(&mut grading(&class, &kept, &[])));
}
