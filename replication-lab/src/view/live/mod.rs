//! Figures that move, where scripts run.
//!
//! The still picture is the figure: on GitHub, in a notebook that is not trusted, in print and without scripts, the
//! `<img>` is all there is. A script behind it reads the SVG document out of the image, copies it into a shadow tree
//! and adds controls. What moves is in the document itself: `data-` attributes say when a shape is to be seen, and one
//! `<metadata>` holds the rest as JSON.
//!
//! | the metadata has | the figure becomes |
//! |---|---|
//! | `steps` | a player: the events of a trace, one by one |
//! | `knobs` | sliders: one frame for each setting, all of them drawn beforehand |
//!
//! # Limits
//! Every figure carries its whole script, 9 to 14 kB, for no output of a notebook may count on another. It loads
//! nothing. The copy is made by lists of names ([`ELEMENTS`], [`ATTRIBUTES`]): a picture with anything else loses it.
//! Nothing glides from place to place, whatever a reader's settings say about motion: pictures change in steps.

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::document;

use std::sync::LazyLock;

use super::palette::{BLUE, CARD, Colour, FRAME, GREY, INK, ORANGE, RULE, SHADE};

/// What brings a picture to life, and the class by which it knows its images.
pub(crate) struct Script {
    pub(crate) class: &'static str,
    pub(crate) text: String,
}

/// What the script copies of a picture, by name.
const ELEMENTS: &str = "svg g defs pattern marker title rect line path polygon polyline circle text";

/// The attributes that it copies. None of them can load or run anything.
const ATTRIBUTES: &str = "viewBox width height x y x1 x2 y1 y2 cx cy r rx ry dx dy d points fill fill-opacity stroke \
                          stroke-width stroke-dasharray stroke-linejoin stroke-linecap stroke-opacity opacity \
                          font-family font-size font-weight font-style text-anchor transform id patternUnits refX \
                          refY markerWidth markerHeight markerUnits orient marker-end display data-from data-until \
                          data-nodes data-message data-head data-grow data-label data-cursor data-in";

/// The colours of the controls, by the names that the style sheet has for them.
const COLOURS: [(&str, Colour); 8] = [
    ("@card", CARD),
    ("@ink", INK),
    ("@grey", GREY),
    ("@rule", RULE),
    ("@frame", FRAME),
    ("@shade", SHADE),
    ("@now", ORANGE.tint),
    ("@focus", BLUE.line),
];

/// Plays the events of a trace.
pub(crate) static PLAYER: LazyLock<Script> =
    LazyLock::new(|| script("live-player", include_str!("player.js")));

/// Turns knobs.
pub(crate) static SLIDERS: LazyLock<Script> =
    LazyLock::new(|| script("live-sliders", include_str!("sliders.js")));

/// The two are the same but for what they make of a picture.
fn script(class: &'static str, enliven: &str) -> Script {
    let source = [include_str!("common.js"), enliven, include_str!("start.js")].concat();
    let style = style();
    let names = [
        ("@STYLE@", style.as_str()),
        ("@ELEMENTS@", ELEMENTS),
        ("@ATTRIBUTES@", ATTRIBUTES),
        ("@CLASS@", class),
    ];
    let text = shortened(&source);
    let text = names.into_iter().fold(text, |text, (name, value)| text.replace(name, value));
    Script { class, text }
}

/// The style sheet of the controls, in one line.
fn style() -> String {
    let sheet = shortened(include_str!("controls.css")).replace('\n', "");
    COLOURS.iter().fold(sheet, |sheet, (name, colour)| {
        let Colour(red, green, blue) = colour;
        sheet.replace(name, &format!("#{red:02x}{green:02x}{blue:02x}"))
    })
}

/// A source without what only its own readers need: indentation, empty lines, comments on lines of their own.
fn shortened(source: &str) -> String {
    let lines = source.lines().map(str::trim);
    let kept = lines.filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with("/*"));
    kept.collect::<Vec<_>>().join("\n")
}
