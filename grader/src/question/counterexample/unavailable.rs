//! No write succeeds for seconds, although a copy of all data is up: a copy that is alive is not a service that
//! works.

use replication_lab::detector::Timeout;
use replication_lab::leader_follower::{
    LeaderFollower, Load, OpId, Outcome, ReadFrom, ServerSettings, SetupError, Told,
};
use replication_lab::time::Time;
use replication_lab::view::Figure;
use replication_lab::world::Plan;

use super::plan::{self, Terms};
use super::watch::{Watch, gaps, idle, listed, seconds, sentence};
use super::{Holding, Ruling};

const TERMS: Terms = Terms { names: &["A", "B", "C"], most: 2, until: Time::s(15) };

const END: Time = Time::s(30);
/// For how long no write must succeed.
const LONG: Time = Time::s(5);
/// Writes a second, and reads.
const RATE: f64 = 5.0;

/// Rules on a plan.
pub(super) fn writes_fail_though_a_copy_is_up(text: &str) -> Ruling {
    let plan = match plan::read(text, &TERMS) {
        Ok(plan) => plan,
        Err(ruling) => return ruling,
    };
    let run = match Run::of(&plan) {
        Ok(run) => run,
        Err(error) => return Ruling::refused(&error.to_string()),
    };
    let (from, to) = run.longest;
    let holds = to.since(from) >= LONG && run.bare.is_none();
    let (holds, explanation) = match holds {
        true => (Holding::Holds, run.shown()),
        false => (Holding::DoesNotHold, run.why_not(&plan)),
    };
    Ruling { holds, explanation, figure: Some(run.figure()) }
}

/// Three servers, of which two must have a write; watchers replace a leader that is silent for 2 s.
fn cluster() -> Result<LeaderFollower, SetupError> {
    let named = |name: &'static str| move |server: &mut ServerSettings| server.name = name.to_owned();
    LeaderFollower::builder()
        .followers(2)
        .server("L", named("A"))
        .server("F1", named("B"))
        .server("F2", named("C"))
        .acknowledge("ANY 1 (*)")
        .standby_timeout(Time::s(2))
        .clients(2)
        .read_from(ReadFrom::Any)
        .change_failover(|failover| {
            failover.observers = 3;
            failover.heartbeat = Time::ms(250);
            failover.detector = Box::new(Timeout::new(Time::s(2)));
        })
        .seed(3)
        .build()
}

/// What was seen of a run.
struct Run {
    cluster: LeaderFollower,
    watch: Watch,
    // When writes were acknowledged, and the longest stretch without.
    done: Vec<Time>,
    longest: (Time, Time),
    // The first moment at which nobody who was up had every acknowledged write: when, and who was up.
    bare: Option<(Time, Vec<String>)>,
    looks: Vec<Look>,
}

/// A moment of a run.
struct Look {
    at: Time,
    leader: Option<String>,
    // Whether the leader's own disk is behind its log.
    unwritten: bool,
    // Who is up and has every acknowledged write.
    whole: Vec<String>,
}

impl Run {
    fn of(plan: &Plan) -> Result<Self, SetupError> {
        let mut cluster = cluster()?;
        cluster.plan(plan)?;
        cluster.load("c1", Load { writes: RATE, reads: 0.0, ..Load::default() })?;
        cluster.load("c2", Load { writes: 0.0, reads: RATE, ..Load::default() })?;
        let client = cluster.id("c1")?;
        let mut watch = Watch::new(&cluster);
        let (mut bare, mut looks) = (None, Vec::new());
        watch.run(&mut cluster, END, |cluster, watch| {
            let asked = cluster.history().0.iter().filter(|op| op.client == "c1").count() as u64;
            let done = |number: &u64| matches!(cluster.outcome((client, *number)), Outcome::Written { .. });
            let acknowledged: Vec<OpId> =
                (1..=asked).filter(done).map(|number| OpId { client, number }).collect();
            let has_all = |name: &&String| {
                let server = cluster.server(name);
                server.is_ok_and(|server| acknowledged.iter().all(|op| server.table().ops.contains(op)))
            };
            let up: Vec<&String> = watch.running().collect();
            let whole: Vec<String> = up.iter().copied().filter(has_all).cloned().collect();
            if whole.is_empty() && bare.is_none() {
                bare = Some((cluster.now(), up.into_iter().cloned().collect()));
            }
            let leader = cluster.leader().map(str::to_owned);
            let unwritten = leader
                .as_ref()
                .and_then(|name| cluster.server(name).ok())
                .is_some_and(|leader| leader.confirmed().flushed < leader.received().lsn);
            looks.push(Look { at: cluster.now(), leader, unwritten, whole });
        });
        let writes = cluster.history().0.iter().filter(|op| op.client == "c1");
        let mut done: Vec<Time> = writes.filter_map(|op| op.ended).collect();
        done.sort_unstable();
        let longest = gaps(&done, END).into_iter().max_by_key(|(from, to)| to.since(*from));
        let longest = longest.unwrap_or((Time::ZERO, END));
        Ok(Self { cluster, watch, done, longest, bare, looks })
    }

    /// What the run shows.
    fn shown(&self) -> String {
        let (from, to) = self.longest;
        let middle = self.middle();
        let reads = self
            .cluster
            .history()
            .0
            .iter()
            .filter(|op| op.client == "c2" && from < op.began && op.began < to);
        let (asked, answered) =
            reads.fold((0, 0), |(asked, answered), op| (asked + 1, answered + u32::from(op.ended.is_some())));
        let mut told = vec![format!(
            "From {} to {} no write was acknowledged, for {}. All the while a machine was up that had every \
             acknowledged write; halfway through it was {}. And {answered} of {asked} reads in that time were \
             answered.",
            seconds(from),
            seconds(to),
            seconds(to.since(from)),
            middle.map_or_else(|| "nobody".to_owned(), |look| listed(&look.whole, "or"))
        )];
        told.extend(middle.map(|look| self.reason(look)));
        told.extend(idle(&self.cluster).map(|idle| sentence(&idle)));
        told.join(" ")
    }

    /// The middle of the longest stretch without an acknowledged write.
    fn middle(&self) -> Option<&Look> {
        let (from, to) = self.longest;
        let middle = from + Time::us(to.since(from).as_us() / 2);
        self.looks.iter().find(|look| look.at >= middle)
    }

    /// Why writes failed at a moment.
    fn reason(&self, look: &Look) -> String {
        let Some(leader) = &look.leader else { return "Nobody led.".into() };
        let others = self.watch.running_at(look.at).into_iter().filter(|name| name != leader).count();
        if look.unwritten {
            return format!("{leader} led, and could not get them onto its own disk.");
        }
        match others {
            0 => format!(
                "{leader} led, and was alone: a write needs a second machine that has it, and there was none."
            ),
            _ => format!(
                "{leader} led, and others were up as well. But no confirmation of theirs reached it, so it could \
                 not know that a second machine had a write."
            ),
        }
    }

    /// Why the run doesn't show it.
    fn why_not(&self, plan: &Plan) -> String {
        let (from, to) = self.longest;
        let long = to.since(from);
        if plan.0.is_empty() {
            return "There is no fault in this plan, so every write succeeded.".into();
        }
        if let (Some((at, up)), true) = (&self.bare, long >= LONG) {
            let who = match up.as_slice() {
                [] => "nobody was up".to_owned(),
                up => format!("{} was up, and lacked a write that had been acknowledged", listed(up, "and")),
            };
            return format!(
                "No write was acknowledged for {}. But no copy of all data was there all the time: at {} {who}. \
                 That a database which is gone takes no writes is no surprise. Leave one good copy up.",
                seconds(long),
                seconds(*at)
            );
        }
        let mut told = vec![match long < Time::ms(500) {
            true => "Writes went on succeeding from the beginning to the end, one every fifth of a second."
                .to_owned(),
            false => format!(
                "The longest time without an acknowledged write was {}, from {} on.",
                seconds(long),
                seconds(from)
            ),
        }];
        told.extend(idle(&self.cluster).map(|idle| sentence(&idle)));
        let took_over = self.cluster.told().iter().find_map(|(at, node, told)| match told {
            Told::Leads(epoch) if *epoch > 1 && from < *at && *at <= to => {
                Some((*at, self.cluster.name(*node)))
            }
            _ => None,
        });
        match took_over {
            Some((at, name)) => told.push(format!(
                "The leader was missed for 2 s, and at {} {name} took over; the one that was left confirmed its \
                 writes. Two of three are enough. Go on from there: what if {name} finds nobody to confirm?",
                seconds(at)
            )),
            None if long < Time::ms(500) => told.push(
                "A leader and one more were there, and could talk to each other: two of three are enough. Which two \
                 must you part, or take away?"
                    .into(),
            ),
            None => told.push(format!(
                "It takes {}. After that a leader and one more could talk to each other again: two of three are enough.",
                seconds(LONG)
            )),
        }
        told.join(" ")
    }

    fn figure(&self) -> Figure {
        let mut lane = Vec::new();
        for (from, to) in gaps(&self.done, END) {
            // Between two writes that succeed there is a fifth of a second.
            if to.since(from) > Time::ms(500) {
                lane.push((from, "none succeeds".to_owned()));
                lane.push((to, "succeed".to_owned()));
            } else if lane.is_empty() {
                lane.push((from, "succeed".to_owned()));
            }
        }
        lane.retain(|(at, _)| *at < END);
        self.watch.figure("Who led, and whether writes succeeded", END, [("writes".to_owned(), lane)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruled(lines: &[&str]) -> String {
        let text = lines.join("\n");
        let ruling = writes_fail_though_a_copy_is_up(&text);
        assert_eq!(ruling.figure.is_none(), matches!(ruling.holds, Holding::NotUnderstood { .. }));
        format!("{}\n⇒ {:?}\n{}", lines.join("; "), ruling.holds, ruling.explanation)
    }

    #[test]
    fn every_way_is_recognised() {
        let all = [
            ruled(&["2 s  partition: A | B C"]),
            ruled(&["2 s  B crashes", "2 s  C crashes"]),
            ruled(&["2 s  A crashes", "10 s  B crashes"]),
            ruled(&["2 s  A pauses", "3 s  B pauses"]),
            ruled(&["1 s  link A → B is cut", "1 s  link A → C is cut"]),
            ruled(&["2 s  disk of A takes 9000 ms more"]),
            ruled(&["2 s  partition: A | B C", "9 s  A restarts"]),
            ruled(&["2 s  partition: A | B C", "12 s  all links are open"]),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn what_does_not_show_it_says_why() {
        let all = [
            ruled(&["# nothing"]),
            ruled(&["2 s  A crashes"]),
            ruled(&["2 s  A pauses", "4 s  A goes on"]),
            ruled(&["2 s  B crashes"]),
            ruled(&["2 s  B crashes", "4 s  A crashes after 100000 more sends"]),
            ruled(&["2 s  partition: A | B C", "5 s  all links are open"]),
            ruled(&["2 s  partition: B | A C"]),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn a_run_is_shown_with_its_writes() {
        let figure =
            writes_fail_though_a_copy_is_up("2 s  A crashes\n10 s  B crashes").figure.expect("it ran");
        insta::assert_snapshot!(figure.as_text());
    }

    #[test]
    fn the_same_plan_gives_the_same_ruling() {
        assert_eq!(ruled(&["2 s  A crashes"]), ruled(&["2 s  A crashes"]));
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(24))]

        /// Whatever is understood is ruled on, and one fault that hits no link and no disk is never enough.
        #[test]
        fn no_plan_panics(text in "([1-9] s  (A|B|C) (crashes|pauses|restarts|goes on|is killed|takes 70 ms for each event|crashes after 7 more sends)\n){0,2}") {
            let ruling = writes_fail_though_a_copy_is_up(&text);
            proptest::prop_assert!(ruling.holds != Holding::Holds || text.lines().count() == 2, "{}", text);
        }
    }
}
