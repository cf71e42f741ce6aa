//! A node accepts a write in an old epoch, later than another one in a newer epoch: two leaders at work. With
//! fencing the same faults do no harm.

use replication_lab::detector::Timeout;
use replication_lab::history::Verdict;
use replication_lab::history::epochs::fenced;
use replication_lab::leader_follower::{Fencing, LeaderFollower, Load, ServerSettings, SetupError, Told};
use replication_lab::time::Time;
use replication_lab::view::Figure;
use replication_lab::world::Plan;

use super::plan::{self, Terms};
use super::watch::{Watch, counted, idle, seconds, sentence};
use super::{Holding, Ruling};

const TERMS: Terms =
    Terms { names: &["A", "B", "C", "c1", "c2", "o1", "o2", "o3"], most: 3, until: Time::s(20) };

const END: Time = Time::s(30);
/// Writes a second and client.
const RATE: f64 = 20.0;
/// Writes that are farther apart are shown as two stretches.
const APART: Time = Time::ms(300);

/// Rules on a plan.
pub(super) fn two_leaders_without_fencing(text: &str) -> Ruling {
    let plan = match plan::read(text, &TERMS) {
        Ok(plan) => plan,
        Err(ruling) => return ruling,
    };
    let [bare, guarded] = match [Fencing::Off, Fencing::On].map(|fencing| Run::of(fencing, &plan)) {
        [Ok(bare), Ok(guarded)] => [bare, guarded],
        [Err(error), _] | [_, Err(error)] => return Ruling::refused(&error.to_string()),
    };
    let (holds, explanation) = match (&bare.verdict, &guarded.verdict) {
        (Verdict::Violated(witness), Verdict::Holds) => {
            (Holding::Holds, shown(&bare, &guarded, &witness.why))
        }
        (Verdict::Violated(witness), _) => (Holding::DoesNotHold, fenced_in_vain(&guarded, &witness.why)),
        _ => (Holding::DoesNotHold, why_not(&plan, &bare)),
    };
    let figure = bare.figure("Without fencing");
    // Where nothing goes wrong there is nothing to compare.
    let figure = match &bare.verdict {
        Verdict::Violated(_) => figure.beside(guarded.figure("With fencing")),
        _ => figure,
    };
    Ruling { holds, explanation, figure: Some(figure) }
}

/// A run, with or without fencing.
struct Run {
    cluster: LeaderFollower,
    watch: Watch,
    verdict: Verdict,
}

impl Run {
    /// An asynchronous leader A; three watchers, of which two must agree, replace it when it is silent for 3 s. One
    /// client writes from the beginning and keeps its connections; another one comes when there is a new leader.
    fn of(fencing: Fencing, plan: &Plan) -> Result<Self, SetupError> {
        let named = |name: &'static str| move |server: &mut ServerSettings| server.name = name.to_owned();
        let mut cluster = LeaderFollower::builder()
            .followers(2)
            .server("L", named("A"))
            .server("F1", named("B"))
            .server("F2", named("C"))
            .clients(2)
            .pooled(true)
            .timeout(Time::ms(500))
            .change_failover(|failover| {
                failover.observers = 3;
                failover.heartbeat = Time::ms(500);
                failover.detector = Box::new(Timeout::new(Time::s(3)));
                failover.fencing = fencing;
            })
            .seed(3)
            .build()?;
        cluster.plan(plan)?;
        let load = Load { writes: RATE, reads: 0.0, ..Load::default() };
        cluster.load("c1", load.clone())?;
        let mut watch = Watch::new(&cluster);
        let mut came = false;
        watch.run(&mut cluster, END, |cluster, _| {
            if !came && cluster.told().iter().any(|(_, _, told)| matches!(told, Told::Published(..))) {
                // The client is one of the cluster's.
                came = cluster.load("c2", load.clone()).is_ok();
            }
        });
        let verdict = fenced(&cluster.accepted());
        Ok(Self { cluster, watch, verdict })
    }

    /// The first new leader: when, and who.
    fn successor(&self) -> Option<(Time, &str)> {
        self.cluster.told().iter().find_map(|(at, node, told)| match told {
            Told::Leads(epoch) if *epoch > 1 => Some((*at, self.cluster.name(*node))),
            _ => None,
        })
    }

    fn figure(&self, title: &str) -> Figure {
        let accepted = self.cluster.accepted();
        let mut names: Vec<&str> = accepted.iter().map(|write| write.node.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let lanes = names.into_iter().map(|name| {
            // From when to when in which epoch.
            let mut stretches: Vec<(Time, Time, u64)> = Vec::new();
            for write in accepted.iter().filter(|write| write.node == name) {
                match stretches.last_mut() {
                    Some((_, to, epoch)) if *epoch == write.epoch && write.at.since(*to) <= APART => {
                        *to = write.at
                    }
                    _ => stretches.push((write.at, write.at, write.epoch)),
                }
            }
            // A single moment would not be seen.
            let lane = stretches.into_iter().flat_map(|(from, to, epoch)| {
                [(from, format!("in epoch {epoch}")), (to.max(from + APART), String::new())]
            });
            (format!("{name} accepts"), lane.filter(|(at, _)| *at + APART < END).collect())
        });
        self.watch.figure(title, END, lanes.collect::<Vec<_>>())
    }
}

fn shown(bare: &Run, guarded: &Run, why: &str) -> String {
    let measures = bare.cluster.measures();
    let mut told = vec![
        sentence(&format!("without fencing, {why}")),
        match measures.lost.len() {
            0 => format!(
                "So it went with {}. Whoever had sent them had given up by then; the new leader never gets them.",
                counted(measures.accepted_by_the_deposed as usize, "write")
            ),
            lost => format!(
                "So it went with {}. At the end {} that had been acknowledged are gone.",
                counted(measures.accepted_by_the_deposed as usize, "write"),
                counted(lost, "write")
            ),
        },
    ];
    let fenced = guarded.cluster.told().iter().find_map(|(at, _, told)| match told {
        Told::Fence(node) => Some((*at, guarded.cluster.name(*node))),
        _ => None,
    });
    told.push(match fenced {
        Some((at, name)) => format!(
            "With fencing, {name}'s power was cut at {}, before its successor was told to lead. It accepted nothing \
             any more.",
            seconds(at)
        ),
        None => "With fencing it did not come to that.".into(),
    });
    told.extend(idle(&bare.cluster).map(|idle| sentence(&idle)));
    told.join(" ")
}

fn fenced_in_vain(guarded: &Run, why: &str) -> String {
    let reason = match &guarded.verdict {
        Verdict::Violated(witness) => witness.why.clone(),
        other => other.to_string(),
    };
    format!(
        "{} But with fencing it happened as well: {reason}. Your plan brought the old leader back after its power \
         had been cut. Find one in which it is only away for a while.",
        sentence(&format!("without fencing, {why}"))
    )
}

fn why_not(plan: &Plan, bare: &Run) -> String {
    if plan.0.is_empty() {
        return "There is no fault in this plan: A led all the time, and nobody else.".into();
    }
    let mut told = Vec::new();
    let Some((at, name)) = bare.successor() else {
        told.push(match bare.cluster.told().iter().any(|(_, _, told)| matches!(told, Told::Suspects(_))) {
            true => "A was held for dead, but nobody was promoted: two of the three watchers must agree, and there \
                     must be somebody to promote.",
            false => "Nobody was promoted: two of the three watchers went on hearing from A. They wait for 3 s of \
                      silence.",
        }.to_owned());
        told.extend(idle(&bare.cluster).map(|idle| sentence(&idle)));
        told.push("For two leaders there must be a second one first.".into());
        return told.join(" ");
    };
    told.push(format!("{name} was promoted, and led from {} on.", seconds(at)));
    told.extend(idle(&bare.cluster).map(|idle| sentence(&idle)));
    let running = bare.watch.running_at(END);
    let old = bare.cluster.accepted().first().map_or_else(|| "A".to_owned(), |write| write.node.clone());
    told.push(if !running.contains(&old) {
        format!("But {old} never ran again, and whoever is down accepts nothing. It has to be there afterwards.")
    } else if bare.watch.was(&old, at, "down") {
        format!(
            "But {old} had crashed: a process that begins anew asks who leads, and follows. What if it doesn't know \
             that it was away?"
        )
    } else {
        format!(
            "But {old} accepted nothing after that: it heard of its successor before a client reached it, or no \
             client reached it at all. Who still writes to it, and when does it learn that another one leads?"
        )
    });
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruled(lines: &[&str]) -> String {
        let ruling = two_leaders_without_fencing(&lines.join("\n"));
        assert_eq!(ruling.figure.is_none(), matches!(ruling.holds, Holding::NotUnderstood { .. }));
        format!("{}\n⇒ {:?}\n{}", lines.join("; "), ruling.holds, ruling.explanation)
    }

    #[test]
    fn every_way_is_recognised() {
        let all = [
            ruled(&["2 s  A pauses", "10 s  A goes on"]),
            ruled(&["2 s  partition: A | o1 o2 o3"]),
            ruled(&["2 s  partition: A | B C o1 o2 o3"]),
            ruled(&["2 s  partition: A c1 | B C c2 o1 o2 o3", "15 s  all links are open"]),
            ruled(&["2 s  A takes 4000 ms for each event", "10 s  A takes 0 ms for each event"]),
            ruled(&["2 s  A pauses", "10 s  A goes on", "12 s  C crashes after 100000 more sends"]),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn what_does_not_show_it_says_why() {
        let all = [
            ruled(&["# nothing"]),
            ruled(&["2 s  A crashes"]),
            ruled(&["2 s  A crashes", "10 s  A restarts"]),
            ruled(&["2 s  A pauses", "4 s  A goes on"]),
            ruled(&["2 s  B crashes"]),
            ruled(&["2 s  partition: A | o1"]),
            ruled(&["2 s  link A → o1 is cut", "2 s  link A → o2 is cut"]),
            ruled(&["2 s  A crashes", "2 s  B crashes", "2 s  C crashes"]),
            ruled(&["2 s  A pauses", "10 s  A goes on", "1 s  c1 crashes"]),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn both_runs_are_shown() {
        let ruling = two_leaders_without_fencing("2 s  A pauses\n10 s  A goes on");
        insta::assert_snapshot!(ruling.figure.expect("it ran").as_text());
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(24))]

        /// Whoever has crashed and comes back follows; so crashes alone never make two leaders.
        #[test]
        fn crashes_alone_make_no_two_leaders(
            text in "([1-9] s  (A|B|C|o1|o2|c1) (crashes|is killed|crashes after 7 more sends)\n){0,3}"
        ) {
            let ruling = two_leaders_without_fencing(&text);
            proptest::prop_assert_ne!(ruling.holds, Holding::Holds, "{}", ruling.explanation);
        }

        #[test]
        fn no_plan_panics(text in "([1-9] s  (A|B|C|o1) (crashes|pauses|restarts|goes on|takes 70 ms for each event)\n){0,3}") {
            let _ = two_leaders_without_fencing(&text);
        }
    }
}
