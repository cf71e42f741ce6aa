//! Situations played one after the other, until one breaks a rule.

use std::fmt;
use std::io;
use std::time::Duration;

use replication_lab::rng::{Rng, Stream};

use super::drill::{COMES_BACK, NO_PANIC};
use super::report::{Attack, Outcome, Story, Tested};
use super::shrink::shrink;
use super::{Drill, Findings, Rule, task};
use crate::exercise::{Answer, Ending, Observation, Task};
use crate::judge::Exercise;

/// How many situations, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many situations at most: the attack ends with the first that breaks a rule. Default 300, which takes a right
    /// answer a second or two in an optimised lab.
    pub situations: u64,
    /// The seed of the first situation; the next one has the next number. Default 1.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { situations: 300, seed: 1 }
    }
}

/// Somebody who plays situations against an answer.
pub trait Player {
    /// Plays tasks, in their order. Fewer observations than tasks: the rest was not played, because the one before it
    /// never came back or ended its process.
    ///
    /// # Errors
    /// This machine's, not the answer's.
    fn play(&mut self, tasks: &[Task]) -> io::Result<Vec<Observation>>;
}

/// How long one situation may take. A right answer needs milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

impl Player for &Answer {
    fn play(&mut self, tasks: &[Task]) -> io::Result<Vec<Observation>> {
        let mut seen = Vec::new();
        for task in tasks {
            let observation = self.observe(task, PATIENCE);
            let left_behind = matches!(observation.ending, Ending::TimedOut { .. });
            seen.push(observation);
            if left_behind {
                // Each further one would leave one more thread spinning.
                break;
            }
        }
        Ok(seen)
    }
}

/// An exercise for which there is no attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAttacked {
    exercise: String,
}

impl fmt::Display for NotAttacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = DRILLS.iter().map(|(id, _)| *id).collect();
        write!(f, "there is no attack on {}; there is one on {}", self.exercise, known.join(", "))
    }
}

impl std::error::Error for NotAttacked {}

type Attacker = fn(&mut dyn Player, &Settings) -> io::Result<Attack>;

/// The drills that can be attacked.
pub const DRILLS: &[(&str, Attacker)] = &[
    ("E9.1", hunt::<super::e9_1::Situation>),
    ("E9.2", hunt::<super::e9_2::Situation>),
    ("E9.3", hunt::<super::e9_3::Situation>),
    ("E9.4", hunt::<super::e9_4::Situation>),
    ("E9.5", hunt::<super::e9_5::Situation>),
];

/// Attacks an answer with 300 random situations. Shows what came of it below a notebook's cell.
///
/// # Examples
/// ```no_run
/// use grader::exercises::e9_5::{self, HashRing};
///
/// fn attacked<R: HashRing + 'static>() {
///     let attack = grader::attack(e9_5::answer::<R>());
///     if let Some(story) = attack.story() {
///         println!("{} is broken: {}\n{}", story.rule.name, story.happened, story.situation);
///     }
/// }
/// ```
pub fn attack(answer: Answer) -> Attack {
    attack_with(answer, &Settings::default())
}

/// As [`attack`], with other situations.
pub fn attack_with(answer: Answer, settings: &Settings) -> Attack {
    match attacked_by(answer.exercise(), &mut &answer, settings) {
        Ok(attacked) => attacked.expect("nothing but threads of this process takes part"),
        Err(unknown) => Attack {
            exercise: answer.exercise(),
            title: title(answer.exercise()),
            situations: 0,
            seed: settings.seed,
            rules: Vec::new(),
            outcome: Outcome::NotAttacked { why: unknown.to_string() },
        },
    }
}

/// Attacks whatever a player plays against.
///
/// # Errors
/// When there is no attack on the exercise; the inner error is the player's.
pub fn attacked_by(
    exercise: &str,
    player: &mut dyn Player,
    settings: &Settings,
) -> Result<io::Result<Attack>, NotAttacked> {
    match DRILLS.iter().find(|(id, _)| *id == exercise) {
        Some((_, attacker)) => Ok(attacker(player, settings)),
        None => Err(NotAttacked { exercise: exercise.to_owned() }),
    }
}

/// So many situations are played before anybody looks: a player may need a process for them.
const BATCH: u64 = 100;
/// So many of a batch's failures are shrunk, to find a small one.
const SHRUNK: usize = 4;

pub(super) fn hunt<D: Drill>(player: &mut dyn Player, settings: &Settings) -> io::Result<Attack> {
    let mut attack = Attack {
        exercise: D::EXERCISE,
        title: title(D::EXERCISE),
        situations: 0,
        seed: settings.seed,
        rules: D::RULES
            .iter()
            .chain([&NO_PANIC, &COMES_BACK])
            .map(|rule| Tested { rule: *rule, times: 0 })
            .collect(),
        outcome: Outcome::Survived,
    };
    while attack.situations < settings.situations {
        let first = settings.seed.wrapping_add(attack.situations);
        let drawn: Vec<(u64, D)> = (0..BATCH.min(settings.situations - attack.situations))
            .map(|place| first.wrapping_add(place))
            .map(|seed| (seed, D::draw(&mut Rng::new(seed, Stream::Faults))))
            .collect();
        let tasks: Vec<Task> = drawn.iter().map(|(_, situation)| task(situation, false)).collect();
        let mut seen = player.play(&tasks)?;
        if seen.len() < tasks.len() && !seen.last().is_some_and(never_came_back) {
            seen.push(ended());
        }
        let mut failed: Vec<(u64, &D, Rule)> = Vec::new();
        let before = attack.situations;
        for ((seed, situation), seen) in drawn.iter().zip(&seen) {
            if let Ending::Unfinished { message } = &seen.ending {
                attack.outcome = Outcome::Unfinished { message: message.clone() };
                return Ok(attack);
            }
            attack.situations += 1;
            let findings = findings(situation, seen);
            attack.count(&findings);
            if let Some((rule, _)) = gravest::<D>(&findings) {
                failed.push((*seed, situation, rule));
            }
        }
        // Of several rules that this batch breaks, the gravest is told.
        let gravity = |rule: &Rule| D::RULES.iter().position(|other| other == rule);
        let Some(rule) = failed.iter().map(|(.., rule)| *rule).min_by_key(gravity) else { continue };
        let after = failed
            .iter()
            .find(|(.., other)| *other == rule)
            .map_or(0, |(seed, ..)| seed.wrapping_sub(first) + 1);
        attack.situations = before + after;
        let mut smallest: Option<(u64, D, usize)> = None;
        for (seed, situation, _) in failed.iter().filter(|(_, _, other)| *other == rule).take(SHRUNK) {
            let small = if rule == COMES_BACK {
                // To wait for it again and again takes too long.
                (*situation).clone()
            } else {
                shrink((*situation).clone(), |smaller| {
                    let seen = player.play(&[task(smaller, false)])?;
                    let findings = findings(smaller, seen.first().unwrap_or(&ended()));
                    Ok(gravest::<D>(&findings).is_some_and(|(broken, _)| broken == rule))
                })?
            };
            let size = |of: &D| (of.events().len(), of.to_string().len());
            if smallest.as_ref().is_none_or(|(_, best, _)| size(&small) < size(best)) {
                smallest = Some((*seed, small, situation.events().len()));
            }
            if rule == COMES_BACK {
                break;
            }
        }
        if let Some((seed, situation, from)) = smallest {
            let seen = match rule == COMES_BACK {
                true => seen.into_iter().nth(drawn.iter().position(|(other, _)| *other == seed).unwrap_or(0)),
                false => player.play(&[task(&situation, true)])?.into_iter().next(),
            };
            let story = told(&situation, seed, from, attack.situations, seen.unwrap_or_else(ended));
            attack.outcome = Outcome::Broken(Box::new(story));
        }
        break;
    }
    Ok(attack)
}

fn title(exercise: &str) -> String {
    Exercise::find(exercise).map(|exercise| exercise.spec.title).unwrap_or_default()
}

fn never_came_back(seen: &Observation) -> bool {
    matches!(seen.ending, Ending::TimedOut { .. })
}

/// Stands for a situation in which the answer's process ended.
fn ended() -> Observation {
    let ending = Ending::Panicked { message: "the process ended".into(), at: None };
    Observation { steps: Vec::new(), ending, run: None }
}

fn findings<D: Drill>(situation: &D, seen: &Observation) -> Findings {
    let mut findings = Findings::default();
    let (mut panicked, mut waited) = (None, None);
    match &seen.ending {
        Ending::Panicked { message, at } => {
            let at = at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
            panicked = Some(format!("your code panicked{at}: {message}"));
        }
        Ending::TimedOut { after_ms } => {
            waited = Some(format!("your code did not come back within {after_ms} ms"))
        }
        Ending::Complete | Ending::Unfinished { .. } => situation.judge(&seen.steps, &mut findings),
    }
    findings.test(NO_PANIC.name, panicked.is_none(), || panicked.unwrap_or_default());
    findings.test(COMES_BACK.name, waited.is_none(), || waited.unwrap_or_default());
    findings
}

fn gravest<D: Drill>(findings: &Findings) -> Option<(Rule, &crate::judge::Violation)> {
    findings.gravest(&[NO_PANIC, COMES_BACK]).or_else(|| findings.gravest(D::RULES))
}

fn told<D: Drill>(situation: &D, seed: u64, from: usize, after: u64, seen: Observation) -> Story {
    let findings = findings(situation, &seen);
    let (rule, happened) = gravest::<D>(&findings)
        .map_or((NO_PANIC, "it did not happen again".to_owned()), |(rule, broken)| {
            (rule, broken.why.clone())
        });
    Story {
        seed,
        after,
        situation: situation.to_string(),
        events: [situation.events().len(), from],
        rule,
        happened,
        steps: condensed(seen.steps.iter().flat_map(D::tell)),
        run: seen.run,
    }
}

/// Lines of the form `7 s: what`, of which those that follow each other with the same `what` become one.
fn condensed(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut out: Vec<(String, String, String)> = Vec::new();
    for line in lines {
        let (when, what) = line.split_once(": ").unwrap_or(("", &line));
        match out.last_mut() {
            Some((_, last, same)) if same == what && when.ends_with(" s") => *last = when.to_owned(),
            _ => out.push((when.to_owned(), when.to_owned(), what.to_owned())),
        }
    }
    let line = |(first, last, what): (String, String, String)| match (first.is_empty(), first == last) {
        (true, _) => what,
        (_, true) => format!("{first}: {what}"),
        _ => format!("{first} to {last}: {what}"),
    };
    out.into_iter().map(line).collect()
}

impl Attack {
    fn count(&mut self, findings: &Findings) {
        for (name, times) in &findings.tested {
            if let Some(tested) = self.rules.iter_mut().find(|tested| tested.rule.name == *name) {
                tested.times += times;
            }
        }
    }
}
