//! What every picture must be: well formed, legible on its card in any theme, and told in words as well.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use replication_lab::history::{Action, History, Op, Witness};
use replication_lab::leaderless::{Leaderless, SetupError};
use replication_lab::time::Time;
use replication_lab::view::{
    Chart, Figure, HistoryTimeline, LagChart, LagReading, LagUnit, LatencyChart, SpaceTime, StateTimeline,
    Table,
};

/// One of every kind, of usual and of unusual contents.
fn figures() -> Result<Vec<(&'static str, Figure)>, SetupError> {
    let mut cluster = Leaderless::builder().clients(2).seed(3).build()?;
    cluster.write("c1", "x", "1")?;
    cluster.settle().crash("B")?;
    cluster.write(
        "c2",
        "x",
        "a value that is too long for the arrow on which it travels from node to node",
    )?;
    cluster.read("c1", "x")?;
    let trace = cluster.trace().cloned().unwrap_or_default();
    let history = cluster.history();
    let witness = Witness { operations: vec![1, 2], why: "they are looked at".into(), ..Witness::default() };
    let roles = [(0, "A", "leader"), (7, "A", "down"), (9, "B", "a candidate & more"), (10, "B", "<leader>")];
    let roles = roles.map(|(ms, node, role)| (Time::ms(ms), node, role));
    let lag = (0..50).map(|i| match i {
        20..30 => (Time::ms(i), LagReading::Down),
        40..50 => (Time::ms(i), LagReading::NoTraffic),
        _ => (Time::ms(i), LagReading::Lag(i as f64 * 1e5)),
    });
    let latencies = (0..2_000_u64).map(|i| Time::us(500 + i * i % 9_973));
    let lines = (0..9).map(|i| (f64::from(i), f64::from(i * i)));
    let edges = LagChart::new("Lag", LagUnit::Bytes)
        .follower("a follower with a name that is too long", lag)
        .band(Time::ms(1), Time::ms(2), "short, with a long name")
        .band(Time::ms(3), Time::ms(30), "longer")
        .band(Time::ms(49), Time::ms(49), "at the very end");
    Ok(vec![
        ("space-time", SpaceTime::of(&trace).mark([4]).witness(history, &witness).figure()),
        ("states", StateTimeline::new("Roles", roles).figure()),
        ("lag", edges.figure()),
        (
            "latency",
            LatencyChart::new("Latency")
                .series("R = 1", latencies.clone())
                .series("few", latencies.take(40))
                .figure(),
        ),
        ("history", HistoryTimeline::new("History", history).order([0, 1, 2]).witness(&witness).figure()),
        ("long history", HistoryTimeline::new("Long", &long_history()).witness(&witness).figure()),
        (
            "chart",
            Chart::new("Squares", "n", "n²").line("squares", lines.clone()).line("again", lines).figure(),
        ),
    ])
}

fn long_history() -> History {
    let op = |i: u64| Op {
        client: format!("client number {}", i % 5),
        key: "a key with a long name".into(),
        action: if i.is_multiple_of(3) {
            Action::Write(format!("value-{i}"))
        } else {
            Action::Read(vec!["value-0".into()])
        },
        began: Time::ms(7 * i),
        ended: (!i.is_multiple_of(7)).then(|| Time::ms(7 * i + 20)),
    };
    History((0..60).map(op).collect())
}

/// The SVG document inside an image.
fn document(figure: &Figure) -> String {
    let data =
        figure.as_html().split("base64,").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    String::from_utf8(STANDARD.decode(data).expect("an image is base64")).expect("SVG is UTF-8")
}

/// A text element: where it is, what it says and how.
#[derive(Debug)]
struct Text {
    left: f64,
    right: f64,
    baseline: f64,
    size: f64,
    fill: String,
    says: String,
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()
}

/// The upright texts of a document.
fn texts(document: &str) -> Vec<Text> {
    let elements = document.split("<text ").skip(1).filter_map(|rest| rest.split_once("</text>"));
    let read = |(element, _): (&str, &str)| {
        let (tag, says) = element.split_once('>')?;
        let tag = format!(" {tag}");
        let number = |name| attribute(&tag, name).and_then(|value| value.parse::<f64>().ok());
        let (x, size) = (number("x")?, number("font-size")?);
        let says = says.trim().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        // Narrower than any usual font: what overlaps by this estimate overlaps for every reader.
        let width = says.chars().count() as f64 * size * 0.45;
        let left = match attribute(&tag, "text-anchor") {
            Some("middle") => x - width / 2.0,
            Some("end") => x - width,
            _ => x,
        };
        let fill = attribute(&tag, "fill")?.to_owned();
        let upright = attribute(&tag, "transform").is_none();
        upright.then_some(Text { left, right: left + width, baseline: number("y")?, size, fill, says })
    };
    elements.filter_map(read).collect()
}

/// Contrast as WCAG 2.2 defines it.
fn contrast(a: &str, b: &str) -> f64 {
    let luminance = |colour: &str| {
        let channel = |at: usize| {
            let value = u8::from_str_radix(&colour[at..at + 2], 16).expect("colours are written as #rrggbb");
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn pictures_are_well_formed_images_without_scripts() -> Result<(), SetupError> {
    for (name, figure) in figures()? {
        assert!(figure.as_html().starts_with("<img alt=\""), "{name}");
        let document = document(&figure);
        assert!(!document.contains("<script") && !document.contains("href=\"http"), "{name}");
        let mut open: Vec<&str> = Vec::new();
        for tag in document.split('<').skip(1).filter(|tag| !tag.starts_with(['?', '!'])) {
            let (inside, text) =
                tag.split_once('>').unwrap_or_else(|| panic!("{name}: a tag without end: {tag}"));
            assert!(!text.contains('>'), "{name}: {text}");
            match inside.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop(), Some(closed), "{name}"),
                None if inside.ends_with('/') => {}
                None => open.push(inside.split([' ', '\n']).next().unwrap_or_default()),
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    }
    Ok(())
}

#[test]
fn pictures_lie_on_an_opaque_card() -> Result<(), SetupError> {
    for (name, figure) in figures()? {
        let document = document(&figure);
        // The cells of patterns come before the card in documents that have them.
        let card = document.split("<rect ").map(|rect| format!(" {rect}")).any(|rect| {
            let width = attribute(&rect, "width").and_then(|width| width.parse::<f64>().ok()).unwrap_or(0.0);
            width > 400.0 && attribute(&rect, "fill").is_some_and(|fill| fill.eq_ignore_ascii_case("#ffffff"))
        });
        assert!(card, "{name}");
    }
    Ok(())
}

#[test]
fn every_text_stands_out_from_the_card() -> Result<(), SetupError> {
    for (name, figure) in figures()? {
        for text in texts(&document(&figure)) {
            // The sign of a guilty operation is white on a dark disc.
            let against = if text.says == "!" { "#a84a00" } else { "#ffffff" };
            let contrast = contrast(&text.fill, against);
            assert!(contrast >= 4.5, "{name}: {text:?} has {contrast:.2}");
        }
    }
    Ok(())
}

#[test]
fn texts_neither_overlap_nor_leave_the_card() -> Result<(), SetupError> {
    for (name, figure) in figures()? {
        let document = document(&figure);
        let tag = document.split("<svg ").nth(1).and_then(|rest| rest.split('>').next()).unwrap_or_default();
        let tag = format!(" {tag}");
        let size = |name| attribute(&tag, name).and_then(|value| value.parse::<f64>().ok()).unwrap_or(0.0);
        let texts = texts(&document);
        for (i, text) in texts.iter().enumerate() {
            let inside = text.left >= 0.0 && text.right <= size("width") && text.baseline <= size("height");
            assert!(inside, "{name}: {text:?} is not on the card");
            for other in &texts[i + 1..] {
                let beside = text.right <= other.left || other.right <= text.left;
                let apart = (text.baseline - other.baseline).abs() >= text.size.min(other.size) * 0.8;
                assert!(beside || apart, "{name}: {text:?} and {other:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn the_same_values_give_the_same_picture() -> Result<(), SetupError> {
    assert_eq!(figures()?, figures()?);
    Ok(())
}

#[test]
fn text_forms_fit_a_terminal() -> Result<(), SetupError> {
    // A transcript's line is as long as the message.
    for (name, figure) in figures()?.into_iter().filter(|(name, _)| *name != "space-time") {
        for line in figure.as_text().lines() {
            assert!(line.chars().count() <= 110, "{name}: {line}");
        }
    }
    Ok(())
}

#[test]
fn a_long_history_in_words() {
    let figure = HistoryTimeline::new("Five clients", &long_history()).order([0, 1, 2, 3]).figure();
    insta::assert_snapshot!(figure.as_text());
}

#[test]
fn no_view_minds_strange_numbers() {
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0] {
        let figure = Chart::new("Odd", "x", "y").line("odd", [(odd, 1.0), (0.0, odd), (odd, odd)]).figure();
        let document = document(&figure);
        assert!(!document.contains("NaN") && !document.contains("inf"), "{odd}: {document}");
    }
    assert_eq!(Table::new(["a", "b"]).row(["1"]).row(["1", "2", "3"]).figure().as_text().lines().count(), 4);
}
