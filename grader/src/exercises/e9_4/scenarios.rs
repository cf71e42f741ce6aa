//! The scenarios of E9.4.

use super::harness::{F1, F2, F3, L, Run};
use super::{Change, Follower, Leader, Mark, Position, ReplicationLog, Settings, Time, looks};
use crate::exercise::{Recorder, Task};

/// Why a run can't fail.
const OURS: &str = "the nodes of a scenario are its own";

/// Roomy limits.
const WIDE: Settings = Settings { keep: 100, batch: 4, room: 16 };

/// So many entries a log may look at besides those that it returns: more than any search by halves takes.
const LOOKS: u64 = 40;

pub(super) fn drive<G, P, F>(task: &Task, notes: &Recorder)
where
    G: ReplicationLog + 'static,
    P: Leader + 'static,
    F: Follower + 'static,
{
    let run = |settings| Run::<P, F>::new(task.seed, settings, notes).expect(OURS);
    match task.scenario.as_str() {
        "log" => log::<G>(notes),
        "long-log" => long_log::<G>(notes),
        "w9-2" => stale_first(run(WIDE)),
        "deletes" => {
            let mut run = run(WIDE);
            run.until(100).put(L, "a", "1").put(L, "b", "2").delete(L, "a");
            run.until(150).look(L, &["a", "b"]).look(F1, &["a", "b"]);
            run.until(200).put(L, "a", "").until(250).compare(L, &[F1, F2]).look(F1, &["a"]).over();
        }
        "reorder" => reorder(run(WIDE)),
        "duplicates" => duplicates(run(WIDE)),
        "loss" => {
            let mut run = run(WIDE);
            run.until(100).put(L, "k0", "v0").until(200).fault("partition: L | F1").puts(L, 1..=10);
            run.until(500).heal().look(F1, &["k0", "k1", "k10"]);
            run.until(1_100).compare(L, &[F1, F2]).look(F1, &["k10"]).over();
        }
        "late" => {
            let mut run = run(WIDE);
            run.until(100).puts(L, 1..=10).until(1_500).joins(F3);
            run.until(2_100).compare(L, &[F3]).put(L, "k1", "new").until(2_200).look(F3, &["k1"]).over();
        }
        "truncated" => truncated(run(Settings { keep: 5, ..WIDE })),
        "room" => {
            let mut run = run(Settings { room: 3, ..WIDE });
            run.until(100).stands_still(F1).puts(L, 1..=10);
            run.until(500).fault("partition: L | F1").goes_on(F1);
            run.until(600).look_at_lag(F1, &["k3", "k4", "k10"]).heal();
            run.until(1_100).compare(L, &[F1, F2]).over();
        }
        "room-for-the-next" => {
            let mut run = run(Settings { room: 3, ..WIDE });
            run.until(100).fault("partition: L | F1").puts(L, 1..=1).until(150).heal();
            run.fault("link F1 → L is cut").puts(L, 2..=6).until(500).look_at_lag(F1, &["k1", "k2"]).heal();
            run.until(1_100).compare(L, &[F1, F2]).over();
        }
        "acknowledged" => acknowledged(run(WIDE)),
        "follower-restarts" => {
            let mut run = run(WIDE);
            run.until(100).puts(L, 1..=2).until(200).stands_still(F1).puts(L, 3..=5);
            run.until(300).look_at_lag(F1, &["k2", "k3"]).fault("F1 crashes");
            run.until(400).puts(L, 6..=7).until(500).fault("F1 restarts").goes_on(F1);
            run.until(550).look_at_lag(F1, &["k2", "k3"]);
            run.until(1_100).compare(L, &[F1, F2]).over();
        }
        "leader-restarts" => {
            let mut run = run(WIDE);
            run.until(100).puts(L, 1..=3).delete(L, "k1").until(200).fault("L crashes");
            run.until(500).look(L, &[]).until(600).fault("L restarts").look(L, &["k1", "k2", "k3"]);
            run.replicated(L, 2).puts(L, 4..=5).until(700).look(F1, &["k3", "k5"]);
            run.until(1_600).compare(L, &[F1, F2]).replicated(L, 2).over();
        }
        "deposed" => deposed(run(WIDE)),
        "old-entries-wait" => {
            let mut run = run(WIDE);
            run.until(100).puts(L, 1..=3).until(200).stands_still(F2);
            run.fault("partition: L | F1").put(L, "k1", "old").put(L, "k2", "old");
            run.until(300).fault("partition: L | F2").fault("link F2 → F1 is cut");
            run.promote(F1, 2, &[F2]).put(F1, "k1", "new");
            run.until(400).goes_on(F2).until(500).look(F2, &["k1", "k2"]);
            run.compare(F1, &[F2]).over();
        }
        "new-epoch-known" => {
            let mut run = run(WIDE);
            run.until(100).puts(L, 1..=3).until(200).fault("partition: L | F1").stands_still(F2);
            run.until(300).promote(F1, 2, &[F2]).put(F1, "k1", "new").until(350);
            run.fault("partition: F1 | F2").until(400).put(L, "k1", "old").put(L, "k2", "old");
            run.until(450).put(L, "k3", "old").goes_on(F2).until(500).look(F2, &["k1", "k2"]);
            run.compare(F1, &[F2]).over();
        }
        "as-of" => {
            let mut run = run(WIDE);
            run.until(500).put(L, "k1", "v1").until(600).look_at_lag(F1, &["k1"]);
            run.until(9_900).look_at_lag(F1, &[]).until(10_500).fault("partition: L | F1");
            run.until(14_500).look_at_lag(F1, &[]).look_at_lag(F2, &[]).until(14_600).heal();
            run.until(15_200).look_at_lag(F1, &[]).stands_still(F1).put(L, "k2", "v2");
            run.until(18_600).look_at_lag(F1, &[]).look_at_lag(F2, &[]).over();
        }
        other => panic!("E9.4 has no scenario {other:?}"),
    }
}

/// Two writes, a follower that has not applied them yet, and then has.
fn stale_first<P: Leader + 'static, F: Follower + 'static>(mut run: Run<'_, P, F>) {
    let keys = ["user:1", "user:2"];
    run.until(100).stands_still(F1).put(L, "user:1", "Alice");
    run.until(110).put(L, "user:2", "Bob").look(L, &keys);
    run.until(150).look_at_lag(F1, &keys).look_at_lag(F1, &keys).look_at_lag(F2, &keys).goes_on(F1);
    run.until(200).look_at_lag(F1, &keys).compare(L, &[F1, F2]).over();
}

/// The third entry overtakes the second, and nothing can be asked for.
fn reorder<P: Leader + 'static, F: Follower + 'static>(mut run: Run<'_, P, F>) {
    run.until(100).put(L, "a", "1").until(200).fault("link F1 → L is cut");
    run.fault("link L → F1 takes 50 ms more").put(L, "a", "2");
    run.until(210).fault("link L → F1 takes 0 ms more").put(L, "b", "3");
    run.until(230).look_at_lag(F1, &["a", "b"]).until(300).look_at_lag(F1, &["a", "b"]).heal();
    run.until(1_100).compare(L, &[F1, F2]).over();
}

/// Messages that came long ago come once more.
fn duplicates<P: Leader + 'static, F: Follower + 'static>(mut run: Run<'_, P, F>) {
    run.until(100).put(L, "a", "1").until(200).put(L, "a", "2").until(300).put(L, "a", "3");
    // To F1, L has sent three messages: no heartbeat yet.
    run.until(400).again(L, F1, 0).until(450).look_at_lag(F1, &["a"]);
    run.again(L, F1, 1).again(L, F1, 2).until(500).look_at_lag(F1, &["a"]);
    run.stands_still(F1).put(L, "a", "4").put(L, "a", "5").until(550).again(L, F1, 0);
    run.until(600).look_at_lag(F1, &["a"]).goes_on(F1).until(650).compare(L, &[F1, F2]).over();
}

/// Followers that come too late for the log.
fn truncated<P: Leader + 'static, F: Follower + 'static>(mut run: Run<'_, P, F>) {
    run.until(100).puts(L, 1..=3).until(200).fault("partition: L | F1").delete(L, "k1");
    run.puts(L, 4..=9).until(500).look(F1, &["k1", "k9"]).heal().joins(F3);
    run.until(1_100).look(F1, &["k1", "k9"]).compare(L, &[F1, F2, F3]).put(L, "k2", "new");
    run.until(1_200).compare(L, &[F1, F2, F3]).over();
}

/// What the leader knows that followers have.
fn acknowledged<P: Leader + 'static, F: Follower + 'static>(mut run: Run<'_, P, F>) {
    run.replicated(L, 1).until(100).puts(L, 1..=2);
    run.until(150).replicated(L, 1).replicated(L, 2).replicated(L, 3);
    run.fault("partition: L | F2").puts(L, 3..=3).until(200).replicated(L, 1).replicated(L, 2);
    run.stands_still(F1).puts(L, 4..=4).until(250).replicated(L, 1).goes_on(F1);
    run.until(300).replicated(L, 1).replicated(L, 2).heal();
    run.until(1_100).replicated(L, 2).compare(L, &[F1, F2]).over();
}

/// F1 leads epoch 2 without what L wrote last, and F2 has some of that.
fn deposed<P: Leader + 'static, F: Follower + 'static>(mut run: Run<'_, P, F>) {
    run.until(100).puts(L, 1..=3).until(300).fault("partition: L | F1").puts(L, 4..=5);
    run.until(400).fault("partition: L | F2").put(L, "k6", "lost").look(F2, &["k5", "k6"]);
    run.until(500).promote(F1, 2, &[F2]).put(F1, "k1", "new").put(F1, "k7", "new");
    run.until(600).look(F2, &["k1", "k5"]).replicated(F1, 1).compare(F1, &[F2]);
    run.until(1_500).heal().put(L, "k1", "old").until(1_600).look(F2, &["k1", "k6"]);
    run.until(2_100).put(L, "k2", "old").until(3_100).look(F2, &["k1", "k2"]);
    run.compare(F1, &[F2]).over();
}

/// A log whose entries are of two epochs.
fn log<G: ReplicationLog>(notes: &Recorder) {
    let base = Mark { at: Position::new(1, 10), bytes: 400, written: Time::s(1) };
    let mut log = G::new(base, 4);
    let shown = |mark: Mark| format!("{}, {} bytes, {}", mark.at, mark.bytes, mark.written);
    notes.step("an empty log ends at", shown(log.end()));
    let since = |log: &G, after: Position, most: usize| {
        let got = match log.entries_since(after, most) {
            Ok(entries) => entries.iter().map(|entry| entry.mark.at.to_string()).collect(),
            Err(_) => vec!["not in this log".to_owned()],
        };
        notes.step(format!("at most {most} entries since {after}, of a log up to {}", log.end().at), got);
    };
    since(&log, base.at, 9);
    for (epoch, key) in [(1, "a"), (1, "bb"), (2, "c")] {
        let entry = log.append(epoch, Change::Put(key.into(), "1".into()), Time::s(2));
        notes.step("appended", format!("{}, behind {}", shown(entry.mark), entry.after));
    }
    for (epoch, lsn) in [(1, 10), (1, 11), (1, 12), (2, 13), (1, 13), (2, 12), (2, 14), (1, 9)] {
        since(&log, Position::new(epoch, lsn), 9);
    }
    since(&log, base.at, 2);
    since(&log, base.at, 0);
    for _ in 0..3 {
        log.append(2, Change::Delete("a".into()), Time::s(3));
    }
    notes.step("with three more it ends at", shown(log.end()));
    for (epoch, lsn) in [(1, 10), (1, 11), (1, 12), (2, 13), (2, 12), (2, 16)] {
        since(&log, Position::new(epoch, lsn), 9);
    }
}

/// A log of ten thousand entries.
fn long_log<G: ReplicationLog>(notes: &Recorder) {
    let mut log = G::new(Mark::default(), 9_000);
    for number in 1..=10_000 {
        log.append(1, Change::Put("k".into(), "v".into()), Time::ms(number));
    }
    for (lsn, most) in [(9_998, 10), (1_000, 3), (5_000, 3), (999, 3)] {
        let before = looks();
        let got = log.entries_since(Position::new(1, lsn), most);
        let looked = looks() - before;
        let (got, returned) = match got {
            Ok(entries) => {
                let at = entries.iter().map(|entry| entry.mark.at.to_string());
                (at.collect::<Vec<_>>(), entries.len() as u64)
            }
            Err(_) => (vec!["not in this log".to_owned()], 0),
        };
        let effort = match looked <= returned + LOOKS {
            true => "it looked at few others".to_owned(),
            false => format!("it looked at entries {looked} times to return {returned}"),
        };
        notes.step(format!("at most {most} entries since {lsn}@1"), (got, effort));
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::super::harness::{DIFFERS, LARGEST};
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every stream.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        let lines = seen.steps.iter().filter_map(|step| step.got.as_array()).flatten();
        for line in lines.filter_map(|line| line.as_str()?.strip_suffix(DIFFERS)) {
            broken.push(Violation::new("a-follower-equals-its-leader", line));
        }
        for step in seen.steps.iter().filter(|step| step.what == LARGEST) {
            let got = step.got.as_str().unwrap_or_default();
            if !got.ends_with("or fewer") {
                let why = format!("a message held {got} entries, and `batch` is {}", WIDE.batch);
                broken.push(Violation::new("small-messages", why));
            }
        }
        broken
    }
}
