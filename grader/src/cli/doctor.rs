//! `course doctor`: what the machine has and lacks.

use super::lab::machine::{self, Finding, State};
use super::{Course, Problem, Verdict};

/// The arguments of `course doctor`.
#[derive(clap::Args)]
pub struct Args {
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When something that the course needs is missing.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let mut findings = machine::survey(course);
    findings.extend(machine::advice());
    if args.json {
        println!("{}", json(&findings)?);
    } else {
        print!("{}", text(&findings));
    }
    let missing = findings.iter().filter(|finding| finding.state == State::Missing).count();
    if missing == 0 {
        return Ok(Verdict::Good);
    }
    Err(Problem::new(
        format!("{missing} of the things that the course needs are missing"),
        "do what stands after the arrows, and run `cargo course doctor` again",
    ))
}

fn json(findings: &[Finding]) -> Result<String, Problem> {
    serde_json::to_string_pretty(findings)
        .map_err(|e| Problem::new(format!("cannot write the findings: {e}"), "report this"))
}

fn text(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.name.chars().count()).max().unwrap_or(0);
    let line = |finding: &Finding| {
        let mark = match finding.state {
            State::Good => '✔',
            State::Advice => '·',
            State::Missing => '✘',
        };
        let next =
            finding.next.as_ref().map(|next| format!("{:width$}     → {next}\n", "")).unwrap_or_default();
        format!("{mark} {:width$}  {}\n{next}", finding.name, finding.found)
    };
    findings.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        let finding = |name, state, found: &str, next: Option<&str>| Finding {
            name,
            state,
            found: found.into(),
            next: next.map(str::to_string),
        };
        vec![
            finding("Rust", State::Good, "rustc 1.95.0", None),
            finding("Python", State::Missing, "no Python 3.10", Some("run `sudo apt install python3-venv`")),
            finding(
                "Faster linker",
                State::Advice,
                "neither mold nor lld",
                Some("run `sudo apt install mold`"),
            ),
        ]
    }

    #[test]
    fn findings_read_as_a_list_with_next_actions() {
        insta::assert_snapshot!(text(&findings()));
    }

    #[test]
    fn findings_as_json() {
        insta::assert_snapshot!(json(&findings()).unwrap());
    }
}
