//! `course progress`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Course, Problem, Verdict};
use crate::judge::Exercise;
use crate::progress::{Attempt, attempts_in};

/// The arguments of `course progress`.
#[derive(clap::Args)]
pub struct Args {
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// What a learner has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Progress {
    /// In the order of the chapters.
    exercises: Vec<Best>,
    /// The questions that were answered, by their ids.
    questions: Vec<Best>,
    /// The first exercise that does not have all its points yet.
    next: Option<String>,
}

/// The best of all attempts at one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Best {
    id: String,
    title: String,
    attempts: usize,
    points: u32,
    max_points: u32,
}

/// Runs the command.
///
/// # Errors
/// When the file with the progress can't be read.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let file = course.private("progress.jsonl");
    let attempts =
        attempts_in(&file).map_err(|error| Problem::file("read", &file, &error, "make it readable"))?;
    let progress = of(&Exercise::all(), &attempts);
    match args.json {
        true => say!("{}", serde_json::to_string_pretty(&progress).expect("plain data serialises")),
        false => say!("{}", shown(&progress).trim_end()),
    }
    Ok(Verdict::Good)
}

fn of(all: &[Exercise], attempts: &[Attempt]) -> Progress {
    let exercises: Vec<Best> = all
        .iter()
        .map(|exercise| {
            let spec = &exercise.spec;
            let mine = attempts.iter().filter(|attempt| spec.is_called(&attempt.id));
            // Points of an earlier release may have been more or fewer: what counts is the share.
            let share = |a: &&Attempt| u64::from(a.points) * 1_000_000 / u64::from(a.max_points.max(1));
            let best = mine.clone().max_by_key(share);
            let points = best.map_or(0, |best| match best.max_points == spec.points() {
                true => best.points,
                false => (share(&best) * u64::from(spec.points()) / 1_000_000) as u32,
            });
            Best {
                id: spec.id.clone(),
                title: spec.title.clone(),
                attempts: mine.count(),
                points,
                max_points: spec.points(),
            }
        })
        .collect();
    let mut questions: BTreeMap<&str, Best> = BTreeMap::new();
    for attempt in attempts.iter().filter(|attempt| attempt.id.starts_with('Q')) {
        let Attempt { id, points, max_points, .. } = attempt;
        let blank = Best {
            id: id.clone(),
            title: String::new(),
            attempts: 0,
            points: *points,
            max_points: *max_points,
        };
        let best = questions.entry(id).or_insert(blank);
        best.attempts += 1;
        if *points > best.points {
            (best.points, best.max_points) = (*points, *max_points);
        }
    }
    let next = exercises.iter().find(|best| best.points < best.max_points).map(|best| best.id.clone());
    Progress { exercises, questions: questions.into_values().collect(), next }
}

fn shown(progress: &Progress) -> String {
    let mut out = String::new();
    for best in &progress.exercises {
        let mark = match best {
            best if best.points == best.max_points => '✔',
            best if best.attempts == 0 => ' ',
            _ => '…',
        };
        out.push_str(&format!(
            "{mark} {} {}: {} of {} points",
            best.id, best.title, best.points, best.max_points
        ));
        out.push_str(&match best.attempts {
            0 => "\n".to_owned(),
            1 => " (1 attempt)\n".to_owned(),
            many => format!(" ({many} attempts)\n"),
        });
    }
    for best in &progress.questions {
        let mark = if best.points == best.max_points { '✔' } else { '…' };
        out.push_str(&format!("{mark} {}: {} of {} points\n", best.id, best.points, best.max_points));
    }
    let sum =
        |of: fn(&Best) -> u32| progress.exercises.iter().chain(&progress.questions).map(of).sum::<u32>();
    out.push_str(&format!("\n{} of {} points so far.\n", sum(|b| b.points), sum(|b| b.max_points)));
    match &progress.next {
        Some(next) => out.push_str(&format!("Next: {next}. A nudge: cargo course hint {next}\n")),
        None => out.push_str("All exercises pass.\n"),
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_attempt_counts_also_under_a_former_name() {
        let mut exercise = Exercise::find("E6.1").unwrap();
        exercise.spec.formerly = vec!["E6.0".into()];
        let attempt =
            |id: &str, points, max_points| Attempt { id: id.into(), points, max_points, passed: Vec::new() };
        let before = [
            attempt("E6.1", 3, 8),
            attempt("E6.0", 3, 4),
            attempt("Q6.1", 0, 1),
            attempt("Q6.1", 1, 1),
            attempt("E0.0", 9, 9),
        ];
        insta::assert_snapshot!(shown(&of(&[exercise], &before)), @"
        … E6.1 Quorum facts: 6 of 8 points (2 attempts)
        ✔ Q6.1: 1 of 1 points

        7 of 9 points so far.
        Next: E6.1. A nudge: cargo course hint E6.1
        ");
    }
}
