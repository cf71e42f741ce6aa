//! JupyterLab in a real browser: every notebook, the figures that move, a stub that is filled in.
//!
//! `tests/browser/drive.py` drives Chromium by Playwright; here is what surrounds it. Both are installed where the network
//! allows it, and the test says what it skips. Screenshots are looked at, not compared; `COURSE_PICTURES=FOLDER` keeps them,
//! and the README's are made so.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use course_tests::classroom::solution;
use course_tests::{copy_folder, course_root, skipped};
use serde_json::{Value, json};

/// Where this test keeps Playwright and a copy of the notebooks.
fn folder() -> PathBuf {
    course_root().join(".course/browser")
}

fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let path = std::env::var_os("PATH")?;
    let mut programs = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    std::env::var_os("COURSE_CHROMIUM")
        .map(PathBuf::from)
        .or_else(|| programs.find(|program| program.exists()))
}

/// Python with the pinned Playwright.
fn playwright() -> Option<PathBuf> {
    let python = folder().join("python/bin/python");
    let requirements = course_root().join("tests/browser/requirements.txt");
    let run = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
    let venv = || run(Command::new("python3").args(["-m", "venv"]).arg(folder().join("python")));
    let install = || {
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        run(Command::new(&python).args(pip).arg(&requirements))
    };
    ((python.exists() || venv()) && install()).then_some(python)
}

/// The course, set up as `cargo course lab` does, and a copy of its notebooks with their neighbours beside it: what a reader
/// does in the test must not change the clone.
fn set_up() -> PathBuf {
    let output = Command::new(env!("CARGO_BIN_EXE_course-tested"))
        .args(["lab", "--only-set-up"])
        .current_dir(course_root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let copy = folder().join("copy");
    let _ = std::fs::remove_dir_all(&copy);
    copy_folder(&course_root().join("notebooks"), &copy.join("notebooks"));
    for neighbour in ["replication-lab", "grader"] {
        std::os::unix::fs::symlink(
            course_root().canonicalize().unwrap().join(neighbour),
            copy.join(neighbour),
        )
        .unwrap();
    }
    copy.join("notebooks")
}

/// JupyterLab with the course's kernel; it ends with this value.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(notebooks: &Path) -> Self {
        let state = tempfile::tempdir_in(folder()).unwrap().keep();
        let mut command = Command::new(course_root().join(".course/python/bin/jupyter-lab"));
        command.arg("--ServerApp.root_dir").arg(notebooks).current_dir(notebooks);
        command.args(["--no-browser", "--LabApp.expose_app_in_browser=True", "--ServerApp.port=0"]);
        command.args(["--ServerApp.allow_root=True", "--LabApp.news_url="]);
        for (variable, below) in [
            ("JUPYTER_CONFIG_DIR", "config"),
            ("JUPYTER_DATA_DIR", "data"),
            ("JUPYTER_RUNTIME_DIR", "runtime"),
            ("JUPYTERLAB_SETTINGS_DIR", "settings"),
            ("JUPYTERLAB_WORKSPACES_DIR", "workspaces"),
            ("COURSE_PROGRESS", "progress.jsonl"),
        ] {
            command.env(variable, state.join(below));
        }
        command.env("JUPYTER_PREFER_ENV_PATH", "1").stdin(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| {
            line.split_whitespace()
                .find(|word| word.starts_with("http://127") && word.contains("token="))
                .map(str::to_string)
        });
        // Somebody must read what it says, or it stops when the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address: address.unwrap() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked to end, it ends its kernels; killed, it would leave that to them.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// A stub's cell with the solution in it.
fn answer(exercise: &str) -> String {
    let solution = solution(exercise);
    let lines = solution.lines().filter(|line| !line.starts_with("//!"));
    format!("mod {exercise} {{\n{}\n}}", lines.collect::<Vec<_>>().join("\n"))
}

fn lines(texts: &Value) -> String {
    let texts = texts.as_array().unwrap().iter().filter_map(Value::as_str);
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_course_in_a_browser() {
    let (Some(chromium), Some(python)) = (chromium(), playwright()) else {
        skipped("no Chromium, or no Playwright: nobody looked at JupyterLab (`apt install chromium`)");
        return;
    };
    let notebooks = set_up();
    let mut names: Vec<String> = std::fs::read_dir(&notebooks)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".ipynb"))
        .collect();
    names.sort();
    assert_eq!(names.len(), 11);
    let stub = json!({"notebook": "06-leaderless.ipynb", "exercise": "e6_1", "cell": answer("e6_1")});
    let player = json!({"notebook": "06-leaderless.ipynb", "cell": "cluster.diagram()"});
    let slider =
        json!({"cell": "quorum_calculator()", "knob": 1, "keys": ["ArrowRight", "ArrowLeft", "Home"]});
    let tasks = json!({"notebooks": names, "stub": stub, "player": player, "slider": slider});
    let file = folder().join("tasks.json");
    std::fs::write(&file, tasks.to_string()).unwrap();
    let pictures =
        std::env::var_os("COURSE_PICTURES").map_or_else(|| folder().join("pictures"), PathBuf::from);
    std::fs::create_dir_all(&pictures).unwrap();

    let server = Server::start(&notebooks);
    let output = Command::new(python)
        .arg(course_root().join("tests/browser/drive.py"))
        .args([&server.address])
        .args([&chromium, &pictures, &file])
        .output()
        .unwrap();
    drop(server);
    let seen: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told = || format!("{seen:#?}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}", told());

    let ran: Vec<&Value> = seen.iter().filter(|seen| seen["notebook"].is_string()).collect();
    assert_eq!(ran.len(), names.len());
    for notebook in ran {
        assert_eq!(notebook["kernel"], "replication-course");
        assert_eq!(notebook["errors"], json!([]), "{notebook:#}");
        assert_eq!(notebook["executed"], notebook["cells"], "{notebook:#}");
    }
    let said =
        |what: &str| seen.iter().find(|seen| !seen[what].is_null()).unwrap_or_else(|| panic!("{}", told()));
    assert_eq!(said("cells_after_two_keys")["cells_after_two_keys"], 0);
    insta::assert_snapshot!("player", lines(&said("player")["player"]));
    insta::assert_snapshot!("slider", lines(&said("slider")["slider"]));
    let stub = said("stub");
    assert_eq!(stub["before"], "E6.1 Quorum facts — 0 of 8 points");
    assert_eq!(stub["after"], "E6.1 Quorum facts — 8 of 8 points");
    assert_eq!(stub["colours"], json!(["rgb(0, 158, 115)"]), "its signs are green");
    let page = said("loaded_from_elsewhere");
    assert_eq!(page["loaded_from_elsewhere"], json!([]));
    assert_eq!(page["page_errors"], json!([]));
}
