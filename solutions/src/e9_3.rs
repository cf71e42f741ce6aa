//! E9.3 — The failover monitor: it pings the leader, and replaces it once.

// BEGIN SOLUTION
use std::collections::BTreeSet;

// END SOLUTION
// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e9_3::{Alert, Cluster, Failed, Monitor, NodeId, Ops, Position, Settings, Time};

/// Watches one leader after the other.
#[derive(Debug)]
pub struct Watcher {
    // Choose what to remember here.
    // BEGIN SOLUTION
    settings: Settings,
    cluster: Cluster,
    heard: Time,
    missed: u32,
    // The leader's last answer to a ping.
    published: Position,
    // The highest epoch that was offered to anybody.
    offered: u64,
    // Followers that were not told yet whom to follow, or did not answer.
    astray: BTreeSet<NodeId>,
    alerted: Vec<Alert>,
    // END SOLUTION
}

impl Monitor for Watcher {
    fn new(settings: Settings, cluster: Cluster, now: Time) -> Self {
        // BEGIN SOLUTION todo!("watch {cluster:?} from {now} on, by {settings:?}")
        let offered = cluster.epoch;
        Self {
            settings,
            cluster,
            heard: now,
            missed: 0,
            published: Position::default(),
            offered,
            astray: BTreeSet::new(),
            alerted: Vec::new(),
        }
        // END SOLUTION
    }

    fn tick(&mut self, now: Time, ops: &mut dyn Ops) {
        // BEGIN SOLUTION let _ = ops;\ntodo!("ping the leader at {now}; if it is held for dead, fail over")
        match ops.ping(self.cluster.leader) {
            Ok(at) => {
                (self.heard, self.missed, self.published) = (now, 0, at);
                self.alerted.clear();
                self.repoint(ops);
            }
            Err(_) => {
                self.missed += 1;
                if self.is_overdue(now) && self.majority_finds_silent(ops) {
                    self.fail_over(now, ops);
                }
            }
        }
        // END SOLUTION
    }
}

impl Watcher {
    /// Whether the leader has been silent for longer than the timeout, and for enough pings.
    pub fn is_overdue(&self, now: Time) -> bool {
        // BEGIN SOLUTION todo!("how long has the leader been silent at {now}, and for how many pings?")
        now - self.heard > self.settings.timeout && self.missed >= self.settings.missed_beats
        // END SOLUTION
    }

    /// Whether more than half of all observers find the leader silent. This monitor is one of them, and does.
    pub fn majority_finds_silent(&self, ops: &mut dyn Ops) -> bool {
        // BEGIN SOLUTION let _ = ops;\ntodo!("ask the other observers; who does not answer agrees with nobody")
        let observers = &self.cluster.observers;
        let agree = |observer: &&NodeId| ops.finds_silent(**observer, self.cluster.leader) == Ok(true);
        let silent = 1 + observers.iter().filter(agree).count();
        let of = 1 + observers.len();
        2 * silent > of
        // END SOLUTION
    }

    /// The follower to promote, if there is one.
    pub fn candidate(&self, ops: &mut dyn Ops) -> Option<(NodeId, Position)> {
        // BEGIN SOLUTION let _ = ops;\ntodo!("ask each follower once; who is least behind the furthest position?")
        let followers = self.cluster.followers.iter();
        let answers: Vec<(NodeId, Position)> =
            followers.filter_map(|node| Some((*node, ops.ping(*node).ok()?))).collect();
        let received = answers.iter().map(|(_, received)| *received);
        let furthest = received.chain([self.published]).max()?;
        let lags = answers.iter().filter(|(_, received)| received.epoch == furthest.epoch);
        let lags = lags.map(|(node, received)| (furthest.lsn - received.lsn, *node, *received));
        let (lag, node, received) = lags.min()?;
        (lag <= self.settings.max_lag).then_some((node, received))
        // END SOLUTION
    }

    /// Chooses, fences, promotes, and then watches the new leader; as far as it gets.
    pub fn fail_over(&mut self, now: Time, ops: &mut dyn Ops) {
        // BEGIN SOLUTION let _ = ops;\ntodo!("choose at {now}; only then fence, promote, remember, repoint")
        let Some((winner, received)) = self.candidate(ops) else {
            return self.alert_once(Alert::NoCandidate, ops);
        };
        let epoch = self.offered + 1;
        if ops.fence(epoch).is_err() {
            return self.alert_once(Alert::NotFenced, ops);
        }
        self.offered = epoch;
        if ops.promote(winner, epoch).is_err() {
            return;
        }
        self.cluster.leader = winner;
        self.cluster.epoch = epoch;
        self.cluster.followers.retain(|node| *node != winner);
        (self.heard, self.missed, self.published) = (now, 0, received);
        self.alerted.clear();
        self.astray = self.cluster.followers.iter().copied().collect();
        self.repoint(ops);
        // END SOLUTION
    }

    /// Tells every follower that does not follow the leader yet; keeps in mind who did not confirm.
    pub fn repoint(&mut self, ops: &mut dyn Ops) {
        // BEGIN SOLUTION let _ = ops;\ntodo!("who was not told yet, or did not answer?")
        let (leader, epoch) = (self.cluster.leader, self.cluster.epoch);
        self.astray.retain(|node| ops.repoint(*node, leader, epoch).is_err());
        // END SOLUTION
    }

    /// Wakes somebody up, unless that was done in this outage already.
    pub fn alert_once(&mut self, alert: Alert, ops: &mut dyn Ops) {
        // BEGIN SOLUTION let _ = ops;\ntodo!("has {alert:?} been raised in this outage?")
        if !self.alerted.contains(&alert) {
            self.alerted.push(alert);
            ops.alert(alert);
        }
        // END SOLUTION
    }
}
