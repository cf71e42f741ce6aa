//! The scenarios of E2.3.

use replication_lab::time::Time;

use super::harness::{F1, F2, L, Stage, name, shown, shown_opening};
use super::{Disk, NodeId, Position, Record, Storage, Write};
use crate::exercise::{Recorder, Task};

/// The step that holds the writes that were kept, for the judge.
pub(super) const ACCEPTED: &str = "the first and the last write of each run that was kept";

/// The step that counts what an old leader got through.
const TOO_LATE: &str = "writes of epoch 1 kept since F1 opened epoch 2";

/// Why a stage can't fail.
const OURS: &str = "the names and times of a stage are its own";

pub(super) fn drive<S: Storage + 'static>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "guard" => guard::<S>(notes),
        "announced" => announced::<S>(notes),
        "two-claims" => two_claims::<S>(notes),
        "duplicates" => duplicates::<S>(notes),
        "restart" => restart::<S>(notes),
        "w2-1" => old_leader_wakes::<S>(task.seed, notes),
        "storage-crashes" => storage_crashes::<S>(task.seed, notes),
        other => panic!("E2.3 has no scenario {other:?}"),
    }
}

/// A disk in a list.
#[derive(Debug, Default)]
struct Listed(Vec<Record>);

impl Disk for Listed {
    fn append(&mut self, record: Record) {
        self.0.push(record);
    }
}

/// A storage by itself, without a network, and its disk.
struct Bench<'a, S> {
    storage: S,
    disk: Listed,
    notes: &'a Recorder,
}

impl<'a, S: Storage> Bench<'a, S> {
    fn new(notes: &'a Recorder) -> Self {
        Self { storage: S::start(&[]), disk: Listed::default(), notes }
    }

    fn open(&mut self, leader: NodeId, epoch: u64) {
        let said = self.storage.open(epoch, leader, &mut self.disk);
        self.notes.step(format!("{} opens epoch {epoch}", name(leader)), shown_opening(&said));
    }

    fn write(&mut self, writer: NodeId, epoch: u64, lsn: u64) {
        let at = Position::new(epoch, lsn);
        let said = self.storage.write(Write { writer, at }, &mut self.disk);
        self.notes.step(format!("{} writes {at}", name(writer)), shown(&said));
    }

    fn restart(&mut self) {
        self.storage = S::start(&self.disk.0);
        self.notes.step("the storage restarts", "with what is on its disk");
    }

    fn on_disk(&self) {
        let written = self.disk.0.iter().filter_map(|record| match record {
            Record::Written(Write { writer, at }) => Some(format!("{}: {at}", name(*writer))),
            Record::Opened { .. } => None,
        });
        self.notes.step("the writes on the disk", written.collect::<Vec<_>>());
    }
}

fn guard<S: Storage>(notes: &Recorder) {
    let mut bench = Bench::<S>::new(notes);
    bench.open(L, 1);
    bench.write(L, 1, 1);
    bench.write(L, 1, 2);
    bench.open(F1, 2);
    bench.write(F1, 2, 2);
    bench.write(F1, 2, 3);
    bench.write(L, 1, 3);
    bench.open(L, 1);
    bench.open(F2, 5);
    bench.write(F1, 2, 4);
    bench.write(F2, 5, 4);
    bench.open(L, 6);
    bench.write(L, 6, 5);
    bench.write(F2, 5, 5);
    // L leads again, and yet this one comes from the time when it first led.
    bench.write(L, 1, 4);
    bench.on_disk();
}

/// An epoch counts from when it is opened, not from its first write.
fn announced<S: Storage>(notes: &Recorder) {
    let mut bench = Bench::<S>::new(notes);
    bench.open(L, 1);
    bench.write(L, 1, 1);
    bench.open(F1, 2);
    bench.write(L, 1, 2);
    bench.open(F2, 3);
    bench.write(F1, 2, 2);
    bench.open(F1, 2);
    bench.open(F2, 3);
    bench.write(F2, 3, 2);
    bench.on_disk();
}

/// Two nodes were given the same epoch: two controllers, and no majority asked.
fn two_claims<S: Storage>(notes: &Recorder) {
    let mut bench = Bench::<S>::new(notes);
    bench.open(L, 1);
    bench.open(F1, 2);
    bench.open(F2, 2);
    bench.write(F2, 2, 1);
    bench.write(F1, 2, 1);
    bench.write(F2, 2, 2);
    bench.write(F2, 3, 1);
    bench.write(F1, 3, 2);
    bench.open(F1, 3);
    bench.write(F2, 3, 2);
    bench.on_disk();
}

/// A leader whose answer was lost asks again.
fn duplicates<S: Storage>(notes: &Recorder) {
    let mut bench = Bench::<S>::new(notes);
    bench.open(L, 1);
    bench.write(L, 1, 1);
    bench.write(L, 1, 2);
    bench.write(L, 1, 2);
    bench.write(L, 1, 1);
    bench.open(F1, 2);
    bench.write(L, 1, 2);
    bench.write(F1, 2, 2);
    bench.write(F1, 2, 2);
    bench.write(F1, 2, 3);
    bench.on_disk();
}

fn restart<S: Storage>(notes: &Recorder) {
    let mut bench = Bench::<S>::new(notes);
    bench.open(L, 1);
    bench.write(L, 1, 1);
    bench.restart();
    bench.write(L, 1, 1);
    bench.write(L, 1, 2);
    bench.open(F1, 2);
    bench.restart();
    bench.write(L, 1, 3);
    bench.open(F2, 2);
    bench.write(F1, 2, 2);
    bench.write(F2, 3, 2);
    bench.restart();
    bench.write(F1, 2, 3);
    bench.write(F1, 3, 3);
    bench.write(F2, 3, 3);
    bench.on_disk();
}

/// The worked example, and what it leaves out: L did not crash, it stood still, and wakes at 40 s.
fn old_leader_wakes<S: Storage + 'static>(seed: u64, notes: &Recorder) {
    let mut stage = Stage::<S>::new(seed, "40000 ms  L goes on", notes).expect(OURS);
    let what = "from 32 s: F1 opens epoch 2 and leads";
    stage.at(Time::s(32), what);
    stage.promote(F1, 2);
    stage.publish(Time::ms(32_010), F1);
    stage.until(Time::ms(39_950), what, F1);
    stage.runs("kept until 39.95 s");
    let what = "from 39.95 s: L wakes at 40 s, with four requests waiting for it";
    stage.at(Time::ms(39_950), what);
    stage.until(Time::ms(40_250), what, L);
    stage.runs("kept until 40.25 s");
    stage.verdicts(1, Time::s(32), TOO_LATE);
}

/// The storage's machine dies and comes back twice: first when nobody has written in the new epoch yet.
fn storage_crashes<S: Storage + 'static>(seed: u64, notes: &Recorder) {
    let faults = "32500 ms  storage crashes\n33000 ms  storage restarts\n34000 ms  L goes on\n\
                  36200 ms  storage crashes\n36300 ms  storage restarts";
    let mut stage = Stage::<S>::new(seed, faults, notes).expect(OURS);
    let what = "from 32 s: F1 opens epoch 2, and the storage crashes before F1's first write";
    stage.at(Time::s(32), what);
    stage.promote(F1, 2);
    stage.until(Time::ms(33_500), what, F1);
    let what = "from 33.5 s: L wakes at 34 s, with four requests waiting for it";
    stage.at(Time::ms(33_500), what);
    stage.until(Time::s(35), what, L);
    let what = "from 36 s: F1 writes, and the storage crashes once more";
    stage.at(Time::s(36), what);
    stage.publish(Time::s(36), F1);
    stage.until(Time::ms(36_500), what, F1);
    let what = "from 36.5 s: F2 opens epoch 2 as well, for another controller";
    stage.at(Time::ms(36_500), what);
    stage.promote(F2, 2);
    stage.until(Time::ms(36_600), what, F2);
    stage.runs("kept until 36.6 s");
    stage.verdicts(1, Time::s(32), TOO_LATE);
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use replication_lab::history::Verdict;
    use replication_lab::history::epochs::{Accepted, fenced, one_writer_per_epoch};

    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every guard.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let step = |what: &str| seen.steps.iter().find(|step| step.what == what);
        let mut broken = Vec::new();
        let accepted: Option<Vec<Accepted>> =
            step(ACCEPTED).and_then(|step| serde_json::from_value(step.got.clone()).ok());
        for (rule, verdict) in accepted.iter().flat_map(|accepted| {
            [
                ("old-leaders-are-fenced", fenced(accepted)),
                ("one-writer-per-epoch", one_writer_per_epoch(accepted)),
            ]
        }) {
            if let Verdict::Violated(witness) = verdict {
                broken.push(Violation::new(rule, witness.why));
            }
        }
        if let Some(late) = step(TOO_LATE).and_then(|step| step.got.as_u64()).filter(|late| *late > 0) {
            broken.push(Violation::new(
                "nothing-of-an-old-epoch",
                format!(
                    "{late} writes of epoch 1 were kept after epoch 2 had been opened: their clients were told that \
                     they are done, and the new leader does not have them"
                ),
            ));
        }
        broken
    }
}
