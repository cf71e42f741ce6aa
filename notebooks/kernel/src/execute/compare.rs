//! How the outputs of a run differ from those in the notebook.

use similar::TextDiff;

use nbformat::v4::Output;
use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::notebook::Document;

/// Longer lines (a picture in HTML is one) are cut in the report and named by their hash; characters.
const LONG_LINE: usize = 160;

/// What differs between the notebook as it is and as the run has it; `None` when nothing does.
pub fn difference(old: &Document, new: &Document) -> Option<String> {
    if old.text == new.text {
        return None;
    }
    let name = old.path.display();
    let mut parts = Vec::new();
    for cell in old.code() {
        let before = as_text(old.outputs(cell.index));
        let after = as_text(new.outputs(cell.index));
        if before == after {
            continue;
        }
        let diff = TextDiff::from_lines(&before, &after);
        let lines = diff.unified_diff().context_radius(2).header("committed", "executed").to_string();
        parts.push(format!(
            "{name}, cell {} `{}`: the output differs.\n{lines}",
            cell.number,
            cell.first_line()
        ));
    }
    if parts.is_empty() {
        parts.push(format!("{name}: the outputs are the same, but not the way the file is written."));
    }
    parts.push("If the new outputs are right, `cargo course run` writes them.".into());
    Some(parts.join("\n"))
}

/// Outputs as text, every form of them.
fn as_text(outputs: &[Output]) -> String {
    let mut text = String::new();
    for output in outputs {
        let value = serde_json::to_value(output).unwrap_or_default();
        let kind = value["output_type"].as_str().unwrap_or_default();
        match kind {
            "stream" => add(&mut text, value["name"].as_str().unwrap_or_default(), &value["text"]),
            "error" => add(&mut text, "error", &joined(&value["traceback"])),
            _ => {
                for (form, content) in value["data"].as_object().into_iter().flatten() {
                    add(&mut text, form, content);
                }
            }
        }
    }
    text
}

fn joined(lines: &Value) -> Value {
    let lines = lines.as_array().into_iter().flatten().filter_map(Value::as_str);
    Value::String(lines.collect::<Vec<_>>().join("\n"))
}

fn add(text: &mut String, title: &str, content: &Value) {
    let content = match content {
        Value::String(whole) => whole.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.to_string(),
    };
    text.push_str(&format!("[{title}]\n"));
    for line in content.lines() {
        text.push_str(&shortened(line));
        text.push('\n');
    }
}

fn shortened(line: &str) -> String {
    let length = line.chars().count();
    if length <= LONG_LINE {
        return line.to_string();
    }
    let start: String = line.chars().take(LONG_LINE / 2).collect();
    format!("{start}… ({length} characters, hash {:016x})", xxh3_64(line.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn document(outputs: Value) -> Document {
        let notebook = serde_json::json!({"metadata": {}, "nbformat": 4, "nbformat_minor": 5, "cells": [
            {"cell_type": "code", "id": "a", "metadata": {}, "source": "cluster.read(\"x\")",
             "execution_count": 1, "outputs": outputs}]});
        let Ok(nbformat::Notebook::V4(notebook)) = nbformat::parse_notebook(&notebook.to_string()) else {
            panic!("a notebook")
        };
        let text = nbformat::serialize_notebook(&nbformat::Notebook::V4(notebook.clone())).unwrap();
        Document { path: PathBuf::from("notebooks/06.ipynb"), text, notebook }
    }

    #[test]
    fn a_changed_output_is_shown_by_its_cell_and_a_picture_by_its_hash() {
        let output = |text: &str, html: &str| {
            serde_json::json!([{"output_type": "execute_result", "execution_count": 1, "metadata": {},
                "data": {"text/plain": text, "text/html": html}}])
        };
        let old = document(output("N = 3\nread v1\ndone", &"a".repeat(500)));
        let new = document(output("N = 3\nread v2\ndone", &"b".repeat(500)));
        insta::assert_snapshot!(difference(&old, &new).unwrap());
    }

    #[test]
    fn equal_outputs_in_another_layout_are_a_difference_of_their_own() {
        let new = document(serde_json::json!([]));
        let old = Document { text: format!("{}\n", new.text), ..new.clone() };
        insta::assert_snapshot!(difference(&old, &new).unwrap());
        assert_eq!(difference(&new, &new), None);
    }
}
