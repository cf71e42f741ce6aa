//! The scenarios of E9.1.

use replication_lab::leaderless::SetupError;
use replication_lab::network::Latency;
use replication_lab::time::Time;

use super::harness::Harness;
use super::{ClientId, NodeId, QuorumClient, Replica};
use crate::exercise::{Recorder, Task};

pub(super) fn drive<R: Replica + 'static, C: QuorumClient>(task: &Task, notes: &Recorder) {
    let ran = match task.scenario.as_str() {
        "demo" => demo::<R, C>(task.seed, notes),
        "all-get-it" => all_get_it::<R, C>(task.seed, notes),
        "tolerance" => tolerance::<R, C>(task.seed, notes),
        "two-clients" => two_clients::<R, C>(task.seed, notes),
        "crash-mid-write" => crash_mid_write::<R, C>(task.seed, notes),
        "late-old-put" => late_old_put::<R, C>(task.seed, notes),
        "late-replies" => late_replies::<R, C>(task.seed, notes),
        "after-a-failure" => after_a_failure::<R, C>(task.seed, notes),
        "no-quorum" => {
            no_quorum::<C>(notes);
            Ok(())
        }
        other => panic!("E9.1 has no scenario {other:?}"),
    };
    debug_assert!(ran.is_ok(), "all names are the harness's own: {ran:?}");
}

fn demo<R: Replica + 'static, C: QuorumClient>(seed: u64, notes: &Recorder) -> Result<(), SetupError> {
    let mut world = Harness::new::<R>(3, seed, notes)?;
    let Some(mut c1) = world.client::<C>(1, 2, 2) else { return Ok(()) };
    world.read(&mut c1, "user:42");
    world.write(&mut c1, "user:42", Some("Alice"));
    world.read(&mut c1, "user:42");
    world.write(&mut c1, "user:42", None);
    world.read(&mut c1, "user:42");
    world.read(&mut c1, "user:43");
    Ok(())
}

/// The third replica is slow: the write returns without it, and it gets the value all the same.
fn all_get_it<R: Replica + 'static, C: QuorumClient>(seed: u64, notes: &Recorder) -> Result<(), SetupError> {
    let mut world = Harness::new::<R>(3, seed, notes)?;
    let Some(mut c1) = world.client::<C>(1, 2, 2) else { return Ok(()) };
    world.cluster.set_latency("c1", "C", Latency::Constant(Time::ms(20)))?;
    world.write(&mut c1, "user:42", Some("Alice"));
    world.holdings("user:42");
    Ok(())
}

/// Every row of the table of chapter 6, with more and more replicas down.
fn tolerance<R: Replica + 'static, C: QuorumClient>(seed: u64, notes: &Recorder) -> Result<(), SetupError> {
    for (n, w, r) in [(3, 2, 2), (3, 3, 1), (3, 1, 3), (5, 3, 3), (3, 1, 1)] {
        notes.step("N, W, R", [n as usize, w, r]);
        let mut world = Harness::new::<R>(n, seed, notes)?;
        let Some(mut c1) = world.client::<C>(1, w, r) else { continue };
        world.write(&mut c1, "x", Some("first"));
        world.cluster.settle();
        for down in ["A", "B", "C"].iter().take(n as usize - 1) {
            world.cluster.crash(down)?;
            notes.step("crashes", down);
            world.read(&mut c1, "x");
            world.write(&mut c1, "x", Some("next"));
        }
    }
    Ok(())
}

/// A second client that has never written before.
fn two_clients<R: Replica + 'static, C: QuorumClient>(seed: u64, notes: &Recorder) -> Result<(), SetupError> {
    let mut world = Harness::new::<R>(3, seed, notes)?;
    let (Some(mut c1), Some(mut c2)) = (world.client::<C>(1, 2, 2), world.client::<C>(2, 2, 2)) else {
        return Ok(());
    };
    for value in ["one", "two", "three"] {
        world.write(&mut c1, "x", Some(value));
    }
    world.write(&mut c2, "x", Some("four"));
    world.read(&mut c1, "x");
    world.write(&mut c1, "x", Some("five"));
    world.read(&mut c2, "x");
    world.holdings("x");
    Ok(())
}

/// A client dies after its value has reached one replica. Nobody rolls that back: a read that meets it returns it and
/// repairs the others, and from then on every read does.
fn crash_mid_write<R: Replica + 'static, C: QuorumClient>(
    seed: u64,
    notes: &Recorder,
) -> Result<(), SetupError> {
    let mut world = Harness::new::<R>(3, seed, notes)?;
    let (Some(mut c1), Some(mut c2), Some(mut c3)) =
        (world.client::<C>(1, 2, 2), world.client::<C>(2, 2, 2), world.client::<C>(3, 2, 2))
    else {
        return Ok(());
    };
    world.write(&mut c2, "x", Some("old"));
    world.cluster.settle();
    // Three questions for versions, and one of three values.
    world.cluster.crash_after_sends("c1", 4)?;
    world.write(&mut c1, "x", Some("new"));
    world.holdings("x");
    world.cluster.crash("C")?;
    world.read(&mut c2, "x");
    world.holdings("x");
    world.cluster.restart("C")?.crash("A")?;
    world.read(&mut c3, "x");
    world.holdings("x");
    Ok(())
}

/// An old value arrives after a newer one.
fn late_old_put<R: Replica + 'static, C: QuorumClient>(
    seed: u64,
    notes: &Recorder,
) -> Result<(), SetupError> {
    let mut world = Harness::new::<R>(3, seed, notes)?;
    let (Some(mut c1), Some(mut c2)) = (world.client::<C>(1, 2, 2), world.client::<C>(2, 2, 2)) else {
        return Ok(());
    };
    world.cluster.set_latency("c1", "C", Latency::Constant(Time::ms(40)))?;
    world.write(&mut c1, "x", Some("old"));
    world.write(&mut c2, "x", Some("new"));
    world.holdings("x");
    world.cluster.crash("A")?;
    world.read(&mut c2, "x");
    Ok(())
}

/// The acknowledgement of an earlier write arrives while the next one waits.
fn late_replies<R: Replica + 'static, C: QuorumClient>(
    seed: u64,
    notes: &Recorder,
) -> Result<(), SetupError> {
    let mut world = Harness::new::<R>(3, seed, notes)?;
    let Some(mut c1) = world.client::<C>(1, 2, 1) else { return Ok(()) };
    world.cluster.set_latency("C", "c1", Latency::Constant(Time::ms(6)))?;
    world.write(&mut c1, "x", Some("one"));
    world.cluster.crash("A")?.crash("C")?;
    world.write(&mut c1, "x", Some("two"));
    world.holdings("x");
    Ok(())
}

/// A write that failed has reached one replica; the next one must not be mistaken for it.
fn after_a_failure<R: Replica + 'static, C: QuorumClient>(
    seed: u64,
    notes: &Recorder,
) -> Result<(), SetupError> {
    let mut world = Harness::new::<R>(3, seed, notes)?;
    let (Some(mut c1), Some(mut c2)) = (world.client::<C>(1, 3, 1), world.client::<C>(2, 1, 3)) else {
        return Ok(());
    };
    world.write(&mut c1, "x", Some("first"));
    world.cluster.settle().crash("B")?.crash("C")?;
    world.write(&mut c1, "x", Some("second"));
    world.cluster.settle().restart("B")?.restart("C")?.crash("A")?;
    world.write(&mut c1, "x", Some("third"));
    world.cluster.settle().restart("A")?;
    world.read(&mut c2, "x");
    world.holdings("x");
    Ok(())
}

fn no_quorum<C: QuorumClient>(notes: &Recorder) {
    for (n, w, r) in [(0, 1, 1), (3, 0, 1), (3, 4, 1), (3, 2, 0), (3, 2, 4), (3, 0, 0)] {
        let replicas: Vec<_> = (0..n).map(NodeId).collect();
        let made = C::new(ClientId(1), replicas, w, r).map(|_| "a client");
        notes.step(format!("a client of {n} replicas with W = {w}, R = {r}"), made);
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every quorum client.
    pub fn invariants(task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        if matches!(task.scenario.as_str(), "demo" | "two-clients") {
            broken.extend(reads_the_last_write(seen));
        }
        broken
    }

    /// Where nothing fails and one operation follows the other, a read returns what was written last.
    fn reads_the_last_write(seen: &Observation) -> Vec<Violation> {
        let mut last: Option<(String, String)> = None;
        let mut broken = Vec::new();
        for step in &seen.steps {
            let got = step.got.as_str().unwrap_or_default();
            if let Some((_, write)) = step.what.split_once(" writes ") {
                if let (Some((key, value)), true) = (write.split_once('='), got.starts_with("written")) {
                    last = Some((key.to_owned(), value.to_owned()));
                }
            } else if let Some((_, key)) = step.what.split_once(" deletes ") {
                last = Some((key.to_owned(), "deleted".to_owned()));
            } else if let (Some((reader, key)), Some((written, value))) =
                (step.what.split_once(" reads "), &last)
                && key == written
                && got != value
            {
                broken.push(Violation::new(
                    "acknowledged-writes-are-read",
                    format!("{reader} reads {key} after {value} was acknowledged, alone and without a fault, and gets {got}"),
                ));
            }
        }
        broken
    }
}
