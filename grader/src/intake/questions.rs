//! Answers to questions: in `answers.json`, and in the notebooks' cells.

use serde::Deserialize;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, Lit, UnOp};

use super::{Submission, sha256};
use crate::pipeline::sanitise_line;
use crate::question::ruling::resolve;
use crate::store::notebook::CellAnswer;

/// What was answered to a part of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Where it was found, fit to print.
    pub from: String,
    /// The answer as it was given.
    pub text: String,
    /// The number of the drawing, for a generated question.
    pub drawing: Option<u64>,
}

impl Said {
    /// The start of the SHA-256 of the answer, with its drawing.
    pub fn mark(&self) -> String {
        sha256(format!("{}#{}", self.drawing.unwrap_or_default(), self.text.trim()))[..16].to_owned()
    }
}

/// An entry of a list, as `course answer --batch` takes it.
#[derive(Deserialize)]
struct Entry {
    question: String,
    text: String,
}

/// The answers of a list. What is wrong in it becomes a note.
pub(super) fn take_list(from: &str, text: &str, found: &mut Submission) {
    let entries: Vec<serde_json::Value> = match serde_json::from_str(text) {
        Ok(entries) => entries,
        Err(why) => {
            return found
                .notes
                .push(format!("{from} is no list of answers: {}", sanitise_line(&why.to_string())));
        }
    };
    for (at, entry) in entries.into_iter().enumerate() {
        match serde_json::from_value::<Entry>(entry) {
            Ok(Entry { question, text }) => take(from, &question, text, found),
            Err(why) => {
                let why = sanitise_line(&why.to_string());
                found.notes.push(format!("{from}: entry {} is no answer: {why}", at + 1));
            }
        }
    }
}

/// The answer in a cell: the call `answer("Q6.1", 4)` in it. A cell in which it is still a comment is no answer. Of several
/// calls the last counts, as it does for whoever runs the cell.
pub fn take_cell(from: &str, cell: &CellAnswer, found: &mut Submission) {
    if cell.untouched() {
        return;
    }
    // A cell is what stands in a block; its last line may be an expression.
    let Ok(block) = syn::parse_str::<syn::Block>(&format!("{{{}\n}}", cell.source)) else {
        found
            .notes
            .push(format!("{from}: the cell with the answer to {} is no Rust, and was not read", cell.id));
        return;
    };
    let mut calls = Calls::default();
    calls.visit_block(&block);
    for (question, text) in calls.found {
        match text {
            Some(text) => take(from, &question, text, found),
            None => found.notes.push(format!(
                "{from}: the answer to {} is computed and not written down, and was not judged",
                sanitise_line(&question)
            )),
        }
    }
}

fn take(from: &str, question: &str, text: String, found: &mut Submission) {
    let (asked, at, address) = match resolve(question) {
        Ok(found) => found,
        Err(why) => return found.notes.push(format!("{from}: {}", sanitise_line(&why))),
    };
    let part = asked.address(at);
    let said = Said { from: from.to_owned(), text, drawing: address.seed };
    match found.questions.get(&part) {
        // In one file the last word counts; of two files the first.
        Some(earlier) if earlier.from != said.from => {
            let note = format!("the answer to {part} in {from} is passed over: {} was taken", earlier.from);
            found.notes.push(note);
        }
        _ => _ = found.questions.insert(part, said),
    }
}

/// The calls of `answer` with what they answer.
#[derive(Default)]
struct Calls {
    found: Vec<(String, Option<String>)>,
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let named = match &*call.func {
            Expr::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "answer"),
            _ => false,
        };
        let arguments: Vec<&Expr> = call.args.iter().collect();
        if let (true, [question, answer]) = (named, arguments.as_slice())
            && let Some(question) = word(question)
        {
            self.found.push((question, written(answer)));
        }
        visit::visit_expr_call(self, call);
    }
}

/// An answer that is written down: a literal, or a list of them.
fn written(answer: &Expr) -> Option<String> {
    match answer {
        Expr::Array(list) => {
            let words: Option<Vec<String>> = list.elems.iter().map(word).collect();
            Some(words?.join(" "))
        }
        Expr::Macro(call) if call.mac.path.is_ident("vec") => {
            written(&syn::parse_str(&format!("[{}]", call.mac.tokens)).ok()?)
        }
        other => word(other),
    }
}

fn word(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(lit) => Some(match &lit.lit {
            Lit::Str(text) => text.value(),
            Lit::Char(letter) => letter.value().to_string(),
            Lit::Int(number) => number.base10_digits().to_owned(),
            Lit::Float(number) => number.base10_digits().to_owned(),
            _ => return None,
        }),
        Expr::Unary(negated) if matches!(negated.op, UnOp::Neg(_)) => {
            Some(format!("-{}", word(&negated.expr)?))
        }
        Expr::Reference(of) => written(&of.expr),
        Expr::Paren(inside) => written(&inside.expr),
        // `"…".into()`, `"…".to_string()`
        Expr::MethodCall(call) if call.args.is_empty() => written(&call.receiver),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::notebook::Asked;

    fn said(source: &str) -> (Vec<(String, String)>, Vec<String>) {
        let cell =
            CellAnswer { asked: Asked::Question, id: "Q6.1".into(), source: source.into(), stub: None };
        let mut found = Submission::default();
        take_cell("a.ipynb", &cell, &mut found);
        (found.questions.into_iter().map(|(part, said)| (part, said.text)).collect(), found.notes)
    }

    #[test]
    fn answers_of_every_form_are_read_from_cells() {
        let one = |source: &str| {
            let (answers, notes) = said(source);
            assert!(notes.is_empty(), "{notes:?}");
            answers
        };
        let is = |part: &str, text: &str| vec![(part.to_owned(), text.to_owned())];
        assert_eq!(one("answer(\"Q6.1\", 4)"), is("Q6.1", "4"));
        assert_eq!(one("question::answer(\"q6.1\", -4.5);"), is("Q6.1", "-4.5"));
        assert_eq!(one("answer(\"Q6.3a\", ['a', 'c'])"), is("Q6.3a", "a c"));
        assert_eq!(one("answer(\"Q6.3a\", vec![\"a\", \"c\"])"), is("Q6.3a", "a c"));
        assert_eq!(
            one("let shown = answer(\"Q9.1\", r#\"It \"copies\".\"#); shown"),
            is("Q9.1", "It \"copies\".")
        );
        assert_eq!(one("answer(\"Q9.1\", \"text\".to_string())"), is("Q9.1", "text"));
        assert_eq!(one("answer(\"Q6.1\", 3);\nanswer(\"Q6.1\", 4)"), is("Q6.1", "4"));
        assert_eq!(one("// answer(\"Q6.1\", NUMBER)"), []);
    }

    #[test]
    fn what_can_not_be_read_is_noted() {
        let note = |source: &str| said(source).1.join("; ");
        assert!(note("answer(\"Q6.1\", 1 + 3)").contains("computed and not written down"));
        assert!(note("answer(\"Q6.1\", ").contains("is no Rust"));
        assert!(note("answer(\"Q6.99\", 1)").contains("no question"));
    }

    #[test]
    fn a_list_that_is_none_loses_nothing_else() {
        let mut found = Submission::default();
        take_list(
            "answers.json",
            "[{\"question\": \"Q6.1\", \"text\": \"4\"}, 7, {\"question\": \"Q6.1\"}]",
            &mut found,
        );
        take_list("more/answers.json", "{", &mut found);
        assert_eq!(found.questions["Q6.1"].text, "4");
        assert_eq!(found.notes.len(), 3, "{:?}", found.notes);
    }
}
