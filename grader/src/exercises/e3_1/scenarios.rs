//! The scenarios of E3.1.

use std::cell::RefCell;

use super::leader::{Act, Simulated, When};
use super::stage::{Crash, LeaderPort, SinkPort, Stage, differences};
use super::{Consumer, Stopped};
use crate::exercise::{Recorder, Task};
use Act::{Alone, Elsewhere, Together};
use When::{Copied, Idle, SlotCreated, Started};

/// A consumer that is stopped more often than this never gets there.
const LIVES: u32 = 6;
/// The step that holds what was wrong, for the judge.
const PROBLEMS: &str = "what was wrong on the way";
/// Most problems that are told.
const MOST_PROBLEMS: usize = 3;

const BEFORE: &[&str] = &[
    "CREATE TABLE users (id INT PRIMARY KEY, name TEXT)",
    "CREATE TABLE orders (id INT PRIMARY KEY, item TEXT)",
    "INSERT INTO users VALUES (1, 'Alice'), (2, 'Bob')",
    "INSERT INTO orders VALUES (10, 'tea')",
];

fn day() -> Vec<(When, Act)> {
    vec![
        (Started, Alone("INSERT INTO users VALUES (3, 'Carol')")),
        (Idle, Alone("UPDATE users SET name = 'Alice Smith' WHERE id = 1")),
        (
            Idle,
            Together(&[
                "INSERT INTO users VALUES (4, 'Dave')",
                "INSERT INTO orders VALUES (11, 'rice')",
                "UPDATE orders SET item = 'green tea' WHERE id = 10",
            ]),
        ),
        (Idle, Alone("DELETE FROM users WHERE id = 2")),
        (Idle, Alone("UPDATE users SET id = 40 WHERE id = 4")),
    ]
}

fn busy() -> Vec<(When, Act)> {
    let mut script = vec![
        (SlotCreated, Alone("INSERT INTO users VALUES (5, 'Eve')")),
        (SlotCreated, Alone("DELETE FROM orders WHERE id = 10")),
        (
            Copied,
            Together(&[
                "UPDATE users SET name = 'Bobby' WHERE id = 2",
                "INSERT INTO orders VALUES (10, 'cake')",
            ]),
        ),
    ];
    script.extend(day());
    script
}

pub(super) fn drive<C: Consumer>(task: &Task, notes: &Recorder) {
    let leader = |script, interrupts| Simulated::new(task.seed, BEFORE, script, interrupts);
    let run = |script, crash| Lives { stage: RefCell::new(Stage::new(leader(script, false), crash)), notes };
    match task.scenario.as_str() {
        "copy" => run(Vec::new(), None).whole::<C>(),
        "stream" => run(day(), None).whole::<C>(),
        "overlap" => run(busy(), None).whole::<C>(),
        "restart" => {
            let run = run(day(), None);
            run.live::<C>("the first day");
            run.stage.borrow_mut().leader.act(&Alone("INSERT INTO orders VALUES (12, 'milk')"));
            run.stage.borrow_mut().leader.then(vec![(Idle, Alone("DELETE FROM orders WHERE id = 11"))]);
            run.live::<C>("the second day");
            run.live::<C>("the third day, without a change");
            run.over();
        }
        "redelivery" => run(day(), Some(Crash::BeforeThe("confirm", 1))).whole::<C>(),
        "half-a-transaction" => run(day(), Some(Crash::BeforeThe("apply", 7))).whole::<C>(),
        "half-a-copy" => run(busy(), Some(Crash::BeforeThe("copy", 2))).whole::<C>(),
        "before-the-commit" => run(busy(), Some(Crash::BeforeThe("commit", 1))).whole::<C>(),
        "idle" => {
            let mut script = day();
            script.push((Idle, Elsewhere(5_000_000)));
            run(script, None).whole::<C>();
        }
        "interrupted" => {
            let stage = Stage::new(leader(day(), true), Some(Crash::BeforeThe("commit", 4)));
            Lives { stage: RefCell::new(stage), notes }.whole::<C>();
        }
        "schema" => {
            let script = vec![
                (Started, Alone("INSERT INTO users VALUES (3, 'Carol')")),
                (Idle, Alone("ALTER TABLE users ADD COLUMN email TEXT")),
                (Idle, Alone("INSERT INTO users VALUES (4, 'Dave', 'dave@example.org')")),
                (Idle, Alone("UPDATE users SET email = 'alice@example.org' WHERE id = 1")),
            ];
            run(script, None).whole::<C>();
        }
        "slot-lost" => {
            let run = run(day(), None);
            run.live::<C>("the first day");
            {
                let mut stage = run.stage.borrow_mut();
                stage.leader.lose_slot();
                stage.leader.act(&Alone("DELETE FROM users WHERE id = 1"));
                stage.leader.act(&Alone("INSERT INTO users VALUES (6, 'Frank')"));
                stage.leader.then(vec![(Idle, Alone("DELETE FROM orders WHERE id = 11"))]);
            }
            run.live::<C>("the second day, after somebody has dropped the slot");
            run.over();
        }
        "retires" => {
            let run = run(day(), None);
            run.live::<C>("the first day");
            run.over();
            for what in ["the consumer retires", "and is told to once more"] {
                let said = C::retire(&mut LeaderPort(&run.stage));
                notes.step(what, ended(&said));
                let held = run.stage.borrow().leader.held();
                notes.step("log that the leader keeps for it", kept(held));
            }
        }
        "anywhere" => {
            anywhere::<C>(|crash| Stage::new(leader(busy(), true), Some(Crash::Before(crash))), notes)
        }
        other => panic!("E3.1 has no scenario {other:?}"),
    }
}

fn ended(said: &Result<(), Stopped>) -> String {
    match said {
        Ok(()) => "ends well".into(),
        Err(stopped) => stopped.to_string(),
    }
}

fn kept(held: Option<u64>) -> String {
    held.map_or("none: there is no slot".into(), |held| format!("{held} bytes"))
}

/// One life of a consumer. Says how it ended.
fn live<C: Consumer>(stage: &RefCell<Stage>, what: &str) -> Result<(), Stopped> {
    stage.borrow_mut().begins(what);
    let said = C::run(&mut LeaderPort(stage), &mut SinkPort(stage));
    match stage.borrow_mut().ends() {
        true => Err(Stopped::Crashed),
        false => said,
    }
}

/// A consumer that is started again when it was stopped.
struct Lives<'a> {
    stage: RefCell<Stage>,
    notes: &'a Recorder,
}

impl Lives<'_> {
    /// Runs until the leader shuts down.
    fn live<C: Consumer>(&self, what: &str) {
        let mut endings = Vec::new();
        for _ in 0..LIVES {
            let said = live::<C>(&self.stage, what);
            endings.push(ended(&said));
            self.notes.keep_run(&self.stage.borrow().trace);
            if !matches!(said, Err(Stopped::Crashed | Stopped::Disconnected)) {
                break;
            }
        }
        self.notes.step(what, endings);
    }

    fn whole<C: Consumer>(self) {
        self.live::<C>("the consumer runs");
        self.over();
    }

    /// Notes what came of it.
    fn over(&self) {
        let mut stage = self.stage.borrow_mut();
        let mut problems = stage.problems();
        problems.truncate(MOST_PROBLEMS);
        self.notes.step(PROBLEMS, problems);
        if stage.leader.has_more() {
            self.notes.step("the leader", "has not shut down yet");
        }
        let (here, there) = (stage.store.committed.tables.clone(), stage.leader.tables());
        let mut lines = differences(&here, &there);
        lines.extend(there.iter().map(|(table, rows)| format!("{table}: {} rows on the leader", rows.len())));
        self.notes.step("the sink, compared with the leader", lines);
        self.notes.step("log that the leader keeps for the slot", kept(stage.leader.held()));
        self.notes.keep_run(&stage.trace);
    }
}

/// Crashes before the first operation, then before the second, and so on, until a consumer gets through.
fn anywhere<C: Consumer>(stage: impl Fn(u64) -> Stage, notes: &Recorder) {
    let mut problems: Vec<String> = Vec::new();
    for crash in 1.. {
        let stage = RefCell::new(stage(crash));
        let mut said = Err(Stopped::Crashed);
        for _ in 0..LIVES {
            said = live::<C>(&stage, &format!("crashes before operation {crash}"));
            if !matches!(said, Err(Stopped::Crashed | Stopped::Disconnected)) {
                break;
            }
        }
        let mut stage = stage.into_inner();
        let mut wrong = stage.problems();
        if said.is_err() {
            wrong.push(ended(&said));
        }
        wrong.extend(differences(&stage.store.committed.tables, &stage.leader.tables()));
        let Some(at) = stage.crashed_at().map(str::to_owned) else {
            if problems.is_empty() {
                notes.keep_run(&stage.trace);
            }
            problems.extend(wrong.into_iter().take(1).map(|text| format!("without a crash: {text}")));
            break;
        };
        if let Some(text) = wrong.first() {
            if problems.is_empty() {
                notes.keep_run(&stage.trace);
            }
            problems.push(format!("after a crash before “{at}” (operation {crash}): {text}"));
            if problems.len() == MOST_PROBLEMS {
                break;
            }
        }
    }
    notes.step(PROBLEMS, problems);
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every consumer.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let problems = seen.steps.iter().filter(|step| step.what == PROBLEMS);
        let problems = problems.filter_map(|step| step.got.as_array()).flatten();
        let texts = problems.filter_map(|problem| problem.as_str());
        texts.map(|text| Violation::new("nothing-lost-nothing-twice", text)).collect()
    }
}
