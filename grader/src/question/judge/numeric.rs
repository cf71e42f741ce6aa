//! Numbers.

use super::super::answer::Answer;
use super::super::bank::{Generated, Numeric};
use super::super::feedback::{Feedback, Mark, Verdict};
use super::super::generate;
use super::super::number::{near, read};

fn value(answer: &Answer, unit: Option<&str>) -> Option<f64> {
    match answer {
        Answer::Number(number) => number.is_finite().then_some(*number),
        Answer::Text(text) => read(text, unit).map(|n| n.value),
        Answer::List(items) => match items.as_slice() {
            [only] => read(only, unit).map(|n| n.value),
            _ => None,
        },
    }
}

fn not_a_number(id: &str, answer: &Answer) -> Feedback {
    Feedback::not_understood(
        id,
        format!("I expected one number, such as `4`, `0.25` or `2/3`, and read `{answer}`."),
    )
}

pub(super) fn judge(id: &str, numeric: &Numeric, answer: &Answer) -> Feedback {
    let Some(given) = value(answer, numeric.unit.as_deref()) else { return not_a_number(id, answer) };
    let tolerance = numeric.tolerance.max(numeric.relative * numeric.right.abs());
    if near(given, numeric.right, tolerance) {
        return Feedback::new(id, Verdict::Right);
    }
    let known = numeric.wrong.iter().find(|w| near(given, w.value, tolerance));
    let why = match known {
        Some(wrong) => &wrong.why,
        None if given < numeric.right => &numeric.low,
        None => &numeric.high,
    };
    Feedback::new(id, Verdict::Wrong).with(Mark::Wrong, answer.to_string(), why)
}

pub(super) fn judge_drawn(id: &str, generated: &Generated, seed: u64, answer: &Answer) -> Feedback {
    let Some(given) = value(answer, None) else { return not_a_number(id, answer) };
    let drawing = (generate::generator(&generated.generator).expect("a checked bank").draw)(seed);
    let id = if seed == super::super::id::FIRST_DRAWING { id.to_string() } else { format!("{id}#{seed}") };
    if near(given, drawing.right, generated.tolerance) {
        return Feedback::new(&id, Verdict::Right);
    }
    let known = drawing.mistakes.iter().find(|(_, value)| near(given, *value, generated.tolerance));
    let why = match known {
        Some((mistake, _)) => &generated.wrong[*mistake],
        None if given < drawing.right => &generated.low,
        None => &generated.high,
    };
    Feedback::new(&id, Verdict::Wrong).with(
        Mark::Wrong,
        answer.to_string(),
        generate::fill(why, &drawing.figures),
    )
}
