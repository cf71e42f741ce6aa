//! Checks recorded histories for linearizability.
//!
//! ```text
//! cargo run --release -p replication-lab --example check_history -- FILE…
//! ```
//!
//! prints one line a file, with the time that reading and checking it took:
//!
//! ```text
//! kv-c10-linearizable.txt      linearizable        0.612 ms
//! kv-c10-not-linearizable.txt  not linearizable    0.874 ms
//! ```
//!
//! The files are Jepsen's log lines, EDN maps, or the lab's JSON; which, the program sees (`history::formats` says
//! what each looks like). Options:
//!
//! - `--explain` prints the guilty operations of a history that is not linearizable, and the longest beginning
//!   that can be explained, in an order that explains it;
//! - `--budget STATES` and `--seconds S` say when to give up: the verdict is then `unknown`;
//! - `--export jepsen|edn|json` prints each history in that format instead of checking it.
//!
//! The exit code is 0 if all histories are linearizable, 1 if one is not or is unknown, and 2 if a file can't be
//! read or written in the wanted format; the other files are checked all the same.

use std::fmt::Display;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use replication_lab::history::formats::{self, Format, Recorded};
use replication_lab::history::{History, Limits, Verdict, Witness, linearizable_from};

/// Checks recorded histories for linearizability.
#[derive(Parser)]
struct Args {
    /// Files with one history each.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Most states that are looked at for one key.
    #[arg(long, value_name = "STATES", default_value_t = 20_000_000)]
    budget: usize,
    /// Most seconds that one file may take.
    #[arg(long, value_name = "S", value_parser = seconds)]
    seconds: Option<Duration>,
    /// Print what is wrong, and what can be explained.
    #[arg(long)]
    explain: bool,
    /// Print the histories as jepsen, edn or json, and check nothing.
    #[arg(long, value_name = "FORMAT")]
    export: Option<Format>,
}

/// Prints. A reader who leaves, as `head` does, is no reason to stop checking.
fn say(text: impl Display) {
    let _ = write!(std::io::stdout(), "{text}");
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds, as in 2.5".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn main() -> ExitCode {
    let args = Args::parse();
    let name = |file: &PathBuf| file.display().to_string();
    let width = args.files.iter().map(|file| name(file).chars().count()).max().unwrap_or(0);
    let mut worst = 0;
    for file in &args.files {
        let outcome = match args.export {
            Some(format) => export(file, format),
            None => check(file, &args).map(|(verdict, took, history)| {
                let (name, words, took) = (name(file), in_words(&verdict), took.as_secs_f64() * 1e3);
                say(format_args!("{name:width$}  {words:<16}  {took:>10.3} ms\n"));
                match &verdict {
                    Verdict::Violated(witness) if args.explain => explain(&history, witness),
                    Verdict::Unknown(why) => say(format_args!("  {why}\n")),
                    _ => {}
                }
                u8::from(!verdict.holds())
            }),
        };
        worst = worst.max(outcome.unwrap_or_else(|message| {
            eprintln!("{message}");
            2
        }));
    }
    ExitCode::from(worst)
}

fn load(file: &PathBuf) -> Result<Recorded, String> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|error| format!("{name}: {error}"))?;
    formats::read(&name, &bytes).map_err(|error| error.to_string())
}

fn check(file: &PathBuf, args: &Args) -> Result<(Verdict, Duration, History), String> {
    let start = Instant::now();
    let Recorded { history, initially } = load(file)?;
    let late = || args.seconds.is_some_and(|most| start.elapsed() > most);
    let limits = Limits::states(args.budget).or_when(&late);
    let verdict = linearizable_from(&history, initially.as_deref(), limits);
    Ok((verdict, start.elapsed(), history))
}

fn export(file: &PathBuf, format: Format) -> Result<u8, String> {
    let written = format.write(&load(file)?).map_err(|error| format!("{}: {error}", file.display()))?;
    say(written);
    Ok(0)
}

fn in_words(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "linearizable",
        Verdict::Violated(_) => "not linearizable",
        Verdict::Unknown(_) => "unknown",
    }
}

fn explain(history: &History, witness: &Witness) {
    say(format_args!("  {}.\n", witness.why));
    let line = |place: &usize| {
        let op = &history.0[*place];
        let ended = op.ended.map_or("…".to_owned(), |ended| ended.as_us().to_string());
        say(format_args!("    {:>6} to {ended:>6}  {op}\n", op.began.as_us()));
    };
    say("  Guilty, each with where it began and ended (the line, or in µs):\n");
    witness.operations.iter().for_each(line);
    say("  All that was answered before on that key can be explained, by this order of effects:\n");
    witness.explained.iter().for_each(line);
}
