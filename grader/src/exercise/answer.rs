//! A learner's code with its types erased, and how it is driven.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Once};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Ending, Observation, Recorder};

/// A scenario to drive an answer through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The scenario's id, unique within the exercise.
    pub scenario: String,
    /// Seed of all that is random in it.
    pub seed: u64,
}

type Drive = dyn Fn(&Task, &Recorder) + Send + Sync;

/// A learner's answer to one exercise, ready to be driven.
#[derive(Clone)]
pub struct Answer {
    exercise: &'static str,
    drive: Arc<Drive>,
}

impl Answer {
    /// An answer to `exercise` and how to drive it. Each exercise's module has a function that calls this.
    pub fn new(exercise: &'static str, drive: impl Fn(&Task, &Recorder) + Send + Sync + 'static) -> Self {
        Self { exercise, drive: Arc::new(drive) }
    }

    /// The exercise's id, such as `E6.1`.
    pub fn exercise(&self) -> &'static str {
        self.exercise
    }

    /// Drives the answer through one scenario, in a thread without a name. An answer that does not come back
    /// within `limit` is left behind: its thread goes on until the process ends.
    pub fn observe(&self, task: &Task, limit: Duration) -> Observation {
        let recorder = Recorder::default();
        let (done, ended) = channel();
        let (drive, for_thread, for_task) = (self.drive.clone(), recorder.clone(), task.clone());
        std::thread::spawn(move || {
            let ending = without_panic_output(|| drive(&for_task, &for_thread));
            // The receiver is gone after a time-out: then nobody waits for the ending.
            let _ = done.send(ending);
        });
        let ending = match ended.recv_timeout(limit) {
            Ok(ending) => ending,
            Err(RecvTimeoutError::Timeout) => Ending::TimedOut { after_ms: limit.as_millis() as u64 },
            Err(RecvTimeoutError::Disconnected) => {
                Ending::Panicked { message: "the thread of the answer died".into(), at: None }
            }
        };
        recorder.observation(ending)
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("exercise", &self.exercise).finish_non_exhaustive()
    }
}

thread_local! {
    /// On a thread that drives an answer: where it panicked, once it has.
    static PANICKED_AT: RefCell<Option<Option<String>>> = const { RefCell::new(None) };
}

/// Runs `work` on this thread and turns a panic into an ending; other threads' panics print as ever.
fn without_panic_output(work: impl FnOnce()) -> Ending {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let ours = PANICKED_AT.with_borrow_mut(|at| match at {
                Some(at) => {
                    *at = info.location().and_then(place);
                    true
                }
                None => false,
            });
            if !ours {
                previous(info);
            }
        }));
    });
    PANICKED_AT.set(Some(None));
    let caught = catch_unwind(AssertUnwindSafe(work));
    let place = PANICKED_AT.take().flatten();
    match caught {
        Ok(()) => Ending::Complete,
        Err(payload) => ending_of_panic(payload.as_ref(), place),
    }
}

/// A place in a file that the reader knows. What a notebook's cell is compiled in has a name of its own and lines that
/// depend on the cells before.
fn place(at: &std::panic::Location<'_>) -> Option<String> {
    (at.file() != "src/lib.rs").then(|| format!("{}:{}", at.file(), at.line()))
}

fn ending_of_panic(payload: &(dyn Any + Send), at: Option<String>) -> Ending {
    let message = payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without a message".into());
    for stub in ["not yet implemented", "not implemented"] {
        if let Some(rest) = message.strip_prefix(stub) {
            return Ending::Unfinished { message: rest.trim_start_matches(": ").to_owned() };
        }
    }
    Ending::Panicked { message, at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observe(drive: impl Fn(&Task, &Recorder) + Send + Sync + 'static, limit_ms: u64) -> Observation {
        let task = Task { scenario: "any".into(), seed: 1 };
        Answer::new("E0.0", drive).observe(&task, Duration::from_millis(limit_ms))
    }

    #[test]
    fn what_was_noted_before_a_panic_is_kept() {
        let seen = observe(
            |_, notes| {
                notes.step("first", 1);
                panic!("out of range");
            },
            10_000,
        );
        assert_eq!(seen.steps.len(), 1);
        assert!(matches!(seen.ending, Ending::Panicked { message, .. } if message == "out of range"));
    }

    #[test]
    fn a_stub_is_unfinished_not_wrong() {
        let seen = observe(|_, _| todo!("count the acks"), 10_000);
        assert_eq!(seen.ending, Ending::Unfinished { message: "count the acks".into() });
    }

    #[test]
    fn an_answer_that_never_ends_is_given_up() {
        let seen = observe(
            |_, _| {
                loop {
                    std::hint::spin_loop();
                    std::thread::yield_now();
                }
            },
            50,
        );
        assert_eq!(seen.ending, Ending::TimedOut { after_ms: 50 });
    }
}
