//! Three ways to build a timeline, on plain data.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// A user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub u32);

/// A post, numbered from 1 over all authors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostId(pub u64);

/// A post as it stands in a timeline. Posts are ordered by their time, then by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Post {
    /// When it was posted.
    pub at: Time,
    /// Its number.
    pub id: PostId,
    /// Who posted it.
    pub author: UserId,
}

/// Where the work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// At the post: an entry for every follower.
    Push,
    /// At the load: one look-up for each followed author.
    Pull,
    /// At the post for authors with fewer followers than this, at the load for all others.
    Hybrid {
        /// Followers from which on an author's posts are pulled.
        threshold: usize,
    },
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Push => f.write_str("push"),
            Self::Pull => f.write_str("pull"),
            Self::Hybrid { threshold } => write!(f, "hybrid, push below {threshold} followers"),
        }
    }
}

/// What was done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Costs {
    /// Posts.
    pub posts: u64,
    /// Loads of a timeline.
    pub loads: u64,
    /// Entries written into timelines, by deliveries and rebuilds.
    pub entries: u64,
    /// Deliveries of an entry that was there already, or of an author who is no longer followed: no entry was written.
    pub ignored: u64,
    /// Deliveries that were left out because the follower is inactive.
    pub skipped: u64,
    /// Lists that were looked up: the reader's own timeline, and the posts of one author each.
    pub lookups: u64,
    /// Timelines that were built anew at a load, because the follows changed or deliveries were left out.
    pub rebuilds: u64,
}

impl Costs {
    /// Bytes written into timelines, if an entry has so many.
    pub fn bytes(&self, entry: u64) -> u64 {
        self.entries.saturating_mul(entry)
    }

    /// Look-ups for one load, on the average; 0 without loads.
    pub fn lookups_per_load(&self) -> f64 {
        if self.loads > 0 { self.lookups as f64 / self.loads as f64 } else { 0.0 }
    }
}

#[derive(Clone, Debug, Default)]
struct User {
    follows: BTreeSet<UserId>,
    followers: BTreeSet<UserId>,
    posts: BTreeSet<Post>,
    // Some of the posts were not pushed: look them up at the load. It stays so, also when followers leave.
    pulled: bool,
    entries: BTreeSet<Post>,
    // The entries are not what they should be.
    stale: bool,
    seen: Time,
}

/// Users, who follows whom, posts, and timelines.
///
/// - A post is *queued* for each follower; [`deliver`](Self::deliver) works the queue off. So push is asynchronous:
///   until the queue is empty, timelines lag behind.
/// - A delivery may come twice, as in any queue that never loses one. The second finds the entry, and changes
///   nothing.
/// - Whoever follows or unfollows gets her timeline built anew at her next load. So does who was inactive and comes
///   back.
/// - A post that was pushed and can be pulled too, because its author has grown, is there once.
///
/// When the queue is empty, a load shows the same posts under every strategy.
#[derive(Clone, Debug)]
pub struct Timelines {
    strategy: Strategy,
    length: usize,
    inactive_after: Option<Time>,
    users: BTreeMap<UserId, User>,
    queue: VecDeque<(Post, UserId)>,
    costs: Costs,
}

impl Timelines {
    /// Nobody, and no posts. A timeline shows the newest 800 posts, and nobody counts as inactive.
    pub fn new(strategy: Strategy) -> Self {
        Self {
            strategy,
            length: 800,
            inactive_after: None,
            users: BTreeMap::new(),
            queue: VecDeque::new(),
            costs: Costs::default(),
        }
    }

    /// With timelines that show so many posts.
    pub fn with_length(self, length: usize) -> Self {
        Self { length, ..self }
    }

    /// Leaves out deliveries to who has not loaded her timeline for longer than this.
    pub fn skip_inactive(self, after: Time) -> Self {
        Self { inactive_after: Some(after), ..self }
    }

    /// The strategy.
    pub fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// What was done so far.
    pub fn costs(&self) -> Costs {
        self.costs
    }

    /// Deliveries that are on their way.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Who follows an author.
    pub fn followers(&self, author: UserId) -> usize {
        self.users.get(&author).map_or(0, |user| user.followers.len())
    }

    /// One user follows another.
    pub fn follow(&mut self, reader: UserId, author: UserId) {
        let user = self.users.entry(reader).or_default();
        if user.follows.insert(author) {
            user.stale = true;
            self.users.entry(author).or_default().followers.insert(reader);
        }
    }

    /// One user no longer follows another.
    pub fn unfollow(&mut self, reader: UserId, author: UserId) {
        let user = self.users.entry(reader).or_default();
        if user.follows.remove(&author) {
            user.stale = true;
            self.users.entry(author).or_default().followers.remove(&reader);
        }
    }

    /// Posts, and returns at once: deliveries are queued.
    pub fn post(&mut self, author: UserId, at: Time) -> PostId {
        self.costs.posts += 1;
        let post = Post { at, id: PostId(self.costs.posts), author };
        let strategy = self.strategy;
        let user = self.users.entry(author).or_default();
        user.posts.insert(post);
        let push = match strategy {
            Strategy::Push => true,
            Strategy::Pull => false,
            Strategy::Hybrid { threshold } => user.followers.len() < threshold,
        };
        match push {
            true => self.queue.extend(user.followers.iter().map(|follower| (post, *follower))),
            false => user.pulled = true,
        }
        post.id
    }

    /// Does the first `most` deliveries of the queue.
    pub fn deliver(&mut self, most: usize) {
        for _ in 0..most {
            let Some((post, to)) = self.queue.pop_front() else { return };
            self.take_in(post, to);
        }
    }

    /// Does all deliveries.
    pub fn deliver_all(&mut self) {
        self.deliver(self.queue.len());
    }

    /// Does the first delivery, and forgets that it did: as when a worker dies before it confirms. It comes again.
    pub fn deliver_unconfirmed(&mut self) {
        if let Some((post, to)) = self.queue.front().copied() {
            self.take_in(post, to);
        }
    }

    fn take_in(&mut self, post: Post, to: UserId) {
        let user = self.users.entry(to).or_default();
        // A timeline that is built anew at the next load anyway needs no entry.
        if self.inactive_after.is_some_and(|after| post.at.since(user.seen) > after) {
            user.stale = true;
            self.costs.skipped += 1;
        } else if !user.follows.contains(&post.author) || !user.entries.insert(post) {
            self.costs.ignored += 1;
        } else {
            self.costs.entries += 1;
            cut(&mut user.entries, self.length);
        }
    }

    /// What a reader sees: the newest posts of all whom she follows, newest first.
    pub fn load(&mut self, reader: UserId, at: Time) -> Vec<Post> {
        self.costs.loads += 1;
        self.users.entry(reader).or_default().seen = at;
        let mut seen = match self.strategy {
            Strategy::Pull => BTreeSet::new(),
            Strategy::Push | Strategy::Hybrid { .. } => self.own(reader),
        };
        let follows: Vec<UserId> = self.users[&reader].follows.iter().copied().collect();
        for author in follows {
            if self.strategy == Strategy::Pull || self.users[&author].pulled {
                seen.extend(self.look_up(author));
            }
        }
        cut(&mut seen, self.length);
        seen.into_iter().rev().collect()
    }

    /// The reader's own timeline, built anew if it has to be.
    fn own(&mut self, reader: UserId) -> BTreeSet<Post> {
        self.costs.lookups += 1;
        if self.users[&reader].stale {
            self.costs.rebuilds += 1;
            let mut entries = BTreeSet::new();
            let follows: Vec<UserId> = self.users[&reader].follows.iter().copied().collect();
            for author in follows.into_iter().filter(|author| !self.users[author].pulled).collect::<Vec<_>>()
            {
                entries.extend(self.look_up(author));
            }
            cut(&mut entries, self.length);
            self.costs.entries += entries.len() as u64;
            let user = self.users.entry(reader).or_default();
            (user.entries, user.stale) = (entries, false);
        }
        self.users[&reader].entries.clone()
    }

    /// An author's newest posts.
    fn look_up(&mut self, author: UserId) -> Vec<Post> {
        self.costs.lookups += 1;
        self.users[&author].posts.iter().rev().take(self.length).copied().collect()
    }
}

/// Keeps the newest posts.
fn cut(posts: &mut BTreeSet<Post>, length: usize) {
    while posts.len() > length {
        posts.pop_first();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, prop_assert_eq, prop_oneof, proptest};
    use proptest::strategy::Strategy as _;

    use super::*;

    const STAR: UserId = UserId(9);

    /// Nine readers of one author; all have loaded once.
    fn nine(strategy: Strategy) -> Timelines {
        let mut timelines = Timelines::new(strategy);
        for reader in 0..9 {
            timelines.follow(UserId(reader), STAR);
            timelines.load(UserId(reader), Time::s(1));
        }
        timelines
    }

    #[test]
    fn push_pays_at_the_post_and_pull_at_the_load() {
        let done = |strategy| {
            let mut timelines = nine(strategy);
            let before = timelines.costs();
            timelines.post(STAR, Time::s(2));
            timelines.deliver_all();
            assert_eq!(timelines.load(UserId(0), Time::s(3)).len(), 1);
            (timelines.costs().entries - before.entries, timelines.costs().lookups - before.lookups)
        };
        assert_eq!([Strategy::Push, Strategy::Pull].map(done), [(9, 1), (0, 1)]);
        assert_eq!(done(Strategy::Hybrid { threshold: 10 }), (9, 1));
        assert_eq!(done(Strategy::Hybrid { threshold: 9 }), (0, 2));
    }

    #[test]
    fn a_delivery_that_comes_twice_makes_no_second_entry() {
        let mut push = nine(Strategy::Push);
        push.post(STAR, Time::s(2));
        push.deliver_unconfirmed();
        assert_eq!(push.queued(), 9, "it comes again");
        push.deliver_all();
        assert_eq!((push.costs().entries, push.costs().ignored), (9, 1));
        assert_eq!(push.load(UserId(0), Time::s(3)).len(), 1);
    }

    #[test]
    fn who_is_inactive_gets_no_entries_and_misses_nothing() {
        let mut push = nine(Strategy::Push).skip_inactive(Time::s(60));
        push.load(UserId(3), Time::s(90));
        push.post(STAR, Time::s(100));
        push.deliver_all();
        assert_eq!((push.costs().entries, push.costs().skipped), (1, 8));
        let before = push.costs();
        assert_eq!(push.load(UserId(4), Time::s(200)).len(), 1, "she comes back");
        let after = push.costs();
        assert_eq!((after.rebuilds - before.rebuilds, after.lookups - before.lookups), (1, 2));
    }

    #[test]
    fn an_author_who_grows_is_not_shown_twice() {
        let mut hybrid = Timelines::new(Strategy::Hybrid { threshold: 2 });
        let (ann, bob, cat) = (UserId(1), UserId(2), UserId(3));
        hybrid.follow(bob, ann);
        hybrid.load(bob, Time::ZERO);
        hybrid.post(ann, Time::s(1));
        hybrid.deliver_all();
        hybrid.follow(cat, ann);
        hybrid.post(ann, Time::s(2));
        let numbers = |posts: Vec<Post>| posts.iter().map(|post| post.id.0).collect::<Vec<_>>();
        assert_eq!(numbers(hybrid.load(bob, Time::s(3))), [2, 1]);
        hybrid.unfollow(cat, ann);
        hybrid.post(ann, Time::s(4));
        hybrid.deliver_all();
        assert_eq!(numbers(hybrid.load(bob, Time::s(5))), [3, 2, 1], "what was not pushed is still pulled");
    }

    #[derive(Clone, Debug)]
    enum Step {
        Follow(u32, u32),
        Unfollow(u32, u32),
        Post(u32),
        Deliver(usize),
        Again,
        Load(u32),
    }

    fn step() -> impl proptest::strategy::Strategy<Value = Step> {
        let user = || 0..5u32;
        prop_oneof![
            (user(), user()).prop_map(|(reader, author)| Step::Follow(reader, author)),
            (user(), user()).prop_map(|(reader, author)| Step::Follow(reader, author)),
            (user(), user()).prop_map(|(reader, author)| Step::Unfollow(reader, author)),
            user().prop_map(Step::Post),
            user().prop_map(Step::Post),
            (0..4usize).prop_map(Step::Deliver),
            Just(Step::Again),
            user().prop_map(Step::Load),
        ]
    }

    fn run(mut timelines: Timelines, steps: &[Step]) -> Vec<Vec<Post>> {
        for (second, step) in steps.iter().enumerate() {
            let now = Time::s(second as u64);
            match *step {
                Step::Follow(reader, author) => timelines.follow(UserId(reader), UserId(author)),
                Step::Unfollow(reader, author) => timelines.unfollow(UserId(reader), UserId(author)),
                Step::Post(author) => drop(timelines.post(UserId(author), now)),
                Step::Deliver(most) => timelines.deliver(most),
                Step::Again => timelines.deliver_unconfirmed(),
                Step::Load(reader) => drop(timelines.load(UserId(reader), now)),
            }
        }
        timelines.deliver_all();
        (0..5).map(|reader| timelines.load(UserId(reader), Time::s(1_000))).collect()
    }

    proptest! {
        #[test]
        fn when_all_is_delivered_every_strategy_shows_the_same(
            steps in proptest::collection::vec(step(), 0..60),
            threshold in 0..5usize,
        ) {
            let short = |strategy| Timelines::new(strategy).with_length(4);
            let pulled = run(short(Strategy::Pull), &steps);
            prop_assert_eq!(&run(short(Strategy::Push), &steps), &pulled);
            prop_assert_eq!(&run(short(Strategy::Hybrid { threshold }), &steps), &pulled);
            let hybrid = short(Strategy::Hybrid { threshold }).skip_inactive(Time::s(10));
            prop_assert_eq!(&run(hybrid, &steps), &pulled);
        }
    }
}
