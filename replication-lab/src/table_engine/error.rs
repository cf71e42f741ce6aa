//! What the engine refuses.

use std::fmt;

use super::value::{Type, Value};

/// Why a statement, or a change, can't be carried out. Nothing has been changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// A text that is no statement that the engine knows: the text, and where it stops making sense.
    Syntax {
        /// The text.
        text: String,
        /// What stands where it goes wrong.
        at: String,
        /// What would be right there.
        wanted: String,
    },
    /// There is no such table.
    UnknownTable {
        /// What was asked for.
        table: String,
        /// The tables that there are.
        known: String,
    },
    /// A table of this name is there already.
    TableExists(String),
    /// A table has a column of this name already: the table, and the column.
    ColumnExists(String, String),
    /// More than 64 columns: how many.
    TooManyColumns(usize),
    /// A table has no such column.
    UnknownColumn {
        /// The table.
        table: String,
        /// What was asked for.
        column: String,
        /// The columns that there are.
        known: String,
    },
    /// A column can't hold this value.
    Type {
        /// The column.
        column: String,
        /// What it holds.
        kind: Type,
        /// What it was given.
        value: Value,
    },
    /// Values that can't be put together.
    Operands {
        /// The operation.
        operator: String,
        /// On the left.
        left: Value,
        /// On the right.
        right: Value,
    },
    /// A row without a primary key.
    NullKey(String),
    /// A row with this primary key is there already.
    DuplicateKey {
        /// The table.
        table: String,
        /// The key.
        key: Value,
    },
    /// As many values as columns are needed.
    Count {
        /// How many columns.
        columns: usize,
        /// How many values.
        values: usize,
    },
    /// Two transactions changed the same row; this one came second.
    Conflict {
        /// The table.
        table: String,
        /// The row.
        key: Value,
    },
    /// A row that is larger than a page: its bytes.
    TooLarge(usize),
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { text, at, wanted } => match at.is_empty() {
                true => write!(f, "“{text}” ends too early: {wanted} is missing"),
                false => write!(f, "“{text}” makes no sense from “{at}” on: write {wanted}"),
            },
            Self::UnknownTable { table, known } => match known.is_empty() {
                true => write!(f, "there is no table {table}, nor any other: create it first"),
                false => write!(f, "there is no table {table}: choose from {known}, or create it first"),
            },
            Self::TableExists(table) => write!(f, "there is a table {table} already: choose another name"),
            Self::ColumnExists(table, column) => {
                write!(f, "table {table} has a column {column} already: choose another name")
            }
            Self::TooManyColumns(count) => write!(f, "{count} columns are too many: define at most 64"),
            Self::UnknownColumn { table, column, known } => {
                write!(f, "table {table} has no column {column}: choose from {known}, or add it first")
            }
            Self::Type { column, kind, value } => {
                write!(f, "column {column} holds {kind}, not {value}: give it a value of its type")
            }
            Self::Operands { operator, left, right } => {
                write!(f, "{left} {operator} {right} has no value: both sides must be of one kind")
            }
            Self::NullKey(column) => write!(f, "{column} is the primary key and is NULL: give it a value"),
            Self::DuplicateKey { table, key } => {
                write!(f, "table {table} has a row with key {key} already: UPDATE it, or choose another key")
            }
            Self::Count { columns, values } => {
                write!(f, "{values} values for {columns} columns: give one value for each")
            }
            Self::Conflict { table, key } => write!(
                f,
                "another transaction has changed row {key} of {table} since: begin the transaction again"
            ),
            Self::TooLarge(bytes) => {
                write!(f, "a row of {bytes} bytes does not fit on a page of 8192: make it smaller")
            }
        }
    }
}

impl std::error::Error for EngineError {}
