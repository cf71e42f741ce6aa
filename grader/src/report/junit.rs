//! The class as JUnit XML: a suite for each learner, a case for each scenario and each part of a question.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::item::{Came, Item, items};
use super::words;
use crate::grading::{Learner, Results};
use crate::intake::Moment;

/// The report as XML. A wrong answer is a failure; what did not compile, was refused or did not come to its end, and what
/// the grader failed on, is an error; what was not handed in is skipped. Characters that XML 1.0 forbids are left out.
///
/// # Errors
/// When the XML can't be written, which no results are known to cause.
pub fn write(results: &Results) -> Result<String, String> {
    report(results).to_string().map_err(|why| format!("the results can't be written as XML: {why}"))
}

fn report(results: &Results) -> Report {
    let mut report = Report::new("replication-course");
    for learner in &results.learners {
        report.add_test_suite(suite(results, learner));
    }
    report.set_time(report.test_suites.iter().filter_map(|suite| suite.time).sum());
    report
}

fn suite(results: &Results, learner: &Learner) -> TestSuite {
    let mut suite = TestSuite::new(xml(&words::line(&learner.learner)));
    let property = |suite: &mut TestSuite, name: &str, value: &str| {
        suite.add_property((xml(name), xml(value)));
    };
    property(&mut suite, "points", &words::points_of(learner).replace(" of ", "/"));
    property(&mut suite, "percent", &words::percent_of(learner));
    property(&mut suite, "protection", &results.protection.to_string());
    let notes =
        words::standing(learner).into_iter().chain(learner.notes.iter().map(|note| words::line(note)));
    for note in notes {
        property(&mut suite, "note", &note);
    }
    for graded in &learner.exercises {
        for note in words::about_exercise(graded) {
            property(&mut suite, "note", &format!("{}: {note}", words::line(&graded.exercise)));
        }
    }
    let at = learner.attempt.as_ref().and_then(|attempt| Moment::read(attempt.at.as_ref()?).ok());
    if let Some(at) = at {
        suite.set_timestamp(at.0.fixed_offset());
    }
    let took = learner.exercises.iter().filter_map(|graded| Some(graded.assessment.as_ref()?.took_ms));
    suite.set_time(Duration::from_millis(took.sum()));
    suite.add_test_cases(items(&results.marking, learner).iter().map(case));
    suite
}

fn case(item: &Item) -> TestCase {
    let status = match item.came {
        Came::Passed => TestCaseStatus::success(),
        Came::NotHandedIn => TestCaseStatus::skipped(),
        Came::Partial | Came::Wrong(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Came::Broken(_) | Came::GraderFault => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let names = [&item.name, &item.of].map(|name| xml(name));
    let name = names.into_iter().find(|name| !name.as_str().trim().is_empty());
    let mut case = TestCase::new(name.unwrap_or_else(|| xml("(no name)")), status);
    case.set_classname(xml(&item.of));
    let points = item.points.map_or("?".to_owned(), |points| points.to_string());
    case.add_property((xml("points"), xml(&format!("{points}/{}", item.max_points))));
    if let Some(seed) = item.seed {
        case.add_property((xml("seed"), xml(&seed.to_string())));
    }
    let first = item.told.lines().find(|line| !line.trim().is_empty()).unwrap_or(item.came.shown());
    match item.came {
        Came::Passed => {}
        Came::NotHandedIn => {
            case.status.set_message(xml(item.came.shown()));
        }
        _ => {
            case.status.set_type(xml(item.came.shown()));
            case.status.set_message(xml(&words::line(first)));
            case.status.set_description(xml(&item.told));
        }
    }
    case
}

/// Without what XML 1.0 forbids: control characters, surrogates (which no text here has), U+FFFE and U+FFFF. The library
/// takes out escape sequences and most of these; what it leaves must not make a file that nobody can read.
fn xml(text: &str) -> XmlString {
    let allowed = |c: &char| {
        matches!(c, '\t' | '\n' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
            && !('\u{7F}'..='\u{9F}').contains(c)
    };
    XmlString::new(text.chars().filter(allowed).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::{hostile, sample};
    use super::*;

    /// Reads it back, and holds what readers of JUnit XML count on: names and counts.
    fn read(text: &str) -> Report {
        let report = Report::deserialize_from_str(text).unwrap();
        let mut sums = [0; 3];
        for suite in &report.test_suites {
            let count = |kind: fn(&TestCaseStatus) -> bool| {
                suite.test_cases.iter().filter(|case| kind(&case.status)).count()
            };
            let failures = count(|status| {
                matches!(status, TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. })
            });
            let errors = count(|status| {
                matches!(status, TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. })
            });
            assert_eq!(
                [suite.tests, suite.failures, suite.errors],
                [suite.test_cases.len(), failures, errors]
            );
            assert_eq!(suite.skipped, count(|status| matches!(status, TestCaseStatus::Skipped { .. })));
            assert!(suite.properties.iter().any(|property| property.name.as_str() == "points"));
            for case in &suite.test_cases {
                assert!(!case.name.as_str().is_empty() && case.classname.is_some(), "{case:?}");
                assert!(case.properties.iter().any(|property| property.name.as_str() == "points"));
            }
            for (sum, one) in sums.iter_mut().zip([suite.tests, suite.failures, suite.errors]) {
                *sum += one;
            }
        }
        assert_eq!([report.tests, report.failures, report.errors], sums);
        report
    }

    #[test]
    fn every_kind_of_result_has_its_element() {
        let class = sample::class();
        let text = write(&class).unwrap();
        let report = read(&text);
        let status = |learner: &str| {
            let suite = report.test_suites.iter().find(|suite| suite.name.as_str() == learner).unwrap();
            suite.test_cases[0].status.clone()
        };
        let is = |learner: &str, kind| {
            assert!(
                matches!(status(learner), TestCaseStatus::NonSuccess { kind: found, .. } if found == kind),
                "{learner}: {:?}",
                status(learner)
            );
        };
        is("panicked", NonSuccessKind::Failure);
        for error in ["broken", "refused", "fault", "endless"] {
            is(error, NonSuccessKind::Error);
        }
        assert!(matches!(status("right"), TestCaseStatus::Success { .. }));
        assert!(matches!(status("some"), TestCaseStatus::Skipped { .. }), "{:?}", status("some"));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn hostile_texts_stay_text() {
        let class = hostile::class();
        let text = write(&class).unwrap();
        let report = read(&text);
        assert_eq!(report.test_suites.len(), class.learners.len());
        for (suite, learner) in report.test_suites.iter().zip(&class.learners) {
            assert_eq!(suite.name.as_str(), xml(&words::line(&learner.learner)).as_str());
        }
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        assert!(!text.contains('\u{FFFE}') && !text.contains('\u{FFFF}'));
    }
}
