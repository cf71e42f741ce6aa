//! `course verify`.

use std::fmt::Write;

use serde::Serialize;

use super::gates::{Gated, prove};
use super::register::{Agreement, ChapterIds, Missing, agreement};
use super::{Course, Problem, Verdict, bench, build, chapters};
use crate::judge::Exercise;

/// The arguments of `course verify`.
#[derive(clap::Args)]
pub struct Args {
    /// Prove the gates of these exercises only; all without it.
    exercises: Vec<String>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// What was proved.
#[derive(Serialize)]
struct Proof {
    register: Agreement,
    exercises: Vec<Gated>,
    /// Generated files that are not what their sources say.
    stale: Vec<String>,
    good: bool,
}

/// Runs the command.
///
/// # Errors
/// When a source is broken, or the environment lacks something.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let all = Exercise::all();
    let sources = chapters::sources(course)?;
    let register = agreement(course, &sources)?;
    let toolbox = bench::toolbox(course)?;
    let chosen = bench::exercises(&args.exercises)?;
    let exercises =
        bench::in_parallel("proving the exercises", &chosen, |exercise| prove(course, &toolbox, exercise));
    let mut generated = build::crates(&all);
    for chapter in &sources {
        generated.push(chapters::built(course, chapter, &all)?.file);
    }
    let stale: Vec<_> = build::stale(course, &generated).into_iter().map(|file| file.path.clone()).collect();
    let good = register.holds() && stale.is_empty() && exercises.iter().all(|e| e.wrong.is_empty());
    let proof = Proof { register, exercises, stale, good };
    if args.json {
        say!("{}", serde_json::to_string_pretty(&proof).expect("plain data serialises"));
    } else {
        say!("{}", shown(&proof).trim_end());
    }
    Ok(if good { Verdict::Good } else { Verdict::Wrong })
}

fn shown(proof: &Proof) -> String {
    let mut out = String::from("The register\n");
    for chapter in &proof.register.chapters {
        let claimed = chapter.all - chapter.missing.len();
        let (mark, state) = match chapter {
            ChapterIds { written: false, .. } => ('…', ", no source yet; missing:"),
            ChapterIds { missing, .. } if missing.is_empty() => ('✔', ""),
            _ => ('✘', ", missing:"),
        };
        let _ = writeln!(
            out,
            "  {mark} chapter {}: {claimed} of {} ids claimed{state}",
            chapter.chapter, chapter.all
        );
        if chapter.written {
            for Missing { id, subject } in &chapter.missing {
                let _ = writeln!(out, "      {id} {subject}");
            }
        } else {
            out.push_str(&folded(&chapter.missing));
        }
    }
    for mistake in &proof.register.mistakes {
        let _ = writeln!(out, "  ✘ {mistake}");
    }
    out.push_str("\nThe exercises\n");
    for gated in &proof.exercises {
        let mark = if gated.wrong.is_empty() { '✔' } else { '✘' };
        let state = match gated.wrong.len() {
            0 => "stub, solution, hints and snapshots hold".to_owned(),
            wrong => format!("{wrong} gates do not hold"),
        };
        let _ = writeln!(out, "  {mark} {} ({} mutants): {state}", gated.exercise, gated.mutants);
        for wrong in &gated.wrong {
            let _ = writeln!(out, "      {}", wrong.trim_end().replace('\n', "\n      "));
        }
    }
    out.push_str("\nGenerated files\n");
    if proof.stale.is_empty() {
        out.push_str("  ✔ all are fresh\n");
    }
    for path in &proof.stale {
        let _ = writeln!(out, "  ✘ {path} is not what its source says: cargo course build");
    }
    out
}

/// Ids alone, those that follow each other as one: `C0.1–12`.
fn folded(missing: &[Missing]) -> String {
    let mut runs: Vec<(&str, u32, u32)> = Vec::new();
    for Missing { id, .. } in missing {
        let Some((kind, number)) = id.split_once('.') else { continue };
        let Ok(number) = number.parse() else { continue };
        match runs.last_mut() {
            Some((same, _, last)) if *same == kind && *last + 1 == number => *last = number,
            _ => runs.push((kind, number, number)),
        }
    }
    let run = |(kind, first, last): &(&str, u32, u32)| match first == last {
        true => format!(" {kind}.{first}"),
        false => format!(" {kind}.{first}–{last}"),
    };
    format!("     {}\n", runs.iter().map(run).collect::<String>())
}
