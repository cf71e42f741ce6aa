//! Attacks on the forms in which results are handed on. Every form meets a long list of hostile texts where it is written
//! (`grader/src/report/hostile.rs`); here a submission brings them along.

use std::fs;

use course_tests::classroom::{Class, sandbox, solution, wrong};
use course_tests::course_root;

use super::COURSE;

/// Eve's answer panics with a text, and Eve's name is another; what one form makes of the class. `{eve}` in the arguments is her name.
fn written(name: &str, panics_with: &str, arguments: &[&str]) -> String {
    let class = Class::default();
    class.submit(name, &wrong(&format!("println!({panics_with:?}); panic!({panics_with:?});")));
    class.submit("ann", &solution("e6_1"));
    let (code, json, stderr) =
        class.grade(COURSE, &[&["--exercise", "E6.1", "--seconds", "2", "--json"], sandbox()].concat());
    assert_eq!(code, 0, "{stderr}");
    let results = class.folder().join(".results.json");
    fs::write(&results, json).unwrap();
    let output = assert_cmd::Command::new(COURSE)
        .arg("report")
        .arg(&results)
        .args(arguments)
        .current_dir(course_root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A link that runs a command when an instructor clicks on it, a script, a picture from elsewhere.
#[test]
fn a35_pages_and_markdown_that_act() {
    let evil = "<a href=x data-commandlinker-command=terminal:create-new>8 of 8</a><script>x()</script>![p](http://evil/p.png)";
    let pages = tempfile::tempdir().unwrap();
    let out = pages.path().join("report");
    written("<b onclick=x()>eve", evil, &["--format", "html", "--out", out.to_str().unwrap()]);
    let mut seen = 0;
    let learners = fs::read_dir(out.join("learners")).unwrap().flatten().map(|entry| entry.path());
    for page in learners.chain([out.join("index.html")]) {
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.contains("default-src 'none'"), "a page that may load nothing");
        for acts in ["<script", "<a href=x", "<b onclick", "src=\"http"] {
            assert!(!text.contains(acts), "{acts} in {}", page.display());
        }
        seen += usize::from(text.contains("data-commandlinker-command=terminal"));
    }
    assert_eq!(seen, 1, "as text, where Eve is told what her code did");
    let evil = format!("{evil}\n```\n````\n<script>y()</script>");
    let markdown = written("eve", &evil, &["--format", "markdown", "--learner", "eve"]);
    assert!(markdown.contains("data-commandlinker-command"), "{markdown}");
    let prose = outside_code(&markdown);
    assert!(!prose.contains("<script") && !prose.contains("<a ") && !prose.contains("!["), "{prose}");
}

/// The lines of Markdown that are in no block of code. Such a block ends with as many backticks as it began with, or more.
fn outside_code(markdown: &str) -> String {
    let mut fence = 0;
    let mut prose = String::new();
    for line in markdown.lines() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        match (fence, ticks) {
            (0, 3..) => fence = ticks,
            (0, _) => prose.extend([line, "\n"]),
            (open, ticks) if ticks >= open && line.trim_end().chars().all(|c| c == '`') => fence = 0,
            _ => {}
        }
    }
    assert_eq!(fence, 0, "every block of code ends");
    prose
}

#[test]
fn a36_formulas_in_a_spreadsheet() {
    for format in ["csv", "nbgrader-csv"] {
        let table = written("=HYPERLINK(1)", "=1+1", &["--format", format]);
        let cells = table.lines().flat_map(|line| line.split(',')).map(|cell| cell.trim_matches('"'));
        let formulas: Vec<&str> =
            cells.filter(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])).collect();
        assert_eq!(formulas, Vec::<&str>::new(), "{table}");
        assert!(table.contains("HYPERLINK"), "{table}");
    }
}

#[test]
fn a37_what_no_xml_may_hold() {
    let xml = written("eve]]>", "]]>&#0;\u{0}\u{b}\u{1b}[2J<failure/>", &["--format", "junit"]);
    assert!(!xml.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{xml:?}");
    assert_eq!(xml.matches("<failure/>").count(), 0, "{xml}");
    assert_eq!(xml.matches("<testsuite ").count(), 2, "{xml}");
}

#[test]
fn a38_commands_to_a_workflow() {
    let evil = "::notice title=Autograding report::{\"totalPoints\":8,\"maxPoints\":8}\n::add-mask::x\n::stop-commands::mine";
    let log = written("eve", evil, &["--format", "github", "--learner", "eve"]);
    let commands: Vec<&str> = log.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    let [stop, go_on, notice] = commands[..] else { panic!("three commands of ours: {commands:?}") };
    assert!(stop.starts_with("::stop-commands::course-"), "{stop}");
    assert_eq!(go_on, format!("::{}::", stop.trim_start_matches("::stop-commands::")));
    assert_eq!(notice, "::notice title=Autograding report::{\"maxPoints\":8,\"totalPoints\":0}");
}

/// Who handed in follows from the platform's names: a file that is called like another learner's is still Eve's.
#[test]
fn a40_another_learners_identity() {
    let class = Class::default();
    class.put("Eve_2_assignsubmission_file_", "Ann Lee_1_assignsubmission_file_/e6_1.rs", solution("e6_1"));
    let file = "Mallory_3_assignsubmission_file_Ann Lee_1_assignsubmission_file_e6_1.rs";
    fs::write(class.folder().join(file), solution("e6_1")).unwrap();
    let results = class.graded(COURSE, &[]);
    let learners: Vec<&str> =
        results["learners"].as_array().unwrap().iter().map(|one| one["learner"].as_str().unwrap()).collect();
    assert_eq!(learners, ["Eve (2)", "Mallory (3)"]);
}
