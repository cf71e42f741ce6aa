use proptest::prelude::*;

use super::merge::{grouped, merge, ranges};
use super::*;
use crate::view::canvas::Label;

fn knob(name: &'static str, values: usize, start: usize) -> Knob {
    Knob { name, means: "what it is", values: (1..=values).map(|value| value.to_string()).collect(), start }
}

/// Two knobs; what would be more of the second than of the first is impossible.
fn small() -> Figure {
    let sliders = Sliders {
        title: "Some of them",
        size: (300.0, 60.0),
        knobs: vec![knob("N", 3, 1), knob("W", 3, 0)],
        columns: vec!["left"],
    };
    sliders.figure(|setting| {
        let [n, w] = [setting[0] + 1, setting[1] + 1];
        let left = n.checked_sub(w)?;
        let mut canvas = Canvas::new();
        canvas.label(&Label::new("always", 10.0, 20.0));
        canvas.label(&Label::new(format!("{w} of them"), 10.0, 40.0));
        Some(Frame { canvas, says: vec![format!("{w} of {n}.")], row: vec![left.to_string()] })
    })
}

#[test]
fn the_text_form_has_the_start_the_knobs_and_the_grid() {
    insta::assert_snapshot!(small().as_text());
}

#[test]
fn the_still_picture_is_the_start() {
    let document = crate::view::live::document(&small());
    insta::assert_snapshot!(document);
}

#[test]
fn without_a_possible_setting_there_are_words() {
    let sliders = Sliders { title: "T", size: (9.0, 9.0), knobs: vec![knob("N", 3, 1)], columns: vec![] };
    assert_eq!(sliders.figure(|_| None).as_text(), "T: no setting is possible.");
}

#[test]
fn numbers_are_told_as_ranges() {
    assert_eq!(ranges(&[0, 1, 2, 5, 7, 8].into()), "0-2 5 7-8");
    assert_eq!(ranges(&[].into()), "");
}

proptest! {
    /// In every setting, what is seen is the frame's own drawing, in its own order of painting.
    #[test]
    fn every_frame_is_what_was_drawn(
        drawings in prop::collection::vec(prop::collection::vec("[a-f]", 0..12), 1..12)
    ) {
        let groups = grouped(merge(&drawings));
        for (place, drawing) in drawings.iter().enumerate() {
            let seen = groups.iter().filter(|(_, of)| of.contains(&place));
            let seen: Vec<&String> = seen.flat_map(|(shapes, _)| shapes).collect();
            prop_assert_eq!(seen, drawing.iter().collect::<Vec<_>>());
        }
    }

    /// Equal drawings are stored once.
    #[test]
    fn what_all_share_is_there_once(drawing in prop::collection::vec("[a-f]", 0..12), times in 1..5_usize) {
        prop_assert_eq!(merge(&vec![drawing.clone(); times]).len(), drawing.len());
    }
}
