//! What an exercise is, without what decides about it.
//!
//! A *task* names a scenario and its seed. An *answer* is a learner's code with its types erased: given a task,
//! it drives the code in the lab and notes what happened. The notes are the *observation*: plain data that holds
//! only what the specification determines, so that two right answers yield the same one.

mod answer;
mod observation;
mod recorder;

pub use answer::{Answer, Task};
pub use observation::{Ending, Observation, Step};
pub use recorder::Recorder;
