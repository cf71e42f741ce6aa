//! Users who follow, post and load, drawn from a seed.

use super::running::{Strategy, Timelines, UserId};
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::view::{Figure, Table};

/// A workload: the same for every strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Users. The first ones are followed most.
    pub users: u32,
    /// How many each of them follows.
    pub follows: u32,
    /// Posts.
    pub posts: u32,
    /// Loads between two posts.
    pub loads_per_post: u32,
    /// Deliveries that are done between two posts.
    pub deliveries_per_post: u32,
    /// Deliveries that come a second time: one in so many. 0: none.
    pub repeats: u32,
    /// Seed.
    pub seed: u64,
}

impl Default for Workload {
    /// 400 users follow 20 each, post 1,000 times, and load five times as often; 40 deliveries from one post to the next.
    fn default() -> Self {
        Self {
            users: 400,
            follows: 20,
            posts: 1_000,
            loads_per_post: 5,
            deliveries_per_post: 40,
            repeats: 50,
            seed: 7,
        }
    }
}

impl Workload {
    /// Runs it, one step a second. Returns how many loads missed a post that a pull would have shown, because its
    /// delivery was on its way.
    pub fn run(&self, timelines: &mut Timelines) -> u64 {
        let mut truth = Timelines::new(Strategy::Pull);
        let mut rng = Rng::new(self.seed, Stream::Workload);
        let anybody = |rng: &mut Rng| UserId(rng.below(self.users.into()) as u32);
        // Low numbers more often: the product of two draws.
        let somebody = |rng: &mut Rng| UserId((f64::from(self.users) * rng.unit() * rng.unit()) as u32);
        for reader in 0..self.users {
            for _ in 0..self.follows {
                let author = somebody(&mut rng);
                for timelines in [&mut *timelines, &mut truth] {
                    timelines.follow(UserId(reader), author);
                }
            }
            timelines.load(UserId(reader), Time::ZERO);
        }
        let mut late = 0;
        for second in 1..=self.posts {
            let now = Time::s(second.into());
            let author = somebody(&mut rng);
            for timelines in [&mut *timelines, &mut truth] {
                timelines.post(author, now);
            }
            for delivery in 0..self.deliveries_per_post {
                if self.repeats > 0
                    && (second * self.deliveries_per_post + delivery).is_multiple_of(self.repeats)
                {
                    timelines.deliver_unconfirmed();
                }
                timelines.deliver(1);
            }
            for _ in 0..self.loads_per_post {
                let reader = anybody(&mut rng);
                late += u64::from(timelines.load(reader, now) != truth.load(reader, now));
            }
        }
        late
    }
}

/// Runs the workload under each strategy, and sets what it took beside each other. `entry_bytes`: bytes of an entry.
pub fn compare_runs(workload: &Workload, strategies: &[Strategy], entry_bytes: u64) -> Figure {
    let header =
        ["strategy", "entries", "bytes", "delivered in vain", "look-ups a load", "late loads", "queued"];
    let row = |table: Table, strategy: &Strategy| {
        let mut timelines = Timelines::new(*strategy);
        let late = workload.run(&mut timelines);
        let costs = timelines.costs();
        table.row([
            strategy.to_string(),
            costs.entries.to_string(),
            costs.bytes(entry_bytes).to_string(),
            costs.ignored.to_string(),
            format!("{:.1}", costs.lookups_per_load()),
            format!("{late} of {}", costs.loads - u64::from(workload.users)),
            timelines.queued().to_string(),
        ])
    };
    strategies.iter().fold(Table::new(header), row).figure()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_workload_under_three_strategies() {
        let strategies = [Strategy::Push, Strategy::Pull, Strategy::Hybrid { threshold: 60 }];
        insta::assert_snapshot!(compare_runs(&Workload::default(), &strategies, 100).as_text());
    }
}
