//! Reading banks, and everything that can be wrong with them.

use std::sync::OnceLock;

use super::bank::{Bank, Choice, Generated, Kind, Matching, Numeric, Part, Question, Sequence};
use super::error::{BankError, Fault};
use super::{counterexample, generate, number};

const FILES: &[(&str, &str)] = &[
    ("ch00.toml", include_str!("../../questions/ch00.toml")),
    ("ch01.toml", include_str!("../../questions/ch01.toml")),
    ("ch02.toml", include_str!("../../questions/ch02.toml")),
    ("ch03.toml", include_str!("../../questions/ch03.toml")),
    ("ch04.toml", include_str!("../../questions/ch04.toml")),
    ("ch05.toml", include_str!("../../questions/ch05.toml")),
    ("ch06.toml", include_str!("../../questions/ch06.toml")),
    ("ch07.toml", include_str!("../../questions/ch07.toml")),
    ("ch08.toml", include_str!("../../questions/ch08.toml")),
    ("ch09.toml", include_str!("../../questions/ch09.toml")),
    ("ch10.toml", include_str!("../../questions/ch10.toml")),
];

/// Every bank of the course, in the order of the chapters.
///
/// # Panics
/// When a bank is faulty, which a test of this crate rules out.
pub fn banks() -> &'static [Bank] {
    static BANKS: OnceLock<Vec<Bank>> = OnceLock::new();
    BANKS.get_or_init(|| {
        FILES.iter().map(|(file, text)| read(file, text).expect("the banks are checked by a test")).collect()
    })
}

/// Reads and checks a bank.
///
/// # Errors
/// All faults that it has.
pub fn read(file: &str, text: &str) -> Result<Bank, Vec<BankError>> {
    let bank: Bank = toml::from_str(text).map_err(|error| {
        vec![BankError { file: file.into(), place: None, fault: Fault::Unreadable(error.to_string()) }]
    })?;
    let faults: Vec<BankError> = faults(&bank)
        .into_iter()
        .map(|(place, fault)| BankError { file: file.into(), place: Some(place), fault })
        .collect();
    if faults.is_empty() { Ok(bank) } else { Err(faults) }
}

/// The verifiers that a bank names and that nobody has written: the part's address and the name.
pub fn missing_verifiers(bank: &Bank) -> Vec<(String, String)> {
    parts(bank)
        .filter_map(|(address, _, part)| match &part.kind {
            Kind::Counterexample(c) if counterexample::verifier(&c.verifier).is_none() => {
                Some((address, c.verifier.clone()))
            }
            _ => None,
        })
        .collect()
}

fn parts(bank: &Bank) -> impl Iterator<Item = (String, &Question, &Part)> {
    bank.questions.iter().flat_map(|question| {
        question.parts.iter().enumerate().map(move |(at, p)| (question.address(at), question, p))
    })
}

fn faults(bank: &Bank) -> Vec<(String, Fault)> {
    let mut found = Vec::new();
    for (at, question) in bank.questions.iter().enumerate() {
        let mut add = |fault| found.push((question.id.clone(), fault));
        if bank.questions[..at].iter().any(|q| q.id == question.id) {
            add(Fault::DuplicateId);
        }
        let number = question.id.strip_prefix(&format!("Q{}.", bank.chapter));
        if number.is_none_or(|n| n.parse::<u32>().is_err()) {
            add(Fault::BadId(bank.chapter));
        }
        for (what, text) in [("title", &question.title), ("prompt", &question.prompt)] {
            if text.trim().is_empty() {
                add(Fault::Empty(what));
            }
        }
        if question.parts.is_empty() {
            add(Fault::NoParts);
        }
    }
    for (address, question, part) in parts(bank) {
        found.extend(part_faults(question, part).into_iter().map(|fault| (address.clone(), fault)));
    }
    found
}

fn part_faults(question: &Question, part: &Part) -> Vec<Fault> {
    let mut faults = Vec::new();
    if question.parts.len() > 1 && part.prompt.trim().is_empty() {
        faults.push(Fault::Empty("part's prompt"));
    }
    if part.explanation.trim().is_empty() {
        faults.push(Fault::Empty("explanation"));
    }
    match &part.kind {
        Kind::Numeric(numeric) => numeric_faults(numeric, &mut faults),
        Kind::Generated(generated) => generated_faults(question, part, generated, &mut faults),
        Kind::One(choice) => choice_faults(choice, true, &mut faults),
        Kind::Many(choice) => choice_faults(choice, false, &mut faults),
        Kind::Match(matching) => matching_faults(matching, &mut faults),
        Kind::Order(sequence) => sequence_faults(sequence, &mut faults),
        Kind::Text(rubric) => faults.extend(rubric.faults().into_iter().map(Fault::Rubric)),
        Kind::Code(code) => {
            let texts =
                [("exercise", &code.exercise), ("scenario", &code.scenario), ("otherwise", &code.otherwise)];
            empty_texts(&texts, &mut faults);
        }
        Kind::Counterexample(c) => {
            empty_texts(
                &[("verifier", &c.verifier), ("form", &c.form), ("example", &c.example)],
                &mut faults,
            );
        }
    }
    faults
}

fn empty_texts(texts: &[(&'static str, &String)], faults: &mut Vec<Fault>) {
    faults
        .extend(texts.iter().filter(|(_, text)| text.trim().is_empty()).map(|(what, _)| Fault::Empty(what)));
}

fn numeric_faults(numeric: &Numeric, faults: &mut Vec<Fault>) {
    if numeric.wrong.is_empty() {
        faults.push(Fault::NoWrongValues);
    }
    let tolerance = numeric.tolerance.max(numeric.relative * numeric.right.abs());
    for (at, wrong) in numeric.wrong.iter().enumerate() {
        let twice = numeric.wrong[..at].iter().any(|w| number::near(w.value, wrong.value, 0.0));
        if twice || number::near(wrong.value, numeric.right, tolerance) {
            faults.push(Fault::WrongValue(wrong.value.to_string()));
        }
        empty_texts(&[("explanation of a wrong value", &wrong.why)], faults);
    }
    empty_texts(&[("low", &numeric.low), ("high", &numeric.high)], faults);
}

fn generated_faults(question: &Question, part: &Part, generated: &Generated, faults: &mut Vec<Fault>) {
    let Some(generator) = generate::generator(&generated.generator) else {
        faults.push(Fault::UnknownGenerator(generated.generator.clone()));
        return;
    };
    let mut expected: Vec<String> = generator.mistakes.iter().map(|m| m.to_string()).collect();
    expected.sort();
    let found: Vec<String> = generated.wrong.keys().cloned().collect();
    if expected != found {
        faults.push(Fault::Mistakes(expected, found));
    }
    let texts = [&question.prompt, &part.prompt, &part.explanation, &generated.low, &generated.high];
    for name in
        texts.into_iter().chain(generated.wrong.values()).flat_map(|text| generate::placeholders(text))
    {
        if !generator.figures.contains(&name) {
            faults.push(Fault::UnknownFigure(name.into()));
        }
    }
    empty_texts(&[("low", &generated.low), ("high", &generated.high)], faults);
}

fn choice_faults(choice: &Choice, single: bool, faults: &mut Vec<Fault>) {
    let right = choice.options.iter().filter(|o| o.right).count();
    if right == 0 || (single && right > 1) {
        faults.push(Fault::RightOptions(right));
    }
    if right == choice.options.len() {
        faults.push(Fault::NoWrongOption);
    }
    if choice.options.len() > 26 {
        faults.push(Fault::TooManyOptions(choice.options.len()));
    }
    for (at, option) in choice.options.iter().enumerate() {
        if choice.options[..at].iter().any(|o| o.text == option.text) {
            faults.push(Fault::Twice(option.text.clone()));
        }
        if !option.right && option.why.as_deref().is_none_or(|why| why.trim().is_empty()) {
            faults.push(Fault::Unexplained(option.text.clone()));
        }
    }
    if !single && choice.nudge.as_deref().is_none_or(|nudge| nudge.trim().is_empty()) {
        faults.push(Fault::NoNudge);
    }
}

fn unknown_and_double_keys<'k>(
    known: &[&str],
    used: impl Iterator<Item = &'k String>,
    faults: &mut Vec<Fault>,
) {
    for (at, key) in known.iter().enumerate() {
        if known[..at].contains(key) {
            faults.push(Fault::Twice(key.to_string()));
        }
    }
    faults.extend(used.filter(|key| !known.contains(&key.as_str())).cloned().map(Fault::UnknownKey));
}

fn length(what: String, expected: usize, found: usize, faults: &mut Vec<Fault>) {
    if expected != found {
        faults.push(Fault::Length { what, expected, found });
    }
}

fn matching_faults(matching: &Matching, faults: &mut Vec<Fault>) {
    let width = matching.width();
    let keys: Vec<&str> = matching.choices.iter().map(|c| c.key.as_str()).collect();
    let used = matching
        .rows
        .iter()
        .flat_map(|row| row.right.iter().flat_map(|r| r.all()).chain(row.wrong.iter().map(|w| &w.choice)));
    unknown_and_double_keys(&keys, used, faults);
    if matching.choices.len() < 2 || matching.rows.is_empty() {
        faults.push(Fault::NoWrongOption);
    }
    for row in &matching.rows {
        length(format!("the row `{}`", row.text), width, row.right.len(), faults);
        for wrong in &row.wrong {
            match wrong.column.checked_sub(1).and_then(|column| row.right.get(column)) {
                None => faults.push(Fault::UnknownKey(format!("column {}", wrong.column))),
                Some(right) if right.has(&wrong.choice) => {
                    faults.push(Fault::ExplainsTheRight(format!("{}: {}", row.text, wrong.choice)));
                }
                Some(_) => {}
            }
        }
        empty_texts(&[("row's otherwise", &row.otherwise)], faults);
    }
    for mistake in &matching.mistakes {
        length("a whole answer".into(), matching.rows.len(), mistake.answer.len(), faults);
        let cells: Vec<Vec<&str>> = mistake.answer.iter().map(|row| row.split('/').collect()).collect();
        for row in &cells {
            length("a row of a whole answer".into(), width, row.len(), faults);
            faults.extend(row.iter().filter(|k| !keys.contains(k)).map(|k| Fault::UnknownKey(k.to_string())));
        }
        let agrees = |(row, cells): (&super::bank::Row, &Vec<&str>)| {
            row.right.iter().zip(cells).all(|(right, cell)| right.has(cell))
        };
        if matching.rows.iter().zip(&cells).all(agrees) {
            faults.push(Fault::ExplainsTheRight(mistake.answer.join(" ")));
        }
    }
}

fn sequence_faults(sequence: &Sequence, faults: &mut Vec<Fault>) {
    let keys: Vec<&str> = sequence.items.iter().map(|c| c.key.as_str()).collect();
    let used = sequence
        .right
        .iter()
        .chain(sequence.accept.iter().flatten())
        .chain(sequence.places.iter().flat_map(|p| p.wrong.keys()))
        .chain(sequence.mistakes.iter().flat_map(|m| &m.answer));
    unknown_and_double_keys(&keys, used, faults);
    if sequence.right.is_empty() || sequence.items.len() < 2 {
        faults.push(Fault::NoWrongOption);
    }
    for order in std::iter::once(&sequence.right).chain(&sequence.accept) {
        length("an order".into(), sequence.right.len(), order.len(), faults);
        for (at, key) in order.iter().enumerate().filter(|(at, key)| order[..*at].contains(key)) {
            faults.push(Fault::Twice(format!("{key} at place {}", at + 1)));
        }
    }
    length("the list of places".into(), sequence.right.len(), sequence.places.len(), faults);
    for (place, right) in sequence.places.iter().zip(&sequence.right) {
        if place.wrong.contains_key(right) {
            faults.push(Fault::ExplainsTheRight(right.clone()));
        }
        empty_texts(&[("place's otherwise", &place.otherwise)], faults);
    }
    for mistake in &sequence.mistakes {
        if mistake.answer == sequence.right || sequence.accept.contains(&mistake.answer) {
            faults.push(Fault::ExplainsTheRight(mistake.answer.join(" ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banks_of_the_course_are_sound() {
        for (file, text) in FILES {
            let faults: Vec<String> =
                read(file, text).err().into_iter().flatten().map(|e| e.to_string()).collect();
            assert_eq!(faults, Vec::<String>::new());
        }
    }

    #[test]
    fn every_verifier_that_a_bank_names_is_there() {
        let missing: Vec<(String, String)> = banks().iter().flat_map(missing_verifiers).collect();
        assert_eq!(missing, []);
    }

    #[test]
    fn a_chapter_has_every_type() {
        let kinds: std::collections::BTreeSet<String> = banks()
            .iter()
            .filter(|b| b.chapter == 6)
            .flat_map(|b| &b.questions)
            .flat_map(|q| &q.parts)
            .map(|p| format!("{:?}", p.kind).split('(').next().unwrap_or_default().to_string())
            .collect();
        assert_eq!(kinds.len(), 9, "{kinds:?}");
    }

    #[test]
    fn every_fault_is_said_with_its_place() {
        let text = r#"
            chapter = 6
            title = "Broken"
            [[question]]
            id = "Q6.1"
            title = ""
            dimension = "CONCEPT"
            prompt = "How many?"
            [[question.part]]
            explanation = "So."
            numeric = { right = 4, low = "more", high = "fewer", wrong = [{ value = 4, why = "that is right" }] }
            [[question]]
            id = "Q6.1"
            title = "Same id"
            dimension = "DEBUG"
            prompt = "Which?"
            [[question.part]]
            explanation = "So."
            one = { options = [{ text = "a" }, { text = "b", why = "no" }] }
            [[question.part]]
            prompt = "And which?"
            explanation = ""
            many = { options = [{ text = "a", right = true }, { text = "a", right = true }] }
            [[question]]
            id = "Q7.2"
            title = "Rows"
            dimension = "DESIGN"
            prompt = "Match {figure}."
            [[question.part]]
            prompt = "First."
            explanation = "So."
            [question.part.match]
            columns = ["w", "r"]
            choices = [{ key = "0" }, { key = "1" }]
            rows = [{ text = "row", right = ["0", "2"], otherwise = "no", wrong = [{ column = 3, choice = "0", why = "" }, { choice = "0", why = "x" }] }]
            mistakes = [{ answer = ["0/2/1"], why = "no" }]
            [[question.part]]
            prompt = "Then."
            explanation = "So."
            [question.part.order]
            items = [{ key = "A" }, { key = "B" }]
            right = ["A", "B"]
            accept = [["A", "A"]]
            places = [{ otherwise = "no", wrong = { A = "x" } }]
            mistakes = [{ answer = ["A", "B"], why = "no" }, { answer = ["C"], why = "no" }]
            [[question.part]]
            prompt = "How likely?"
            explanation = "So {value}."
            generated = { generator = "stale-probability", low = "more", high = "less", wrong = { complement = "no", luck = "no" } }
            [[question.part]]
            prompt = "How likely?"
            explanation = "So."
            generated = { generator = "dice", low = "more", high = "less" }
            [[question.part]]
            prompt = "Prove it."
            explanation = "So."
            counterexample = { verifier = "", form = "lines", example = "read A B" }
        "#;
        let faults: Vec<String> =
            read("ch06.toml", text).unwrap_err().iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(faults.join("\n"));
    }

    #[test]
    fn a_part_is_of_exactly_one_type() {
        let bank = |part: &str| {
            let text = format!(
                "chapter = 6\ntitle = \"t\"\n[[question]]\nid = \"Q6.1\"\ntitle = \"t\"\ndimension = \"CODE\"\n\
                 prompt = \"p\"\n[[question.part]]\nexplanation = \"e\"\n{part}"
            );
            read("ch06.toml", &text).unwrap_err()[0].to_string()
        };
        let code = "code = { exercise = \"E6.2\", scenario = \"s\", otherwise = \"o\" }\n";
        let one = "one = { options = [] }\n";
        for part in ["", &format!("{code}{one}")] {
            assert!(bank(part).contains("a part carries exactly one of the tables"), "{}", bank(part));
        }
        assert!(bank("answer = 4\n").contains("unknown field `answer`"));
    }
}
