//! What a table looks like.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::EngineError;
use super::value::{Type, Value};

/// The values of a row, in the order of the table's columns.
pub type Row = Vec<Value>;

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Type,
    /// What rows have that say nothing else.
    pub default: Value,
}

/// A table's name, columns and primary key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// The place of the column that is its primary key.
    pub key: usize,
}

impl Schema {
    /// The place of a column.
    ///
    /// # Errors
    /// When there is none of this name; says which there are.
    pub fn column(&self, name: &str) -> Result<usize, EngineError> {
        self.columns.iter().position(|column| column.name == name).ok_or_else(|| EngineError::UnknownColumn {
            table: self.name.clone(),
            column: name.to_owned(),
            known: self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// The primary key of a row.
    pub fn key_of<'r>(&self, row: &'r Row) -> &'r Value {
        &row[self.key]
    }

    /// The place of the column that its sequence numbers, if there is one.
    pub fn serial(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.kind == Type::Serial)
    }
}

/// As the statement that creates it.
impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CREATE TABLE {} (", self.name)?;
        for (place, column) in self.columns.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{} {}", column.name, column.kind)?;
            if place == self.key {
                f.write_str(" PRIMARY KEY")?;
            }
            if column.default != Value::Null {
                write!(f, " DEFAULT {}", column.default)?;
            }
        }
        f.write_str(")")
    }
}
