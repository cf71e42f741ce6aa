//! The coding drills as they are often written on a whiteboard, and the smallest story that the attack finds against each.

use grader::exercise::Answer;
use grader::exercises as api;
use grader::judge::Audience;

#[path = "../examples/whiteboard/e9_3.rs"]
mod e9_3;

fn story(answer: Answer) -> String {
    grader::attack(answer).expect("there is an attack on it").text_for(Audience::Terminal)
}

#[test]
fn the_failover_monitor() {
    insta::assert_snapshot!(story(api::e9_3::answer::<e9_3::Watcher>()));
}
