//! Answers of a class that are alike, as an instructor sees them.

use std::fs;

use course_tests::classroom::{Class, sandbox, solution, wrong};
use course_tests::course_root;
use serde_json::Value;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");

/// `course similar` on a class: standard output.
fn similar(class: &Class, more: &[&str]) -> String {
    let output = assert_cmd::Command::new(COURSE)
        .arg("similar")
        .arg(class.folder())
        .args(["--exercise", "E6.1", "--results"])
        .arg(class.folder().join(".results"))
        .args(more)
        .current_dir(course_root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn pairs(class: &Class, more: &[&str]) -> Value {
    let told = similar(class, &[&["--json"], more].concat());
    serde_json::from_str::<Value>(&told).unwrap()
}

fn names(evidence: &Value) -> Vec<(&str, &str)> {
    let pairs = evidence["pairs"].as_array().unwrap();
    pairs.iter().map(|pair| (pair["a"].as_str().unwrap(), pair["b"].as_str().unwrap())).collect()
}

/// Right, and thought out otherwise than the reference.
fn honest() -> String {
    fs::read_to_string(course_root().join("grader/src/similarity/code/honest_e6_1.rs.txt")).unwrap()
}

/// Names, comments and literals changed.
fn disguised() -> String {
    let text = solution("e6_1").replace("miss", "chance").replace("|i: u32|", "|nth: u32|");
    text.replace("saturating_sub(i)", "saturating_sub(nth)").replace("from(n - i)", "from(n - nth)")
}

#[test]
fn a_copy_is_found_and_the_stub_is_nobodys_own() {
    let class = Class::default();
    let stub = fs::read_to_string(course_root().join("exercises/src/e6_1.rs")).unwrap();
    for learner in ["stub1", "stub2"] {
        class.submit(learner, &stub);
    }
    class.submit("other", &wrong(""));
    let honest =
        fs::read_to_string(course_root().join("grader/src/similarity/code/honest_e6_1.rs.txt")).unwrap();
    class.submit("honest", &honest);
    assert_eq!(names(&pairs(&class, &[])), []);
    class.submit("ann", &solution("e6_1"));
    class.submit("copyist", &disguised());
    let evidence = pairs(&class, &[]);
    assert_eq!(names(&evidence), [("ann", "copyist")]);
    assert_eq!(evidence["identical"], serde_json::json!([]));
    class.submit("twin", &solution("e6_1"));
    let evidence = pairs(&class, &[]);
    assert_eq!(evidence["identical"][0]["learners"], serde_json::json!(["ann", "twin"]));
    assert_eq!(names(&evidence), [("ann", "copyist"), ("ann", "twin"), ("copyist", "twin")]);
}

/// Other code, the same rare mistake: seen in the last results, as long as they are about these answers.
#[test]
fn the_same_wrong_behaviour_is_found() {
    let class = Class::default();
    let more =
        |more: u32| solution("e6_1").replace("saturating_sub(n),", &format!("saturating_sub(n) + {more},"));
    let other =
        honest().replace("min_overlap: 0", "min_overlap: 7").replace("both as u32", "both as u32 + 7");
    class.submit("ann", &wrong(""));
    class.submit("bob", &other);
    class.submit("cleo", &more(7));
    assert_eq!(names(&pairs(&class, &[])), [], "nothing was graded");
    class.graded(COURSE, sandbox());
    let evidence = pairs(&class, &[]);
    assert_eq!(names(&evidence), [("bob", "cleo")], "{evidence:#}");
    let pair = &evidence["pairs"][0];
    assert!(pair.get("code").is_none() && pair["behaviour"][0]["by"] == 2, "{pair:#}");
    class.submit("cleo", &more(8));
    assert_eq!(names(&pairs(&class, &[])), [], "another answer was graded");
}

#[test]
fn strangers_texts_do_nothing_to_whoever_reads() {
    let class = Class::default();
    let attack = "// </pre><script>alert(1)</script> \u{202e}\u{1b}[31m ::notice::x\n    if n == 0 {";
    let text = solution("e6_1").replace("if n == 0 {", attack);
    class.submit("<img src=x>", &text);
    class.submit("evil\u{1b}[31m", &text);
    let out = class.folder().join(".out");
    let told = similar(&class, &["--out", out.to_str().unwrap()]);
    let page = fs::read_to_string(out.join("similar.html")).unwrap();
    let json = fs::read_to_string(out.join("similar.json")).unwrap();
    for shown in [&told, &page, &json] {
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
        assert!(!shown.lines().any(|line| line.starts_with("::")), "{shown}");
    }
    assert!(
        !page.contains("<script") && !page.contains("<img") && page.contains("&lt;img src=x&gt;"),
        "{page}"
    );
    assert!(page.contains("Content-Security-Policy") && told.contains("no verdict"), "{told}");
}
