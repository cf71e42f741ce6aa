//! E10.2 — A payment across regions: what its coordinator decides, whatever is lost, doubled, late or down.

use std::collections::{BTreeMap, BTreeSet};

use replication_lab::explore::{Chaos, Scenario, Trouble};
use replication_lab::history::Verdict;
pub use replication_lab::saga::{Answer, Command, Event, News, Order, State, Step};
use replication_lab::saga::{Ordeal, Saga, Told, Transition, Trial};
use replication_lab::time::Time;

use crate::exercise::{self, Recorder, Task};

/// Wraps a learner's function.
pub fn answer(step: Transition) -> exercise::Answer {
    exercise::Answer::new("E10.2", move |task, notes| drive(step, task, notes))
}

/// What the books say is wrong.
const WRONG: &str = "what was wrong with the money";

/// Why a saga can't fail to be set up.
const OURS: &str = "the settings and faults are the exercise's own";

/// Keys as a reader tells them apart: by the order in which they were first used.
#[derive(Default)]
struct Keys(BTreeMap<String, usize>);

impl Keys {
    fn shown(&mut self, commands: &[Command]) -> String {
        let mut shown = Vec::new();
        for command in commands {
            shown.push(match command {
                Command::Order(order, key) => {
                    let next = self.0.len() + 1;
                    let number = *self.0.entry(key.clone()).or_insert(next);
                    format!("{order} [key {number}]")
                }
                Command::Tell(news) => format!("tell: {news}"),
            });
        }
        if shown.is_empty() { "nothing".into() } else { shown.join(", ") }
    }
}

/// Payments that are driven by hand, one event after the other.
struct Walk<'a> {
    step: Transition,
    states: BTreeMap<u32, State>,
    keys: Keys,
    notes: &'a Recorder,
}

impl<'a> Walk<'a> {
    fn new(step: Transition, notes: &'a Recorder) -> Self {
        Self { step, states: BTreeMap::new(), keys: Keys::default(), notes }
    }

    fn on(&mut self, payment: u32, events: &[Event]) {
        for event in events {
            let state = self.states.get(&payment).copied().unwrap_or_default();
            let step = (self.step)(payment, state, *event);
            let commands = self.keys.shown(&step.commands);
            self.notes.step(
                format!("payment {payment} is {state}: {event}"),
                format!("{}; {commands}", step.state),
            );
            self.states.insert(payment, step.state);
        }
    }
}

fn done(order: Order) -> Event {
    Event::Answered(order, Answer::Done)
}

fn refused(order: Order) -> Event {
    Event::Answered(order, Answer::Refused)
}

fn failed(order: Order) -> Event {
    Event::Answered(order, Answer::Failed)
}

fn swept(round: u32) -> Event {
    Event::Swept { round, overdue: round >= 4 }
}

fn drive(step: Transition, task: &Task, notes: &Recorder) {
    use Event::{Asked, Restarted};
    let mut walk = Walk::new(step, notes);
    match task.scenario.as_str() {
        "paid" => {
            walk.on(1, &[Asked, done(Order::Hold), done(Order::Credit), done(Order::Capture)]);
            walk.on(2, &[Asked, done(Order::Hold)]);
        }
        "refused" => {
            walk.on(1, &[Asked, refused(Order::Hold)]);
            walk.on(2, &[Asked, done(Order::Hold), refused(Order::Credit), done(Order::Release)]);
        }
        "repeated" => {
            walk.on(1, &[swept(1), Restarted, Asked, swept(1), swept(2), Restarted, done(Order::Hold)]);
            walk.on(1, &[swept(3), Restarted, done(Order::Credit), swept(3), Restarted]);
            walk.on(1, &[done(Order::Capture), swept(3), Restarted]);
            walk.on(2, &[Asked, done(Order::Hold), refused(Order::Credit), swept(1), swept(2), Restarted]);
            walk.on(2, &[done(Order::Release), swept(3), Restarted]);
        }
        "failed" => {
            walk.on(1, &[Asked, failed(Order::Hold), swept(1), done(Order::Hold), failed(Order::Credit)]);
            walk.on(1, &[swept(2), refused(Order::Credit), failed(Order::Release), swept(3)]);
            walk.on(1, &[failed(Order::Release), swept(4), done(Order::Release)]);
        }
        "overdue" => {
            walk.on(1, &[Asked, swept(4), swept(5), done(Order::Release)]);
            walk.on(2, &[Asked, done(Order::Hold), swept(4), swept(5), done(Order::Void), swept(6)]);
            walk.on(2, &[done(Order::Release)]);
            walk.on(
                3,
                &[Asked, done(Order::Hold), swept(4), refused(Order::Void), swept(5), done(Order::Capture)],
            );
            walk.on(4, &[Asked, done(Order::Hold), done(Order::Credit), swept(4), done(Order::Capture)]);
        }
        "late-answers" => {
            walk.on(
                1,
                &[Asked, done(Order::Hold), done(Order::Hold), done(Order::Credit), done(Order::Hold)],
            );
            walk.on(
                1,
                &[done(Order::Credit), done(Order::Capture), done(Order::Capture), refused(Order::Hold)],
            );
            walk.on(2, &[Asked, swept(4), done(Order::Hold), done(Order::Release), done(Order::Hold)]);
            // The credit's answer and the void's are both on their way: the void's decides.
            walk.on(3, &[Asked, done(Order::Hold), swept(4), done(Order::Credit), refused(Order::Void)]);
            walk.on(4, &[Asked, done(Order::Hold), swept(4), refused(Order::Credit), done(Order::Void)]);
        }
        "asked-again" => {
            walk.on(1, &[Asked, Asked, done(Order::Hold), Asked, done(Order::Credit), Asked]);
            walk.on(1, &[done(Order::Capture), Asked]);
            walk.on(2, &[Asked, refused(Order::Hold), Asked]);
        }
        "every-state" => every_state(step, notes),
        "two-payments" => two_payments(step, notes),
        "coordinator-crashes" => ordeal(Ordeal::CoordinatorCrashes, step, notes),
        "messages-are-lost" => ordeal(Ordeal::MessageLost, step, notes),
        "bank-in-trouble" => ordeal(Ordeal::HomeCannotWrite, step, notes),
        "credit-comes-late" => ordeal(Ordeal::OrdersAbroadLate, step, notes),
        "chaos" => chaos(step, task.seed, notes),
        other => panic!("E10.2 has no scenario {other:?}"),
    }
}

/// For every state, the events that change or order something.
fn every_state(step: Transition, notes: &Recorder) {
    let answers = Order::ALL.into_iter().flat_map(|order| {
        [Answer::Done, Answer::Refused, Answer::Failed].map(|answer| Event::Answered(order, answer))
    });
    let events: Vec<Event> =
        [Event::Asked, swept(1), swept(4), Event::Restarted].into_iter().chain(answers).collect();
    for state in State::ALL {
        // A key for each order: what was used in one state may be used in another.
        let does = |event: &Event| {
            let Step { state: next, commands } = step(7, state, *event);
            let commands: Vec<String> = commands
                .iter()
                .map(|command| match command {
                    Command::Order(order, _) => order.to_string(),
                    Command::Tell(news) => format!("tell: {news}"),
                })
                .collect();
            (next != state || !commands.is_empty()).then(|| {
                format!(
                    "{event}: {next}; {}",
                    if commands.is_empty() { "nothing".into() } else { commands.join(", ") }
                )
            })
        };
        notes.step(
            format!("what moves a payment that is {state}"),
            events.iter().filter_map(does).collect::<Vec<_>>(),
        );
    }
}

/// What became of all payments, and what was wrong.
fn report(saga: &Saga, notes: &Recorder) {
    let line = |(at, Told { payment, news }): &(Time, Told)| format!("{at}: payment {payment} is {news}");
    notes.step("what the customer was told", saga.told().iter().map(line).collect::<Vec<_>>());
    notes.step("the books in the end", saga.books().to_string());
    notes.step(WRONG, wrong(saga));
    if let Some(trace) = saga.trace() {
        notes.keep_run(trace);
    }
}

/// What was wrong at any time, or is unfinished now.
fn wrong(saga: &Saga) -> String {
    saga.verdict().map_or("nothing".into(), |(at, wrong)| format!("{at}: {}: {}", wrong.demand, wrong.why))
}

/// 60 + 50 of 100: the second can't be held. The third one can.
fn two_payments(step: Transition, notes: &Recorder) {
    let mut saga = Saga::builder().transition(step).build().expect(OURS);
    for (payment, amount) in [(1, 60), (2, 50), (1, 60), (3, 40)] {
        saga.ask(payment, amount).expect(OURS);
    }
    saga.settle();
    report(&saga, notes);
}

/// The same payments through every trouble of a kind: the first run in which something is wrong, or all the ways in
/// which they end.
fn ordeal(ordeal: Ordeal, step: Transition, notes: &Recorder) {
    let runs = ordeal.runs(&Saga::builder().transition(step)).expect(OURS);
    if let [(_, only)] = &runs[..] {
        return report(only, notes);
    }
    if let Some((what, saga)) = runs.iter().find(|(_, saga)| saga.verdict().is_some()) {
        notes.step("the first run that goes wrong", what);
        return report(saga, notes);
    }
    let end =
        |(_, saga): &(String, Saga)| format!("{}: {} and {}", saga.books(), saga.state(1), saga.state(2));
    notes.step("how it ends, wherever the trouble strikes", runs.iter().map(end).collect::<BTreeSet<_>>());
    notes.step(WRONG, "nothing");
}

/// Four payments, twelve times, under faults that are drawn.
fn chaos(step: Transition, seed: u64, notes: &Recorder) {
    let troubles =
        [Trouble::Crash, Trouble::Kill, Trouble::Pause, Trouble::Partition, Trouble::Loss, Trouble::FullDisk];
    let chaos = Chaos::new(3, Time::s(4)).expect(OURS).most_down(3).at_most(4).only(&troubles);
    let trial = Trial { builder: Saga::builder().transition(step), payments: 4, patience: Time::s(20) };
    for number in 0..12 {
        let case = chaos.case(&trial, 100 * seed + number);
        let run = trial.run(&case, false).expect(OURS);
        let said = match run.verdict {
            Verdict::Violated(witness) => witness.why,
            _ => "nothing".into(),
        };
        notes.step(format!("{WRONG}, run {}", number + 1), said);
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every coordinator: the money is right, and every payment ends.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let wrong = seen.steps.iter().filter(|step| step.what.starts_with(WRONG));
        let said = wrong.filter_map(|step| Some((step.what.as_str(), step.got.as_str()?)));
        let first = said.filter(|(_, said)| *said != "nothing").take(1);
        first.map(|(what, said)| Violation::new("money-is-kept", format!("{what}: {said}"))).collect()
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_decides_otherwise_passes() {
        let report = crate::check(answer(replication_lab::saga::careful));
        assert!(report.passed(), "{report}");
    }

    /// With keys of another form.
    fn other_keys(payment: u32, state: State, event: Event) -> Step {
        let Step { state, commands } = replication_lab::saga::careful(payment, state, event);
        let other = |command| match command {
            Command::Order(order, _) => Command::Order(order, format!("{order:?} for {payment:08x}")),
            tell => tell,
        };
        Step { state, commands: commands.into_iter().map(other).collect() }
    }

    #[test]
    fn keys_may_have_any_form() {
        let report = crate::check(answer(other_keys));
        assert!(report.passed(), "{report}");
    }
}
