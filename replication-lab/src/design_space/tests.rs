//! The spectrum, run.

use super::{Asks, Design, THREE_TWO, TWO_TWO_ONE, WaitsFor, explore, view};
use crate::comparison::Story;
use crate::time::Time;

#[test]
fn no_design_wins_every_axis() {
    let tables = [Story::Calm, Story::RegionLoss, Story::Partition].map(|story| {
        let seen = view::all(&Design::SPECTRUM, story).unwrap();
        format!("{story}\n{}", view::axes_table(&seen))
    });
    insta::assert_snapshot!(tables.join("\n"));
}

/// Five voters in two regions don't survive the region with three; in three regions they survive any.
#[test]
fn a_majority_in_two_regions_is_none_when_the_larger_is_lost() {
    let lost = |copies| {
        let design = Design { copies, waits_for: WaitsFor::Majority, asks: Asks::WhoKnows };
        explore(&design, Story::RegionLoss).unwrap().measured.without_writes
    };
    assert!(lost(THREE_TWO) > Time::s(150), "three clients wait for a whole minute: {}", lost(THREE_TWO));
    assert!(lost(TWO_TWO_ONE) < Time::s(60), "{}", lost(TWO_TWO_ONE));
}
