//! Answers of a class that are alike: evidence side by side, and never a verdict. Whoever looks decides, and asks the learners.
//!
//! 1. [`tokens`](fn@tokens): a text without what a copyist changes.
//! 2. [`prints`](fn@prints): its fingerprints, by winnowing.
//! 3. [`compare`](fn@compare): the pairs that share fingerprints which are neither the stub's nor many others'.
//! 4. [`same_wrong`](fn@same_wrong): the pairs whose answers are wrong in the same rare way, under the same seed.
//! 5. [`evidence`](fn@evidence): both put together, and [shown](Evidence::page).

mod behaviour;
mod code;
mod evidence;
mod shown;
mod tokens;
mod winnow;

pub use behaviour::{Same, same_wrong};
pub use code::{Alike, Compared, Run, Sieve, compare};
pub use evidence::{Code, Evidence, Identical, Lines, Pair, Passage, evidence};
pub(crate) use tokens::KEYWORDS;
pub use tokens::{Token, tokens};
pub use winnow::{Grain, Print, grams, prints};
