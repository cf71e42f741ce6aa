//! The scenarios of E8.4.

use std::collections::{BTreeMap, BTreeSet};

use replication_lab::rng::{Rng, Stream};
use replication_lab::timelines::TEXTBOOK_GROUPS;

use super::{FanOut, Group, Post, PostId, Service, Time, UserId};
use crate::exercise::{Recorder, Task};

/// The step that shows a timeline, for the judge.
const SHOWS: &str = "shows";

pub(super) fn drive<F: FanOut>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "w8-1" => costs::<F>(&textbook(), &[0, 10_000, u64::MAX], "the textbook", notes),
        "edges" => edges::<F>(notes),
        "other-costs" => other_costs::<F>(notes),
        "inactive" => inactive::<F>(notes),
        "cheapest" => cheapest::<F>(notes),
        "deliver" => deliver::<F>(notes),
        "load" => load::<F>(notes),
        "same" => same::<F>(task.seed, notes),
        other => panic!("E8.4 has no scenario {other:?}"),
    }
}

/// 300 million readers, who follow 500 authors each, on the average, and load ten times a day.
fn textbook() -> Service {
    let groups = TEXTBOOK_GROUPS.to_vec();
    Service { groups, readers: 300_000_000, loads: 10, write_cost: 1, lookup_cost: 1, skip_inactive: false }
}

/// A small service: groups as authors, followers, active, posts.
fn small(groups: &[(u64, u64, u64, u64)]) -> Service {
    let group = |(authors, followers, active, posts): &(u64, u64, u64, u64)| Group {
        authors: *authors,
        followers: *followers,
        active: *active,
        posts: *posts,
    };
    Service { groups: groups.iter().map(group).collect(), readers: 100, ..textbook() }
}

/// The groups as a reader would write them.
fn told(service: &Service) -> String {
    let group = |group: &Group| {
        let Group { authors, followers, active, posts } = group;
        match active == followers {
            true => format!("{authors} × {followers} followers, {posts} posts"),
            false => format!("{authors} × {followers} followers, {active} of them active, {posts} posts"),
        }
    };
    let groups: Vec<String> = service.groups.iter().map(group).collect();
    let mut text = format!("{}; {} readers, {} loads", groups.join("; "), service.readers, service.loads);
    if (service.write_cost, service.lookup_cost) != (1, 1) {
        text.push_str(&format!("; a write costs {}, a look-up {}", service.write_cost, service.lookup_cost));
    }
    if service.skip_inactive {
        text.push_str("; inactive followers get nothing");
    }
    text
}

fn threshold_text(threshold: u64) -> String {
    match threshold {
        0 => "pull all".to_owned(),
        u64::MAX => "push all".to_owned(),
        some => format!("push below {some}"),
    }
}

fn costs<F: FanOut>(service: &Service, thresholds: &[u64], name: &str, notes: &Recorder) {
    for threshold in thresholds {
        notes.step(format!("{name}: {}", threshold_text(*threshold)), F::cost(service, *threshold));
    }
}

fn edges<F: FanOut>(notes: &Recorder) {
    let two = small(&[(3, 20, 20, 4), (1, 50, 50, 5)]);
    costs::<F>(&two, &[19, 20, 21, 50, 51], &told(&two), notes);
    let nobody = small(&[]);
    costs::<F>(&nobody, &[0, 10], "no authors", notes);
    notes.step("no authors: the cheapest threshold", F::cheapest(&nobody));
}

fn other_costs<F: FanOut>(notes: &Recorder) {
    let groups = [(3, 20, 20, 4), (1, 50, 50, 30)];
    for (write_cost, lookup_cost) in [(1, 4), (10, 1)] {
        let service = Service { write_cost, lookup_cost, ..small(&groups) };
        costs::<F>(&service, &[0, 21, 51], &told(&service), notes);
    }
}

fn inactive<F: FanOut>(notes: &Recorder) {
    let groups = [(3, 20, 5, 4), (1, 50, 40, 5)];
    for skip_inactive in [false, true] {
        let service = Service { skip_inactive, ..small(&groups) };
        costs::<F>(&service, &[0, 21, 51], &told(&service), notes);
    }
}

fn cheapest<F: FanOut>(notes: &Recorder) {
    let services = [
        ("the textbook", textbook()),
        ("who has many followers posts often", small(&[(1, 5_000, 5_000, 30), (40, 100, 100, 2)])),
        ("everybody posts seldom", small(&[(40, 100, 100, 2), (1, 5_000, 5_000, 3)])),
        ("everybody posts all day", small(&[(40, 100, 100, 50), (1, 5_000, 5_000, 60)])),
        ("the last group costs the same either way", small(&[(40, 100, 100, 2), (1, 5_000, 5_000, 10)])),
        // 100 with many posts are dear to push, 5,000 with few are worth it all the same.
        (
            "a hill before the valley",
            small(&[(1, 100, 100, 30), (10, 5_000, 5_000, 1), (1, 9_000, 9_000, 40)]),
        ),
        ("a dear look-up", Service { lookup_cost: 8, ..small(&[(40, 100, 100, 50), (1, 5_000, 5_000, 90)]) }),
        ("two groups with as many followers", small(&[(2, 100, 100, 1), (2, 100, 100, 12), (1, 70, 70, 2)])),
    ];
    for (name, service) in services {
        notes.step(format!("the cheapest threshold, {name}"), F::cheapest(&service));
    }
}

fn post(second: u64, number: u64, author: u32) -> Post {
    Post { at: Time::s(second), id: PostId(number), author: UserId(author) }
}

/// The posts' numbers, in their order.
fn numbers(posts: &[Post]) -> Vec<u64> {
    posts.iter().map(|post| post.id.0).collect()
}

fn deliver<F: FanOut>(notes: &Recorder) {
    let mut timeline = Vec::new();
    let arrivals = [
        ("the first", post(10, 1, 1)),
        ("a newer one", post(20, 2, 2)),
        ("the newer one again", post(20, 2, 2)),
        ("a late one", post(15, 3, 1)),
        ("one of the same second", post(15, 4, 2)),
        ("the first again", post(10, 1, 1)),
        ("one too many", post(30, 5, 1)),
        ("one that is too old", post(5, 6, 2)),
        ("the newest again", post(30, 5, 1)),
    ];
    for (what, post) in arrivals {
        F::deliver(&mut timeline, post, 4);
        notes.step(format!("{what}: a timeline of 4 {SHOWS}"), numbers(&timeline));
    }
}

fn load<F: FanOut>(notes: &Recorder) {
    let follows = BTreeSet::from([UserId(1), UserId(2), UserId(9)]);
    let own = vec![post(40, 4, 1), post(30, 3, 2), post(10, 1, 9)];
    let star = vec![post(50, 5, 9), post(20, 2, 9), post(10, 1, 9)];
    let other = vec![post(30, 6, 2), post(35, 7, 2)];
    let show = |what: &str, timeline: &[Post], pulled: &[Vec<Post>], keep| {
        let seen = F::load(timeline, pulled, &follows, keep);
        notes.step(format!("{what} {SHOWS}"), numbers(&seen));
    };
    show("her own timeline alone", &own, &[], 10);
    show("with a star, who was pushed until she grew,", &own, std::slice::from_ref(&star), 10);
    show("with two lists, one of them in another order,", &own, &[star.clone(), other.clone()], 10);
    show("the newest three", &own, &[star.clone(), other], 3);
    show("nothing pushed", &[], &[star.clone(), vec![]], 2);
    let left = [post(60, 8, 5), post(40, 4, 1), post(38, 9, 5), post(30, 3, 2)];
    show("with posts of somebody whom she has left", &left, &[star], 4);
    show("nothing at all", &[], &[], 10);
}

/// Posts are delivered late, twice and out of order. Then every strategy must show the same.
fn same<F: FanOut>(seed: u64, notes: &Recorder) {
    let mut rng = Rng::new(seed, Stream::Workload);
    let authors = 12u32;
    let follows: BTreeSet<UserId> = (0..authors).filter(|author| author % 3 != 0).map(UserId).collect();
    let posts: Vec<Post> =
        (1..=150).map(|number| post(rng.below(100), number, rng.below(authors.into()) as u32)).collect();
    let mut truth: Vec<Post> = posts.iter().copied().filter(|post| follows.contains(&post.author)).collect();
    truth.sort_unstable_by(|a, b| b.cmp(a));
    truth.truncate(20);
    let mut lists: BTreeMap<UserId, Vec<Post>> = BTreeMap::new();
    for post in &posts {
        lists.entry(post.author).or_default().push(*post);
    }
    for (name, is_pushed) in [("pull", 0), ("hybrid", 7), ("push", authors)] {
        let mut deliveries: Vec<Post> = posts
            .iter()
            .copied()
            .filter(|post| post.author.0 < is_pushed && follows.contains(&post.author))
            .collect();
        let again: Vec<Post> = deliveries.iter().copied().step_by(4).collect();
        deliveries.extend(again);
        rng.shuffle(&mut deliveries);
        let mut timeline = Vec::new();
        for post in deliveries {
            F::deliver(&mut timeline, post, 20);
        }
        let pulled: Vec<Vec<Post>> = follows
            .iter()
            .filter(|author| author.0 >= is_pushed)
            .filter_map(|author| lists.get(author).cloned())
            .collect();
        let seen = F::load(&timeline, &pulled, &follows, 20);
        let differ =
            seen.iter().filter(|post| !truth.contains(post)).count() + truth.len().abs_diff(seen.len());
        notes.step(format!("{name}: of 20 posts, wrong or missing"), differ);
        notes.step(format!("{name}: in the right order"), seen.windows(2).all(|pair| pair[0] > pair[1]));
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every timeline.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in seen.steps.iter().filter(|step| step.what.ends_with(SHOWS)) {
            let Some(shown) = step.got.as_array() else { continue };
            let twice = shown.iter().enumerate().find(|(place, post)| shown[..*place].contains(post));
            if let Some((_, post)) = twice {
                let why = format!("{}: post {post} is there twice", step.what);
                broken.push(Violation::new("each-post-once", why));
            }
        }
        broken
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::timelines;

    use super::super::{Day, answer};
    use super::*;

    /// The lab's arithmetic; timelines as sets.
    struct OfTheLab;

    fn lab(service: &Service) -> timelines::Service {
        timelines::Service {
            groups: service.groups.clone(),
            readers: service.readers,
            loads: service.loads,
            write_cost: service.write_cost,
            lookup_cost: service.lookup_cost,
            skip_inactive: service.skip_inactive,
            ..timelines::Service::textbook()
        }
    }

    impl FanOut for OfTheLab {
        fn cost(service: &Service, threshold: u64) -> Day {
            let day = lab(service).cost(threshold);
            Day { entries: day.entries, lookups: day.lookups, work: day.work(), burst: day.burst }
        }

        fn cheapest(service: &Service) -> u64 {
            lab(service).cheapest().threshold
        }

        fn deliver(timeline: &mut Vec<Post>, post: Post, keep: usize) {
            timeline.push(post);
            timeline.sort_unstable_by(|a, b| b.cmp(a));
            timeline.dedup();
            timeline.truncate(keep);
        }

        fn load(
            timeline: &[Post],
            pulled: &[Vec<Post>],
            follows: &BTreeSet<UserId>,
            keep: usize,
        ) -> Vec<Post> {
            let mut all = [timeline, &pulled.concat()].concat();
            all.sort_unstable_by(|a, b| b.cmp(a));
            all.dedup();
            all.retain(|post| follows.contains(&post.author));
            all.truncate(keep);
            all
        }
    }

    #[test]
    fn the_labs_arithmetic_passes() {
        let report = crate::check(answer::<OfTheLab>());
        assert!(report.passed(), "{report}");
    }
}
