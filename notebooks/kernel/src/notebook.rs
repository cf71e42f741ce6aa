//! Reading and writing notebooks.

use std::io::Write;
use std::path::{Path, PathBuf};

use nbformat::v4::{Cell, Notebook, Output};
use serde_json::Value;

use crate::{DISPLAY_NAME, KERNEL_NAME, LANGUAGE, Trouble};

/// A notebook of the course, and the bytes it was read from.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where it was read from.
    pub path: PathBuf,
    /// The text of the file.
    pub text: String,
    /// Its cells and metadata.
    pub notebook: Notebook,
}

/// A code cell, as the runner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Which code cell it is, from 1, as Jupyter numbers them.
    pub number: usize,
    /// Its place among all cells, from 0.
    pub index: usize,
    /// What it says.
    pub source: String,
    /// The author declares that it must not compile.
    pub must_not_compile: bool,
}

impl Code {
    /// The first line that says something, for naming the cell.
    pub fn first_line(&self) -> &str {
        self.source.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim()
    }
}

impl Document {
    /// Reads a notebook of this course.
    ///
    /// # Errors
    /// When the file cannot be read, is not a notebook in format 4.5, or belongs to another kernel.
    pub fn read(path: &Path) -> Result<Self, Trouble> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let what = format!("cannot read the notebook {}: {error}", path.display());
            Trouble::new(what, "check the path; the course's notebooks lie in `notebooks/`")
        })?;
        let notebook = parse(path, &text)?;
        check_kernel(path, &notebook)?;
        Ok(Self { path: path.to_path_buf(), text, notebook })
    }

    /// The code cells that say something, in order.
    pub fn code(&self) -> Vec<Code> {
        let cells = self.notebook.cells.iter().enumerate();
        let code = cells.filter_map(|(index, cell)| match cell {
            Cell::Code { source, metadata, .. } => Some((index, source.concat(), metadata)),
            _ => None,
        });
        code.filter(|(_, source, _)| !source.trim().is_empty())
            .enumerate()
            .map(|(position, (index, source, metadata))| {
                let expected = metadata.additional.get("course").and_then(|course| course.get("expect"));
                let must_not_compile = expected.and_then(Value::as_str) == Some("compile-error");
                Code { number: position + 1, index, source, must_not_compile }
            })
            .collect()
    }

    /// The outputs of the cell at `index` among all cells.
    pub fn outputs(&self, index: usize) -> &[Output] {
        match self.notebook.cells.get(index) {
            Some(Cell::Code { outputs, .. }) => outputs,
            _ => &[],
        }
    }

    /// The same notebook with these outputs: one entry for each of [`Document::code`]. Code cells that say
    /// nothing lose theirs.
    ///
    /// # Errors
    /// When an output is not one that the format knows.
    pub fn with_outputs(&self, new: &[Vec<Value>]) -> Result<Self, Trouble> {
        let mut changed = self.clone();
        for cell in &mut changed.notebook.cells {
            if let Cell::Code { execution_count, outputs, .. } = cell {
                *execution_count = None;
                outputs.clear();
            }
        }
        for (code, values) in self.code().iter().zip(new) {
            if let Some(Cell::Code { execution_count, outputs, .. }) =
                changed.notebook.cells.get_mut(code.index)
            {
                *execution_count = i32::try_from(code.number).ok();
                *outputs = values.iter().map(|value| output(value, code)).collect::<Result<_, _>>()?;
            }
        }
        changed.text = nbformat::serialize_notebook(&nbformat::Notebook::V4(changed.notebook.clone()))
            .map_err(|e| Trouble::new(format!("cannot write {}: {e}", self.path.display()), "report this"))?;
        Ok(changed)
    }

    /// Writes the notebook where it was read from, in one step: a reader sees the old file or the new one.
    ///
    /// # Errors
    /// When its folder cannot be written.
    pub fn write(&self) -> Result<(), Trouble> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let write = || {
            let mut file = tempfile::Builder::new()
                .prefix(".notebook-")
                .permissions(std::fs::metadata(&self.path)?.permissions())
                .tempfile_in(folder.unwrap_or(Path::new(".")))?;
            file.write_all(self.text.as_bytes())?;
            file.persist(&self.path)?;
            Ok::<_, std::io::Error>(())
        };
        write().map_err(|e| Trouble::file("write", &self.path, e))
    }
}

fn output(value: &Value, code: &Code) -> Result<Output, Trouble> {
    serde_json::from_value(value.clone()).map_err(|error| {
        let what = format!("cell {} gave an output that a notebook cannot hold: {error}", code.number);
        Trouble::new(what, "show a table, a chart or text instead")
    })
}

fn parse(path: &Path, text: &str) -> Result<Notebook, Trouble> {
    let name = path.display();
    let rebuild = "if it is one of the course's, `cargo course build` makes it anew from `notebooks/src`; if it \
                   holds answers of yours, copy them out with a text editor first";
    match nbformat::parse_notebook(text) {
        Ok(nbformat::Notebook::V4(notebook)) => Ok(notebook),
        Ok(nbformat::Notebook::V4QuirksMode(quirks)) => {
            let nameless = quirks.quirks().len();
            Err(Trouble::new(format!("{name}: {nameless} of its cells have no id"), rebuild))
        }
        Err(nbformat::NotebookError::UnsupportedVersion(0, _)) => {
            Err(Trouble::new(format!("{name} is not a notebook: it names no format"), rebuild))
        }
        Ok(_) | Err(nbformat::NotebookError::UnsupportedVersion(..)) => Err(Trouble::new(
            format!("{name} is in another notebook format than 4.5"),
            "open it in JupyterLab and save it; that brings it to the current format",
        )),
        Err(error) => Err(Trouble::new(format!("{name} is not a notebook: {error}"), rebuild)),
    }
}

fn check_kernel(path: &Path, notebook: &Notebook) -> Result<(), Trouble> {
    let kernel = notebook.metadata.kernelspec.as_ref();
    if kernel.is_some_and(|kernel| kernel.name == KERNEL_NAME || kernel.language.as_deref() == Some(LANGUAGE))
    {
        return Ok(());
    }
    let its = kernel.map_or("names no kernel".into(), |kernel| {
        format!("belongs to the kernel \"{}\", not to the course's", kernel.display_name)
    });
    Err(Trouble::new(
        format!("{} {its}", path.display()),
        format!("open it in JupyterLab and choose the kernel \"{DISPLAY_NAME}\", or give another notebook"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Result<Document, Trouble> {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("n.ipynb");
        std::fs::write(&path, text).unwrap();
        Document::read(&path).map_err(|trouble| {
            let folder = format!("{}/", scratch.path().display());
            Trouble::new(trouble.what.replace(&folder, ""), trouble.next)
        })
    }

    fn with_cells(cells: &str) -> String {
        format!(
            r#"{{"metadata": {{"kernelspec": {{"display_name": "Replication course (Rust)",
            "language": "rust", "name": "replication-course"}}}}, "nbformat": 4, "nbformat_minor": 5,
            "cells": [{cells}]}}"#
        )
    }

    #[test]
    fn what_is_no_notebook_of_the_course_is_refused_with_a_next_step() {
        let python = r#"{"metadata": {"kernelspec": {"display_name": "Python 3", "language": "python",
            "name": "python3"}}, "nbformat": 4, "nbformat_minor": 5, "cells": []}"#;
        let nameless = with_cells(
            r#"{"cell_type": "code", "metadata": {}, "source": "1", "outputs": [], "execution_count": null}"#,
        );
        let cases = [
            ("cut off", "{\"cells\": ["),
            ("python", python),
            ("no kernel", r#"{"metadata": {}, "nbformat": 4, "nbformat_minor": 5, "cells": []}"#),
            ("old", r#"{"metadata": {}, "nbformat": 4, "nbformat_minor": 2, "cells": []}"#),
            ("no notebook", "[1, 2]"),
            ("cell without id", &nameless),
        ];
        let messages = cases.map(|(case, text)| format!("{case}:\n{}", document(text).unwrap_err()));
        insta::assert_snapshot!(messages.join("\n\n"));
    }

    #[test]
    fn code_cells_are_numbered_as_jupyter_does_and_empty_ones_are_skipped() {
        let cells = [
            r##"{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# T"}"##,
            r#"{"cell_type": "code", "id": "b", "metadata": {}, "source": " \n", "outputs": [],
                "execution_count": 7}"#,
            r#"{"cell_type": "code", "id": "c", "metadata": {"course": {"expect": "compile-error"}},
                "source": ["\n", "let x = 1;\n", "x"], "outputs": [], "execution_count": 9}"#,
        ];
        let document = document(&with_cells(&cells.join(","))).unwrap();
        let code = document.code();
        assert_eq!(code.len(), 1);
        assert_eq!((code[0].number, code[0].index), (1, 2));
        assert_eq!(code[0].first_line(), "let x = 1;");
        assert!(code[0].must_not_compile);
    }

    #[test]
    fn outputs_replace_the_old_ones_and_are_written_as_jupyter_writes_them() {
        let cells = r#"{"cell_type": "code", "id": "c", "metadata": {}, "source": "x", "execution_count": 9,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "old\n"}]}"#;
        let document = document(&with_cells(cells)).unwrap();
        let result = serde_json::json!({"output_type": "execute_result", "execution_count": 1, "metadata": {},
            "data": {"text/plain": "two\nlines", "text/html": "<b>x</b>"}});
        let changed = document.with_outputs(&[vec![result]]).unwrap();
        insta::assert_snapshot!(changed.text);
    }
}
