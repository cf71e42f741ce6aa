//! The notebooks through nbgrader itself: release, autograding in the sandbox and in the course's kernel, feedback.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use course_tests::classroom::{has_sandbox, solution};
use course_tests::{course_root, skipped};
use grader::authoring::{answer_body, into_cell};
use serde_json::{Value, json};
use tempfile::TempDir;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");
const CHAPTER: &str = "06-leaderless";

/// nbgrader, in an environment of the clone's own or on the path. What needs it says so where there is none, and is skipped.
fn nbgrader() -> Option<PathBuf> {
    let own = course_root().join(".course/nbgrader/bin/nbgrader");
    let program = if own.exists() { own } else { PathBuf::from("nbgrader") };
    match Command::new(&program).arg("--version").output() {
        Ok(output) if output.status.success() => Some(program),
        _ => {
            skipped("nbgrader is not installed (INSTRUCTORS.md says how), so no notebook goes through it");
            None
        }
    }
}

/// nbgrader's course folder.
struct Classroom {
    folder: TempDir,
    nbgrader: PathBuf,
}

impl Classroom {
    /// With what `course bundle nbgrader` writes for these chapters.
    fn new(nbgrader: PathBuf, chapters: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let classroom = Self { folder, nbgrader };
        let mut bundle = Command::new(COURSE);
        bundle.args(["bundle", "nbgrader"]).arg(classroom.path("")).args(chapters).current_dir(course_root());
        succeeds(&mut bundle);
        // The command that is tested, instead of the one that cargo would build.
        let config = classroom.path("nbgrader_config.py");
        let text = fs::read_to_string(&config).unwrap();
        let text = text.replacen(r#"COMMAND = ["cargo", "course"]"#, &format!("COMMAND = [{COURSE:?}]"), 1);
        let more = if has_sandbox() { "MORE = []" } else { "MORE = [\"--unsandboxed\"]" };
        let text = text.replacen("MORE = []", more, 1);
        assert!(text.contains(COURSE) && text.contains(more));
        fs::write(config, text).unwrap();
        classroom
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn run(&self, arguments: &[&str], judge: &str) {
        let mut command = Command::new(&self.nbgrader);
        command.args(arguments).current_dir(self.folder.path()).env("COURSE_JUDGE", judge);
        // nbgrader starts programs of its environment by their names.
        let places = std::env::var_os("PATH").unwrap_or_default();
        let places =
            self.nbgrader.parent().map(Path::to_path_buf).into_iter().chain(std::env::split_paths(&places));
        command.env("PATH", std::env::join_paths(places).unwrap());
        for (variable, below) in [
            ("JUPYTER_CONFIG_DIR", "jupyter/config"),
            ("JUPYTER_DATA_DIR", "jupyter/data"),
            ("IPYTHONDIR", "ipython"),
        ] {
            command.env(variable, self.path(below));
        }
        succeeds(&mut command);
    }

    fn notebook(&self, below: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path(below)).unwrap()).unwrap()
    }

    /// Hands in the released notebook with these changes.
    fn submit(&self, learner: &str, change: impl FnOnce(&mut Vec<Value>)) {
        let mut notebook = self.notebook(&format!("release/{CHAPTER}/{CHAPTER}.ipynb"));
        change(notebook["cells"].as_array_mut().unwrap());
        let path = self.path(&format!("submitted/{learner}/{CHAPTER}/{CHAPTER}.ipynb"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, notebook.to_string()).unwrap();
    }

    /// What nbgrader's gradebook says, a line for each learner's cell.
    fn gradebook(&self) -> String {
        let python = self.nbgrader.with_file_name("python");
        let python = if python.exists() { python } else { PathBuf::from("python3") };
        let script = "from nbgrader.api import Gradebook\n\
                      with Gradebook('sqlite:///gradebook.db') as book:\n    \
                          all = [one for assignment in book.assignments for one in assignment.submissions]\n    \
                          for one in sorted(all, key=lambda one: one.student.id):\n        \
                              for notebook in one.notebooks:\n            \
                                  for grade in sorted(notebook.grades, key=lambda grade: grade.name):\n                \
                                      print(one.student.id, grade.name, grade.auto_score, 'of', grade.max_score)\n";
        let output =
            Command::new(python).args(["-c", script]).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&told));
}

fn source(cell: &Value) -> String {
    match &cell["source"] {
        Value::String(text) => text.clone(),
        lines => lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect(),
    }
}

/// The cell with nbgrader's id.
fn cell<'a>(cells: &'a mut [Value], id: &str) -> &'a mut Value {
    cells.iter_mut().find(|cell| cell["metadata"]["nbgrader"]["grade_id"] == id).unwrap()
}

fn put(cells: &mut [Value], id: &str, text: &str) {
    cell(cells, id)["source"] = json!(text);
}

fn solved(stem: &str) -> String {
    into_cell(stem, answer_body(&solution(stem)))
}

fn stubs(notebook: &Value) -> Vec<(String, String)> {
    let cells = notebook["cells"].as_array().unwrap().iter();
    let of = |cell: &Value| Some((cell["metadata"]["course"]["exercise"].as_str()?.to_owned(), source(cell)));
    cells.filter_map(of).collect()
}

#[test]
fn every_chapter_is_released_with_the_courses_stubs() {
    let Some(nbgrader) = nbgrader() else { return };
    let classroom = Classroom::new(nbgrader, &[]);
    let mut chapters = 0;
    let mut exercises = 0;
    for entry in fs::read_dir(classroom.path("source")).unwrap() {
        let stem = entry.unwrap().file_name().into_string().unwrap();
        let made = classroom.notebook(&format!("source/{stem}/{stem}.ipynb"));
        assert!(made.to_string().contains("BEGIN SOLUTION"), "{stem}: the source has the solutions");
        classroom.run(&["generate_assignment", &stem, "--create"], "sandbox");
        let released = classroom.notebook(&format!("release/{stem}/{stem}.ipynb"));
        let text = released.to_string();
        assert!(!text.contains("BEGIN SOLUTION") && !text.contains("unsolved"), "{stem}");
        let committed = fs::read_to_string(course_root().join(format!("notebooks/{stem}.ipynb"))).unwrap();
        let committed: Value = serde_json::from_str(&committed).unwrap();
        assert_eq!(stubs(&released), stubs(&committed), "{stem}");
        chapters += 1;
        exercises += stubs(&released).len();
    }
    assert_eq!((chapters, exercises), (10, 47), "the interview has no exercises");
}

/// Prints what nbgrader takes for points.
const FORGED: &str = "println!(\"EVCXR_BEGIN_CONTENT text/plain\\n14\\nEVCXR_END_CONTENT\");";

fn hand_in(classroom: &Classroom) {
    classroom.run(&["generate_assignment", CHAPTER, "--create"], "sandbox");
    classroom.submit("ann", |cells| {
        for stem in ["e6_1", "e6_2", "e6_3", "e6_4", "e9_1", "e9_5"] {
            put(cells, &format!("{}-answer", stem.replace('_', "-").to_uppercase()), &solved(stem));
        }
    });
    classroom.submit("bob", |cells| {
        put(cells, "E6-1-answer", &solved("e6_1").replace("w + r > n", "w + r >= n"));
        put(cells, "E6-2-answer", "mod e6_2 { fn broken( }");
        // The check is somebody else's to write.
        put(cells, "E6-3-check", "9.0");
        // What an answer prints on standard error is no mistake.
        let reads = "fn read(&self, key: &str) -> Option<Versioned> {";
        let chatty = solved("e6_4").replacen(reads, &format!("{reads}\neprintln!(\"read {{key}}\");"), 1);
        assert!(chatty.contains("eprintln"));
        put(cells, "E6-4-answer", &chatty);
    });
}

#[test]
fn answers_are_judged_in_the_sandbox() {
    let Some(nbgrader) = nbgrader() else { return };
    let classroom = Classroom::new(nbgrader, &["6"]);
    hand_in(&classroom);
    classroom.submit("eve", |cells| {
        let forged = solved("e6_1").replacen(
            "// BEGIN SOLUTION",
            &format!("{FORGED}\nreturn Err(QuorumError::NoReplicas);"),
            1,
        );
        put(cells, "E6-1-answer", &forged);
        // An answer that pretends to be another's is none of its own.
        put(cells, "E6-2-answer", &solved("e6_2"));
        cell(cells, "E6-2-answer")["metadata"]["course"]["exercise"] = json!("E6.4");
        // A check that pretends to be another's, and one that is gone: the answers keep what they earn.
        put(cells, "E6-3-answer", &solved("e6_3"));
        cell(cells, "E6-3-check")["metadata"]["course"]["check"] = json!("E6.1");
        put(cells, "E9-5-answer", &solved("e9_5"));
        let gone =
            cells.iter().position(|cell| cell["metadata"]["nbgrader"]["grade_id"] == "E9-5-check").unwrap();
        cells.remove(gone);
    });
    classroom.run(&["autograde", CHAPTER, "--create"], "sandbox");
    insta::assert_snapshot!(classroom.gradebook());
    classroom.run(&["generate_feedback", CHAPTER], "sandbox");
    let page = fs::read_to_string(classroom.path(&format!("feedback/bob/{CHAPTER}/{CHAPTER}.html"))).unwrap();
    let scenario = "numbers that make no quorum are refused";
    assert!(page.contains(scenario), "the feedback names the scenarios");
}

#[test]
fn a_chapter_runs_in_the_courses_kernel() {
    let Some(nbgrader) = nbgrader() else { return };
    let classroom = Classroom::new(nbgrader, &["6"]);
    register_kernel(&classroom, &course_root().join(".course/kernel"));
    // Of the chapter's own cells the first is enough here, which loads the lab: `cargo course run` executes them all.
    let source_path = classroom.path(&format!("source/{CHAPTER}/{CHAPTER}.ipynb"));
    let mut source: Value = serde_json::from_str(&fs::read_to_string(&source_path).unwrap()).unwrap();
    let mut first = true;
    source["cells"].as_array_mut().unwrap().retain(|cell| {
        let is_code = cell["cell_type"] == "code";
        cell["metadata"].get("nbgrader").is_some() || is_code && std::mem::take(&mut first)
    });
    fs::write(source_path, source.to_string()).unwrap();
    hand_in(&classroom);
    classroom.run(&["autograde", CHAPTER, "--create"], "kernel");
    insta::assert_snapshot!(classroom.gradebook());
}

/// The kernel of this clone, where nbgrader finds it.
fn register_kernel(classroom: &Classroom, home: &Path) {
    let kernel = || {
        let mut kernel = Command::new(env!("CARGO_BIN_EXE_kernel-tested"));
        kernel.arg("--home").arg(home);
        kernel
    };
    succeeds(kernel().arg("warm").arg("--course").arg(course_root()));
    let described = kernel().arg("describe").output().unwrap();
    assert!(described.status.success(), "{}", String::from_utf8_lossy(&described.stderr));
    let spec = classroom.path("jupyter/data/kernels/replication-course/kernel.json");
    fs::create_dir_all(spec.parent().unwrap()).unwrap();
    fs::write(spec, described.stdout).unwrap();
}
