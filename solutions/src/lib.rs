//! Reference solutions: one file an exercise, the single source of the stubs in `exercises/`.
//!
//! What stands between `// BEGIN SOLUTION …` and `// END SOLUTION` is the solution; in the stub, the text behind
//! `BEGIN SOLUTION` stands there instead.

pub mod e6_1;
pub mod e6_2;
pub mod e6_3;
pub mod e6_4;
pub mod e9_1;

use grader::exercise::Answer;

/// All reference solutions, ready to be driven.
pub fn answers() -> Vec<Answer> {
    vec![
        grader::exercises::e6_1::answer(e6_1::quorum),
        grader::exercises::e6_2::answer::<e6_2::Ring>(),
        grader::exercises::e6_3::answer(e6_3::required, e6_3::overlap_guaranteed),
        grader::exercises::e6_4::answer::<e6_4::Keeper>(),
        grader::exercises::e9_1::answer::<e9_1::Keeper, e9_1::Client>(),
    ]
}
