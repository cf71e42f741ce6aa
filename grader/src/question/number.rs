//! Numbers as people write them.

/// A number read from text, and the forms in which it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// The value; a percentage is already divided by 100.
    pub value: f64,
    /// Whether it was written with `%`.
    pub percent: bool,
}

/// Reads `4`, `-1.5`, `150,000`, `150 000`, `150_000`, `50K`, `2/3`, `66.7 %`, `≈ 0.667`, and a number followed
/// by its `unit`.
///
/// Thousands may be set off by commas, blanks or underscores in groups of three; a comma elsewhere is not
/// understood, because `0,5` means a half to some readers and nothing to others.
pub fn read(text: &str, unit: Option<&str>) -> Option<Number> {
    let mut text = text.trim().trim_start_matches(['≈', '~', '=']).trim().to_lowercase();
    if let Some(unit) = unit.map(str::to_lowercase) {
        text = text.strip_suffix(&unit).unwrap_or(&text).trim_end().to_string();
    }
    let (text, percent) = match text.strip_suffix('%') {
        Some(rest) => (rest.trim_end().to_string(), true),
        None => (text, false),
    };
    let value = match text.split_once('/') {
        Some((above, below)) => {
            let below = plain(below.trim())?;
            if below == 0.0 {
                return None;
            }
            plain(above.trim())? / below
        }
        None => scaled(&text)?,
    };
    value.is_finite().then_some(Number { value: if percent { value / 100.0 } else { value }, percent })
}

fn scaled(text: &str) -> Option<f64> {
    let factor = match text.chars().last()? {
        'k' => 1e3,
        'm' => 1e6,
        _ => return plain(text),
    };
    Some(plain(text[..text.len() - 1].trim_end())? * factor)
}

fn plain(text: &str) -> Option<f64> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let groups: Vec<&str> = whole.split([',', ' ', '_', '\u{a0}']).collect();
    let grouped = groups.len() == 1 || (groups[1..].iter().all(|g| g.len() == 3) && !groups[0].is_empty());
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let sign_free = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let sound = grouped && digits(&sign_free.replace([',', ' ', '_', '\u{a0}'], ""));
    if !sound || !fraction.is_none_or(digits) || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: String = groups.concat();
    fraction.map_or_else(|| whole.parse().ok(), |f| format!("{whole}.{f}").parse().ok())
}

/// Whether `given` is `right`, give or take `tolerance`; the last digit of a binary fraction never decides.
pub fn near(given: f64, right: f64, tolerance: f64) -> bool {
    (given - right).abs() <= tolerance + 1e-9 * right.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let value = |text: &str| read(text, Some("reads/s")).map(|n| n.value);
        for (text, expected) in [
            ("4", 4.0),
            (" -1.5 ", -1.5),
            ("150,000", 150_000.0),
            ("150 000 reads/s", 150_000.0),
            ("150K", 150_000.0),
            (".5", 0.5),
            ("≈ 0.25", 0.25),
            ("1/4", 0.25),
            ("25 %", 0.25),
        ] {
            assert_eq!(value(text), Some(expected), "{text}");
        }
        for text in ["", "four", "0,5", "1/0", "1e3", "NaN", "4 or 5", "1.2.3", "k", "-", ",000", "."] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(value in -1_000_000i64..1_000_000) {
            let value = value as f64 / 64.0;
            prop_assert_eq!(read(&value.to_string(), None).map(|n| n.value), Some(value));
        }

        #[test]
        fn no_text_panics(text in ".{0,12}") {
            let _ = read(&text, Some("s"));
        }
    }
}
