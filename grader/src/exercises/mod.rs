//! The exercises: each module has the API to implement, `answer(…)` that wraps a learner's code, and, with the
//! feature `judge`, the invariants that hold for every right answer.
//!
//! Titles, points, hints and mutants are data: `grader/exercises/E….toml`. The expected observations are the
//! snapshots of the reference: `grader/snapshots/E….snap`.

pub mod e0_1;
pub mod e0_2;
pub mod e10_1;
pub mod e10_2;
pub mod e10_3;
pub mod e10_4;
pub mod e1_1;
pub mod e1_2;
pub mod e1_3;
pub mod e1_4;
pub mod e1_5;
pub mod e2_1;
pub mod e2_2;
pub mod e2_3;
pub mod e2_4;
pub mod e3_1;
pub mod e3_2;
pub mod e3_3;
pub mod e3_4;
pub mod e4_1;
pub mod e4_2;
pub mod e4_3;
pub mod e4_4;
pub mod e4_5;
pub mod e5_1;
pub mod e5_2;
pub mod e5_3;
pub mod e5_4;
pub mod e5_5;
pub mod e6_1;
pub mod e6_2;
pub mod e6_3;
pub mod e6_4;
pub mod e7_1;
pub mod e7_2;
pub mod e7_3;
pub mod e7_4;
pub mod e7_5;
pub mod e8_1;
pub mod e8_2;
pub mod e8_3;
pub mod e8_4;
pub mod e9_1;
pub mod e9_2;
pub mod e9_3;
pub mod e9_4;
pub mod e9_5;
mod merging;
mod number;
mod routing;

/// What the judge needs to know of an exercise's module.
#[cfg(feature = "judge")]
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The exercise's id.
    pub id: &'static str,
    /// Text of its data file.
    pub spec: &'static str,
    /// Text of the snapshot of the reference's observations.
    pub reference: &'static str,
    /// Text of the snapshot of the mutants' observations.
    pub mutants: &'static str,
    /// What holds for every right answer; see [`Invariants`](crate::judge::Invariants).
    pub invariants: crate::judge::Invariants,
}

#[cfg(feature = "judge")]
macro_rules! entries {
    ($($id:literal: $module:ident),+ $(,)?) => {
        /// All exercises, in the order of the chapters.
        pub const ALL: &[Entry] = &[$(Entry {
            id: $id,
            spec: include_str!(concat!("../../exercises/", $id, ".toml")),
            reference: include_str!(concat!("../../snapshots/", $id, ".snap")),
            mutants: include_str!(concat!("../../snapshots/", $id, ".mutants.snap")),
            invariants: $module::invariants,
        }),+];
    };
}

#[cfg(feature = "judge")]
entries! {
    "E0.1": e0_1,
    "E0.2": e0_2,
    "E1.1": e1_1,
    "E1.2": e1_2,
    "E1.3": e1_3,
    "E1.4": e1_4,
    "E1.5": e1_5,
    "E2.1": e2_1,
    "E2.2": e2_2,
    "E2.3": e2_3,
    "E2.4": e2_4,
    "E3.1": e3_1,
    "E3.2": e3_2,
    "E3.3": e3_3,
    "E3.4": e3_4,
    "E4.1": e4_1,
    "E4.2": e4_2,
    "E4.3": e4_3,
    "E4.4": e4_4,
    "E4.5": e4_5,
    "E5.1": e5_1,
    "E5.2": e5_2,
    "E5.3": e5_3,
    "E5.4": e5_4,
    "E5.5": e5_5,
    "E6.1": e6_1,
    "E6.2": e6_2,
    "E6.3": e6_3,
    "E6.4": e6_4,
    "E7.1": e7_1,
    "E7.2": e7_2,
    "E7.3": e7_3,
    "E7.4": e7_4,
    "E7.5": e7_5,
    "E8.1": e8_1,
    "E8.2": e8_2,
    "E8.3": e8_3,
    "E8.4": e8_4,
    "E9.1": e9_1,
    "E9.2": e9_2,
    "E9.3": e9_3,
    "E9.4": e9_4,
    "E9.5": e9_5,
    "E10.1": e10_1,
    "E10.2": e10_2,
    "E10.3": e10_3,
    "E10.4": e10_4,
}
