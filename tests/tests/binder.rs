//! The files from which repo2docker makes an image: Binder, a JupyterHub.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use course_tests::course_root;

fn path(name: &str) -> PathBuf {
    course_root().join(".binder").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap()
}

/// The lines that say something.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

fn bash(script: &str) -> String {
    let output = Command::new("bash").args(["-euc", script]).current_dir(course_root()).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_scripts_can_be_started_and_are_bash() {
    for script in ["postBuild", "start"] {
        assert!(fs::metadata(path(script)).unwrap().permissions().mode() & 0o111 == 0o111, "{script}");
    }
    for script in ["postBuild", "start", "rust.sh"] {
        bash(&format!("bash -n .binder/{script}"));
    }
}

#[test]
fn everything_is_pinned_and_in_one_place() {
    assert_eq!(lines(&text("requirements.txt")), ["-r ../notebooks/requirements.txt"]);
    let packages = fs::read_to_string(course_root().join("notebooks/requirements.txt")).unwrap();
    assert!(lines(&packages).len() > 50 && lines(&packages).iter().all(|package| package.contains("==")));
    let script = text("postBuild");
    let release = script.lines().find(|line| line.trim().starts_with("release=")).unwrap();
    assert_eq!(bash(&format!("{release}; echo $release")), env!("CARGO_PKG_RUST_VERSION"));
    let python = text("runtime.txt");
    let minor: u32 = python.trim().strip_prefix("python-3.").unwrap().parse().unwrap();
    assert!((10..=14).contains(&minor), "{python}");
    for name in ["apt.txt", "runtime.txt", "requirements.txt", "postBuild", "start", "rust.sh"] {
        let text = text(name);
        for loose in ["latest", "nightly", "master"] {
            assert!(!text.contains(loose), "{name}: {loose}");
        }
        let piped = text.split('|').skip(1).filter_map(|command| command.split_whitespace().next());
        assert!(piped.into_iter().all(|command| !["sh", "bash"].contains(&command)), "{name}");
    }
}

/// Started on a machine that has no cargo.
fn start(command: &[&str]) -> Output {
    let mut start = Command::new(path("start"));
    start.args(command).current_dir("/").env_clear().env("PATH", "/usr/bin:/bin").env("HOME", "/nowhere");
    start.output().unwrap()
}

#[test]
fn the_server_is_started_as_it_was_asked_for_and_finds_rust() {
    let ended = start(&["bash", "-c", "echo \"$0\" | sed s/a/b/; exit 7", "two words a"]);
    assert_eq!((ended.status.code(), ended.stdout.as_slice()), (Some(7), b"two words b\n".as_slice()));
    if ["/usr/bin/cargo", "/bin/cargo"].iter().any(|cargo| PathBuf::from(cargo).exists()) {
        return;
    }
    let told = String::from_utf8(start(&["printenv", "PATH", "CARGO_HOME", "RUSTUP_HOME"]).stdout).unwrap();
    let rust = course_root().canonicalize().unwrap().join(".course/rust");
    let rust = rust.display();
    assert_eq!(told, format!("{rust}/cargo/bin:/usr/bin:/bin\n{rust}/cargo\n{rust}/rustup\n"));
}
