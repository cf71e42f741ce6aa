//! One published value beside the lab's.

use std::fmt;

use serde::{Serialize, Serializer};

use super::estimate::Estimate;
use crate::view::Table;

/// What a result is about: one section of the collection of published results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// How stale reads from partial quorums are.
    Staleness,
    /// How long Raft needs for a new leader.
    Elections,
    /// How evenly consistent hashing spreads keys.
    Hashing,
    /// When failure detectors convict.
    Detectors,
    /// Which values a store keeps side by side.
    Siblings,
}

impl Section {
    /// All sections, in order.
    pub const ALL: [Section; 5] =
        [Section::Staleness, Section::Elections, Section::Hashing, Section::Detectors, Section::Siblings];

    /// Its number, from 1.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The section with a number; nothing if there is none.
    pub fn of(number: u8) -> Option<Section> {
        Self::ALL.into_iter().find(|section| section.number() == number)
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Section::Staleness => "PBS: how stale are partial quorums?",
            Section::Elections => "Raft elections",
            Section::Hashing => "Consistent hashing",
            Section::Detectors => "Failure detectors",
            Section::Siblings => "Versions and siblings",
        })
    }
}

impl Serialize for Section {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

/// A number or a text that can be published, or measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A number, in the unit that the row names.
    Number(f64),
    /// A text, such as the values that a store keeps.
    Text(String),
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl fmt::Display for Value {
    /// Whole numbers as they are, all others with four significant digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(x) if x.fract() == 0.0 && x.abs() < 1e6 => write!(f, "{x:.0}"),
            Value::Number(x) if x.abs() < 1e-3 => write!(f, "{x:.2e}"),
            Value::Number(x) => {
                let digits = 3 - libm::floor(libm::log10(x.abs())) as i32;
                write!(f, "{x:.*}", digits.clamp(0, 6) as usize)
            }
            Value::Text(text) => f.write_str(text),
        }
    }
}

/// How far the lab's value may be from the one that it is held against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tolerance {
    /// Not at all.
    Exact,
    /// So much, in the row's unit.
    Absolute(f64),
    /// So much, as a share of the value that it is held against.
    Relative(f64),
    /// The other way round: the published value, one draw from a distribution, must be in this range of the lab's.
    Range(f64, f64),
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| Value::Number((share * 1e6).round() / 1e4);
        match self {
            Tolerance::Exact => f.write_str("equal"),
            Tolerance::Absolute(distance) => write!(f, "±{}", trimmed(&Value::Number(*distance).to_string())),
            Tolerance::Relative(share) => write!(f, "±{} %", trimmed(&percent(*share).to_string())),
            Tolerance::Range(low, high) => write!(f, "{}–{}", Value::Number(*low), Value::Number(*high)),
        }
    }
}

fn trimmed(number: &str) -> &str {
    if number.contains('.') && !number.contains('e') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

/// How many standard errors a value may be off where chance alone moves it further than its tolerance: with four, one
/// right value in sixteen thousand is taken for a wrong one.
pub const STANDARD_ERRORS: f64 = 4.0;

/// A published value, the lab's, and whether they agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Where it belongs.
    pub section: Section,
    /// What was measured, with its unit and the lab's means.
    pub what: String,
    /// What was published; nothing if nobody did.
    pub published: Option<Value>,
    /// What a second, independent computation gave: a formula, or a Monte-Carlo run of thirty million trials
    /// outside the lab.
    pub reference: Option<Value>,
    /// The lab's value.
    pub measured: Value,
    /// The standard error of the lab's value, 0 where no chance is involved.
    pub standard_error: f64,
    /// What the lab's value may be off from the reference, or from the published value where there is no reference;
    /// where four standard errors are more, they count instead.
    pub tolerance: Tolerance,
    /// Whether it is no further off.
    pub holds: bool,
}

impl Row {
    /// A row with a number of the lab's.
    pub fn number(section: Section, what: impl Into<String>, measured: Estimate) -> Self {
        let row = Self::text(section, what, "");
        Self { measured: Value::Number(measured.value), standard_error: measured.standard_error, ..row }
    }

    /// A row with a text of the lab's.
    pub fn text(section: Section, what: impl Into<String>, measured: &str) -> Self {
        Self {
            section,
            what: what.into(),
            published: None,
            reference: None,
            measured: measured.into(),
            standard_error: 0.0,
            tolerance: Tolerance::Exact,
            holds: false,
        }
    }

    /// The row with what was published, if anything was.
    pub fn published(mut self, value: Option<impl Into<Value>>) -> Self {
        self.published = value.map(Into::into);
        self.judged()
    }

    /// The row with a reference.
    pub fn reference(mut self, value: impl Into<Value>) -> Self {
        self.reference = Some(value.into());
        self.judged()
    }

    /// The row with a tolerance.
    pub fn within(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self.judged()
    }

    /// What the lab's value is held against.
    fn standard(&self) -> Option<&Value> {
        self.reference.as_ref().or(self.published.as_ref())
    }

    /// How far a number may be off by its tolerance alone.
    fn distance(&self, standard: f64) -> f64 {
        match self.tolerance {
            Tolerance::Absolute(distance) => distance,
            Tolerance::Relative(share) => share * standard.abs(),
            Tolerance::Exact | Tolerance::Range(..) => 0.0,
        }
    }

    fn judged(mut self) -> Self {
        self.holds = match (self.standard(), &self.measured, self.tolerance) {
            (Some(Value::Text(standard)), Value::Text(measured), _) => standard == measured,
            (Some(Value::Number(standard)), _, Tolerance::Range(low, high)) => {
                (low..=high).contains(standard)
            }
            (Some(Value::Number(standard)), Value::Number(measured), _) => {
                let allowed = self.distance(*standard).max(STANDARD_ERRORS * self.standard_error);
                // Written so that what is not a number does not hold.
                (measured - standard).abs() <= allowed
            }
            _ => false,
        };
        self
    }

    /// What decided: the tolerance, or the standard errors where they are more.
    fn allowed(&self) -> String {
        match (self.standard(), self.tolerance) {
            (Some(Value::Number(standard)), Tolerance::Absolute(_) | Tolerance::Relative(_))
                if self.distance(*standard) < STANDARD_ERRORS * self.standard_error =>
            {
                format!("{STANDARD_ERRORS} std. errors")
            }
            (_, tolerance) => tolerance.to_string(),
        }
    }
}

/// All rows as one table.
pub fn table(rows: &[Row]) -> Table {
    let header = ["what", "published", "reference", "lab", "std. error", "tolerance", "holds"];
    let optional = |value: &Option<Value>| value.as_ref().map_or("–".to_owned(), Value::to_string);
    rows.iter().fold(Table::new(header), |table, row| {
        let error = match row.standard_error {
            0.0 => "–".to_owned(),
            error => format!("±{error:.1e}"),
        };
        table.row([
            row.what.clone(),
            optional(&row.published),
            optional(&row.reference),
            row.measured.to_string(),
            error,
            row.allowed(),
            if row.holds { "yes" } else { "NO" }.to_owned(),
        ])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(measured: f64, standard_error: f64) -> Row {
        Row::number(Section::Staleness, "x", Estimate { value: measured, standard_error })
    }

    #[test]
    fn the_reference_counts_before_the_publication() {
        let row = row(1.0, 0.0).published(Some(2.0)).within(Tolerance::Relative(0.03));
        assert!(!row.holds);
        assert!(row.reference(1.02).holds);
    }

    #[test]
    fn chance_widens_a_tolerance_and_never_narrows_it() {
        let within = |row: Row| row.reference(1.0).within(Tolerance::Absolute(0.1)).holds;
        assert!(within(row(1.09, 0.0)) && within(row(1.09, 0.001)) && within(row(1.3, 0.1)));
        assert!(!within(row(1.2, 0.0)) && !within(row(1.5, 0.1)));
        let allowed = |error| row(1.0, error).reference(1.0).within(Tolerance::Absolute(0.1)).allowed();
        assert_eq!([allowed(0.01), allowed(0.1)], ["±0.1", "4 std. errors"]);
    }

    #[test]
    fn what_is_no_number_or_has_no_standard_does_not_hold() {
        assert!(!row(f64::NAN, 0.0).reference(1.0).within(Tolerance::Absolute(9.0)).holds);
        assert!(!row(1.0, 0.0).within(Tolerance::Absolute(9.0)).holds);
    }

    #[test]
    fn a_range_is_about_the_published_value() {
        let worst = row(400.0, 0.0).published(Some(513.0)).within(Tolerance::Range(350.0, 600.0));
        assert!(worst.holds);
        assert!(!worst.within(Tolerance::Range(350.0, 500.0)).holds);
    }

    #[test]
    fn numbers_have_four_digits() {
        let shown =
            [0.0, 1.88e-6, 0.0123456, 0.65543, 12.3456, 1364.0, 12345.6].map(|x| Value::from(x).to_string());
        assert_eq!(shown, ["0", "1.88e-6", "0.01235", "0.6554", "12.35", "1364", "12346"]);
        let shown = [0.002, 0.03, 0.025].map(|share| Tolerance::Relative(share).to_string());
        assert_eq!(shown, ["±0.2 %", "±3 %", "±2.5 %"]);
    }
}
