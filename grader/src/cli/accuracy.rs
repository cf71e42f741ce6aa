//! `course accuracy`: how well the rubrics judge the answers that people have judged.

use super::{Course, Problem, Verdict};
use crate::authoring::{Row, accuracy, accuracy_table, shortcomings};
use crate::question::{banks, labelled};

/// The arguments of `course accuracy`.
#[derive(clap::Args)]
pub struct Args {
    /// Only the parts whose address begins so: Q9, Q8.2b.
    part: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command. It ends wrong where a rubric falls short of what is demanded.
///
/// # Errors
/// When there is no such part with free text.
pub fn run(args: Args, _course: &Course) -> Result<Verdict, Problem> {
    let rows = rows(&labelled::answers(), args.part.as_deref())?;
    let short = shortcomings(&rows);
    if args.json {
        say!("{}", serde_json::to_string_pretty(&rows).expect("plain data serialises"));
    } else {
        say!("{}", accuracy_table(&rows));
        for row in &rows {
            row.disagreements.iter().for_each(|text| say!("\n{}: {text}", row.part));
        }
        if !short.is_empty() {
            say!("\n{}", short.join("\n"));
        }
        say!("\nThese answers have shaped the rubrics. On answers that nobody has seen yet, expect less.");
    }
    Ok(if short.is_empty() { Verdict::Good } else { Verdict::Wrong })
}

fn rows(answers: &[labelled::Labelled], part: Option<&str>) -> Result<Vec<Row>, Problem> {
    let wanted = part.unwrap_or_default().trim().to_lowercase();
    // `Q1` is chapter 1 and not 10: after it comes its end, a point, or a part's letter.
    let is = |address: &str| {
        let rest = address.to_lowercase().strip_prefix(&wanted).map(str::to_owned);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let rows = accuracy(banks(), answers, is);
    if rows.is_empty() {
        return Err(Problem::new(
            format!("no part with free text is called `{}`", part.unwrap_or_default()),
            "`cargo course accuracy` lists all of them",
        ));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chapter_a_question_or_a_part_is_chosen() {
        let names = |part: &str| {
            rows(&[], Some(part)).map(|rows| rows.into_iter().map(|row| row.part).collect::<Vec<_>>())
        };
        assert!(rows(&[], None).unwrap().len() > 30, "all of them");
        assert_eq!(names("q8.2").unwrap(), ["Q8.2b"]);
        assert_eq!(names("Q9.1").unwrap(), ["Q9.1"]);
        assert_eq!(names("Q10").unwrap(), ["Q10.2", "Q10.8"]);
        assert!(names("Q1").unwrap_err().to_string().contains("no part with free text is called `Q1`"));
    }
}
