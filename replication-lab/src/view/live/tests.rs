//! What the scripts need of the pictures, and the pictures of the scripts.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::causality::CausalGraph;
use crate::leader_follower::{Weather, timeout_sweep};
use crate::quorum::quorum_calculator;
use crate::time::Time;
use crate::trace::samples::every_event;
use crate::view::palette::contrast;
use crate::view::{Chart, Figure, SpaceTime, StateTimeline};

/// The SVG document in a figure's image.
pub(crate) fn document(figure: &Figure) -> String {
    let data = figure.as_html().split("base64,").nth(1).and_then(|rest| rest.split('"').next());
    String::from_utf8(STANDARD.decode(data.unwrap()).unwrap()).unwrap()
}

fn figures() -> [Figure; 3] {
    [SpaceTime::of(&every_event()).figure(), quorum_calculator(), timeout_sweep(&Weather::default()).unwrap()]
}

#[test]
fn the_scripts_are_small() {
    assert!(PLAYER.text.len() <= 14_000, "{}", PLAYER.text.len());
    assert!(SLIDERS.text.len() <= 9_000, "{}", SLIDERS.text.len());
}

#[test]
fn a_figure_is_an_image_and_a_script_and_loads_nothing() {
    for figure in figures() {
        let html = figure.as_html();
        assert!(html.starts_with("<img alt=\"") && html.ends_with("</script>"));
        assert_eq!(html.matches("<script>").count(), 1);
        assert_eq!(html.matches("</script").count(), 1);
        assert_eq!(html.matches("http").count(), html.matches("http://www.w3.org/2000/svg").count());
        // A dollar would make a formula of it, `-->` and `<!--` a comment.
        assert!(!html.contains('$') && !html.contains("<!--") && !html.contains("-->"));
        assert_eq!(document(&figure).matches("http").count(), 1);
    }
}

#[test]
fn no_placeholder_is_left_in_the_scripts() {
    for script in [&PLAYER.text, &SLIDERS.text] {
        assert!(!script.replace("@media", "").contains('@'), "{script}");
        // Where spaces go, these would become one sign.
        assert!(!script.contains("++") && !script.contains("--"), "{script}");
    }
}

#[test]
fn the_script_copies_whatever_the_pictures_have() {
    let (elements, attributes): (BTreeSet<&str>, BTreeSet<&str>) =
        (ELEMENTS.split_whitespace().collect(), ATTRIBUTES.split_whitespace().collect());
    let chart =
        Chart::new("Lines", "x", "y").line("a", [(0.0, 1.0), (1.0, 2.0)]).line("b", [(0.0, 2.0)]).figure();
    let roles = StateTimeline::new("Roles", [(Time::ms(0), "A", "leader"), (Time::ms(5), "A", "down")]);
    let others = [chart, CausalGraph::three_processes().figure(), roles.figure()];
    for figure in figures().into_iter().chain(others) {
        let document = document(&figure);
        for tag in document.split('<').skip(1).filter(|tag| !tag.starts_with(['/', '?', '!'])) {
            let tag = tag.split('>').next().unwrap().trim_end_matches('/');
            let (name, rest) = tag.split_once(' ').unwrap_or((tag, ""));
            assert!(elements.contains(name) || name == "metadata", "{name}");
            // Names stand before an equals sign, outside the quotes.
            let names = rest.split('"').step_by(2).filter_map(|part| part.trim().strip_suffix('='));
            for name in names.filter(|name| *name != "xmlns") {
                assert!(attributes.contains(name), "{name} of {tag}");
            }
        }
    }
}

#[test]
fn what_is_copied_can_neither_load_nor_run_anything() {
    let names: Vec<&str> = ELEMENTS.split_whitespace().chain(ATTRIBUTES.split_whitespace()).collect();
    for unsafe_name in
        ["script", "style", "foreignObject", "use", "image", "a", "animate", "set", "href", "xlink:href"]
    {
        assert!(!names.contains(&unsafe_name), "{unsafe_name}");
    }
    assert!(!names.iter().any(|name| name.starts_with("on")));
}

#[test]
fn controls_stand_out() {
    for (text, ground) in [(INK, CARD), (INK, SHADE), (GREY, CARD), (INK, ORANGE.tint), (GREY, ORANGE.tint)] {
        assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
    }
    for (edge, ground) in
        [(RULE, CARD), (RULE, SHADE), (BLUE.line, CARD), (BLUE.line, SHADE), (INK, ORANGE.tint)]
    {
        assert!(contrast(edge, ground) >= 3.0, "{edge:?} on {ground:?}");
    }
    // Arrows and their texts lie on the row of the event that is shown.
    for hue in [BLUE, super::super::palette::VERMILION] {
        assert!(contrast(hue.line, ORANGE.tint) >= 3.0, "{hue:?}");
        assert!(contrast(hue.ink, ORANGE.tint) >= 4.5, "{hue:?}");
    }
}

#[test]
fn comments_and_indentation_stay_at_home() {
    assert_eq!(shortened("  // why\n\n  a();\n/* b */\n"), "a();");
}
