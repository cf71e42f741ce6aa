//! The lab's own files: the operations as serde writes them, and what the keys held at first.

use serde::{Deserialize, Serialize};

use super::super::History;
use super::Recorded;
use super::error::{FormatError, Problem};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    initially: Option<String>,
    operations: History,
}

pub(super) fn read(text: &str) -> Result<Recorded, FormatError> {
    let file = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text).map(|operations| File { initially: None, operations }),
        false => serde_json::from_str(text),
    };
    let file: File = file.map_err(|error| {
        FormatError::at(error.line(), Problem::Broken(format!("a history as the lab writes it ({error})")))
    })?;
    let File { initially, operations: mut history } = file;
    let backwards = history.0.iter().position(|op| op.ended.is_some_and(|ended| ended < op.began));
    if let Some(place) = backwards {
        return Err(FormatError::of_file(Problem::EndsBeforeItBegins { operation: place + 1 }));
    }
    history.0.sort_by_key(|op| op.began);
    Ok(Recorded { history, initially })
}

/// One operation a line.
pub(super) fn write(recorded: &Recorded) -> String {
    let operations = recorded.history.0.iter();
    let lines: Vec<_> =
        operations.map(|op| serde_json::to_string(op).expect("an operation is plain data")).collect();
    let initially = serde_json::to_string(&recorded.initially).expect("a text is plain data");
    format!("{{\"initially\": {initially}, \"operations\": [\n{}\n]}}\n", lines.join(",\n"))
}
