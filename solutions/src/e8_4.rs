//! E8.4 — Fan-out chooser.

use std::collections::BTreeSet;

use grader::exercises::e8_4::{Day, FanOut, Post, Service, UserId};

/// Decides who is pushed and who is pulled.
pub struct Chooser;

impl FanOut for Chooser {
    fn cost(service: &Service, threshold: u64) -> Day {
        // BEGIN SOLUTION todo!("a day of {service:?}, if authors below {threshold} followers are pushed")
        let mut day = Day::default();
        let mut anybody_pushed = false;
        for group in &service.groups {
            if group.followers < threshold {
                let recipients = if service.skip_inactive { group.active } else { group.followers };
                day.entries += group.authors * recipients * group.posts;
                day.burst = day.burst.max(recipients);
                anybody_pushed = true;
            } else {
                day.lookups += group.authors * group.active * service.loads;
            }
        }
        if anybody_pushed {
            day.lookups += service.readers * service.loads;
        }
        day.work = day.entries * service.write_cost + day.lookups * service.lookup_cost;
        day
        // END SOLUTION
    }

    fn cheapest(service: &Service) -> u64 {
        // BEGIN SOLUTION todo!("which threshold is the least work for {service:?}?")
        let candidates = service.groups.iter().map(|group| group.followers + 1).chain([0]);
        candidates.min_by_key(|threshold| (Self::cost(service, *threshold).work, *threshold)).unwrap_or(0)
        // END SOLUTION
    }

    fn deliver(timeline: &mut Vec<Post>, post: Post, keep: usize) {
        // BEGIN SOLUTION todo!("put {post:?} where it belongs in {timeline:?}, of at most {keep}")
        if timeline.contains(&post) {
            return;
        }
        let place = timeline.partition_point(|held| *held > post);
        timeline.insert(place, post);
        timeline.truncate(keep);
        // END SOLUTION
    }

    fn load(timeline: &[Post], pulled: &[Vec<Post>], follows: &BTreeSet<UserId>, keep: usize) -> Vec<Post> {
        // BEGIN SOLUTION todo!("merge {timeline:?} with {pulled:?}, for who follows {follows:?}; at most {keep}")
        let all = timeline.iter().chain(pulled.iter().flatten()).copied();
        let seen: BTreeSet<Post> = all.filter(|post| follows.contains(&post.author)).collect();
        seen.into_iter().rev().take(keep).collect()
        // END SOLUTION
    }
}
