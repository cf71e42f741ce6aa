//! The colours of every picture.
//!
//! Pictures lie on an opaque light card, in light and dark pages alike. They are shown as `<img>`, which sees the
//! theme of the operating system (`prefers-color-scheme`) but not the one that JupyterLab is set to: a picture that
//! adapted itself would be wrong for everyone whose two themes differ.
//!
//! Hues are those of Okabe & Ito (*Color universal design*, 2008), which people with any kind of colour vision tell
//! apart. Only blue, vermilion, bluish green and reddish purple stand out enough as lines on white (3:1, WCAG 2.2,
//! 1.4.11); orange and sky blue are darkened. Text takes a darker shade of its hue, of at least 4.5:1 (1.4.3). No
//! picture says anything by colour alone: shapes, dashes, patterns or words say it too.

use plotters::style::RGBColor;
use svg::node::Value;

/// A colour, as red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl From<Colour> for Value {
    fn from(Colour(red, green, blue): Colour) -> Value {
        Value::from(format!("#{red:02x}{green:02x}{blue:02x}"))
    }
}

impl From<Colour> for RGBColor {
    fn from(Colour(red, green, blue): Colour) -> RGBColor {
        RGBColor(red, green, blue)
    }
}

/// What pictures are drawn on.
pub(crate) const CARD: Colour = Colour(0xff, 0xff, 0xff);
/// The card's edge, and lines that only guide the eye.
pub(crate) const FRAME: Colour = Colour(0xd3, 0xd7, 0xdd);
/// Behind column heads and boxes.
pub(crate) const SHADE: Colour = Colour(0xf2, 0xf4, 0xf7);
/// Text.
pub(crate) const INK: Colour = Colour(0x1a, 0x1a, 0x1a);
/// Text of second rank, such as times.
pub(crate) const GREY: Colour = Colour(0x59, 0x59, 0x59);
/// Lines of second rank, such as axes.
pub(crate) const RULE: Colour = Colour(0x80, 0x80, 0x80);

/// One hue in three shades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hue {
    /// For lines and marks: at least 3:1 on the card.
    pub(crate) line: Colour,
    /// For text: at least 4.5:1 on the card and on its own tint.
    pub(crate) ink: Colour,
    /// For areas: black text and text of its own hue have at least 4.5:1 on it.
    pub(crate) tint: Colour,
}

pub(crate) const BLUE: Hue =
    Hue { line: Colour(0x00, 0x72, 0xb2), ink: Colour(0x00, 0x5f, 0x96), tint: Colour(0xd6, 0xe9, 0xf5) };
pub(crate) const VERMILION: Hue =
    Hue { line: Colour(0xd5, 0x5e, 0x00), ink: Colour(0xa8, 0x4a, 0x00), tint: Colour(0xfd, 0xec, 0xe0) };
pub(crate) const GREEN: Hue =
    Hue { line: Colour(0x00, 0x9e, 0x73), ink: Colour(0x00, 0x70, 0x4f), tint: Colour(0xd3, 0xef, 0xe6) };
pub(crate) const PURPLE: Hue =
    Hue { line: Colour(0xcc, 0x79, 0xa7), ink: Colour(0x9c, 0x3f, 0x73), tint: Colour(0xf6, 0xe3, 0xed) };
pub(crate) const ORANGE: Hue =
    Hue { line: Colour(0xb3, 0x7b, 0x00), ink: Colour(0x80, 0x58, 0x00), tint: Colour(0xfb, 0xec, 0xcb) };
pub(crate) const SKY: Hue =
    Hue { line: Colour(0x2f, 0x8f, 0xc9), ink: Colour(0x1b, 0x68, 0x98), tint: Colour(0xe1, 0xf2, 0xfc) };

/// The hues of series and states, in the order in which they are given out.
pub(crate) const HUES: [Hue; 6] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY];

/// The hue of the series or state at a place; they begin again after six.
pub(crate) fn hue(place: usize) -> Hue {
    HUES[place % HUES.len()]
}

/// Contrast of two colours, from 1 to 21 (WCAG 2.2, relative luminance).
#[cfg(test)]
pub(crate) fn contrast(a: Colour, b: Colour) -> f64 {
    let luminance = |Colour(red, green, blue): Colour| {
        let linear = |channel: u8| match f64::from(channel) / 255.0 {
            low if low <= 0.04045 => low / 12.92,
            high => libm::pow((high + 0.055) / 1.055, 2.4),
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_runs_from_1_to_21() {
        assert_eq!(contrast(CARD, CARD), 1.0);
        assert_eq!(contrast(Colour(0, 0, 0), Colour(255, 255, 255)), 21.0);
    }

    #[test]
    fn every_text_stands_out_from_everything_it_may_lie_on() {
        let mut pairs = vec![(GREY, CARD), (INK, CARD), (GREY, SHADE), (INK, SHADE)];
        for hue in HUES {
            pairs.extend([(hue.ink, CARD), (hue.ink, SHADE), (hue.ink, hue.tint)]);
            pairs.extend([(INK, hue.tint), (GREY, hue.tint)]);
        }
        for (text, under) in pairs {
            let contrast = contrast(text, under);
            assert!(contrast >= 4.5, "{text:?} on {under:?}: {contrast:.2}");
        }
    }

    #[test]
    fn every_line_stands_out_from_the_card() {
        for line in HUES.map(|hue| hue.line).into_iter().chain([RULE]) {
            assert!(contrast(line, CARD) >= 3.0, "{line:?}: {:.2}", contrast(line, CARD));
        }
    }

    #[test]
    fn an_arrow_stands_out_from_a_partition() {
        for line in [BLUE.line, VERMILION.line, RULE] {
            assert!(contrast(line, VERMILION.tint) >= 3.0, "{line:?}");
        }
    }
}
