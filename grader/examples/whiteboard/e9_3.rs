//! E9.3 as it is often written on a whiteboard: ping, and promote the best follower when the leader is silent.

use grader::exercises::e9_3::{Cluster, Monitor, Ops, Settings, Time};

#[derive(Debug)]
pub struct Watcher {
    settings: Settings,
    cluster: Cluster,
    last_heartbeat: Time,
}

impl Monitor for Watcher {
    fn new(settings: Settings, cluster: Cluster, now: Time) -> Self {
        Self { settings, cluster, last_heartbeat: now }
    }

    fn tick(&mut self, now: Time, ops: &mut dyn Ops) {
        if ops.ping(self.cluster.leader).is_ok() {
            self.last_heartbeat = now;
        } else if now - self.last_heartbeat > self.settings.timeout {
            self.fail_over(ops);
        }
    }
}

impl Watcher {
    fn fail_over(&mut self, ops: &mut dyn Ops) {
        let epoch = self.cluster.epoch + 1;
        let _ = ops.fence(epoch);
        let positions = self.cluster.followers.iter().filter_map(|node| Some((ops.ping(*node).ok()?, *node)));
        let (_, winner) = positions.max().expect("no follower to promote");
        let _ = ops.promote(winner, epoch);
        for follower in self.cluster.followers.iter().filter(|node| **node != winner) {
            let _ = ops.repoint(*follower, winner, epoch);
        }
        self.cluster.epoch = epoch;
    }
}
