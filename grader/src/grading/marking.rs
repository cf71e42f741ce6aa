//! What counts how much: the marks file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Points;
use crate::intake::Moment;
use crate::judge::{Exercise, Spec};
use crate::question;

/// What a marks file says; each field's default stands where the file says nothing. An empty file, or none, counts all
/// exercises with the course's own points, and no question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Marking {
    /// The exercises that count; all where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exercises: Option<Vec<String>>,
    /// The questions that count, whole ones or parts.
    pub questions: Vec<String>,
    /// Points for each part of a question, where `points` says nothing else.
    pub points_per_question: Points,
    /// Points of an exercise, of its scenarios, or of a part of a question, instead of the course's own.
    pub points: BTreeMap<String, Worth>,
    /// What a part of an exercise is worth.
    pub partial_credit: PartialCredit,
    /// How much exercises and questions weigh in the percentage; by their points where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<Weights>,
    /// Which of several attempts counts.
    pub attempts: Attempts,
    /// Until when, and what lateness costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Deadline>,
}

impl Default for Marking {
    fn default() -> Self {
        Self {
            exercises: None,
            questions: Vec::new(),
            points_per_question: Points::whole(1),
            points: BTreeMap::new(),
            partial_credit: PartialCredit::default(),
            weights: None,
            attempts: Attempts::default(),
            deadline: None,
        }
    }
}

/// What something is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of points from 0 on, or scenarios with theirs")]
pub enum Worth {
    /// In all; an exercise's scenarios share it as they share the course's own points.
    All(Points),
    /// Scenario by scenario; a scenario that is not named is worth nothing.
    Scenarios(BTreeMap<String, Points>),
}

/// What a part of an exercise is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartialCredit {
    /// Each scenario that passes gives its points.
    #[default]
    Scenarios,
    /// All scenarios must pass.
    None,
}

/// How much each kind weighs in the percentage: the kind's share is its weight over the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Of the exercises.
    pub exercises: u32,
    /// Of the questions.
    pub questions: u32,
}

/// Which of several attempts counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attempts {
    /// The last that can be read.
    #[default]
    Last,
    /// The one with the highest percentage, after what lateness costs; of equal ones the earliest.
    Best,
}

/// Until when, and what lateness costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// The moment from which on it is late.
    pub due: Moment,
    /// Minutes that are forgiven.
    #[serde(default)]
    pub grace_minutes: u64,
    /// What each day begun behind the deadline costs, in percent of the points reached.
    #[serde(default)]
    pub percent_per_day: u8,
    /// After so many days nothing counts any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_after_days: Option<u64>,
    /// Other moments for some exercises.
    #[serde(default)]
    pub exercises: BTreeMap<String, Moment>,
    /// Other moments for some learners, by id, mail or name; they go before all others.
    #[serde(default)]
    pub extensions: BTreeMap<String, Moment>,
}

impl Marking {
    /// Reads a marks file.
    ///
    /// # Errors
    /// What is wrong in it, with the place: a key or an id that is none, a weight of nothing.
    pub fn read(text: &str) -> Result<Self, String> {
        let marking: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        marking.checked()
    }

    fn checked(self) -> Result<Self, String> {
        let exercise = |id: &String| Exercise::find(id).map_err(|unknown| unknown.to_string());
        for id in self.exercises.iter().flatten() {
            exercise(id)?;
        }
        for id in &self.questions {
            question::find(id).map_err(|unknown| unknown.to_string())?;
        }
        for (id, worth) in &self.points {
            match (Exercise::find(id), worth) {
                (Ok(_), Worth::All(_)) => {}
                (Ok(exercise), Worth::Scenarios(scenarios)) => {
                    let known = |id: &&String| exercise.spec.scenarios.iter().any(|s| s.id == **id);
                    if let Some(unknown) = scenarios.keys().find(|id| !known(id)) {
                        return Err(format!("points: {id} has no scenario {unknown}"));
                    }
                }
                (Err(_), Worth::Scenarios(_)) => {
                    return Err(format!("points: {id} is no exercise, and has no scenarios"));
                }
                (Err(unknown), Worth::All(_)) => match question::find(id) {
                    Ok(_) => {}
                    Err(_) => return Err(format!("points: {unknown}")),
                },
            }
        }
        for id in self.deadline.iter().flat_map(|deadline| deadline.exercises.keys()) {
            exercise(id)?;
        }
        if self.deadline.as_ref().is_some_and(|deadline| deadline.percent_per_day > 100) {
            return Err("deadline: percent_per_day is at most 100".into());
        }
        match self.weights {
            Some(Weights { exercises: 0, questions: 0 }) => {
                Err("weights: one of them must be more than 0".into())
            }
            _ => Ok(self),
        }
    }

    /// Whether an exercise counts.
    pub fn counts(&self, spec: &Spec) -> bool {
        self.exercises.as_ref().is_none_or(|ids| ids.iter().any(|id| spec.is_called(id)))
    }

    /// The addresses of the parts of questions that count, in the course's order.
    pub fn parts(&self) -> Vec<String> {
        let wanted: Vec<_> = self.questions.iter().filter_map(|id| question::find(id).ok()).collect();
        let mut parts = Vec::new();
        for question in question::banks().iter().flat_map(|bank| &bank.questions) {
            for at in 0..question.parts.len() {
                let named = |(wanted, address): &(&question::Question, question::Address)| {
                    wanted.id == question.id && address.part.is_none_or(|part| part == at)
                };
                if wanted.iter().any(named) && question.answered_by_text(at) {
                    parts.push(question.address(at));
                }
            }
        }
        parts
    }

    fn worth(&self, is_it: impl Fn(&str) -> bool) -> Option<&Worth> {
        self.points.iter().find(|(id, _)| is_it(id)).map(|(_, worth)| worth)
    }

    /// What a part of a question is worth, at the address that [`parts`](Self::parts) gives.
    pub fn question(&self, address: &str) -> Points {
        let whole = address.trim_end_matches(|c: char| c.is_ascii_lowercase());
        match self.worth(|id| id == address).or_else(|| self.worth(|id| id == whole)) {
            Some(Worth::All(points)) => *points,
            _ => self.points_per_question,
        }
    }

    /// What an exercise is worth: in all, and for scenarios that passed.
    pub fn exercise(&self, spec: &Spec, passed: impl Fn(&str) -> bool) -> (Points, Points) {
        let scenario = |id: &str| match self.worth(|id| spec.is_called(id)) {
            Some(Worth::Scenarios(points)) => points.get(id).copied().unwrap_or_default(),
            _ => spec.scenarios.iter().filter(|s| s.id == id).map(|s| Points::whole(s.points)).sum(),
        };
        let ids = || spec.scenarios.iter().map(|s| s.id.as_str());
        let all: Points = ids().map(scenario).sum();
        let reached: Points = match self.partial_credit {
            PartialCredit::Scenarios => ids().filter(|id| passed(id)).map(scenario).sum(),
            PartialCredit::None if ids().all(&passed) => all,
            PartialCredit::None => Points::ZERO,
        };
        match self.worth(|id| spec.is_called(id)) {
            Some(Worth::All(points)) => (*points, points.scaled(reached, all)),
            _ => (all, reached),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("marks.toml");

    #[test]
    fn the_documented_file_is_the_default_where_it_is_not_commented_out() {
        assert_eq!(Marking::read(EXAMPLE).unwrap(), Marking::default());
    }

    /// Every line of the documented file that is commented out can be used.
    #[test]
    fn every_line_of_the_documented_file_is_understood() {
        let all: String = EXAMPLE
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .map(|line| format!("{line}\n"))
            .collect();
        let marking = Marking::read(&all).unwrap();
        assert!(
            marking.deadline.is_some() && marking.weights.is_some() && !marking.questions.is_empty(),
            "{marking:?}"
        );
        let json = serde_json::to_string(&marking).unwrap();
        assert_eq!(serde_json::from_str::<Marking>(&json).unwrap(), marking);
    }

    #[test]
    fn what_is_wrong_in_a_file_is_told() {
        let wrong = [
            "exercises = [\"E6.99\"]",
            "questions = [\"Q6.99\"]",
            "exercize = []",
            "points = { \"E6.1\" = { nowhere = 1 } }",
            "points = { \"Q6.1\" = { overlap = 1 } }",
            "points = { \"E6.1\" = -1 }",
            "partial_credit = \"some\"",
            "weights = { exercises = 0, questions = 0 }",
            "[deadline]\ndue = 2026-11-20T23:59:00",
            "[deadline]\ndue = \"tomorrow\"",
            "[deadline]\ndue = 2026-11-20T23:59:00Z\npercent_per_day = 101",
        ];
        let told = wrong.map(|text| format!("{text}\n→ {}", Marking::read(text).unwrap_err().trim()));
        insta::assert_snapshot!(told.join("\n\n"));
    }

    #[test]
    fn points_of_an_exercise_are_shared_as_the_course_shares_them() {
        let spec = &Exercise::find("E6.1").unwrap().spec;
        let first = spec.scenarios[0].id.as_str();
        let marking = |text: &str| Marking::read(text).unwrap();
        let one = |marking: &Marking| marking.exercise(spec, |id| id == first);
        let own = Points::whole(spec.points());
        let of_first = u64::from(spec.scenarios[0].points);
        assert_eq!(one(&Marking::default()), (own, Points::whole(spec.scenarios[0].points)));
        let hundred = Points::whole(100);
        let share = hundred.share(of_first, u64::from(spec.points()));
        assert_eq!(one(&marking("points = { \"E6.1\" = 100 }")), (hundred, share));
        assert_eq!(one(&marking("partial_credit = \"none\"")), (own, Points::ZERO));
        let three = Points::whole(3);
        assert_eq!(one(&marking(&format!("points = {{ \"E6.1\" = {{ {first} = 3 }} }}"))), (three, three));
    }
}
