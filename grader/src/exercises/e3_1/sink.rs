//! The store into which changes go.

use std::collections::BTreeMap;

use super::{KeyedChange, Lsn, Relation, Value};

/// Rows by key, each with the values of its columns that are not null.
pub(super) type Rows = BTreeMap<Value, BTreeMap<String, Value>>;
/// Rows by table.
pub(super) type Tables = BTreeMap<String, Rows>;

/// A row without what is null: a column that a row does not have is null too.
pub(super) fn row(values: &[(String, Value)]) -> BTreeMap<String, Value> {
    values.iter().filter(|(_, value)| *value != Value::Null).cloned().collect()
}

/// What a sink holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) tables: Tables,
    pub(super) position: Option<Lsn>,
    columns: BTreeMap<String, (Vec<String>, usize)>,
}

/// A sink: what is committed, and the transaction that is open.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    pub(super) committed: Content,
    pub(super) open: Option<Content>,
}

impl Store {
    fn open(&mut self) -> Result<&mut Content, String> {
        self.open.as_mut().ok_or_else(|| "there is no transaction: begin one".to_owned())
    }

    pub(super) fn begin(&mut self) -> Result<(), String> {
        if self.open.is_some() {
            return Err("there is a transaction already: commit it first".into());
        }
        self.open = Some(self.committed.clone());
        Ok(())
    }

    pub(super) fn clear(&mut self) -> Result<(), String> {
        let open = self.open()?;
        *open = Content { position: open.position, ..Content::default() };
        Ok(())
    }

    pub(super) fn define(&mut self, relation: &Relation) -> Result<(), String> {
        let open = self.open()?;
        open.tables.entry(relation.name.clone()).or_default();
        let (columns, key) = open.columns.entry(relation.name.clone()).or_default();
        for (name, _) in
            relation.columns.iter().filter(|(name, _)| !columns.contains(name)).collect::<Vec<_>>()
        {
            columns.push(name.clone());
        }
        let name = &relation.columns[relation.key].0;
        *key = columns.iter().position(|column| column == name).unwrap_or_default();
        Ok(())
    }

    pub(super) fn apply(&mut self, change: &KeyedChange) -> Result<(), String> {
        let open = self.open()?;
        let (KeyedChange::Insert { table, .. }
        | KeyedChange::Update { table, .. }
        | KeyedChange::Delete { table, .. }) = change;
        let Some((columns, key)) = open.columns.get(table) else {
            return Err(format!("there is no table {table}: define it"));
        };
        let rows = open.tables.entry(table.clone()).or_default();
        let new = match change {
            KeyedChange::Insert { values, .. } | KeyedChange::Update { values, .. } => Some(values),
            KeyedChange::Delete { .. } => None,
        };
        if let KeyedChange::Update { key, .. } | KeyedChange::Delete { key, .. } = change
            && rows.remove(key).is_none()
        {
            return Err(format!("{table} has no row {key}: this change can't be made, or was made before"));
        }
        let Some(values) = new else { return Ok(()) };
        if let Some((unknown, _)) = values.iter().find(|(name, _)| !columns.contains(name)) {
            return Err(format!("{table} has no column {unknown}: define what the table looks like"));
        }
        let Some((_, key)) = values.iter().find(|(name, _)| *name == columns[*key]) else {
            return Err(format!("a row of {table} without its key {}", columns[*key]));
        };
        match rows.insert(key.clone(), row(values)) {
            None => Ok(()),
            Some(_) => Err(format!("{table} has a row {key} already: it was inserted before")),
        }
    }

    pub(super) fn set_position(&mut self, at: Lsn) -> Result<(), String> {
        self.open()?.position = Some(at);
        Ok(())
    }

    pub(super) fn commit(&mut self) -> Result<(), String> {
        self.open()?;
        self.committed = self.open.take().unwrap_or_default();
        Ok(())
    }
}
