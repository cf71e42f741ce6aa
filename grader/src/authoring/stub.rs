//! The stub of an exercise, from its solution.

use std::fmt;

use crate::judge::Spec;

/// Begins the part of a solution that is left out of the stub; what follows on the line stands there instead, with
/// `\n` between lines.
const BEGIN: &str = "// BEGIN SOLUTION";
/// Ends it.
const END: &str = "// END SOLUTION";

/// Markers of a solution that don't pair up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenMarkers {
    /// Line of the solution, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for BrokenMarkers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for BrokenMarkers {}

/// The stub as a file: the exercise's brief as its doc comment, then the solution without its solved parts.
///
/// # Errors
/// When the solution's markers don't pair up, or there are none.
pub fn stub(spec: &Spec, solution: &str) -> Result<String, BrokenMarkers> {
    Ok(format!("{}\n{}", header(spec), unsolved(without_header(solution))?))
}

/// The stub as a notebook cell: without the file's doc comment, which stands in the cell above it, and in a module of
/// its own, so that the names of two exercises in one notebook don't meet.
///
/// # Errors
/// As [`stub`].
pub fn stub_for_cell(stem: &str, solution: &str) -> Result<String, BrokenMarkers> {
    Ok(into_cell(stem, &unsolved(without_header(solution))?))
}

/// Code as the cell of an exercise: in the module `stem`.
pub fn into_cell(stem: &str, code: &str) -> String {
    format!("mod {stem} {{\n{}\n}}", code.trim())
}

/// The code in the cell of an exercise: what its module holds. A cell without one is all code.
pub fn out_of_cell(source: &str) -> &str {
    let source = source.trim();
    let inside = source.split_once('\n').and_then(|(first, rest)| {
        let module = first.trim_end().strip_prefix("mod ")?.strip_suffix('{')?.trim();
        let is_name = module.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        rest.strip_suffix('}').filter(|_| is_name)
    });
    inside.unwrap_or(source).trim()
}

/// A learner's answer, such as she wrote it in the cell of a notebook, as the file of its exercise.
pub fn answer_file(spec: &Spec, source: &str) -> String {
    format!("{}\n{}\n", header(spec), out_of_cell(source))
}

/// What stands behind the doc comment at the head of an answer's file.
pub fn answer_body(file: &str) -> &str {
    without_header(file).1
}

/// The doc comment at the head of an answer's file, with the blank line behind it.
pub fn answer_head(file: &str) -> &str {
    &file[..file.len() - answer_body(file).len()]
}

fn header(spec: &Spec) -> String {
    let (id, stem) = (&spec.id, spec.file_stem());
    let text = format!(
        "{id} — {} ({} points)\n\n{}\n\nCheck it with `cargo course check {id}`, or with\n\
         `cargo test -p exercises {stem}`. Stuck? `cargo course hint {id}`.",
        spec.title,
        spec.points(),
        spec.brief.trim()
    );
    text.lines().map(|line| format!("//! {line}").trim_end().to_owned() + "\n").collect()
}

/// A file's text behind its doc comment, and how many lines come before it.
fn without_header(text: &str) -> (usize, &str) {
    let mut skipped = 0;
    let mut rest = text;
    while let Some((line, behind)) = rest.split_once('\n') {
        if !(line.starts_with("//!") || line.trim().is_empty()) {
            break;
        }
        skipped += 1;
        rest = behind;
    }
    (skipped, rest)
}

fn unsolved((skipped, text): (usize, &str)) -> Result<String, BrokenMarkers> {
    let broken = |index: usize, what| BrokenMarkers { line: skipped + index + 1, what };
    let mut out = String::new();
    let mut begun: Option<usize> = None;
    let mut regions = 0;
    for (index, line) in text.lines().enumerate() {
        let code = line.trim_start();
        if let Some(replacement) = code.strip_prefix(BEGIN) {
            if begun.is_some() {
                return Err(broken(index, "a solution begins inside another: end the first one before"));
            }
            begun = Some(index);
            regions += 1;
            let indent = &line[..line.len() - code.len()];
            for line in replacement.trim().split("\\n").filter(|line| !line.is_empty()) {
                out.push_str(&format!("{indent}{line}\n"));
            }
        } else if code.starts_with(END) {
            if begun.take().is_none() {
                return Err(broken(index, "a solution ends that never began"));
            }
        } else if begun.is_none() && code.starts_with('}') && out.ends_with("{\n") {
            // What stood between the braces was the solution.
            out.pop();
            out.push_str(&format!("{code}\n"));
        } else if begun.is_none() && !(line.is_empty() && out.ends_with("\n\n")) {
            out.push_str(line);
            out.push('\n');
        }
    }
    match begun {
        Some(index) => Err(broken(index, "a solution begins and never ends: add `// END SOLUTION`")),
        None if regions == 0 => Err(broken(0, "no `// BEGIN SOLUTION`: the stub would be the solution")),
        None => Ok(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Exercise;

    const SOLUTION: &str = "\
//! Old header.

use std::fmt;

// BEGIN SOLUTION
use std::cmp;

// END SOLUTION
/// Sums.
pub struct Sums {
    // BEGIN SOLUTION
    all: Vec<u32>,
    // END SOLUTION
}

/// Adds.
pub fn add(a: u32, b: u32) -> u32 {
    // BEGIN SOLUTION let _ = a;\\ntodo!(\"add {b}\")
    a + b
    // END SOLUTION
}
";

    #[test]
    fn solved_parts_give_way_to_what_the_marker_says() {
        assert_eq!(
            stub_for_cell("e0_0", SOLUTION).unwrap(),
            "mod e0_0 {\nuse std::fmt;\n\n/// Sums.\npub struct Sums {}\n\n/// Adds.\npub fn add(a: u32, b: u32) -> u32 {\n    \
             let _ = a;\n    todo!(\"add {b}\")\n}\n}"
        );
    }

    #[test]
    fn the_file_starts_with_the_brief() {
        let spec = Exercise::find("E6.1").unwrap().spec;
        insta::assert_snapshot!(stub(&spec, SOLUTION).unwrap());
    }

    #[test]
    fn markers_that_do_not_pair_are_named_by_their_line() {
        let broken = |text: &str| stub_for_cell("e0_0", text).unwrap_err().to_string();
        assert_eq!(
            broken("//! x\n\nfn f() {\n// BEGIN SOLUTION\n}\n"),
            "line 4: a solution begins and never ends: add `// END SOLUTION`"
        );
        assert_eq!(broken("fn f() {}\n// END SOLUTION\n"), "line 2: a solution ends that never began");
        assert_eq!(broken("fn f() {}\n"), "line 1: no `// BEGIN SOLUTION`: the stub would be the solution");
        assert!(broken("// BEGIN SOLUTION\n// BEGIN SOLUTION\n").starts_with("line 2"));
    }
}
