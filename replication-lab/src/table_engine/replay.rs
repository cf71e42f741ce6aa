//! Carrying out what another node did.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::database::Database;
use super::error::EngineError;
use super::evaluate::Surroundings;
use super::execute::fitting;
use super::heap::PageChange;
use super::schema::{Row, Schema};
use super::sql::Statement;
use super::transaction::{Commit, Executed, PageRecord, RowChange, Work};
use super::value::Value;

/// A change of one row as a log without pages tells it: by the primary key, with columns by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyedChange {
    /// A new row.
    Insert {
        /// The table.
        table: String,
        /// The columns, and what they hold.
        values: Vec<(String, Value)>,
    },
    /// New values for a row.
    Update {
        /// The table.
        table: String,
        /// The primary key before the change.
        key: Value,
        /// The columns that get a value, changed or not.
        values: Vec<(String, Value)>,
    },
    /// A row that vanishes.
    Delete {
        /// The table.
        table: String,
        /// Its primary key.
        key: Value,
    },
}

impl KeyedChange {
    /// The table.
    pub fn table(&self) -> &str {
        match self {
            Self::Insert { table, .. } | Self::Update { table, .. } | Self::Delete { table, .. } => table,
        }
    }

    /// The primary key of the row that must be there.
    pub fn key(&self) -> Option<&Value> {
        match self {
            Self::Insert { .. } => None,
            Self::Update { key, .. } | Self::Delete { key, .. } => Some(key),
        }
    }

    /// What columns hold afterwards; nothing if the row vanishes.
    pub fn values(&self) -> Option<&[(String, Value)]> {
        match self {
            Self::Insert { values, .. } | Self::Update { values, .. } => Some(values),
            Self::Delete { .. } => None,
        }
    }
}

/// A change that does not fit what is there. Nothing has been changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The engine refuses it.
    Engine(EngineError),
    /// A row that shall be changed or removed is not there.
    NoRow {
        /// The table.
        table: String,
        /// Its primary key.
        key: Value,
    },
    /// A page is not as it was on the node that changed it.
    Page(String),
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => error.fmt(f),
            Self::NoRow { table, key } => {
                write!(f, "table {table} has no row {key} to change: this copy differs; make a new one")
            }
            Self::Page(change) => {
                write!(
                    f,
                    "a page is not as the log takes it to be ({change}): this copy differs; make a new one"
                )
            }
        }
    }
}

impl std::error::Error for Misfit {}

impl From<EngineError> for Misfit {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl Database {
    /// Carries a statement out that another node has carried out, with what it found around it where that is known: the
    /// time, what random numbers came from, the first number of the sequence. What is not known is found here.
    ///
    /// # Errors
    /// As [`Database::run`].
    pub fn run_again(
        &mut self,
        statement: &Statement,
        known: Option<&Executed>,
    ) -> Result<Commit, EngineError> {
        let Some(known) = known else { return self.run(statement) };
        if let Some(id) = known.first_id {
            self.set_last_id(statement.table(), id - 1);
        }
        self.run_in(statement, Surroundings::new(known.now, self.clock(), known.random_seed))
    }

    /// Makes changes of pages as another node made them.
    ///
    /// # Errors
    /// When a page is not what it was there.
    pub fn replay_pages(&mut self, records: &[PageRecord]) -> Result<Work, Misfit> {
        let mut work = Work::default();
        for record in records {
            let page = record.change.page();
            match record.change {
                PageChange::IndexInsert { .. } => work.index_entries += 1,
                PageChange::Prune { .. } | PageChange::Catalogue(..) | PageChange::Sequence(..) => {}
                _ => work.written += 1,
            }
            let done = match (&record.image, page) {
                (Some(image), Some((file, block))) => {
                    let table = self.tables.values_mut().find(|table| table.is_in(file));
                    table.and_then(|table| table.restore(block, image)).and_then(|()| self.end_moved(record))
                }
                _ => self.apply_page(&record.change),
            };
            done.ok_or_else(|| Misfit::Page(format!("{:?}", record.change).chars().take(60).collect()))?;
        }
        Ok(work)
    }

    /// The image is of the page that a tuple moved to; the one that it left must hear of it as well.
    fn end_moved(&mut self, record: &PageRecord) -> Option<()> {
        match record.change {
            PageChange::Update { file, from, to, .. } if from.block != to.block => {
                self.apply_page(&PageChange::Delete { file, at: from })
            }
            _ => Some(()),
        }
    }

    /// Changes rows as another node changed them, in one transaction: by their primary keys, wherever they lie here.
    /// Columns that are only here keep what they have, or get their default. Triggers don't fire.
    ///
    /// # Errors
    /// When a row is missing, or one that is to be new is there, or the engine refuses it. Nothing has been changed then.
    pub fn replay_rows(&mut self, changes: &[KeyedChange]) -> Result<Commit, Misfit> {
        let mut between = BTreeMap::<(String, Value), Option<Row>>::new();
        let mut here = Vec::new();
        for change in changes {
            let table = change.table().to_owned();
            let now = |between: &BTreeMap<(String, Value), Option<Row>>, key: &Value| match between
                .get(&(table.clone(), key.clone()))
            {
                Some(row) => Ok(row.clone()),
                None => self.find(&table, key),
            };
            let schema = self.table(&table)?.schema();
            let old = match change.key() {
                Some(key) => match now(&between, key)? {
                    Some(row) => Some(row),
                    None => return Err(Misfit::NoRow { table, key: key.clone() }),
                },
                None => None,
            };
            let new = match change.values() {
                Some(values) => Some(filled(schema, old.clone(), values)?),
                None => None,
            };
            if let Some(row) = &old {
                between.insert((table.clone(), schema.key_of(row).clone()), None);
            }
            if let Some(row) = &new {
                let key = schema.key_of(row).clone();
                if now(&between, &key)?.is_some() {
                    return Err(EngineError::DuplicateKey { table, key }.into());
                }
                self.layout().encode(row, 0)?;
                between.insert((table.clone(), key), Some(row.clone()));
            }
            here.push(match (old, new) {
                (Some(old), Some(new)) => RowChange::Update { table, old, new },
                (Some(old), None) => RowChange::Delete { table, old },
                (None, Some(new)) => RowChange::Insert { table, new },
                (None, None) => continue,
            });
        }
        let work = Work { examined: here.len() as u64, ..Work::default() };
        Ok(self.write(Vec::new(), here, work)?)
    }
}

/// The row with some columns set.
fn filled(schema: &Schema, old: Option<Row>, values: &[(String, Value)]) -> Result<Row, EngineError> {
    let defaults = || schema.columns.iter().map(|column| column.default.clone()).collect();
    let mut row: Row = old.unwrap_or_else(defaults);
    for (column, value) in values {
        let place = schema.column(column)?;
        row[place] = fitting(schema, place, value.clone())?;
    }
    match schema.key_of(&row) {
        Value::Null => Err(EngineError::NullKey(schema.columns[schema.key].name.clone())),
        _ => Ok(row),
    }
}
