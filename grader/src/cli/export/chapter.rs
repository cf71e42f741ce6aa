//! A notebook as what its page shows.

use html_escape::encode_text;
use minijinja::context;
use nbformat::v4::{Cell, Notebook, Output};
use serde_json::Value;

use super::prose::{self, Heading, Opening, Writer};
use super::rust::highlighted;
use crate::store::notebook::of_course;

/// A chapter.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// The name of its files without their endings: `06-leaderless`.
    pub stem: String,
    /// What it says of itself.
    pub opening: Opening,
    /// Its cells, in their order.
    pub cells: Vec<Shown>,
}

/// A cell as it is shown. Formulas and links come later: only the whole site knows where links lead.
#[derive(Clone, Debug)]
pub enum Shown {
    /// Markdown.
    Prose(String),
    /// Code and what it gave.
    Code(Code),
}

/// A code cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its source as HTML.
    pub source: String,
    /// What is said above it where it waits for the reader, as HTML.
    pub note: Option<String>,
    /// Its outputs as HTML.
    pub outputs: Vec<String>,
}

impl Chapter {
    /// The chapter of a notebook.
    ///
    /// # Errors
    /// When it has no title.
    pub fn of(stem: &str, notebook: &Notebook) -> Result<Self, String> {
        let first = notebook.cells.iter().find(|cell| matches!(cell, Cell::Markdown { .. }));
        let opening = first.map(|cell| prose::opening(&cell.source().concat())).unwrap_or_default();
        if opening.title.is_empty() {
            return Err(
                "its first text has no heading, so nobody knows what the chapter is called".to_owned()
            );
        }
        let cells = notebook.cells.iter().filter_map(shown).collect();
        Ok(Self { stem: stem.to_owned(), opening, cells })
    }

    /// Its page's name.
    pub fn page(&self) -> String {
        format!("{}.html", self.stem)
    }

    /// Its cells for the template, and its headings. `page_of` says which page a link to a notebook leads to.
    ///
    /// # Errors
    /// Which formula is not understood.
    pub fn body(
        &self,
        page_of: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Vec<minijinja::Value>, Vec<Heading>), String> {
        let safe = |html: &str| minijinja::Value::from_safe_string(html.to_owned());
        let mut writer = Writer::default();
        let mut cells = Vec::new();
        for cell in &self.cells {
            cells.push(match cell {
                Shown::Prose(markdown) => context! { prose => safe(&writer.html(markdown, page_of)?) },
                Shown::Code(Code { source, note, outputs }) => context! {
                    source => safe(source),
                    note => note.as_deref().map(safe),
                    outputs => outputs.iter().map(|output| safe(output)).collect::<Vec<_>>(),
                },
            });
        }
        Ok((cells, writer.headings))
    }
}

fn shown(cell: &Cell) -> Option<Shown> {
    let source = cell.source().concat();
    match cell {
        _ if source.trim().is_empty() => None,
        Cell::Markdown { .. } => Some(Shown::Prose(source)),
        Cell::Code { outputs, .. } => Some(Shown::Code(Code {
            source: highlighted(source.trim_end()),
            note: note(cell),
            outputs: outputs.iter().filter_map(output).collect(),
        })),
        Cell::Raw { .. } => None,
    }
}

/// What is said above a cell in which the reader would write or run something.
fn note(cell: &Cell) -> Option<String> {
    let id = |key| of_course(cell, key).and_then(Value::as_str).map(encode_text);
    let lab = "in the notebook: <code>cargo course lab</code>";
    if let Some(exercise) = id("exercise") {
        return Some(format!("<strong>Yours to write.</strong> Exercise {exercise}, {lab}."));
    }
    if let Some(exercise) = id("check") {
        return Some(format!(
            "Checks what you wrote, {lab}. Without Jupyter: <code>cargo course check {exercise}</code>."
        ));
    }
    if id("answer").is_some() {
        return Some(format!("<strong>Your answer</strong>, {lab}."));
    }
    of_course(cell, "progress").map(|_| format!("Shows what you have done, {lab}."))
}

/// An output as HTML: the richest form that it has. One without a form that a browser shows is left out.
fn output(output: &Output) -> Option<String> {
    let value = serde_json::to_value(output).ok()?;
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    };
    let pre = |class: &str, text: &str| {
        format!("<pre class=\"{class}\">{}</pre>", encode_text(text.trim_end_matches('\n')))
    };
    let shown = match value["output_type"].as_str()? {
        "stream" => pre("stream", &text(&value["text"])),
        "error" => {
            let lines = value["traceback"].as_array().into_iter().flatten().filter_map(Value::as_str);
            pre("error", &without_colours(&lines.collect::<Vec<_>>().join("\n")))
        }
        _ => {
            let form = |form: &str| Some(text(&value["data"][form])).filter(|text| !text.is_empty());
            let picture = |form: &str| {
                let data = form
                    .starts_with("image/")
                    .then(|| text(&value["data"][form]))
                    .filter(|data| !data.is_empty())?;
                Some(format!("<img alt=\"\" src=\"data:{form};base64,{}\">", data.replace('\n', "")))
            };
            form("text/html")
                .or_else(|| form("image/svg+xml"))
                .or_else(|| picture("image/png"))
                .or_else(|| picture("image/jpeg"))
                .or_else(|| form("text/plain").map(|plain| pre("result", &plain)))?
        }
    };
    Some(shown)
}

/// Without a terminal's codes for colours.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        out + part.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, text)| text)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(value: Value) -> Option<String> {
        output(&serde_json::from_value(value).unwrap())
    }

    #[test]
    fn each_output_is_shown_in_its_richest_form() {
        let result = |data: Value| {
            of(json!({"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}))
        };
        let shown = [
            result(json!({"text/html": "<img src=\"data:,\"><script>draw()</script>", "text/plain": "x"})),
            result(json!({"text/plain": "a < b\n"})),
            result(json!({"image/png": "QUJD\n"})),
            of(json!({"output_type": "stream", "name": "stdout", "text": "1 & 2\n"})),
            of(
                json!({"output_type": "error", "ename": "E", "evalue": "", "traceback": ["\u{1b}[31merror\u{1b}[0m[E0308]", " here"]}),
            ),
        ];
        let shown: Vec<String> = shown.into_iter().flatten().collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        <img src="data:,"><script>draw()</script>
        <pre class="result">a &lt; b</pre>
        <img alt="" src="data:image/png;base64,QUJD">
        <pre class="stream">1 &amp; 2</pre>
        <pre class="error">error[E0308]
         here</pre>
        "#);
    }
}
