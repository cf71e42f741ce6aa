//! The thread that evaluates cells, one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jupyter_protocol::{
    CompleteReply, CompleteRequest, ErrorOutput, ExecuteInput, ExecuteReply, ExecuteRequest, ExecuteResult,
    ExecutionCount, InspectReply, InspectRequest, JupyterMessage, JupyterMessageContent, Media, ReplyError,
    ReplyStatus, Status, StreamContent,
};
use serde_json::{Value, json};

use super::queue::{Abortion, Request};
use super::reply;
use super::server::Outbox;
use crate::Trouble;
use crate::evaluate::hint::Around;
use crate::evaluate::lines::{Lines, text};
use crate::evaluate::origin::{self, Origins};
use crate::evaluate::{End, Evaluated, Session, Stopper};

/// How often a running cell's lines are shown.
const REFRESH: Duration = Duration::from_millis(40);

/// Where Jupyter says which notebook the kernel was started for.
const NOTEBOOK_VARIABLE: &str = "JPY_SESSION_NAME";

/// Evaluates until nobody asks any more.
pub fn run(
    requests: &Receiver<Request>,
    outbox: Outbox,
    abortion: &Abortion,
    stopper: &OnceLock<Arc<Stopper>>,
) {
    let mut worker = Worker::start(outbox, stopper);
    for request in requests {
        let aborted = abortion.concerns(&request);
        let message = request.message;
        worker.outbox.publish(Status::busy(), &message);
        let answer: Option<JupyterMessageContent> = match (&message.content, aborted) {
            (JupyterMessageContent::ExecuteRequest(_), true) => {
                let status = ReplyStatus::Aborted;
                Some(
                    ExecuteReply { status, execution_count: worker.count(), ..ExecuteReply::default() }
                        .into(),
                )
            }
            (JupyterMessageContent::ExecuteRequest(request), false) => {
                let reply = worker.execute(request, &message);
                if reply.status == ReplyStatus::Error && request.stop_on_error {
                    abortion.abort_what_waits();
                }
                Some(reply.into())
            }
            (JupyterMessageContent::CompleteRequest(request), _) => Some(worker.complete(request).into()),
            (JupyterMessageContent::InspectRequest(request), _) => Some(worker.inspect(request).into()),
            // Jupyter doesn't wait for an answer to what a kernel doesn't know.
            _ => None,
        };
        if let Some(answer) = answer {
            worker.outbox.answer(answer, &message);
        }
        worker.outbox.publish(Status::idle(), &message);
    }
}

struct Worker {
    outbox: Outbox,
    /// Or why there is none.
    session: Result<Session, Trouble>,
    around: Around,
    origins: Origins,
    /// Variables that went with the cells' process and were not made again.
    lost: BTreeSet<String>,
    executed: usize,
}

/// How a request to execute ended, before it is told.
type Ended = Result<(), ErrorOutput>;

impl Worker {
    fn start(outbox: Outbox, stopper: &OnceLock<Arc<Stopper>>) -> Self {
        let session = Session::start();
        if let Ok(session) = &session {
            let _ = stopper.set(session.stopper());
        }
        let notebook = std::env::var_os(NOTEBOOK_VARIABLE).map(PathBuf::from);
        Self {
            outbox,
            session,
            around: Around { notebook },
            origins: Origins::default(),
            lost: BTreeSet::new(),
            executed: 0,
        }
    }

    fn count(&self) -> ExecutionCount {
        ExecutionCount::new(self.executed)
    }

    fn execute(&mut self, request: &ExecuteRequest, parent: &JupyterMessage) -> ExecuteReply {
        if !request.silent {
            self.executed += 1;
            let input = ExecuteInput { code: request.code.clone(), execution_count: self.count() };
            self.outbox.publish(input, parent);
        }
        let ended = self.cell(&request.code, parent, request.silent);
        if let (Err(output), false) = (&ended, request.silent) {
            self.outbox.publish(output.clone(), parent);
        }
        let reply = ExecuteReply {
            execution_count: self.count(),
            user_expressions: Some(Default::default()),
            ..ExecuteReply::default()
        };
        match ended {
            Ok(()) => reply,
            Err(ErrorOutput { ename, evalue, traceback }) => ExecuteReply {
                status: ReplyStatus::Error,
                error: Some(Box::new(ReplyError { ename, evalue, traceback })),
                ..reply
            },
        }
    }

    fn cell(&mut self, source: &str, parent: &JupyterMessage, silent: bool) -> Ended {
        self.make_again(&origin::uses(source), parent)?;
        let number = self.executed;
        let Self { session, outbox, origins, lost, around, .. } = self;
        let session = session.as_mut().map_err(|trouble| {
            reply::error("Trouble", &trouble.what, &[format!("next: {}", trouble.next)])
        })?;
        let Evaluated { shown, complaints, end } = match silent {
            true => session.evaluate(source, None),
            false => showing_lines(session, outbox, parent, |session| session.evaluate(source, None)),
        };
        if !silent {
            stream(outbox, StreamContent::stderr(&text(&complaints)), parent);
            if !shown.is_empty() {
                outbox.publish(ExecuteResult::new(ExecutionCount::new(number), media(shown)), parent);
            }
        }
        match &end {
            End::Well => origins.add(number, source),
            // What it did before it failed has happened.
            End::Panicked(_) | End::Returned(_) => origins.add_failed(number, source),
            End::Lost { variables, .. } => lost.extend(variables.iter().cloned()),
            End::CompileErrors(_) | End::Refused(_) => {}
        }
        for name in session.variables() {
            lost.remove(&name);
        }
        reply::fault(&end, origins, around).map_or(Ok(()), Err)
    }

    /// Makes lost variables again that a cell uses.
    fn make_again(&mut self, uses: &BTreeSet<String>, parent: &JupyterMessage) -> Ended {
        let wanted: BTreeSet<String> = self.lost.intersection(uses).cloned().collect();
        let Ok(session) = &mut self.session else { return Ok(()) };
        let cells = self.origins.of(&wanted);
        if cells.is_empty() {
            return Ok(());
        }
        for cell in &cells {
            let end = session.evaluate(&cell.source, None).end;
            let as_before = match end {
                End::Well => !cell.failed,
                End::Panicked(_) | End::Returned(_) => cell.failed,
                _ => false,
            };
            if !as_before {
                if let End::Lost { variables, .. } = &end {
                    self.lost.extend(variables.iter().cloned());
                }
                let why = reply::fault(&end, &self.origins, &self.around);
                return Err(reply::not_made_again(cell.number, why));
            }
        }
        let numbers: Vec<usize> = cells.iter().map(|cell| cell.number).collect();
        for name in session.variables() {
            self.lost.remove(&name);
        }
        stream(&self.outbox, StreamContent::stdout(&reply::made_again(&wanted, &numbers)), parent);
        Ok(())
    }

    fn complete(&mut self, request: &CompleteRequest) -> CompleteReply {
        let CompleteRequest { code, cursor_pos } = request;
        let Ok(session) = &mut self.session else { return CompleteReply::default() };
        let Ok(found) = session.completions(code, byte_of(code, *cursor_pos)) else {
            return CompleteReply {
                cursor_start: *cursor_pos,
                cursor_end: *cursor_pos,
                ..CompleteReply::default()
            };
        };
        let (start, end) = (character_of(code, found.start_offset), character_of(code, found.end_offset));
        let kinds: Vec<Value> = found
            .completions
            .iter()
            .map(|item| json!({"text": item.label, "type": item.kind, "start": start, "end": end}))
            .collect();
        CompleteReply {
            matches: found.completions.into_iter().map(|item| item.code).collect(),
            cursor_start: start,
            cursor_end: end,
            metadata: BTreeMap::from([("_jupyter_types_experimental".to_string(), Value::Array(kinds))])
                .into_iter()
                .collect(),
            ..CompleteReply::default()
        }
    }

    fn inspect(&mut self, request: &InspectRequest) -> InspectReply {
        let Ok(session) = &mut self.session else { return InspectReply::default() };
        let place = byte_of(&request.code, request.cursor_pos);
        match session.hover(&request.code, place) {
            Some((text, html)) => {
                let forms = [("text/plain".to_string(), text.into()), ("text/html".to_string(), html.into())];
                InspectReply {
                    found: true,
                    data: media(forms.into_iter().collect()),
                    ..InspectReply::default()
                }
            }
            None => InspectReply::default(),
        }
    }
}

/// Shows what a cell prints while it runs, and then the rest.
fn showing_lines<T>(
    session: &mut Session,
    outbox: &Outbox,
    parent: &JupyterMessage,
    run: impl FnOnce(&mut Session) -> T,
) -> T {
    let lines = session.stdout.clone();
    let result = std::thread::scope(|scope| {
        let (done, wait) = mpsc::channel::<()>();
        let lines = lines.clone();
        scope.spawn(move || {
            while wait.recv_timeout(REFRESH) == Err(RecvTimeoutError::Timeout) {
                show(outbox, &lines, parent);
            }
        });
        let result = run(session);
        drop(done);
        result
    });
    show(outbox, &lines, parent);
    if let Some(notice) = lines.notice() {
        stream(outbox, StreamContent::stdout(&format!("{notice}\n")), parent);
    }
    result
}

fn show(outbox: &Outbox, lines: &Lines, parent: &JupyterMessage) {
    stream(outbox, StreamContent::stdout(&text(&lines.take())), parent);
}

fn stream(outbox: &Outbox, content: StreamContent, parent: &JupyterMessage) {
    if !content.text.is_empty() {
        outbox.publish(content, parent);
    }
}

fn media(forms: BTreeMap<String, Value>) -> Media {
    // Every object of texts by media type is one.
    serde_json::from_value(json!(forms)).unwrap_or_default()
}

/// Jupyter counts characters, evcxr bytes.
fn byte_of(code: &str, character: usize) -> usize {
    code.char_indices().nth(character).map_or(code.len(), |(byte, _)| byte)
}

fn character_of(code: &str, byte: usize) -> usize {
    code.char_indices().take_while(|(start, _)| *start < byte).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters() {
        let code = "let ä = \"→\";";
        for (character, (byte, _)) in code.char_indices().enumerate() {
            assert_eq!((byte_of(code, character), character_of(code, byte)), (byte, character));
        }
        assert_eq!(byte_of(code, 99), code.len());
        assert_eq!(character_of(code, code.len()), code.chars().count());
    }
}
