//! What can be changed while a cluster runs.

use super::cluster::LeaderFollower;
use super::node::Member;
use super::setup::SetupError;
use crate::network::{Latency, Link};

impl LeaderFollower {
    /// Makes every message from one node to another take this long.
    ///
    /// # Errors
    /// When there is no such node, or there is no such latency.
    pub fn set_latency(&mut self, from: &str, to: &str, latency: Latency) -> Result<&mut Self, SetupError> {
        let (from, to) = (self.id(from)?, self.id(to)?);
        let link = Link { latency, ..self.world.network().link(from, to).clone() };
        self.world.network().set(from, to, link)?;
        Ok(self)
    }

    /// From now on a follower waits so long for what it is sent, whoever its upstream is: its lag, drawn every second. This replaces `ship_after`, `jitter` and `spikes` of its settings. What waits already comes when it was due to.
    ///
    /// # Errors
    /// When there is no such server, or there is no such latency.
    pub fn set_ship_after(
        &mut self,
        follower: &str,
        wait: impl Into<Latency>,
    ) -> Result<&mut Self, SetupError> {
        let (follower, wait) = (self.server_id(follower)?, wait.into());
        wait.validate()?;
        for id in self.topology.servers() {
            self.world.change(id, |member| {
                if let Member::Server(server) = member {
                    server.set_wait(follower, wait.clone());
                }
            });
        }
        Ok(self)
    }

    /// Makes one link carry this many bytes a second.
    ///
    /// # Errors
    /// When there is no such node, or it is nothing.
    pub fn set_bandwidth(&mut self, from: &str, to: &str, bytes_per_s: u64) -> Result<&mut Self, SetupError> {
        let (from, to) = (self.id(from)?, self.id(to)?);
        let link = Link { bandwidth: Some(bytes_per_s), ..self.world.network().link(from, to).clone() };
        self.world.network().set(from, to, link)?;
        Ok(self)
    }
}
