//! The files with which grading runs elsewhere. Their YAML is read, and their shell runs here, as processes of their own.

use std::fs;
use std::path::Path;
use std::process::Command;

use course_tests::classroom::{Class, has_sandbox, solution, wrong};
use course_tests::{course_root, skipped};
use serde_json::Value;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");

fn file(name: &str) -> String {
    fs::read_to_string(course_root().join("grader/deploy").join(name)).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|why| panic!("{why}\n{text}"))
}

/// The Job, and the policy behind it.
fn kubernetes() -> (Value, Value) {
    let text = file("kubernetes.yaml");
    let (job, policy) = text.split_once("\n---\n").unwrap();
    (yaml(job), yaml(policy))
}

fn shell_of_the_job() -> String {
    kubernetes().0["spec"]["template"]["spec"]["containers"][0]["args"][0].as_str().unwrap().to_owned()
}

fn steps(job: &Value) -> impl Iterator<Item = &Value> {
    job["steps"].as_array().unwrap().iter()
}

/// The shell with which GitHub grades a part.
fn shell_of_github() -> String {
    let workflow = yaml(&file("github/grade.yml"));
    let step = steps(&workflow["jobs"]["grade"]).find(|step| step["name"] == "Grade a part").unwrap();
    step["run"].as_str().unwrap().to_owned()
}

#[test]
fn the_job_is_indexed_and_its_numbers_agree() {
    let (job, policy) = kubernetes();
    let spec = &job["spec"];
    assert_eq!((job["kind"].as_str(), job["apiVersion"].as_str()), (Some("Job"), Some("batch/v1")));
    assert_eq!(spec["completionMode"], "Indexed");
    assert!(spec["backoffLimitPerIndex"].as_u64().unwrap() > 0);
    let pod = &spec["template"]["spec"];
    assert_eq!(pod["restartPolicy"], "Never", "a limit for each index asks for it");
    let container = &pod["containers"][0];
    let shards = container["env"].as_array().unwrap().iter().find(|one| one["name"] == "SHARDS").unwrap();
    let completions = spec["completions"].as_u64().unwrap();
    assert_eq!(shards["value"], completions.to_string());
    assert!(spec["parallelism"].as_u64().unwrap() <= completions);
    for bound in ["requests", "limits"] {
        for of in ["cpu", "memory"] {
            assert!(container["resources"][bound][of].is_string(), "{bound} {of}");
        }
    }
    assert_eq!(policy["spec"]["podSelector"]["matchLabels"], spec["template"]["metadata"]["labels"]);
    assert!(
        policy["spec"].get("egress").is_none() && policy["spec"].get("ingress").is_none(),
        "nothing is let through"
    );
}

#[test]
fn strangers_code_finds_nothing_of_the_cluster() {
    let (job, _) = kubernetes();
    let pod = &job["spec"]["template"]["spec"];
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(pod["hostUsers"], false, "what bubblewrap needs is allowed inside the pod's own users alone");
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let container = &pod["containers"][0];
    let security = &container["securityContext"];
    assert_eq!(security["allowPrivilegeEscalation"], false);
    assert_eq!(security["readOnlyRootFilesystem"], true);
    assert_eq!(security["capabilities"]["drop"], serde_json::json!(["ALL"]));
    assert!(security.get("privileged").is_none());
    let mounts = container["volumeMounts"].as_array().unwrap();
    let submissions = mounts.iter().find(|mount| mount["name"] == "submissions").unwrap();
    assert_eq!(submissions["readOnly"], true);
}

/// What a student's repository contains decides nothing, and what runs her code has no secret.
#[test]
fn the_workflow_takes_nothing_from_students_but_archives() {
    let text = file("github/grade.yml");
    let workflow = yaml(&text);
    assert_eq!(workflow["on"].as_object().unwrap().keys().collect::<Vec<_>>(), ["workflow_dispatch"]);
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    assert_eq!(text.matches("secrets.").count(), 1);
    for (name, job) in workflow["jobs"].as_object().unwrap() {
        for step in steps(job) {
            let (run, step) = (step["run"].as_str().unwrap_or_default(), step.to_string());
            assert!(!run.contains("${{"), "{name}: text of others never becomes shell: {run}");
            assert!(!step.contains("secrets.") || (name == "fetch" && step.contains("zipball")), "{name}");
            assert!(
                !step.contains("actions/checkout") || step.contains("\"persist-credentials\":false"),
                "{name}"
            );
            assert!(!run.contains("git clone") && !run.contains("unzip"), "{name}: {run}");
        }
    }
}

#[test]
fn no_file_grades_without_a_sandbox() {
    for name in [
        "kubernetes.yaml",
        "Dockerfile",
        "slurm.sh",
        "github/grade.yml",
        "classroom50/check.sh",
        "classroom50/tests.json",
    ] {
        assert!(!file(name).contains("unsandboxed"), "{name}");
    }
}

#[test]
fn every_shell_script_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut scripts = vec![file("slurm.sh"), file("classroom50/check.sh"), shell_of_the_job()];
    let workflow = yaml(&file("github/grade.yml"));
    for job in workflow["jobs"].as_object().unwrap().values() {
        scripts.extend(steps(job).filter_map(|step| step["run"].as_str().map(str::to_owned)));
    }
    let declared: Value = serde_json::from_str(&file("classroom50/tests.json")).unwrap();
    scripts.extend(
        declared["tests"].as_array().unwrap().iter().map(|test| test["run"].as_str().unwrap().to_owned()),
    );
    assert!(scripts.len() > 8);
    for script in scripts {
        let path = folder.path().join("script");
        fs::write(&path, &script).unwrap();
        let output = Command::new("bash").arg("-n").arg(&path).output().unwrap();
        assert!(output.status.success(), "{}\n{script}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What Classroom 50's schema asks of each test, and that points are the course's own.
#[test]
fn classroom_50_reads_its_tests() {
    let declared: Value = serde_json::from_str(&file("classroom50/tests.json")).unwrap();
    assert_eq!(declared["schema"], "classroom50/tests/v1");
    for test in declared["tests"].as_array().unwrap() {
        let keys: Vec<&str> = test.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(
            keys.iter().all(|key| ["name", "points", "run", "timeout", "type"].contains(key)),
            "{keys:?}"
        );
        assert_eq!(test["type"], "run");
        assert!((1..=600).contains(&test["timeout"].as_u64().unwrap()));
        let run = test["run"].as_str().unwrap();
        assert!(run.starts_with("bash \"$CLASSROOM50_BUNDLE_DIR/check.sh\" "), "{run}");
        let asked = run.rsplit(' ').next().unwrap();
        if asked != "prepare" {
            let spec = grader::judge::Exercise::find(asked).unwrap().spec;
            assert_eq!(test["points"], spec.points());
            assert_eq!(test["name"], format!("{} {}", spec.id, spec.title));
        }
    }
}

fn class() -> Class {
    let class = Class::default();
    class.submit("ann", &solution("e6_1"));
    class.submit("bob", &wrong(""));
    class.submit("cleo", &solution("e6_1").replace("w + r > n", "w + r >= n"));
    class
}

/// The shell of the files has no `--unsandboxed`; where this machine has no sandbox, it is told by a variable.
fn options() -> String {
    format!("--exercise E6.1{}", if has_sandbox() { "" } else { " --unsandboxed" })
}

/// A shell with what the systems set, for one part.
fn shell(class: &Class, results: &Path) -> Command {
    let mut bash = Command::new("bash");
    bash.current_dir(course_root())
        .env("COURSE", COURSE)
        .env("SUBMISSIONS", class.folder())
        .env("RESULTS", results)
        .env("GRADE_OPTIONS", options());
    bash
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The parts in a folder, put together, are the whole class.
fn are_the_whole(class: &Class, results: &Path, parts: usize) {
    let files: Vec<_> = (1..=parts).map(|part| results.join(format!("part-{part}.json"))).collect();
    let merged = Command::new(COURSE).arg("merge").args(files).current_dir(course_root()).output().unwrap();
    assert!(merged.status.success(), "{}", String::from_utf8_lossy(&merged.stderr));
    let mut whole = Command::new(COURSE);
    whole.arg("grade").arg(class.folder()).arg("--json").arg("--results").arg(results.join("kept"));
    let whole = whole.args(options().split(' ')).current_dir(course_root()).output().unwrap();
    assert_eq!(String::from_utf8(merged.stdout).unwrap(), String::from_utf8(whole.stdout).unwrap());
}

#[test]
fn the_pods_parts_are_the_whole() {
    let (class, results) = (class(), tempfile::tempdir().unwrap());
    for index in 0..2 {
        let mut bash = shell(&class, results.path());
        bash.args(["-euc", &shell_of_the_job()])
            .env("SHARDS", "2")
            .env("JOB_COMPLETION_INDEX", index.to_string());
        run(&mut bash);
    }
    are_the_whole(&class, results.path(), 2);
}

#[test]
fn the_arrays_parts_are_the_whole() {
    let (class, results) = (class(), tempfile::tempdir().unwrap());
    let script = course_root().join("grader/deploy/slurm.sh");
    let part = |id: u32, array: [u32; 3]| {
        let mut bash = shell(&class, results.path());
        bash.arg(&script).env("SLURM_ARRAY_TASK_ID", id.to_string());
        for (name, number) in ["MIN", "MAX", "COUNT"].iter().zip(array) {
            bash.env(format!("SLURM_ARRAY_TASK_{name}"), number.to_string());
        }
        bash
    };
    run(&mut part(1, [1, 2, 2]));
    // The second one once more, alone: the array no longer says of how many it is one.
    let alone = part(2, [2, 2, 1]).output().unwrap();
    assert!(!alone.status.success() && String::from_utf8_lossy(&alone.stderr).contains("SHARDS=8"));
    run(part(2, [2, 2, 1]).env("SHARDS", "2"));
    are_the_whole(&class, results.path(), 2);
}

#[test]
fn githubs_parts_are_the_whole() {
    let (class, results) = (class(), tempfile::tempdir().unwrap());
    // The program is made executable there, which must not touch this one.
    let shell_of_github = shell_of_github().replace("chmod +x \"$COURSE\"\n", "");
    for part in 1..=2 {
        let mut bash = shell(&class, results.path());
        bash.args(["-c", &shell_of_github]).env("SHARDS", "2").env("PART", part.to_string());
        run(&mut bash);
    }
    are_the_whole(&class, results.path(), 2);
}

/// Of a checkout, one exercise; what else lies in it decides nothing.
#[test]
fn classroom_50_judges_a_checkout() {
    if Command::new("jq").arg("--version").output().is_err() {
        skipped("there is no jq here");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    // The script finds the course where `prepare` puts it.
    std::os::unix::fs::symlink(course_root(), place.path().join("replication-course")).unwrap();
    let check = |answer: &str| {
        let checkout = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = checkout.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("exercises/src/e6_1.rs", answer);
        put("rust-toolchain.toml", "[toolchain]\npath = \"./evil\"\n");
        put(".cargo/config.toml", "[build]\nrustc-wrapper = \"/bin/false\"\n");
        let output = Command::new("bash")
            .arg(course_root().join("grader/deploy/classroom50/check.sh"))
            .arg("E6.1")
            .current_dir(checkout.path())
            .env("RUNNER_TEMP", place.path())
            .env("COURSE_RESULTS", place.path().join("kept"))
            .env("COURSE", COURSE)
            .env("GRADE_OPTIONS", options().replace("--exercise E6.1", ""))
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let (right, told, why) = check(&solution("e6_1"));
    assert!(right && told.contains("8 of 8 points, passed"), "{told}{why}");
    let (right, told, why) = check(&wrong(""));
    assert!(!right && told.contains("0 of 8 points, failed"), "{told}{why}");
}
