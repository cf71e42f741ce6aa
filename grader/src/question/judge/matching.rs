//! A choice for each row, or for each cell of a matrix.

use super::super::answer::Answer;
use super::super::bank::{Matching, Row};
use super::super::feedback::{Feedback, Mark, Verdict};

pub(super) fn judge(id: &str, matching: &Matching, answer: &Answer) -> Feedback {
    let rows = match cells(matching, answer) {
        Ok(rows) => rows,
        Err(expected) => return Feedback::not_understood(id, expected),
    };
    let total = matching.rows.len() * matching.width();
    let right: usize = matching.rows.iter().zip(&rows).map(|(row, cells)| hits(row, cells)).sum();
    let verdict = match right {
        right if right == total => Verdict::Right,
        0 => Verdict::Wrong,
        _ => Verdict::Partial(right as f64 / total as f64),
    };
    let feedback = Feedback::new(id, verdict);
    let joined: Vec<String> = rows.iter().map(|cells| cells.join("/")).collect();
    if let Some(mistake) = matching.mistakes.iter().find(|m| m.answer == joined) {
        return feedback.with(Mark::Wrong, joined.join(" "), &mistake.why);
    }
    matching
        .rows
        .iter()
        .zip(&rows)
        .fold(feedback, |feedback, (row, cells)| explain(feedback, matching, row, cells))
}

fn hits(row: &Row, cells: &[String]) -> usize {
    row.right.iter().zip(cells).filter(|(right, cell)| right.has(cell)).count()
}

fn explain(mut feedback: Feedback, matching: &Matching, row: &Row, cells: &[String]) -> Feedback {
    if hits(row, cells) == cells.len() {
        return feedback.with(Mark::Right, format!("{}: {}", row.text, cells.join("/")), "");
    }
    let mut said_otherwise = false;
    for (column, cell) in cells.iter().enumerate().filter(|(column, cell)| !row.right[*column].has(cell)) {
        let known = row.wrong.iter().find(|w| w.column == column + 1 && w.choice == *cell);
        let why = known.map_or(&row.otherwise, |w| &w.why);
        if known.is_none() && std::mem::replace(&mut said_otherwise, true) {
            continue;
        }
        let name = matching.columns.get(column).map(|name| format!(", {name}")).unwrap_or_default();
        feedback = feedback.with(Mark::Wrong, format!("{}{name}: {cell}", row.text), why);
    }
    feedback
}

/// The answer as rows of keys.
///
/// Rows may carry their number (`2=b`, `2:b`, `2b`), and then come in any order.
fn cells(matching: &Matching, answer: &Answer) -> Result<Vec<Vec<String>>, String> {
    let (rows, width) = (matching.rows.len(), matching.width());
    let keys: Vec<&str> = matching.choices.iter().map(|c| c.key.as_str()).collect();
    let expected = || {
        let each = if width == 1 { "one choice".into() } else { format!("{width} choices joined by `/`") };
        format!("I expected {rows} rows of {each} out of {}, and read `{answer}`.", keys.join(", "))
    };
    let mut words = answer.words();
    if let ([word], 1) = (words.as_slice(), width)
        && word.chars().count() == rows
        && keys.iter().all(|key| key.chars().count() == 1)
    {
        words = word.chars().map(String::from).collect();
    }
    let mut found: Vec<Option<Vec<String>>> = vec![None; rows];
    for (at, word) in words.iter().enumerate() {
        let (row, word) = numbered(word, &keys).unwrap_or((at, word));
        let row_keys: Option<Vec<String>> = word
            .split('/')
            .map(|cell| keys.iter().find(|key| key.eq_ignore_ascii_case(cell.trim())).map(|k| k.to_string()))
            .collect();
        match (row_keys.filter(|row_keys| row_keys.len() == width), found.get_mut(row)) {
            (Some(row_keys), Some(slot @ None)) => *slot = Some(row_keys),
            _ => return Err(expected()),
        }
    }
    found.into_iter().collect::<Option<Vec<_>>>().ok_or_else(expected)
}

/// A row's number in front of its choice: none when the word is itself a choice.
fn numbered<'w>(word: &'w str, keys: &[&str]) -> Option<(usize, &'w str)> {
    let first = word.split('/').next().unwrap_or(word);
    if keys.iter().any(|key| key.eq_ignore_ascii_case(first)) {
        return None;
    }
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let row: usize = word[..digits].parse().ok()?;
    Some((row.checked_sub(1)?, word[digits..].trim_start_matches(['=', ':', '-', ')', '.'])))
}
