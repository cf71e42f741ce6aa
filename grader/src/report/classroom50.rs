//! Classroom 50's `result.json`, form `classroom50/result/v1`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::item::{Came, Item, items};
use super::words;
use crate::grading::{Learner, Points, Results};
use crate::intake::Moment;

/// What results do not know, and the classroom does.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// The classroom's name.
    pub classroom: String,
    /// The assignment's name.
    pub assignment: String,
    /// `individual` where nothing is said.
    #[serde(default = "individual")]
    pub assignment_type: String,
    /// Whose it is; the learner's key where nothing is said.
    #[serde(default)]
    pub owner: Option<String>,
    /// The tag that was handed in: it begins with `submit/`.
    pub submission: String,
    /// Address of the commit.
    pub commit: String,
    /// Address of the release.
    pub release: String,
    /// Address of the review.
    pub review: String,
    /// When it was handed in; the attempt's moment where nothing is said.
    #[serde(default)]
    pub datetime: Option<Moment>,
    /// When it was graded.
    #[serde(default)]
    pub graded_at: Option<Moment>,
    /// Who handed it in.
    #[serde(default)]
    pub submitted_by: Option<SubmittedBy>,
}

/// Who handed in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct SubmittedBy {
    /// The login.
    pub username: String,
    /// Its number.
    pub id: u64,
}

fn individual() -> String {
    "individual".to_owned()
}

impl Context {
    /// Reads TOML, or JSON where the text begins with a brace.
    ///
    /// # Errors
    /// What is wrong or missing in it.
    pub fn read(text: &str) -> Result<Self, String> {
        let context: Self = match text.trim_start().starts_with('{') {
            true => serde_json::from_str(text).map_err(|e| e.to_string())?,
            false => toml::from_str(text).map_err(|e| e.to_string())?,
        };
        match context.submission.starts_with("submit/") {
            true => Ok(context),
            false => Err(format!("submission: {:?} does not begin with submit/", context.submission)),
        }
    }
}

/// The result of one learner. Classroom 50 knows whole points alone: each number is rounded so that the tests add up to
/// the total. A test that the grader failed on has `"graded": false`.
///
/// # Errors
/// When neither the context nor the attempt knows when it was handed in.
pub fn write(results: &Results, learner: &Learner, context: &Context) -> Result<Value, String> {
    let attempt = learner.attempt.as_ref().and_then(|attempt| Moment::read(attempt.at.as_ref()?).ok());
    let at = context.datetime.or(attempt).ok_or("datetime: neither the file nor the submission says when")?;
    let lines = items(&results.marking, learner);
    let (scores, max) = whole(&lines);
    let owner = context.owner.as_deref().unwrap_or(&learner.learner);
    let tests =
        lines.iter().zip(scores.iter().zip(&max)).map(|(item, (score, max))| test(item, *score, *max));
    let mut result = json!({
        "schema": "classroom50/result/v1",
        "classroom": words::line(&context.classroom),
        "assignment": words::line(&context.assignment),
        "assignment_type": words::line(&context.assignment_type),
        "owner": words::line(owner),
        "submission": words::line(&context.submission),
        "commit": words::line(&context.commit),
        "release": words::line(&context.release),
        "review": words::line(&context.review),
        "datetime": at.to_string(),
        "score": scores.iter().sum::<u64>(),
        "max-score": max.iter().sum::<u64>(),
        "tests": tests.collect::<Vec<_>>(),
    });
    if let Some(at) = context.graded_at {
        result["graded_at"] = json!(at.to_string());
    }
    if let Some(by) = &context.submitted_by {
        result["submitted_by"] = json!({"username": words::line(&by.username), "id": by.id});
    }
    Ok(result)
}

fn test(item: &Item, score: u64, max: u64) -> Value {
    let mut test = json!({
        "test-name": words::line(&format!("{} {}", item.of, item.name)),
        "passed": item.came == Came::Passed,
        "score": score,
        "max-score": max,
        "result": item.came.shown(),
    });
    if let (Some(scenario), Some(seed)) = (&item.scenario, item.seed) {
        test["scenario"] = json!(scenario);
        test["seed"] = json!(seed);
    }
    if item.came == Came::GraderFault {
        test["graded"] = json!(false);
    }
    if !item.told.is_empty() {
        test["feedback"] = json!(item.told);
    }
    test
}

/// Scores and most scores in whole points. The sum of each is the rounded sum; no score is above its most.
fn whole(lines: &[Item]) -> (Vec<u64>, Vec<u64>) {
    let max = rounded(lines.iter().map(|item| item.max_points));
    let wished = rounded(lines.iter().map(|item| item.points.unwrap_or_default()));
    let mut scores: Vec<u64> = wished.iter().zip(&max).map(|(wished, max)| *wished.min(max)).collect();
    // What a test has no room for goes to others: first to those that have points.
    let mut left = wished.iter().sum::<u64>() - scores.iter().sum::<u64>();
    for least in [1, 0] {
        let takes = |item: &Item| item.points.is_some_and(|points| points >= Points::whole(least));
        for ((score, max), _) in scores.iter_mut().zip(&max).zip(lines).filter(|(_, item)| takes(item)) {
            let more = left.min(max - *score);
            *score += more;
            left -= more;
        }
    }
    (scores, max)
}

/// Each rounded so that every sum from the first on is the rounded sum.
fn rounded(points: impl Iterator<Item = Points>) -> Vec<u64> {
    let (mut sum, mut before) = (Points::ZERO, 0);
    let one = |points: Points| {
        sum = sum + points;
        let until = sum.number().round() as u64;
        let one = until - before;
        before = until;
        one
    };
    points.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{hostile, sample, schema};
    use super::*;

    const CONTEXT: &str = r#"
        classroom = "db-replication"
        assignment = "all"
        submission = "submit/2026-11-20T10-00-00Z-a1b2c3d"
        commit = "https://example.org/c"
        release = "https://example.org/r"
        review = "https://example.org/p"
        datetime = 2026-11-20T11:00:00+01:00
        graded_at = "2026-11-20T10:01:12Z"
        submitted_by = { username = "alice", id = 1 }
    "#;

    fn holds(written: &Value) {
        schema::holds("classroom50-result", written);
        let sum = |key: &str| {
            written["tests"].as_array().unwrap().iter().map(|test| test[key].as_u64().unwrap()).sum::<u64>()
        };
        assert_eq!(
            [sum("score"), sum("max-score")],
            [&written["score"], &written["max-score"]].map(|n| n.as_u64().unwrap())
        );
        for level in written["tests"].as_array().unwrap().iter().chain([written]) {
            assert!(level["score"].as_u64() <= level["max-score"].as_u64(), "{level:#}");
        }
    }

    #[test]
    fn every_learner_has_whole_points_that_add_up() {
        let class = sample::class();
        let context = Context::read(CONTEXT).unwrap();
        for learner in &class.learners {
            let written = write(&class, learner, &context).unwrap();
            holds(&written);
            let points = learner.points.unwrap_or_default().number().round() as u64;
            assert_eq!(written["score"], points, "{}", learner.learner);
            assert_eq!(written["datetime"], "2026-11-20T10:00:00Z");
        }
    }

    #[test]
    fn a_context_is_toml_or_json_and_says_what_it_lacks() {
        let json = r#"{"classroom": "a", "assignment": "b", "submission": "submit/x", "commit": "c", "release": "d",
            "review": "e"}"#;
        let context = Context::read(json).unwrap();
        assert_eq!((context.assignment_type.as_str(), context.datetime), ("individual", None));
        let class = sample::class();
        let written = write(&class, sample::learner(&class, "late"), &context).unwrap();
        assert_eq!(written["datetime"], "2026-11-21T10:00:00Z");
        let why = write(&class, sample::learner(&class, "right"), &context).unwrap_err();
        assert!(why.contains("datetime"), "{why}");
        for wrong in
            [json.replace("submit/", "main/"), json.replace("\"review\"", "\"revue\""), String::new()]
        {
            assert!(Context::read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hostile_texts_stay_text() {
        let class = hostile::class();
        let context = Context::read(CONTEXT).unwrap();
        for learner in &class.learners {
            let written = write(&class, learner, &context).unwrap();
            holds(&written);
            hostile::is_fit_to_print(&written);
        }
    }
}
