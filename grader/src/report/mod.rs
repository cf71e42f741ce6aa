//! Reports: [`Results`](crate::grading::Results) in the forms of other programs and for people's eyes.
//!
//! Every form is a pure function in a module of its own; `course report` reads and writes. All texts in results come
//! from strangers, and each form makes them harmless in its own way: the tests put the same hostile texts
//! everywhere into every form and read it back as its readers do.
//!
//! - [`item`](mod@item): what most forms have a line for: a scenario or a part of a question, with its share of the points.
//! - [`Statistics`]: a class in numbers.
//! - Of one learner: [`gradescope`], [`classroom50`], [`github`](mod@github), [`exercism`], [`markdown::learner`].
//! - Of the class: [`nbgrader`], [`junit`], [`spreadsheet`], [`markdown::class`], [`html`], [`terminal`].

pub mod classroom50;
pub mod exercism;
pub mod github;
pub mod gradescope;
pub mod html;
pub mod item;
pub mod junit;
pub mod markdown;
pub mod nbgrader;
pub mod spreadsheet;
pub mod statistics;
pub mod terminal;
mod words;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod schema;

pub use item::{Came, Item, items, items_of_exercise};
pub use statistics::Statistics;
