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

/// Chapter 9 shows them, and says what the attack finds.
#[test]
fn the_chapter_shows_the_same_code() {
    let chapter = include_str!("../../notebooks/src/09-the-interview.md");
    let files = [
        include_str!("../examples/whiteboard/e9_1.rs"),
        include_str!("../examples/whiteboard/e9_2.rs"),
        include_str!("../examples/whiteboard/e9_3.rs"),
        include_str!("../examples/whiteboard/e9_4.rs"),
        include_str!("../examples/whiteboard/e9_5.rs"),
    ];
    for file in files {
        let items = file.split("\n\n").filter(|part| !part.starts_with("//!") && !part.starts_with("use "));
        for item in items {
            assert!(chapter.contains(item.trim_end()), "not in the chapter:\n{item}");
        }
    }
}
