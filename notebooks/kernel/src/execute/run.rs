//! The process that executes one notebook: `course-kernel run-notebook`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Fault, Progress, Ran, Record};
use crate::Trouble;
use crate::evaluate::compile_error::{self, Told};
use crate::evaluate::hint::{self, Around};
use crate::evaluate::lines::text;
use crate::evaluate::{End, Evaluated, Session, Stop};
use crate::notebook::{Code, Document};

/// Executes the notebook in the current private folder and writes the [`Record`] to `answer`. A cell that runs longer
/// than `limit` seconds is stopped.
///
/// # Errors
/// When the notebook cannot be read, the kernel doesn't start, or the record cannot be written.
pub fn run(notebook: &Path, answer: &Path, limit: u64) -> Result<(), Trouble> {
    let document = Document::read(notebook)?;
    let mut session = Session::start()?;
    let mut record = Record::default();
    for code in document.code() {
        let ran = cell(&mut session, &code, Duration::from_secs(limit), notebook);
        let go_on = ran.fault.as_ref().is_none_or(Fault::lets_go_on);
        record.cells.push(ran);
        println!("{}", json!(Progress::Cell { number: code.number }));
        if !go_on {
            break;
        }
    }
    std::fs::write(answer, json!(record).to_string()).map_err(|e| Trouble::file("write", answer, e))
}

fn cell(session: &mut Session, code: &Code, limit: Duration, notebook: &Path) -> Ran {
    let Evaluated { shown, complaints, end } = session.evaluate(&code.source, Some(limit));
    let printed: Vec<String> = session.stdout.take().into_iter().chain(session.stdout.notice()).collect();
    let mut outputs = Vec::new();
    if !printed.is_empty() {
        outputs.push(json!({"output_type": "stream", "name": "stdout", "text": text(&printed)}));
    }
    let fault = match end {
        End::CompileErrors(errors) => {
            let around = Around { notebook: Some(notebook.to_path_buf()) };
            let Told { name, message, lines } = compile_error::told(&errors, hint::hint(&errors, &around));
            outputs
                .push(json!({"output_type": "error", "ename": name, "evalue": message, "traceback": lines}));
            (!code.must_not_compile).then(|| Fault::CompileError(lines.join("\n")))
        }
        End::Refused(text) => Some(Fault::CompileError(text)),
        _ if code.must_not_compile => Some(Fault::Compiles),
        End::Panicked(text) => Some(Fault::Panic(text)),
        End::Returned(text) => Some(Fault::Returned(text)),
        End::Lost { why: Stop::TooLong(limit), .. } => Some(Fault::TooLong(limit.as_secs())),
        End::Lost { how, .. } => Some(Fault::Ended(how)),
        End::Well if !complaints.is_empty() => Some(Fault::StandardError(complaints.join("\n"))),
        End::Well => without_text(&shown),
    };
    outputs.extend(execute_result(shown, code.number));
    Ran { number: code.number, outputs, fault }
}

fn without_text(shown: &BTreeMap<String, Value>) -> Option<Fault> {
    if shown.is_empty() || shown.contains_key("text/plain") {
        return None;
    }
    let forms: BTreeSet<String> = shown.keys().cloned().collect();
    Some(Fault::NoText(forms.into_iter().collect()))
}

fn execute_result(shown: BTreeMap<String, Value>, number: usize) -> Option<Value> {
    (!shown.is_empty()).then(
        || json!({"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": shown}),
    )
}
