//! Attacks on the report and on people.

use course_tests::classroom::{Class, attacked, sandbox, solution, wrong};

use super::{COURSE, attack, is_refused, printed};

/// What stands in a terminal's or an eye's way: escapes, a direction that turns, characters without width.
const TRICKS: [&str; 5] = ["\u{1b}[2J", "\u{202e}", "\u{200b}", "\u{9b}31m", "\u{7}"];

#[test]
fn a34_escapes_in_what_is_printed() {
    let result = attack(&wrong("println!(\"a\\u{1b}[2Jb\\u{202e}c\\u{200b}d\\u{9b}31me\\u{7}\");"));
    assert!(
        printed(&result).starts_with("a\\u{1B}[2Jb\\u{202E}c\\u{200B}d\\u{9B}31me\\u{7}\n"),
        "{result:#}"
    );
}

#[test]
fn a34_escapes_in_panics_and_in_errors_of_the_compiler() {
    let class = Class::default();
    class.submit("panics", &wrong("panic!(\"a\\u{1b}[2Jb\\u{202e}c\");"));
    class.submit("compiles-not", &format!("//! x\nconst {}: u8 = \"\u{1b}[2J\";", "X"));
    let arguments = [&["--exercise", "E6.1"], sandbox()].concat();
    let (code, stdout, stderr) = class.grade(COURSE, &arguments);
    assert_eq!(code, 0, "{stderr}");
    assert!(!TRICKS.iter().any(|trick| stdout.contains(trick)), "{stdout:?}");
    assert!(stdout.contains("\\u{1B}"), "{stdout}");
}

#[test]
fn a34_directions_that_turn_the_source() {
    is_refused(&attacked("/* \u{202e} } \u{2066} */"), "text_direction");
    is_refused(&attacked("let _ = \"\u{202e}\";"), "text_direction");
    let allowed = attacked("let _ = \"\u{202e}\";").replacen(
        "use grader",
        "#![allow(text_direction_codepoint_in_literal)]\nuse grader",
        1,
    );
    is_refused(&allowed, "E0453");
}

#[test]
fn a34_names_of_files_and_learners() {
    let class = Class::default();
    for (number, trick) in TRICKS.iter().enumerate() {
        class.submit(&format!("eve{number}{trick}"), &solution("e6_1"));
        class.put("bob", &format!("x{trick}.txt"), "x");
    }
    class.submit("bob", &solution("e6_1"));
    let arguments = [&["--exercise", "E6.1"], sandbox()].concat();
    let (code, stdout, _) = class.grade(COURSE, &arguments);
    assert_eq!(code, 0);
    assert!(!TRICKS.iter().any(|trick| stdout.contains(trick)), "{stdout:?}");
    let (_, json, _) = class.grade(COURSE, &[&arguments[..], &["--json"]].concat());
    assert!(!TRICKS.iter().any(|trick| json.contains(trick)), "{json:?}");
}
