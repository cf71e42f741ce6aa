//! Where `FIRST 1 (f1, f2)` and `ANY 1 (f1, f2)` differ: commits wait for a follower that is late, though another
//! one has them.

use replication_lab::leader_follower::{LeaderFollower, Load, ServerSettings, SetupError};
use replication_lab::time::Time;
use replication_lab::view::Figure;
use replication_lab::world::Plan;

use super::plan::{self, Terms};
use super::watch::{Watch, idle, seconds, sentence};
use super::{Holding, Ruling};

const TERMS: Terms = Terms { names: &["L", "f1", "f2"], most: 2, until: Time::s(10) };

const RULES: [&str; 2] = ["FIRST 1 (f1, f2)", "ANY 1 (f1, f2)"];
const END: Time = Time::s(20);
/// How much longer a commit must wait under the first rule.
const LONGER: Time = Time::s(2);
/// A follower that is silent for so long counts as gone.
const PATIENCE: Time = Time::s(1);
/// Writes a second.
const RATE: f64 = 5.0;
/// What does not count as waiting.
const SHORT: Time = Time::ms(100);

/// Rules on a plan.
pub(super) fn first_waits_where_any_goes_on(text: &str) -> Ruling {
    let plan = match plan::read(text, &TERMS) {
        Ok(plan) => plan,
        Err(ruling) => return ruling,
    };
    let [first, any] = match RULES.map(|rule| Run::of(rule, &plan)) {
        [Ok(first), Ok(any)] => [first, any],
        [Err(error), _] | [_, Err(error)] => return Ruling::refused(&error.to_string()),
    };
    let holds = first.longest() >= any.longest() + LONGER;
    let (holds, explanation) = match holds {
        true => (Holding::Holds, shown(&first, &any)),
        false => (Holding::DoesNotHold, why_not(&plan, &first, &any)),
    };
    let lanes = [first.lane(), any.lane()];
    let figure: Figure =
        first.watch.figure("Who was there, and whether commits waited under either rule", END, lanes);
    Ruling { holds, explanation, figure: Some(figure) }
}

/// A run under one rule.
struct Run {
    rule: &'static str,
    cluster: LeaderFollower,
    watch: Watch,
    // From when to when each commit waited, in order.
    waits: Vec<(Time, Time)>,
}

impl Run {
    fn of(rule: &'static str, plan: &Plan) -> Result<Self, SetupError> {
        let named = |name: &'static str| move |server: &mut ServerSettings| server.name = name.to_owned();
        let mut cluster = LeaderFollower::builder()
            .followers(2)
            .server("F1", named("f1"))
            .server("F2", named("f2"))
            .acknowledge(rule)
            .standby_timeout(PATIENCE)
            // Nobody gives up before the end.
            .timeout(END + END)
            .change_failover(|failover| failover.heartbeat = Time::ms(250))
            .seed(3)
            .build()?;
        cluster.plan(plan)?;
        cluster.load("c1", Load { writes: RATE, reads: 0.0, ..Load::default() })?;
        let mut watch = Watch::new(&cluster);
        watch.run(&mut cluster, END, |_, _| {});
        let waits = cluster.history().0.iter().map(|op| (op.began, op.ended.unwrap_or(END))).collect();
        Ok(Self { rule, cluster, watch, waits })
    }

    /// How long the commit waited that waited longest.
    fn longest(&self) -> Time {
        self.waits.iter().map(|(from, to)| to.since(*from)).max().unwrap_or_default()
    }

    /// When commits waited.
    fn lane(&self) -> (String, Vec<(Time, String)>) {
        let mut lane = vec![(Time::ZERO, "commits".to_owned())];
        let mut until = Time::ZERO;
        for (from, to) in self.waits.iter().filter(|(from, to)| to.since(*from) > SHORT) {
            if *from > until {
                if until > Time::ZERO {
                    lane.push((until, "commits".to_owned()));
                }
                lane.push((*from, "waits".to_owned()));
            }
            until = until.max(*to);
        }
        if Time::ZERO < until && until < END {
            lane.push((until, "commits".to_owned()));
        }
        (self.rule.to_owned(), lane)
    }

    fn said(&self) -> String {
        format!("With {} the slowest commit waited {}", self.rule, seconds(self.longest()))
    }
}

fn shown(first: &Run, any: &Run) -> String {
    let mut told = vec![
        format!("{}; with {} it waited {}.", first.said(), any.rule, seconds(any.longest())),
        "The leader went on hearing from f1, so under FIRST 1 it waited for f1, although f2 had the writes long \
         before. ANY 1 took f2's word."
            .into(),
    ];
    told.extend(idle(&first.cluster).map(|idle| sentence(&idle)));
    told.join(" ")
}

fn why_not(plan: &Plan, first: &Run, any: &Run) -> String {
    if plan.0.is_empty() {
        return "There is no fault in this plan, so no commit waited under either rule.".into();
    }
    let both = format!("{}, with {} {}.", first.said(), any.rule, seconds(any.longest()));
    let mut told = vec![both];
    told.extend(idle(&first.cluster).map(|idle| sentence(&idle)));
    let leader =
        plan.0.iter().any(|planned| planned.fault.nodes().contains(&replication_lab::trace::NodeId(0)));
    let hint = if any.longest() >= LONGER && leader {
        "The leader itself was hit, and then no rule helps. Leave it alone: the difference is in whom it waits for."
    } else if any.longest() >= LONGER {
        "So nobody was quick under ANY 1 either. One of the two followers must be well: which one does FIRST 1 not \
         wait for?"
    } else if first.longest() > SHORT {
        "That is less than two seconds more. Under FIRST 1 the leader waited for f1. But once it has heard nothing \
         from f1 for 1 s, f1 counts as gone, and f2 takes its place. A follower that is silent is soon replaced. \
         Which one isn't, and is no use either?"
    } else {
        "Whomever FIRST 1 waits for was quick enough. It waits for f1 as long as it hears from it."
    };
    told.push(hint.into());
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruled(lines: &[&str]) -> String {
        let ruling = first_waits_where_any_goes_on(&lines.join("\n"));
        assert_eq!(ruling.figure.is_none(), matches!(ruling.holds, Holding::NotUnderstood { .. }));
        format!("{}\n⇒ {:?}\n{}", lines.join("; "), ruling.holds, ruling.explanation)
    }

    #[test]
    fn a_follower_that_is_late_is_recognised_in_every_form() {
        let all = [
            ruled(&["2 s  disk of f1 takes 3000 ms more"]),
            ruled(&["2 s  link L → f1 takes 3000 ms more"]),
            ruled(&["2 s  link L → f1 is cut"]),
            ruled(&["2 s  disk of f1 takes 3000 ms more", "4 s  f2 crashes after 100000 more sends"]),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn what_does_not_show_it_says_why() {
        let all = [
            ruled(&["# nothing"]),
            ruled(&["2 s  f1 crashes"]),
            ruled(&["2 s  f1 pauses", "6 s  f1 goes on"]),
            ruled(&["2 s  link f1 → L is cut"]),
            ruled(&["2 s  f2 crashes"]),
            ruled(&["2 s  f1 crashes", "2 s  f2 crashes"]),
            ruled(&["2 s  L pauses"]),
            ruled(&["2 s  disk of f1 takes 3000 ms more", "2 s  disk of f2 takes 3000 ms more"]),
            ruled(&["2 s  disk of f1 takes 1500 ms more"]),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn both_runs_are_shown() {
        let ruling =
            first_waits_where_any_goes_on("2 s  link L → f1 takes 3000 ms more\n8 s  all links are open");
        insta::assert_snapshot!(ruling.figure.expect("it ran").as_text());
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(24))]

        /// The leader hears from f2 whatever is done to f1, so under ANY 1 nothing waits; and a follower that falls
        /// silent for good is replaced in time.
        #[test]
        fn a_silent_follower_is_not_enough(
            fault in "[1-9] s  (f1 (crashes|pauses|is killed|crashes after 7 more sends)|link f1 → L is cut)"
        ) {
            let ruling = first_waits_where_any_goes_on(&fault);
            proptest::prop_assert_eq!(ruling.holds, Holding::DoesNotHold, "{}", ruling.explanation);
        }

        #[test]
        fn no_plan_panics(text in "([1-9] s  (L|f1|f2) (crashes|pauses|restarts|goes on|takes 70 ms for each event|crashes after 7 more sends)\n){0,2}") {
            let _ = first_waits_where_any_goes_on(&text);
        }
    }
}
