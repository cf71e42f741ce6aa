//! E9.3 — The failover monitor (32 points)
//!
//! The coding drill that looks like twenty lines: ping the leader, and when it is silent, promote a follower. Here your
//! monitor lives in a world where pings hang, links break, leaders wake up again, devices are out of order, and where it
//! may itself have slept. `tick` is called once a second. Its rules stand at `Monitor::tick`; the main ones:
//!
//! - Silence counts when it is *longer* than the timeout **and** enough pings in a row went unanswered.
//! - A majority of all observers must find the leader silent: this monitor and the others. Who does not answer does not
//!   agree.
//! - **Choose first, fence then, promote last.** A cluster whose leader you have fenced and for which you have no successor
//!   is down for certain.
//! - The fence goes to a device, never to the leader: who is dead can't answer, and who is not won't obey. Only its
//!   confirmation counts.
//! - After a failover *this* is the leader, that epoch is over, and the next tick has nothing to do. Whoever did not hear
//!   whom to follow is told again.
//!
//! What Rust and the interface settle: nobody else can tick at the same time (`&mut self`), and an operation that hangs
//! comes back after 200 ms as `NoAnswer`, like one that fails. Simplified here: the old leader is not brought back
//! (exercise E2.2 does that), and epochs are kept by one monitor; several would keep them in a coordination store.
//!
//! Check it with `cargo course check E9.3`, or with
//! `cargo test -p exercises e9_3`. Stuck? `cargo course hint E9.3`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e9_3::{Alert, Cluster, Failed, Monitor, NodeId, Ops, Position, Settings, Time};

/// Watches one leader after the other.
#[derive(Debug)]
pub struct Watcher {
    // Choose what to remember here.
}

impl Monitor for Watcher {
    fn new(settings: Settings, cluster: Cluster, now: Time) -> Self {
        todo!("watch {cluster:?} from {now} on, by {settings:?}")
    }

    fn tick(&mut self, now: Time, ops: &mut dyn Ops) {
        let _ = ops;
        todo!("ping the leader at {now}; if it is held for dead, fail over")
    }
}

impl Watcher {
    /// Whether the leader has been silent for longer than the timeout, and for enough pings.
    pub fn is_overdue(&self, now: Time) -> bool {
        todo!("how long has the leader been silent at {now}, and for how many pings?")
    }

    /// Whether more than half of all observers find the leader silent. This monitor is one of them, and does.
    pub fn majority_finds_silent(&self, ops: &mut dyn Ops) -> bool {
        let _ = ops;
        todo!("ask the other observers; who does not answer agrees with nobody")
    }

    /// The follower to promote, if there is one.
    pub fn candidate(&self, ops: &mut dyn Ops) -> Option<(NodeId, Position)> {
        let _ = ops;
        todo!("ask each follower once; who is least behind the furthest position?")
    }

    /// Chooses, fences, promotes, and then watches the new leader; as far as it gets.
    pub fn fail_over(&mut self, now: Time, ops: &mut dyn Ops) {
        let _ = ops;
        todo!("choose at {now}; only then fence, promote, remember, repoint")
    }

    /// Tells every follower that does not follow the leader yet; keeps in mind who did not confirm.
    pub fn repoint(&mut self, ops: &mut dyn Ops) {
        let _ = ops;
        todo!("who was not told yet, or did not answer?")
    }

    /// Wakes somebody up, unless that was done in this outage already.
    pub fn alert_once(&mut self, alert: Alert, ops: &mut dyn Ops) {
        let _ = ops;
        todo!("has {alert:?} been raised in this outage?")
    }
}
