//! What a database looks like.

use super::database::Database;
use super::error::EngineError;
use super::value::Value;
use crate::view;

impl Database {
    /// The rows of a table, by their keys.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn view(&self, table: &str) -> Result<view::Table, EngineError> {
        let columns = &self.table(table)?.schema().columns;
        let header = view::Table::new(columns.iter().map(|column| column.name.as_str()));
        Ok(self.rows(table)?.values().fold(header, |view, row| view.row(row.iter().map(Value::plain))))
    }
}
