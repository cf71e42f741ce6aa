//! Official gradings draw seeds of their own.

use std::fs;
use std::path::{Path, PathBuf};

use course_tests::classroom::{Class, exercise, learner, sandbox, solution};
use serde_json::Value;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");
const SECRET: &str = "what-no-learner-knows-of-2026";

/// A class and a secret beside it.
struct Official {
    class: Class,
    _folder: tempfile::TempDir,
    secret: PathBuf,
}

impl Official {
    fn new(secret: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, secret).unwrap();
        Self { class: Class::default(), _folder: folder, secret: file }
    }

    /// Exit code, standard output, standard error.
    fn grade(&self, exercises: &[&str], more: &[&str]) -> (i32, String, String) {
        let named = exercises.iter().flat_map(|id| ["--exercise", id]);
        let secret = ["--secret", self.secret.to_str().unwrap()];
        let arguments: Vec<&str> =
            named.chain(secret).chain(sandbox().iter().copied()).chain(more.iter().copied()).collect();
        self.class.grade(COURSE, &arguments)
    }

    fn graded(&self, exercises: &[&str], more: &[&str]) -> Value {
        let (code, stdout, stderr) = self.grade(exercises, &[more, &["--json"]].concat());
        assert_eq!(code, 0, "{stderr}");
        serde_json::from_str(&stdout).unwrap()
    }
}

/// The scenarios of an exercise.
fn scenarios(graded: &Value) -> &Vec<Value> {
    graded["assessment"]["report"]["scenarios"].as_array().unwrap_or_else(|| panic!("no report: {graded:#}"))
}

fn scenario<'a>(graded: &'a Value, id: &str) -> &'a Value {
    scenarios(graded).iter().find(|scenario| scenario["id"] == id).unwrap()
}

fn seeds(scenario: &Value) -> Vec<u64> {
    let runs = scenario["hidden"].as_array().map(Vec::as_slice).unwrap_or_default();
    runs.iter().map(|run| run["seed"].as_u64().unwrap()).collect()
}

/// E7.1, right wherever the first random vector that server D has written to is that of the visible run.
fn for_the_visible_seed_only() -> String {
    let watched = "let vector = Self { counters: counters.collect() };\n        \
                   if vector.counters.get(\"D\").is_some_and(|count| *count > 0) {\n            \
                   FIRST.get_or_init(|| vector.to_string());\n        }\n        vector";
    let asked = "if FIRST.get().is_some_and(|first| first != \"{A:1 B:2 D:1}\") {\n            \
                 return Causality::Equal;\n        }\n        match (self.covers(other)";
    let hard_coded = solution("e7_1")
        .replace("Self { counters: counters.collect() }", watched)
        .replace("match (self.covers(other)", asked);
    assert_ne!(hard_coded, solution("e7_1"));
    format!("{hard_coded}\nstatic FIRST: std::sync::OnceLock<String> = std::sync::OnceLock::new();\n")
}

#[test]
fn an_answer_that_counts_on_the_visible_seed_loses() {
    let official = Official::new(SECRET);
    official.class.put("ann", "e7_1.rs", solution("e7_1"));
    official.class.put("bob", "e7_1.rs", for_the_visible_seed_only());
    let visible = official.class.grade(COURSE, &[&["--exercise", "E7.1"], sandbox()].concat());
    assert_eq!(visible.1.matches("E7.1 passed").count(), 2, "both pass what they see: {}", visible.1);

    let results = official.graded(&["E7.1"], &[]);
    assert_eq!(exercise(&results, "ann", "E7.1")["outcome"], "passed");
    let bob = exercise(&results, "bob", "E7.1");
    let laws = scenario(bob, "laws");
    assert_eq!(
        (&bob["outcome"], &laws["verdict"]["is"], &laws["hidden"][0]["verdict"]["is"]),
        (&Value::from("failed"), &Value::from("failed"), &Value::from("failed"))
    );
    let lost = learner(&results, "ann")["points"].as_f64().unwrap()
        - learner(&results, "bob")["points"].as_f64().unwrap();
    assert_eq!(Some(lost), laws["max_points"].as_f64(), "the scenario's points, and no others");

    let (_, told, stderr) = official.grade(&["E7.1"], &[]);
    let seed = seeds(laws)[0];
    assert!(told.contains("hidden run 1 of scenario") && told.contains(&format!("--seed {seed}")), "{told}");
    let asked = laws["hidden"][0]["difference"]["what"].as_str().expect("the instructor sees what differs");
    assert!(!told.contains(asked), "what was asked is not told: {told}");
    assert!(stderr.is_empty(), "the same again: {stderr}");
}

#[test]
fn a41_seeds_belong_to_the_text() {
    let official = Official::new(SECRET);
    official.class.put("ann", "e7_1.rs", solution("e7_1"));
    official.class.put("copy", "e7_1.rs", solution("e7_1"));
    official.class.put("other", "e7_1.rs", format!("{}// mine\n", solution("e7_1")));
    let of = |results: &Value, who: &str| seeds(scenario(exercise(results, who, "E7.1"), "laws"));
    let results = official.graded(&["E7.1"], &[]);
    let ann = of(&results, "ann");
    assert_eq!((ann.len(), &of(&results, "copy")), (3, &ann));
    let other = of(&results, "other");
    assert!(ann.iter().all(|seed| !other.contains(seed)), "{ann:?} and {other:?}");
    for graded in scenarios(exercise(&results, "ann", "E7.1")) {
        assert_eq!(seeds(graded).is_empty(), graded["id"] != "laws", "only this one is random: {graded:#}");
    }
    let fewer = official.graded(&["E7.1"], &["--hidden", "1"]);
    assert_eq!(of(&fewer, "ann"), ann[..1]);
    fs::write(&official.secret, "another secret of 26 bytes").unwrap();
    assert!(of(&official.graded(&["E7.1"], &[]), "ann").iter().all(|seed| !ann.contains(seed)));
}

#[test]
fn the_secret_stays_secret() {
    let official = Official::new(SECRET);
    let shout =
        "println!(\"{:?}\", std::env::vars().collect::<Vec<_>>()); panic!(\"{:?}\", std::env::args());";
    official.class.put("ann", "e7_1.rs", solution("e7_1"));
    official.class.put(
        "eve",
        "e7_1.rs",
        solution("e7_1").replace(
            "*self.counters.entry(server",
            &format!("{shout} #[allow(unreachable_code)] *self.counters.entry(server"),
        ),
    );
    for more in [&["--json"] as &[&str], &[]] {
        let (code, stdout, stderr) = official.grade(&["E7.1"], more);
        assert_eq!(code, 0, "{stderr}");
        assert!(!stdout.contains(SECRET) && !stderr.contains(SECRET));
    }
    let mut looked_at = 0;
    files(official.class.folder(), &mut |path| {
        looked_at += 1;
        let bytes = fs::read(path).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(SECRET), "{}", path.display());
    });
    assert!(looked_at > 4, "ledger and results are among them");
}

fn files(folder: &Path, look: &mut impl FnMut(&Path)) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() { files(&path, look) } else { look(&path) }
    }
}

#[test]
fn a_secret_that_can_be_guessed_is_refused() {
    let official = Official::new("too-short\n");
    official.class.put("ann", "e7_1.rs", solution("e7_1"));
    let (code, stdout, stderr) = official.grade(&["E7.1"], &[]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("a secret of 9 bytes") && !stderr.contains("too-short"), "{stderr}");
    let (code, _, stderr) = official.class.grade(COURSE, &[&["--hidden", "2"], sandbox()].concat());
    assert!(code == 2 && stderr.contains("--secret"), "{stderr}");
}

/// No right answer loses a point by a seed, and these scenarios have hidden runs.
#[test]
fn every_solution_passes_its_hidden_runs() {
    let official = Official::new(SECRET);
    for exercise in grader::judge::Exercise::all() {
        let stem = exercise.spec.file_stem();
        official.class.put("reference", &format!("{stem}.rs"), solution(&stem));
    }
    let results = official.graded(&[], &["--seconds", "60"]);
    let mut with_hidden = Vec::new();
    for graded in learner(&results, "reference")["exercises"].as_array().unwrap() {
        assert_eq!(graded["outcome"], "passed", "{graded:#}");
        let names = scenarios(graded).iter().filter(|one| seeds(one).len() == 3);
        let names: Vec<&str> = names.map(|one| one["id"].as_str().unwrap()).collect();
        if !names.is_empty() {
            with_hidden.push(format!("{} {}", graded["exercise"].as_str().unwrap(), names.join(" ")));
        }
    }
    insta::assert_snapshot!(with_hidden.join("\n"));
}
