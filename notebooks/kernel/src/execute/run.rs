//! The process that executes one notebook: `course-kernel run-notebook`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, Select};
use evcxr::{CommandContext, EvalOutputs};
use serde_json::{Value, json};

use super::{Fault, Progress, Ran, Record, message};
use crate::Trouble;
use crate::notebook::{Code, Document};

/// Standard error reaches us through a thread of evcxr's, and a cell's last line may come a moment after the
/// cell's end: how long to wait between two looks.
const STRAGGLERS: Duration = Duration::from_millis(2);

/// How often to look before standard error is believed to be silent.
const LOOKS: u32 = 5000;

/// Written behind a cell's own lines: when it arrives, all lines before it have arrived.
const LAST_LINE: &str = "course-kernel: the last line";

/// Executes the notebook in the current private folder and writes the [`Record`] to `answer`.
///
/// # Errors
/// When the notebook cannot be read, the kernel doesn't start, or the record cannot be written.
pub fn run(notebook: &Path, answer: &Path, limit: u64) -> Result<(), Trouble> {
    let document = Document::read(notebook)?;
    let mut session = Session::start(limit)?;
    let mut record = Record::default();
    for code in document.code() {
        let ran = session.cell(&code);
        let go_on = ran.fault.as_ref().is_none_or(Fault::lets_go_on);
        record.cells.push(ran);
        println!("{}", json!(Progress::Cell { number: code.number }));
        if !go_on {
            break;
        }
    }
    std::fs::write(answer, json!(record).to_string()).map_err(|e| Trouble::file("write", answer, e))
}

/// Lines that arrived on one of the two streams.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// Collects from `source` in a thread, because evcxr ends a cell only when its output was fetched.
    fn collect(source: Receiver<String>) -> Self {
        let lines = Self::default();
        let collected = lines.clone();
        std::thread::spawn(move || {
            loop {
                let mut select = Select::new();
                select.recv(&source);
                select.ready();
                // A line leaves the channel only under the lock: who sees the channel empty and then takes the
                // lock has all lines.
                let mut collected = collected.0.lock().unwrap_or_else(PoisonError::into_inner);
                loop {
                    match source.try_recv() {
                        Ok(line) => collected.push(line),
                        Err(crossbeam_channel::TryRecvError::Empty) => break,
                        Err(crossbeam_channel::TryRecvError::Disconnected) => return,
                    }
                }
            }
        });
        lines
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Session {
    context: CommandContext,
    stdout: Lines,
    stderr: Lines,
    limit: u64,
}

impl Session {
    fn start(limit: u64) -> Result<Self, Trouble> {
        let next =
            "run `cargo course lab` to make the kernel's build folder anew, then `cargo course doctor`";
        let failed = |e: evcxr::Error| Trouble::new(format!("the kernel does not start: {e}"), next);
        let (mut context, outputs) = CommandContext::new().map_err(failed)?;
        let (stdout, stderr) = (Lines::collect(outputs.stdout), Lines::collect(outputs.stderr));
        context.execute(":load_config --quiet").map_err(failed)?;
        stdout.take();
        stderr.take();
        Ok(Self { context, stdout, stderr, limit })
    }

    fn cell(&mut self, code: &Code) -> Ran {
        let (result, in_time) = self.evaluate(&code.source);
        let complaints = self.complaints();
        let printed = self.stdout.take();
        let mut outputs = Vec::new();
        if !printed.is_empty() {
            outputs.push(json!({"output_type": "stream", "name": "stdout", "text": text(&printed)}));
        }
        let fault = match result {
            Ok(shown) => {
                let fault = fault_of_output(&shown, &complaints, code);
                outputs.extend(execute_result(shown, code.number));
                fault
            }
            Err(_) if !in_time => Some(Fault::TooLong(self.limit)),
            Err(evcxr::Error::SubprocessTerminated(how)) => {
                let complaints = text(&complaints);
                Some(Fault::Ended(format!("{how}\n{complaints}").trim_end().to_string()))
            }
            Err(error) => {
                let lines = error_lines(&error);
                outputs.push(json!({"output_type": "error", "ename": "Error", "evalue": error.to_string(),
                    "traceback": lines}));
                (!code.must_not_compile).then(|| Fault::CompileError(lines.join("\n")))
            }
        };
        Ran { number: code.number, outputs, fault }
    }

    /// The result, and whether it came in time. A cell that doesn't end loses its process.
    fn evaluate(&mut self, source: &str) -> (Result<EvalOutputs, evcxr::Error>, bool) {
        let process = self.context.process_handle();
        let (done, wait) = mpsc::channel::<()>();
        let limit = Duration::from_secs(self.limit);
        let watch = std::thread::spawn(move || {
            let late = wait.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if late {
                // An error means that the process has ended by itself.
                let _ = process.lock().unwrap_or_else(PoisonError::into_inner).kill();
            }
            late
        });
        let result = self.context.execute(source);
        drop(done);
        (result, !watch.join().unwrap_or(false))
    }

    /// What the cell wrote on standard error, to the last line.
    fn complaints(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.mark_standard_error().is_err() {
            // A process that is being replaced, or a system without `/proc`: what comes within a moment counts.
            std::thread::sleep(STRAGGLERS * 10);
            return self.stderr.take();
        }
        for _ in 0..LOOKS {
            lines.extend(self.stderr.take());
            if let Some(begun) = lines.last().and_then(|line: &String| line.strip_suffix(LAST_LINE)) {
                let begun = begun.to_string();
                lines.pop();
                lines.extend((!begun.is_empty()).then_some(begun));
                break;
            }
            std::thread::sleep(STRAGGLERS);
        }
        lines
    }

    /// Writes [`LAST_LINE`] into the pipe that the cells' process writes its standard error to.
    fn mark_standard_error(&self) -> std::io::Result<()> {
        let process = self.context.process_handle();
        let id = process.lock().unwrap_or_else(PoisonError::into_inner).id();
        let mut pipe = std::fs::OpenOptions::new().write(true).open(format!("/proc/{id}/fd/2"))?;
        writeln!(pipe, "{LAST_LINE}")
    }
}

fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn fault_of_output(shown: &EvalOutputs, complaints: &[String], code: &Code) -> Option<Fault> {
    if code.must_not_compile {
        return Some(Fault::Compiles);
    }
    if !complaints.is_empty() {
        return Some(fault_of_complaints(complaints));
    }
    if shown.is_empty() || shown.get("text/plain").is_some() {
        return None;
    }
    let forms: std::collections::BTreeSet<String> = shown.content_by_mime_type.keys().cloned().collect();
    Some(Fault::NoText(forms.into_iter().collect()))
}

/// A panic is told apart by the words of Rust's own message; its backtrace names only evcxr's machinery.
fn fault_of_complaints(complaints: &[String]) -> Fault {
    let panicked = complaints.iter().any(|line| line.contains("panicked at"));
    let told = complaints.iter().take_while(|line| *line != "stack backtrace:");
    let told: Vec<String> =
        told.map(|line| without_generated(line)).filter(|line| !line.is_empty()).collect();
    let told = told.join("\n");
    if panicked { Fault::Panic(told) } else { Fault::StandardError(told) }
}

/// A panic's line without the thread's name and number, and without a place in source that evcxr generated.
fn without_generated(line: &str) -> String {
    match line.split_once(" panicked at ") {
        Some((_, place)) if place.starts_with("src/lib.rs:") => "panicked:".into(),
        Some((_, place)) => format!("panicked at {place}"),
        None => line.to_string(),
    }
}

fn execute_result(shown: EvalOutputs, number: usize) -> Option<Value> {
    if shown.is_empty() {
        return None;
    }
    let data: BTreeMap<String, Value> = shown
        .content_by_mime_type
        .into_iter()
        .map(|(form, content)| {
            let parsed = form.contains("json").then(|| serde_json::from_str(&content).ok()).flatten();
            (form, parsed.unwrap_or(Value::String(content)))
        })
        .collect();
    Some(json!({"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": data}))
}

fn error_lines(error: &evcxr::Error) -> Vec<String> {
    match error {
        evcxr::Error::CompilationErrors(errors) => errors.iter().flat_map(message::compile_error).collect(),
        other => other.to_string().lines().map(str::to_string).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_without_what_changes_from_run_to_run() {
        let lines = [
            "",
            "thread '<unnamed>' (11753) panicked at /c/replication-lab/src/ring.rs:7:9:",
            "N must not be 0",
            "stack backtrace:",
            "   0: rust_begin_unwind",
        ]
        .map(str::to_string);
        let told = "panicked at /c/replication-lab/src/ring.rs:7:9:\nN must not be 0";
        assert_eq!(fault_of_complaints(&lines), Fault::Panic(told.into()));
        assert_eq!(without_generated("thread 'main' (3) panicked at src/lib.rs:116:8:"), "panicked:");
    }

    #[test]
    fn any_other_line_on_standard_error_is_told_as_it_is() {
        let lines = ["a complaint".to_string()];
        assert_eq!(fault_of_complaints(&lines), Fault::StandardError("a complaint".into()));
    }
}
