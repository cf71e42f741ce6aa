//! What of an acknowledged commit survives which crash.

use super::cluster::LeaderFollower;
use super::setup::{CommitLevel, Costs, SetupError};
use crate::network::Latency;
use crate::time::Time;

/// So many runs, each with a seed of its own: what is lost in one of them is not certain.
const RUNS: u64 = 20;

/// What is *certain* of a commit at the moment at which its client is told, by its level (PostgreSQL's manual, section
/// 20.5.1, `synchronous_commit`): found by crashing a leader L and its follower F1 in twenty seeded runs.
///
/// The runs are made so that each level shows: L's disk and F1's take 5 ms to sync, a message 1 ms, L sends its log 3 ms
/// late, and F1 takes 50 ms to apply an entry.
///
/// # Examples
/// ```
/// use replication_lab::leader_follower::{CommitLevel, Survival};
/// let durable = Survival::of(CommitLevel::RemoteFlush, "FIRST 1 (F1)")?;
/// assert!(durable.both_machines_crash && !durable.seen, "on both disks, and not yet in the follower's tables");
/// let unnamed = Survival::of(CommitLevel::RemoteFlush, "")?;
/// assert!(!unnamed.machine_lost, "without a list the level waits for nobody");
/// # Ok::<(), replication_lab::leader_follower::SetupError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survival {
    /// L has it after its database process has crashed and started again.
    pub process_crashes: bool,
    /// F1 has it when L's machine is lost.
    pub machine_lost: bool,
    /// F1 has it when L's machine is lost and F1's crashes at that moment and starts again.
    pub both_machines_crash: bool,
    /// A read on F1 sees it.
    pub seen: bool,
    /// How long the client waited, the longest time of all runs.
    pub answered_after: Time,
}

impl Survival {
    /// What is certain at this level, under this rule.
    ///
    /// # Errors
    /// When it is no rule for the one follower F1.
    pub fn of(level: CommitLevel, rule: &str) -> Result<Self, SetupError> {
        let mut certain = Self {
            process_crashes: true,
            machine_lost: true,
            both_machines_crash: true,
            seen: true,
            answered_after: Time::ZERO,
        };
        for seed in 0..RUNS {
            let (answered, after) = answered(level, rule, seed)?;
            certain.answered_after = certain.answered_after.max(after);
            certain.seen &= has_it(&answered, "F1")?;
            let mut cluster = answered.clone();
            cluster.kill("L")?.restart("L")?;
            certain.process_crashes &= has_it(&cluster, "L")?;
            let mut cluster = answered.clone();
            cluster.crash("L")?.run_for(Time::s(1));
            certain.machine_lost &= has_it(&cluster, "F1")?;
            let mut cluster = answered;
            cluster.crash("L")?.crash("F1")?.restart("F1")?;
            certain.both_machines_crash &= has_it(&cluster, "F1")?;
        }
        Ok(certain)
    }
}

/// A cluster whose client has just been told of its commit, and how long that took.
fn answered(level: CommitLevel, rule: &str, seed: u64) -> Result<(LeaderFollower, Time), SetupError> {
    let mut cluster = LeaderFollower::builder()
        .followers(1)
        .acknowledge(rule)
        .level(level)
        .latency(Latency::Constant(Time::ms(1)))
        .sync(Latency::Constant(Time::ms(5)))
        .server("F1", |f1| f1.ship_after = Time::ms(3))
        .costs(Costs { replay: Time::ms(50), ..Costs::default() })
        .trace(false)
        .seed(seed)
        .build()?;
    cluster.run_for(Time::ms(100));
    let begun = cluster.now();
    cluster.write("c1", "x", "1")?;
    let after = cluster.now() - begun;
    Ok((cluster, after))
}

fn has_it(cluster: &LeaderFollower, server: &str) -> Result<bool, SetupError> {
    Ok(cluster.server(server)?.table().rows.contains_key("x"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(rule: &str) -> String {
        let yes = |fact: bool| if fact { "✔" } else { "–" };
        let row = |level: CommitLevel| {
            let Survival { process_crashes, machine_lost, both_machines_crash, seen, answered_after } =
                Survival::of(level, rule).unwrap();
            let facts = [process_crashes, machine_lost, both_machines_crash, seen].map(yes).join(" ");
            format!("{level}: {facts}, {} ms\n", answered_after.as_ms())
        };
        CommitLevel::ALL.map(row).concat()
    }

    #[test]
    fn each_level_waits_for_one_thing_more() {
        assert_eq!(
            all("F1"),
            "off: – – – –, 2 ms\n\
             local: ✔ – – –, 7 ms\n\
             remote_write: ✔ ✔ – –, 12 ms\n\
             on: ✔ ✔ ✔ –, 17 ms\n\
             remote_apply: ✔ ✔ ✔ ✔, 67 ms\n"
        );
    }

    #[test]
    fn without_a_list_every_level_from_local_on_is_local() {
        let unnamed = all("");
        let rows: Vec<&str> = unnamed.lines().filter_map(|row| Some(row.split_once(": ")?.1)).collect();
        assert_eq!(rows, [&["– – – –, 2 ms"][..], &["✔ – – –, 7 ms"; 4]].concat());
    }

    #[test]
    fn a_rule_for_others_is_refused() {
        assert!(Survival::of(CommitLevel::RemoteFlush, "ANY 2 (F1, F2)").is_err());
    }
}
