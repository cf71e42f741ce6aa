//! From a statement to the rows that it changes.

use std::collections::BTreeSet;

use super::database::{Database, Event};
use super::error::EngineError;
use super::evaluate::{Sight, Surroundings, evaluate};
use super::heap::{Place, Table};
use super::schema::{Row, Schema};
use super::sql::{Expr, Operator, Statement};
use super::transaction::{RowChange, Work};
use super::value::Value;

/// What a statement comes to, before anything is written.
#[derive(Default)]
pub(super) struct Effect {
    pub(super) rows: Vec<RowChange>,
    pub(super) work: Work,
    pub(super) first_id: Option<i64>,
}

impl Database {
    /// The rows that a statement changes, with what triggers add. Takes numbers from sequences, and changes nothing
    /// else.
    pub(super) fn effect(
        &mut self,
        statement: &Statement,
        around: &mut Surroundings,
    ) -> Result<Effect, EngineError> {
        let mut effect = self.own_effect(statement, around, None)?;
        for change in effect.rows.clone() {
            let (event, row) = match &change {
                RowChange::Insert { new, .. } => (Event::Insert, new),
                RowChange::Update { new, .. } => (Event::Update, new),
                RowChange::Delete { old, .. } => (Event::Delete, old),
            };
            let fired =
                self.triggers().iter().filter(|trigger| trigger.on == (change.table().to_owned(), event));
            for action in fired.map(|trigger| trigger.action.clone()).collect::<Vec<_>>() {
                let schema = self.table(change.table())?.schema().clone();
                let more = self.own_effect(&action, around, Some((&schema, row)))?;
                effect.rows.extend(more.rows);
                effect.work += more.work;
            }
        }
        self.capture(&mut effect.rows, around.now)?;
        Ok(effect)
    }

    fn own_effect(
        &mut self,
        statement: &Statement,
        around: &mut Surroundings,
        fired: Option<(&Schema, &Row)>,
    ) -> Result<Effect, EngineError> {
        match statement {
            Statement::Insert { table, columns, rows } => self.inserted(table, columns, rows, around, fired),
            Statement::Update { table, set, filter, order_by, limit } => {
                let (found, work) =
                    self.found(table, filter.as_ref(), order_by.as_ref(), *limit, around, fired)?;
                let rows = self.updated(table, set, found, around, fired)?;
                Ok(Effect { rows, work, first_id: None })
            }
            Statement::Delete { table, filter, order_by, limit } => {
                let (found, work) =
                    self.found(table, filter.as_ref(), order_by.as_ref(), *limit, around, fired)?;
                let gone = found.into_iter().map(|(_, old)| RowChange::Delete { table: table.clone(), old });
                Ok(Effect { rows: gone.collect(), work, first_id: None })
            }
            // Definitions change no rows.
            Statement::CreateTable(_) | Statement::CreateIndex(..) | Statement::AddColumn(..) => {
                Ok(Effect::default())
            }
        }
    }

    fn inserted(
        &mut self,
        table: &str,
        columns: &[String],
        rows: &[Vec<Expr>],
        around: &mut Surroundings,
        fired: Option<(&Schema, &Row)>,
    ) -> Result<Effect, EngineError> {
        let schema = self.table(table)?.schema().clone();
        let places: Vec<usize> = match columns.is_empty() {
            true => (0..schema.columns.len()).collect(),
            false => columns.iter().map(|name| schema.column(name)).collect::<Result<_, _>>()?,
        };
        let mut effect = Effect::default();
        let mut keys = BTreeSet::new();
        for values in rows {
            if values.len() != places.len() {
                return Err(EngineError::Count { columns: places.len(), values: values.len() });
            }
            let mut row: Row = schema.columns.iter().map(|column| column.default.clone()).collect();
            for (place, value) in places.iter().zip(values) {
                let sight = Sight { schema: &schema, row: None, fired };
                let value = evaluate(value, sight, around, &mut |table| self.next_id(table))?;
                row[*place] = fitting(&schema, *place, value)?;
            }
            match schema.serial() {
                Some(serial) if row[serial] == Value::Null => {
                    let id = self.next_id(table)?;
                    effect.first_id = effect.first_id.or(Some(id));
                    row[serial] = Value::Int(id);
                }
                // A number that was given moves the sequence on, as MySQL's AUTO_INCREMENT does.
                Some(serial) => {
                    if let Value::Int(id) = row[serial] {
                        self.at_least_id(table, id);
                    }
                }
                None => {}
            }
            self.check_key(&schema, &row, &mut keys)?;
            effect.rows.push(RowChange::Insert { table: table.to_owned(), new: row });
        }
        Ok(effect)
    }

    fn check_key(&self, schema: &Schema, row: &Row, keys: &mut BTreeSet<Value>) -> Result<(), EngineError> {
        let key = schema.key_of(row);
        if *key == Value::Null {
            return Err(EngineError::NullKey(schema.columns[schema.key].name.clone()));
        }
        if !keys.insert(key.clone()) || self.find(&schema.name, key)?.is_some() {
            return Err(EngineError::DuplicateKey { table: schema.name.clone(), key: key.clone() });
        }
        Ok(())
    }

    fn updated(
        &mut self,
        table: &str,
        set: &[(String, Expr)],
        found: Vec<(Place, Row)>,
        around: &mut Surroundings,
        fired: Option<(&Schema, &Row)>,
    ) -> Result<Vec<RowChange>, EngineError> {
        let schema = self.table(table)?.schema().clone();
        let places: Vec<_> = set.iter().map(|(name, _)| schema.column(name)).collect::<Result<_, _>>()?;
        let (mut changes, mut keys) = (Vec::new(), BTreeSet::new());
        for (_, old) in found {
            let mut new = old.clone();
            for (place, (_, value)) in places.iter().zip(set) {
                let sight = Sight { schema: &schema, row: Some(&old), fired };
                let value = evaluate(value, sight, around, &mut |table| self.next_id(table))?;
                new[*place] = fitting(&schema, *place, value)?;
            }
            if schema.key_of(&new) != schema.key_of(&old) {
                self.check_key(&schema, &new, &mut keys)?;
            }
            if new != old {
                changes.push(RowChange::Update { table: table.to_owned(), old, new });
            }
        }
        Ok(changes)
    }

    /// The rows that a statement is about, in the order in which it takes them.
    fn found(
        &mut self,
        table: &str,
        filter: Option<&Expr>,
        order_by: Option<&String>,
        limit: Option<u64>,
        around: &mut Surroundings,
        fired: Option<(&Schema, &Row)>,
    ) -> Result<(Vec<(Place, Row)>, Work), EngineError> {
        let layout = self.layout();
        let held = self.table(table)?;
        let schema = held.schema().clone();
        let candidates: Vec<(Place, Row)> = match key_wanted(filter, held) {
            Some(key) => held.find(key, layout).into_iter().collect(),
            None => held.scan(layout).filter_map(|(at, row)| Some((at, row?))).collect(),
        };
        let mut work = Work { examined: candidates.len() as u64, ..Work::default() };
        let mut found = Vec::new();
        for (at, row) in candidates {
            let sight = Sight { schema: &schema, row: Some(&row), fired };
            let wanted = match filter {
                None => true,
                Some(filter) => match evaluate(filter, sight, around, &mut |table| self.next_id(table))? {
                    Value::Int(truth) => truth != 0,
                    _ => false,
                },
            };
            if wanted {
                found.push((at, row));
            }
        }
        if let Some(column) = order_by {
            let place = schema.column(column)?;
            found.sort_by(|(_, a), (_, b)| a[place].cmp(&b[place]));
        }
        found.truncate(limit.map_or(usize::MAX, |limit| limit as usize));
        work.examined = work.examined.max(1);
        Ok((found, work))
    }
}

/// The primary key that a filter asks for, if it asks for just one.
fn key_wanted<'f>(filter: Option<&'f Expr>, table: &Table) -> Option<&'f Value> {
    match filter? {
        Expr::Binary(left, Operator::Equal, right) => match (left.as_ref(), right.as_ref()) {
            (Expr::Column(column), Expr::Literal(value))
                if table.schema().column(column).ok() == Some(table.schema().key) =>
            {
                Some(value)
            }
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn fitting(schema: &Schema, place: usize, value: Value) -> Result<Value, EngineError> {
    let column = &schema.columns[place];
    value.clone().fit(column.kind).ok_or(EngineError::Type {
        column: column.name.clone(),
        kind: column.kind,
        value,
    })
}
