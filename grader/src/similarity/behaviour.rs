//! Answers that are wrong in the same way.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Sieve;
use crate::judge::{Report, ScenarioReport, Verdict};
use crate::pipeline::sanitise;

/// A wrong behaviour that two learners share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Same {
    /// The scenario in which it was seen.
    pub scenario: String,
    /// What was expected there, as a sentence.
    pub title: String,
    /// What both did instead, fit to print.
    pub seen: String,
    /// How many learners did.
    pub by: usize,
    /// Of how many whose answer was run.
    pub of: usize,
}

/// Wrong behaviour that pairs of reports of one exercise share, by their places: the rarest first. What many did is left out,
/// and what follows from a known mistake already where more than two did it: it says that they believe the same, and no more.
pub fn same_wrong(reports: &[&Report], sieve: &Sieve) -> BTreeMap<(usize, usize), Vec<Same>> {
    let mut who: BTreeMap<(&str, String), Vec<usize>> = BTreeMap::new();
    for (place, report) in reports.iter().enumerate() {
        for scenario in &report.scenarios {
            if let Some(seen) = seen(scenario) {
                who.entry((&scenario.id, seen)).or_default().push(place);
            }
        }
    }
    let mut pairs: BTreeMap<(usize, usize), Vec<Same>> = BTreeMap::new();
    for ((id, seen), places) in who {
        let Some(scenario) = reports[places[0]].scenarios.iter().find(|scenario| scenario.id == id) else {
            continue;
        };
        let most = if scenario.misconception.is_some() { 2 } else { sieve.most(reports.len()) };
        if places.len() > most {
            continue;
        }
        let same = Same {
            scenario: id.to_owned(),
            title: scenario.title.clone(),
            seen: sanitise(&seen),
            by: places.len(),
            of: reports.len(),
        };
        for (nth, a) in places.iter().enumerate() {
            for b in &places[nth + 1..] {
                pairs.entry((*a, *b)).or_default().push(same.clone());
            }
        }
    }
    for same in pairs.values_mut() {
        same.sort_by_key(|same| same.by);
    }
    pairs
}

/// What a scenario saw that is wrong, in words; nothing where it passed, or says nothing: it did not run, did not end, or
/// nothing was written yet.
fn seen(scenario: &ScenarioReport) -> Option<String> {
    let mut all = Vec::new();
    match &scenario.verdict {
        Verdict::Failed => {}
        Verdict::Panicked { message, .. } => all.push(format!("panicked: {message}")),
        Verdict::Passed | Verdict::Unfinished { .. } | Verdict::TimedOut { .. } | Verdict::NotRun => {
            return None;
        }
    }
    if let Some(difference) = &scenario.difference {
        let value = |value: &Option<serde_json::Value>| {
            value.as_ref().map_or("nothing".to_owned(), ToString::to_string)
        };
        all.push(format!(
            "{}: {} instead of {}",
            difference.what,
            value(&difference.got),
            value(&difference.expected)
        ));
    }
    all.extend(scenario.violations.iter().map(|violation| format!("{}: {}", violation.rule, violation.why)));
    (!all.is_empty()).then(|| all.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Difference, Exercise, Misconception, judge};

    /// A report in which the first scenario gave `got`.
    fn report(got: u32) -> Report {
        let mut report = judge(&Exercise::find("E6.1").unwrap(), &[]);
        let first = &mut report.scenarios[0];
        first.verdict = Verdict::Failed;
        first.difference = Some(Difference {
            what: "quorum".into(),
            expected: Some(1.into()),
            got: Some(got.into()),
            during: None,
        });
        report
    }

    fn pairs(reports: &[Report]) -> Vec<((usize, usize), Vec<usize>)> {
        let reports: Vec<&Report> = reports.iter().collect();
        let pairs = same_wrong(&reports, &Sieve::default());
        pairs.into_iter().map(|(pair, same)| (pair, same.iter().map(|same| same.by).collect())).collect()
    }

    #[test]
    fn the_same_wrong_value_is_found_and_another_is_not() {
        assert_eq!(pairs(&[report(7), report(8), report(7)]), [((0, 2), vec![2])]);
        let mut right = report(7);
        right.scenarios[0].verdict = Verdict::Passed;
        assert_eq!(pairs(&[report(7), right]), []);
    }

    #[test]
    fn what_never_ran_is_no_behaviour() {
        for verdict in
            [Verdict::NotRun, Verdict::TimedOut { after_ms: 5 }, Verdict::Unfinished { message: "x".into() }]
        {
            let mut nothing = report(7);
            nothing.scenarios[0].verdict = verdict;
            assert_eq!(pairs(&[nothing.clone(), nothing]), []);
        }
    }

    #[test]
    fn what_many_do_and_what_is_a_known_mistake_is_left_out() {
        assert_eq!(pairs(&[report(7), report(7), report(7), report(7)]).len(), 6);
        assert_eq!(pairs(&[report(7), report(7), report(7), report(7), report(7)]), []);
        let mut known = report(7);
        known.scenarios[0].misconception = Some(Misconception { mutant: "m".into(), text: "t".into() });
        assert_eq!(pairs(&[known.clone(), known.clone()]).len(), 1);
        assert_eq!(pairs(&[known.clone(), known.clone(), known]), []);
    }
}
