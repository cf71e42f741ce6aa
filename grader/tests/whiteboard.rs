//! The coding drills as they are often written on a whiteboard, and the smallest story that the attack finds against each.

use grader::exercise::Answer;
use grader::exercises as api;
use grader::judge::Audience;

#[path = "../examples/whiteboard/e9_1.rs"]
mod e9_1;
#[path = "../examples/whiteboard/e9_2.rs"]
mod e9_2;
#[path = "../examples/whiteboard/e9_3.rs"]
mod e9_3;
#[path = "../examples/whiteboard/e9_4.rs"]
mod e9_4;
#[path = "../examples/whiteboard/e9_5.rs"]
mod e9_5;

fn story(answer: Answer) -> String {
    grader::attack(answer).text_for(Audience::Terminal)
}

#[test]
fn the_quorum_client() {
    insta::assert_snapshot!(story(api::e9_1::answer::<e9_1::Keeper, e9_1::Client>()));
}

#[test]
fn the_router() {
    insta::assert_snapshot!(story(api::e9_2::answer::<e9_2::Tracker>()));
}

#[test]
fn the_failover_monitor() {
    insta::assert_snapshot!(story(api::e9_3::answer::<e9_3::Watcher>()));
}

#[test]
fn the_stream() {
    insta::assert_snapshot!(story(api::e9_4::answer::<e9_4::Wal, e9_4::Primary, e9_4::Standby>()));
}

#[test]
fn the_ring() {
    insta::assert_snapshot!(story(api::e9_5::answer::<e9_5::Ring>()));
}
