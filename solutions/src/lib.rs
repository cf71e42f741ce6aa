//! Reference solutions: one file an exercise, the single source of the stubs in `exercises/`.
//!
//! What stands between `// BEGIN SOLUTION …` and `// END SOLUTION` is the solution; in the stub, the text behind
//! `BEGIN SOLUTION` stands there instead.

pub mod e6_1;

use grader::exercise::Answer;

/// All reference solutions, ready to be driven.
pub fn answers() -> Vec<Answer> {
    vec![grader::exercises::e6_1::answer(e6_1::quorum)]
}
