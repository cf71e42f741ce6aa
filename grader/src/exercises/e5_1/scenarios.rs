//! The scenarios of E5.1.

use replication_lab::network::{Latency, Link};
use replication_lab::rng::{Rng, Stream};
use replication_lab::time::Time;

use super::{Counter, Overflow};
use crate::exercise::{Recorder, Task};
use crate::exercises::merging::{Run, laws};

/// The step that says how much was counted in all, for the judge.
const COUNTED: &str = "counted in all";

pub(super) fn drive<C: Counter>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "w5-5" => w5_5::<C>(notes),
        "round" => round::<C>(notes),
        "late" => late::<C>(notes),
        "newcomer" => newcomer::<C>(notes),
        "network" => network::<C>(task.seed, notes),
        "disk-lost" => disk_lost::<C>(notes),
        "old-disk" => old_disk::<C>(notes),
        "names" => names::<C>(notes),
        "overflow" => overflow::<C>(notes),
        "laws" => the_laws::<C>(task.seed, notes),
        other => panic!("E5.1 has no scenario {other:?}"),
    }
}

fn first<C: Counter>(replica: &str) -> C {
    C::start(replica, 1, None)
}

fn show<C: Counter>(counter: &C) -> String {
    counter.value().to_string()
}

fn run_of<'a, C: Counter>(notes: &'a Recorder, names: &[&str]) -> Run<'a, C> {
    Run::new(notes, names, first, C::merge, show)
}

impl<C: Counter> Run<'_, C> {
    fn count(&mut self, name: &str, by: u64) -> &mut Self {
        let what = format!("{name} counts {by}");
        let mut counted = Ok(());
        let text = self.replicas.change(name, &what, |counter| counted = counter.increment(by));
        self.notes.step(what, counted.map_or_else(|refused| refused.to_string(), |()| text));
        self.keep();
        self
    }

    fn restart(&mut self, name: &str, life: u32, saved: Option<&C>, what: &str) -> &mut Self {
        let what = format!("{name} begins life {life}, {what}");
        let text = self.replicas.change(name, &what, |counter| *counter = C::start(name, life, saved));
        self.notes.step(what, text);
        self.keep();
        self
    }

    fn end_counted(&mut self, counted: u128) {
        self.end_with(COUNTED, counted.to_string());
    }
}

fn w5_5<C: Counter>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["va", "eu"]);
    run.count("va", 5).count("eu", 3);
    run.ship("eu", "va").ship("va", "eu").ship("va", "eu").ship("eu", "va");
    run.count("va", 1).count("eu", 2).ship("va", "eu").ship("eu", "va");
    run.end_counted(11);
}

fn round<C: Counter>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["a", "b", "c"]);
    run.count("a", 4).count("b", 0).count("c", 7);
    run.ship("a", "b").ship("b", "c").ship("c", "a").ship("a", "b");
    run.count("b", 2).ship("b", "c").ship("c", "a");
    run.end_counted(13);
}

fn late<C: Counter>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["va", "eu"]);
    run.count("va", 5);
    let old = run.replicas.state("va");
    run.count("va", 4).ship("va", "eu");
    run.arrives("va's state of 5 arrives late", "va", "eu", &old);
    run.count("eu", 1).ship("eu", "va");
    run.arrives("va's own state of 5 comes back to it", "eu", "va", &old);
    run.count("va", 1).ship("va", "eu");
    run.end_counted(11);
}

fn newcomer<C: Counter>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["va", "eu", "jp"]);
    run.count("va", 5).count("eu", 3).ship("va", "eu");
    run.ship("eu", "jp").count("jp", 2).ship("jp", "va");
    run.count("va", 1).ship("va", "jp").ship("jp", "eu");
    run.end_counted(11);
}

/// States are lost, doubled and late.
fn network<C: Counter>(seed: u64, notes: &Recorder) {
    let names = ["va", "eu", "jp"];
    let latency = Latency::Exponential(Time::ms(40));
    let link = Link { loss: 0.2, duplication: 0.3, ..Link::new(latency) };
    let mut run = Run::over(seed, link, notes, &names, first, C::merge, show);
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut counted = 0;
    for _ in 0..12 {
        let (by, who) = (1 + rng.below(9), *rng.pick(&names).unwrap_or(&"va"));
        run.count(who, by);
        counted += u128::from(by);
        for _ in 0..2 {
            let (from, to) = (rng.below(3) as usize, rng.below(2) as usize);
            run.replicas.send(names[from], names[(from + 1 + to) % 3]);
        }
        if rng.chance(0.4) {
            run.replicas.settle();
            let shown = names.map(|name| run.replicas.text(name));
            run.notes.step("va, eu and jp show", shown.join(", "));
        }
    }
    run.replicas.mend_the_network();
    run.end_counted(counted);
}

fn disk_lost<C: Counter>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["va", "eu"]);
    run.count("va", 5).ship("va", "eu");
    run.restart("va", 2, None, "its disk is lost");
    run.count("va", 3).ship("va", "eu").ship("eu", "va");
    run.restart("va", 3, None, "its disk is lost again");
    run.count("va", 1).ship("va", "eu").ship("eu", "va");
    run.end_counted(9);
}

fn old_disk<C: Counter>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["va", "eu"]);
    run.count("va", 5).count("eu", 2).ship("eu", "va");
    let saved = run.replicas.state("va");
    run.count("va", 3).ship("va", "eu");
    run.restart("va", 2, Some(&saved), "with what it had saved before it counted 3");
    run.count("va", 2).ship("va", "eu");
    let saved = run.replicas.state("va");
    run.restart("va", 3, Some(&saved), "with everything");
    run.count("va", 10).ship("va", "eu").ship("eu", "va");
    run.end_counted(22);
}

/// Names that end in digits.
fn names<C: Counter>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["va", "va1"]);
    run.restart("va", 11, None, "its disk is lost for the tenth time");
    run.count("va", 5).count("va1", 3);
    run.ship("va", "va1").ship("va1", "va");
    run.end_counted(8);
}

fn overflow<C: Counter>(notes: &Recorder) {
    let told = |counted: Result<(), Overflow>| {
        counted.map_or_else(|refused| refused.to_string(), |()| "done".into())
    };
    let (mut va, mut eu): (C, C) = (first("va"), first("eu"));
    let max = u64::MAX;
    let all = u128::from(max);
    let count = |who: &str, what: &str, counter: &mut C, by: u64| {
        notes.step(format!("{who} counts {what}"), told(counter.increment(by)));
        notes.step(format!("{who} shows"), show(counter));
    };
    count("va", "2^64 − 3", &mut va, max - 2);
    count("va", "3, which is one too many", &mut va, 3);
    count("va", "2", &mut va, 2);
    count("va", "1, which is too many", &mut va, 1);
    count("va", "0", &mut va, 0);
    count("eu", "2^64 − 1", &mut eu, max);
    eu.merge(&va);
    notes.step(format!("both together, {}", 2 * all), show(&eu));
}

/// States that three replicas have reached by counting and merging.
fn the_laws<C: Counter>(seed: u64, notes: &Recorder) {
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut states: Vec<C> = ["a", "b", "c"].map(first).into();
    for round in 1..=4 {
        for _ in 0..4 {
            let (here, from) = (rng.below(3) as usize, rng.below(3) as usize);
            // Nothing overflows here.
            let _ = states[here].increment(1 + rng.below(9));
            if rng.chance(0.4) {
                let from = states[from].clone();
                states[here].merge(&from);
            }
        }
        let shown: Vec<String> = states.iter().map(show).collect();
        notes.step(format!("round {round}: a, b, c show"), shown.join(", "));
        for (law, got) in laws([&states[0], &states[1], &states[2]], C::merge, show) {
            notes.step(format!("round {round}: {law}"), got);
        }
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::exercises::merging::IN_THE_END;
    use crate::judge::Violation;

    /// What holds for every counter: in the end all show what was counted.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let text = |got: &serde_json::Value| got.as_str().unwrap_or_default().to_owned();
        let counted = seen.steps.iter().find(|step| step.what == COUNTED).map(|step| text(&step.got));
        let Some(counted) = counted else { return Vec::new() };
        let ends =
            seen.steps.iter().filter_map(|step| Some((step.what.strip_prefix(IN_THE_END)?, text(&step.got))));
        let wrong = ends.filter(|(_, shown)| *shown != counted);
        wrong
            .map(|(name, shown)| {
                let why = format!(
                    "{counted} were counted, and every state has reached {name}, which shows {shown}"
                );
                Violation::new("nothing-lost-nothing-twice", why)
            })
            .collect()
    }
}
