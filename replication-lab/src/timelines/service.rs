//! The arithmetic of a day.

use serde::{Deserialize, Serialize};

use crate::rng::{Rng, Stream};

/// Authors who are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// How many authors.
    pub authors: u64,
    /// Followers of each.
    pub followers: u64,
    /// Of these followers, those who load their timeline. The others are inactive.
    pub active: u64,
    /// Posts of each a day.
    pub posts: u64,
}

/// A service, and what its work costs. Costs are in units of any kind: only how they compare matters.
///
/// # What the threshold depends on
/// An author's followers multiply both sides: with push, each gets an entry for each post; with pull, each looks her
/// up at each load. Which of the two is less is decided by *posts a day against loads a day*, not by the number of
/// followers (see [`most_posts_pushed`](Self::most_posts_pushed); Silberstein et al., *Feeding Frenzy*, SIGMOD 2010,
/// decide for each pair of reader and author by these rates). So a threshold of followers saves work as far as
/// authors with many followers post more often, or have more inactive followers. What it limits in any case is the
/// *burst*: how many entries one post causes, and how long the last follower waits.
///
/// # Examples
/// ```
/// use replication_lab::timelines::Service;
///
/// let service = Service::textbook();
/// // 50 million followers, an entry of 100 bytes each; 10,000 followers.
/// assert_eq!(service.burst_bytes(50_000_000), 5_000_000_000);
/// assert_eq!(service.burst_bytes(10_000), 1_000_000);
/// assert_eq!(service.cost(0).lookups_per_load, 500.0);
/// assert_eq!(service.cheapest().threshold, 9_001);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// The authors.
    pub groups: Vec<Group>,
    /// Users who load their timeline.
    pub readers: u64,
    /// Loads of each a day.
    pub loads: u64,
    /// Bytes of an entry in a timeline.
    pub entry_bytes: u64,
    /// The cost of writing one entry.
    pub write_cost: u64,
    /// The cost of one look-up, of the reader's own timeline or of one author's posts.
    pub lookup_cost: u64,
    /// Entries a second that all workers together write.
    pub writes_per_s: u64,
    /// Whether inactive followers get no entries.
    pub skip_inactive: bool,
}

/// The textbook's authors: 300 million with 300 followers, and fewer and fewer with more and more, who post more
/// often. A reader follows 500 of them, on the average.
pub const TEXTBOOK_GROUPS: [Group; 5] = [
    group(300_000_000, 300, 2),
    group(3_000_000, 9_000, 6),
    group(500_000, 50_000, 12),
    group(7_500, 1_000_000, 20),
    group(10, 50_000_000, 24),
];

const fn group(authors: u64, followers: u64, posts: u64) -> Group {
    Group { authors, followers, active: followers, posts }
}

/// What a threshold costs in a day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayCost {
    /// Authors with fewer followers than this are pushed, all others are pulled.
    pub threshold: u64,
    /// Entries written.
    pub entries: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Look-ups: of the own timeline, one a load if anything is pushed, and of each followed author who is pulled.
    pub lookups: u64,
    /// Look-ups of one load, on the average.
    pub lookups_per_load: f64,
    /// The work of writing.
    pub write_work: u64,
    /// The work of looking up.
    pub lookup_work: u64,
    /// Most entries that one post causes.
    pub burst: u64,
    /// Seconds until the last of these is written.
    pub burst_s: f64,
}

impl DayCost {
    /// All the work.
    pub fn work(&self) -> u64 {
        self.write_work.saturating_add(self.lookup_work)
    }
}

/// How often authors post: `least` · followersᵍʳᵒʷᵗʰ, times a factor that is drawn from a log-normal distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PostRate {
    /// Posts a day of an author with one follower.
    pub least: f64,
    /// 0: the number of followers makes no difference. 0.1: with ten times the followers, 1.26 times the posts.
    pub growth: f64,
    /// How much authors differ: the standard deviation of the factor's logarithm. 0: not at all.
    pub spread: f64,
}

impl Service {
    /// 300 million readers, who load ten times a day; entries of 100 bytes; writing an entry costs as much as a
    /// look-up; 100,000 entries a second.
    pub fn textbook() -> Self {
        Self {
            groups: TEXTBOOK_GROUPS.to_vec(),
            readers: 300_000_000,
            loads: 10,
            entry_bytes: 100,
            write_cost: 1,
            lookup_cost: 1,
            writes_per_s: 100_000,
            skip_inactive: false,
        }
    }

    /// The same with authors whose followers are distributed by Zipf's law: the author of rank r has `most` / rˢ, at
    /// least one. How often they post is drawn from the seed and rounded; all followers are active. As many readers
    /// as it takes for 500 followed authors each, at least one.
    pub fn zipf(seed: u64, authors: u32, most: u64, s: f64, rate: PostRate) -> Self {
        let mut rng = Rng::new(seed, Stream::Workload);
        let author = |rank: u32| {
            let followers = libm::round(most as f64 / libm::pow(f64::from(rank), s)).max(1.0);
            let factor = libm::exp(rate.spread * rng.normal());
            let posts = libm::round(rate.least * libm::pow(followers, rate.growth) * factor);
            group(1, followers as u64, posts as u64)
        };
        let groups: Vec<Group> = (1..=authors).map(author).collect();
        let follows: u64 = groups.iter().map(|group| group.followers).sum();
        Self { groups, readers: (follows / 500).max(1), ..Self::textbook() }
    }

    /// Loads a day.
    pub fn loads_per_day(&self) -> u64 {
        self.readers.saturating_mul(self.loads)
    }

    /// Posts a day.
    pub fn posts_per_day(&self) -> u64 {
        self.groups.iter().map(|group| group.authors * group.posts).sum()
    }

    /// Bytes that one post causes if it is pushed to so many followers.
    pub fn burst_bytes(&self, followers: u64) -> u64 {
        followers.saturating_mul(self.entry_bytes)
    }

    /// The most posts a day with which it is no more work to push an author than to pull her, if all her followers are
    /// active: loads · cost of a look-up / cost of a write. Nothing if writing costs nothing.
    pub fn most_posts_pushed(&self) -> Option<f64> {
        (self.write_cost > 0).then(|| (self.loads * self.lookup_cost) as f64 / self.write_cost as f64)
    }

    /// What a threshold costs. 0 pulls everybody; [`u64::MAX`] pushes everybody. Sums end at the largest number there
    /// is.
    pub fn cost(&self, threshold: u64) -> DayCost {
        let (mut entries, mut pulled, mut burst) = (0u64, 0u64, 0u64);
        let mut pushed = false;
        for group in &self.groups {
            let times = |a: u64, b: u64| a.saturating_mul(b);
            if group.followers < threshold {
                let recipients = if self.skip_inactive { group.active } else { group.followers };
                entries = entries.saturating_add(times(times(group.authors, recipients), group.posts));
                burst = burst.max(if group.posts > 0 { recipients } else { 0 });
                pushed = true;
            } else {
                pulled = pulled.saturating_add(times(times(group.authors, group.active), self.loads));
            }
        }
        let own = if pushed { self.loads_per_day() } else { 0 };
        let lookups = own.saturating_add(pulled);
        let over = |part: u64, whole: u64| if whole > 0 { part as f64 / whole as f64 } else { 0.0 };
        DayCost {
            threshold,
            entries,
            bytes: entries.saturating_mul(self.entry_bytes),
            lookups,
            lookups_per_load: over(lookups, self.loads_per_day()),
            write_work: entries.saturating_mul(self.write_cost),
            lookup_work: lookups.saturating_mul(self.lookup_cost),
            burst,
            burst_s: over(burst, self.writes_per_s),
        }
    }

    /// Every threshold that makes a difference, in ascending order: 0, and one above each number of followers.
    pub fn candidates(&self) -> Vec<u64> {
        let mut all: Vec<u64> = self.groups.iter().map(|group| group.followers.saturating_add(1)).collect();
        all.push(0);
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The threshold with the least work; of equal ones the lowest, which has the smallest burst.
    pub fn cheapest(&self) -> DayCost {
        let all = self.candidates().into_iter().map(|threshold| self.cost(threshold));
        all.min_by_key(DayCost::work).unwrap_or_else(|| self.cost(0))
    }

    /// The highest threshold with which no post waits longer than so many seconds for its last follower.
    pub fn threshold_within(&self, seconds: u64) -> u64 {
        self.writes_per_s.saturating_mul(seconds).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_textbooks_numbers() {
        let service = Service::textbook();
        assert_eq!(service.burst_bytes(50_000_000), 5_000_000_000, "5 GB");
        assert_eq!(service.burst_bytes(10_000), 1_000_000, "1 MB");
        let follows: u64 = service.groups.iter().map(|group| group.authors * group.followers).sum();
        assert_eq!(follows / service.readers, 500);
        let [pull, hybrid, push] = [0, 10_000, u64::MAX].map(|threshold| service.cost(threshold));
        assert_eq!((pull.lookups_per_load, pull.entries), (500.0, 0));
        assert_eq!((push.lookups_per_load, push.burst, push.burst_s), (1.0, 50_000_000, 500.0));
        assert_eq!((hybrid.lookups_per_load, hybrid.burst, hybrid.burst_s), (111.0, 9_000, 0.09));
        let billions = [pull, hybrid, push].map(|cost| cost.work() / 1_000_000_000);
        assert_eq!(billions, [1_500, 675, 807]);
        // 10,000 lies between the two groups, as any number from 9,001 to 50,000 does.
        assert_eq!(service.cheapest(), service.cost(9_001));
        assert_eq!(service.cheapest().work(), hybrid.work());
    }

    #[test]
    fn followers_alone_make_no_difference() {
        let service = |posts: u64| {
            let groups = [10, 1_000, 1_000_000].map(|followers| group(5, followers, posts)).to_vec();
            Service { groups, readers: 1, ..Service::textbook() }
        };
        // Everybody posts equally often: everybody is pushed, or nobody.
        assert_eq!(service(9).cheapest().threshold, 1_000_001);
        assert_eq!(service(11).cheapest().threshold, 0);
        assert_eq!(service(9).most_posts_pushed(), Some(10.0));
    }

    #[test]
    fn inactive_followers_make_push_dearer_unless_they_are_skipped() {
        let fans = Group { authors: 1, followers: 1_000, active: 100, posts: 5 };
        let mut service = Service { groups: vec![fans], readers: 1, ..Service::textbook() };
        assert_eq!(service.cost(0).work(), 1_000, "100 readers, 10 loads");
        assert_eq!(service.cost(1_001).work(), 5_010);
        service.skip_inactive = true;
        assert_eq!(service.cost(1_001).work(), 510);
        assert_eq!(service.cheapest().threshold, 1_001);
    }

    #[test]
    fn a_wait_has_its_threshold() {
        let service = Service::textbook();
        assert_eq!(service.threshold_within(1), 100_001);
        assert_eq!(service.cost(100_001).burst, 50_000);
    }

    #[test]
    fn authors_by_zipfs_law() {
        let rate = PostRate { least: 1.0, growth: 0.2, spread: 0.5 };
        let service = Service::zipf(7, 10_000, 50_000_000, 1.0, rate);
        assert_eq!(service, Service::zipf(7, 10_000, 50_000_000, 1.0, rate));
        let few: Vec<u64> = service.groups.iter().take(3).map(|group| group.followers).collect();
        assert_eq!(few, [50_000_000, 25_000_000, 16_666_667]);
        let cheapest = service.cheapest();
        assert!(cheapest.threshold > 0 && cheapest.threshold < 50_000_000, "{cheapest:?}");
    }

    proptest! {
        #[test]
        fn no_threshold_at_all_is_cheaper(
            groups in proptest::collection::vec((1..5u64, 0..50u64, 0..50u64, 0..20u64), 0..8),
            loads in 0..20u64, write_cost in 0..4u64, lookup_cost in 0..4u64, skip_inactive: bool, any in 0..60u64,
        ) {
            let groups = groups.into_iter().map(|(authors, followers, active, posts)| Group {
                authors, followers, active: active.min(followers), posts,
            });
            let groups = groups.collect();
            let service = Service {
                groups, loads, write_cost, lookup_cost, skip_inactive, readers: 30, ..Service::textbook()
            };
            prop_assert!(service.cheapest().work() <= service.cost(any).work());
        }

        #[test]
        fn a_higher_threshold_writes_more_and_looks_up_less(low in 1..100_000u64, more in 0..100_000_000u64) {
            let service = Service::textbook();
            let (low, high) = (service.cost(low), service.cost(low + more));
            prop_assert!(high.entries >= low.entries && high.burst >= low.burst);
            prop_assert!(low.entries == 0 || high.lookups <= low.lookups);
        }
    }
}
