//! Hunting and shrinking with a toy drill, and what the real drills draw.

use std::fmt;
use std::io;

use replication_lab::rng::{Rng, Stream};
use serde::{Deserialize, Serialize};

use super::hunt::hunt;
use super::*;
use crate::exercise::{Ending, Observation, Step};

/// Numbers. Nothing may hold both a 3 and a 5; that two 7s meet is worse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Numbers(Vec<u64>);

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl Drill for Numbers {
    type Event = u64;
    const EXERCISE: &'static str = "E9.5";
    const RULES: &'static [Rule] = &[
        Rule { name: "two-sevens", says: "Seven is enough." },
        Rule { name: "three-five", says: "They don't mix." },
    ];

    fn draw(rng: &mut Rng) -> Self {
        Self((0..4 + rng.below(8)).map(|_| rng.below(9)).collect())
    }

    fn events(&self) -> &[u64] {
        &self.0
    }

    fn with(&self, events: Vec<u64>) -> Self {
        Self(events)
    }

    fn simpler(&self) -> Vec<Self> {
        Vec::new()
    }

    fn judge(&self, steps: &[Step], findings: &mut Findings) {
        for step in steps {
            let seen: Vec<u64> = serde_json::from_value(step.got.clone()).unwrap_or_default();
            let sevens = seen.iter().filter(|number| **number == 7).count();
            findings.test("two-sevens", sevens < 2, || format!("{sevens} sevens"));
            findings.test("three-five", !(seen.contains(&3) && seen.contains(&5)), || format!("{seen:?}"));
        }
    }

    fn tell(step: &Step) -> Vec<String> {
        vec![step.got.to_string()]
    }
}

/// Shows the numbers as they are; does something else when it meets a certain one.
struct Mirror(u64, Ending);

impl Player for Mirror {
    fn play(&mut self, tasks: &[Task]) -> io::Result<Vec<Observation>> {
        let mut seen = Vec::new();
        for task in tasks {
            let numbers = asked::<Numbers>(task).expect("it is a situation of this drill").situation.0;
            let ending = if numbers.contains(&self.0) { self.1.clone() } else { Ending::Complete };
            let got = serde_json::to_value(&numbers)?;
            let stop = matches!(ending, Ending::TimedOut { .. });
            seen.push(Observation { steps: vec![Step { what: "numbers".into(), got }], ending, run: None });
            if stop {
                break;
            }
        }
        Ok(seen)
    }
}

fn attacked(met: u64, ending: Ending) -> Attack {
    hunt::<Numbers>(&mut Mirror(met, ending), &Settings::default()).expect("it plays in memory")
}

#[test]
fn the_gravest_rule_is_told_in_its_smallest_story() {
    let attack = attacked(100, Ending::Complete);
    let story = attack.story().expect("some situation has two sevens");
    assert_eq!(
        (story.rule.name, story.situation.as_str(), story.happened.as_str()),
        ("two-sevens", "[7, 7]", "2 sevens")
    );
    let replayed = Numbers::draw(&mut Rng::new(story.seed, Stream::Faults));
    assert_eq!(story.events, [2, replayed.0.len()], "the seed gives the situation again");
    assert!(attack.rules.iter().all(|tested| tested.times > 0));
}

#[test]
fn one_situation_of_the_told_seed_breaks_the_same_rule() {
    let story = attacked(100, Ending::Complete).story().expect("it is broken").clone();
    let again =
        hunt::<Numbers>(&mut Mirror(100, Ending::Complete), &Settings { situations: 1, seed: story.seed });
    let again = again.expect("it plays in memory");
    assert_eq!(again.situations, 1);
    assert_eq!(
        again.story().map(|again| (again.rule, again.situation.clone())),
        Some((story.rule, story.situation))
    );
}

#[test]
fn panics_are_shrunk_and_loops_are_not_waited_for_again() {
    let panicked = attacked(4, Ending::Panicked { message: "four".into(), at: Some("src/x.rs:4".into()) });
    let story = panicked.story().expect("some situation has a four");
    assert_eq!((story.rule.name, story.situation.as_str()), ("does-not-panic", "[4]"));
    assert_eq!(story.happened, "your code panicked at src/x.rs:4: four");
    let looping = attacked(4, Ending::TimedOut { after_ms: 5_000 });
    let story = looping.story().expect("some situation has a four");
    assert_eq!((story.rule.name, story.events[0]), ("comes-back", story.events[1]));
    assert_eq!(story.happened, "your code did not come back within 5000 ms");
}

#[test]
fn a_stub_is_not_attacked() {
    let attack = attacked(4, Ending::Unfinished { message: "which node?".into() });
    assert_eq!(attack.outcome, Outcome::Unfinished { message: "which node?".into() });
    assert!(attack.text_for(crate::judge::Audience::Terminal).contains("nothing to attack yet"));
}

#[test]
fn a_process_that_ends_has_broken_a_rule() {
    /// Plays the first task and is gone.
    struct Gone;
    impl Player for Gone {
        fn play(&mut self, tasks: &[Task]) -> io::Result<Vec<Observation>> {
            Mirror(100, Ending::Complete).play(&tasks[..tasks.len().min(1) * usize::from(tasks.len() > 1)])
        }
    }
    let attack = hunt::<Numbers>(&mut Gone, &Settings::default()).expect("it plays in memory");
    assert_eq!(attack.story().map(|story| story.rule.name), Some("does-not-panic"));
}

#[test]
fn there_is_no_attack_on_other_exercises() {
    let answer = crate::exercise::Answer::new("E6.1", |_, _| {});
    let text = attack(answer).text_for(crate::judge::Audience::Notebook);
    assert!(text.contains("there is no attack on E6.1; there is one on E9.1"), "{text}");
}

fn drawn<D: Drill>(seed: u64) -> D {
    D::draw(&mut Rng::new(seed, Stream::Faults))
}

#[test]
fn the_first_situations_read_well() {
    let first = [
        ("E9.1", drawn::<e9_1::Situation>(1).to_string()),
        ("E9.2", drawn::<e9_2::Situation>(1).to_string()),
        ("E9.3", drawn::<e9_3::Situation>(1).to_string()),
        ("E9.4", drawn::<e9_4::Situation>(1).to_string()),
        ("E9.5", drawn::<e9_5::Situation>(1).to_string()),
    ];
    let text: Vec<_> = first.iter().map(|(id, situation)| format!("{id}\n{situation}")).collect();
    insta::assert_snapshot!(text.join("\n\n"));
}

/// What a task carries is what was drawn, and anything that is left out leaves a situation.
fn travels<D: Drill + fmt::Debug>() {
    for seed in 0..200 {
        let situation: D = drawn(seed);
        let asked = asked::<D>(&task(&situation, true)).expect("it is a situation");
        assert_eq!(asked.situation, situation);
        assert!(asked.drawn);
        for simpler in situation.simpler() {
            assert_ne!(simpler, situation, "what is not simpler would be tried for ever");
        }
    }
    let names: std::collections::BTreeSet<&str> = D::RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), D::RULES.len(), "two rules of {} have one name", D::EXERCISE);
}

#[test]
fn situations_travel_in_tasks() {
    travels::<e9_1::Situation>();
    travels::<e9_2::Situation>();
    travels::<e9_3::Situation>();
    travels::<e9_4::Situation>();
    travels::<e9_5::Situation>();
}
