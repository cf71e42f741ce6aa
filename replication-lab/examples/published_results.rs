//! Prints every published result beside what the lab computes.
//!
//! `cargo run --release -p replication-lab --example published_results -- --help`

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use replication_lab::published::{Row, Section, Settings, rows, table};

/// Published results, computed by the lab: what was published, a reference, the lab's value and its standard error,
/// what it may be off, and whether it holds. Ends with 1 if a row does not.
#[derive(Parser)]
struct Options {
    /// Trials of each Monte-Carlo run of section 1; the other sections take a share of it.
    #[arg(long, default_value_t = Settings::default().trials, value_parser = clap::value_parser!(u64).range(1_000..))]
    trials: u64,
    /// Only this section: 1 PBS, 2 Raft elections, 3 consistent hashing, 4 failure detectors, 5 siblings.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=5))]
    section: Option<u8>,
    /// One JSON array of all rows instead of tables.
    #[arg(long)]
    json: bool,
    /// Seed of all that is random.
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let settings = Settings { trials: options.trials, seed: options.seed };
    let wanted = |section: &Section| options.section.is_none_or(|number| number == section.number());
    let mut all: Vec<Row> = Vec::new();
    for section in Section::ALL.into_iter().filter(wanted) {
        let rows = rows(section, &settings);
        if !options.json {
            say(format_args!("{}. {section}\n\n{}\n", section.number(), table(&rows).figure()));
        }
        all.extend(rows);
    }
    let failed = all.iter().filter(|row| !row.holds).count();
    if options.json {
        say(serde_json::to_string_pretty(&all).expect("rows are plain data"));
    } else {
        say(format_args!(
            "{} of {} rows hold; {} trials, seed {}",
            all.len() - failed,
            all.len(),
            settings.trials,
            settings.seed
        ));
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a line. A reader who has seen enough, as `head` has, is no reason to panic.
fn say(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
