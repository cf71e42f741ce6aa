//! A database: tables, sequences and triggers on one node.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::Xxh3;

use super::error::EngineError;
use super::evaluate::{Sight, Surroundings, evaluate};
use super::heap::{File, PageChange, Place, Table};
use super::page::Layout;
use super::schema::{Row, Schema};
use super::sql::{Expr, Statement};
use super::transaction::{Commit, Executed, PageRecord, RowChange, Transaction, Work};
use super::value::{Timestamp, Type, Value};
use crate::rng::{Rng, Stream};

/// When a trigger fires: after each row of a table that was …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// … inserted.
    Insert,
    /// … updated.
    Update,
    /// … deleted.
    Delete,
}

/// A statement that is carried out after each change of a row. It fires no triggers itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The table, and what must happen to a row of it.
    pub on: (String, Event),
    /// What is done. `NEW.column` stands for what the row has now (for a deleted row: had).
    pub action: Statement,
}

/// The table into which [`Database::capture_changes`] writes.
pub const CHANGE_LOG: &str = "change_log";

/// A database on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    layout: Layout,
    system: u64,
    pub(super) tables: BTreeMap<String, Table>,
    sequences: BTreeMap<String, i64>,
    triggers: Vec<Trigger>,
    captured: BTreeSet<String>,
    next_transaction: u32,
    next_file: File,
    clock: Timestamp,
    rng: Rng,
    // The pages that have been changed since the last checkpoint, if there has been one.
    changed: Option<BTreeSet<(File, u32)>>,
}

impl Database {
    /// An empty database of this major version, on a node whose random numbers come from this seed. Its clock shows
    /// [`Timestamp::START`].
    pub fn new(major: u16, seed: u64) -> Self {
        Self {
            layout: Layout { major },
            system: Rng::new(seed, Stream::Disk(0)).bits(),
            tables: BTreeMap::new(),
            sequences: BTreeMap::new(),
            triggers: Vec::new(),
            captured: BTreeSet::new(),
            next_transaction: 731,
            next_file: 16_385,
            clock: Timestamp::START,
            rng: Rng::new(seed, Stream::Node(0)),
            changed: None,
        }
    }

    /// How its tuples are laid out.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// A number that it shares with the copies of its pages and with nobody else (PostgreSQL: the database system
    /// identifier).
    pub fn system(&self) -> u64 {
        self.system
    }

    /// What its node's clock shows.
    pub fn clock(&self) -> Timestamp {
        self.clock
    }

    /// Sets its node's clock.
    pub fn set_clock(&mut self, clock: Timestamp) -> &mut Self {
        self.clock = clock;
        self
    }

    /// The next transaction gets this number.
    pub fn set_next_transaction(&mut self, number: u32) -> &mut Self {
        self.next_transaction = number;
        self
    }

    /// A checkpoint: all pages are on the disk. The next change of each will be logged with the whole page.
    pub fn checkpoint(&mut self) -> &mut Self {
        self.changed = Some(BTreeSet::new());
        self
    }

    /// A trigger more.
    ///
    /// # Errors
    /// When the action is no statement, or a table is missing.
    pub fn add_trigger(&mut self, table: &str, event: Event, action: &str) -> Result<&mut Self, EngineError> {
        let action: Statement = action.parse()?;
        self.table(table)?;
        self.table(action.table())?;
        self.triggers.push(Trigger { on: (table.to_owned(), event), action });
        Ok(self)
    }

    pub(super) fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }

    /// What triggers do when a statement of this kind changes a row of its table.
    pub fn triggers_of(&self, statement: &Statement) -> Vec<&Statement> {
        let event = match statement {
            Statement::Insert { .. } => Event::Insert,
            Statement::Update { .. } => Event::Update,
            Statement::Delete { .. } => Event::Delete,
            Statement::CreateTable(_) | Statement::CreateIndex(..) | Statement::AddColumn(..) => {
                return Vec::new();
            }
        };
        let fired = |trigger: &&Trigger| trigger.on.0 == statement.table() && trigger.on.1 == event;
        self.triggers.iter().filter(fired).map(|trigger| &trigger.action).collect()
    }

    /// What an expression without columns is worth at this moment on this node.
    ///
    /// # Errors
    /// When it has no value.
    pub fn value_of(&mut self, expr: &Expr) -> Result<Value, EngineError> {
        let seed = self.rng.bits();
        let mut around = Surroundings::new(self.clock, self.clock, seed);
        let nothing = Schema { name: "nothing".to_owned(), columns: Vec::new(), key: 0 };
        let sight = Sight { schema: &nothing, row: None, fired: None };
        evaluate(expr, sight, &mut around, &mut |table| self.next_id(table))
    }

    /// Writes every change of a row of this table into the table [`CHANGE_LOG`] as well, in the same transaction: its
    /// number, the table, the row's primary key, the row before and after as JSON, and when.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn capture_changes(&mut self, table: &str) -> Result<&mut Self, EngineError> {
        self.table(table)?;
        if !self.tables.contains_key(CHANGE_LOG) {
            let columns = "(seq SERIAL PRIMARY KEY, tab TEXT, pk TEXT, old TEXT, new TEXT, at TIMESTAMP)";
            self.execute(&format!("CREATE TABLE {CHANGE_LOG} {columns}"))?;
        }
        self.captured.insert(table.to_owned());
        Ok(self)
    }

    /// Adds the rows of the change log.
    pub(super) fn capture(&mut self, rows: &mut Vec<RowChange>, now: Timestamp) -> Result<(), EngineError> {
        let captured = rows.iter().filter(|change| self.captured.contains(change.table())).cloned();
        for change in captured.collect::<Vec<_>>() {
            let schema = self.table(change.table())?.schema().clone();
            let json = |row: &Row| Value::Text(row_json(&schema, row));
            let (old, new) = match &change {
                RowChange::Insert { new, .. } => (Value::Null, json(new)),
                RowChange::Update { old, new, .. } => (json(old), json(new)),
                RowChange::Delete { old, .. } => (json(old), Value::Null),
            };
            let (RowChange::Insert { new: row, .. }
            | RowChange::Update { old: row, .. }
            | RowChange::Delete { old: row, .. }) = &change;
            let key = Value::Text(schema.key_of(row).plain());
            let seq = Value::Int(self.next_id(CHANGE_LOG)?);
            let new = vec![seq, change.table().into(), key, old, new, Value::Timestamp(now)];
            rows.push(RowChange::Insert { table: CHANGE_LOG.to_owned(), new });
        }
        Ok(())
    }

    /// A table.
    ///
    /// # Errors
    /// When there is none of this name; says which there are.
    pub fn table(&self, name: &str) -> Result<&Table, EngineError> {
        self.tables.get(name).ok_or_else(|| EngineError::UnknownTable {
            table: name.to_owned(),
            known: self.tables.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        })
    }

    /// The row with a primary key.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn find(&self, table: &str, key: &Value) -> Result<Option<Row>, EngineError> {
        Ok(self.table(table)?.find(key, self.layout).map(|(_, row)| row))
    }

    /// The rows of a table by their keys.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn rows(&self, table: &str) -> Result<BTreeMap<Value, Row>, EngineError> {
        Ok(self.table(table)?.rows(self.layout))
    }

    /// The names of its tables.
    pub fn table_names(&self) -> Vec<&str> {
        self.tables.keys().map(String::as_str).collect()
    }

    /// One number for all that a table holds: equal rows give equal numbers, wherever they lie on the pages.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn row_hash(&self, table: &str) -> Result<u64, EngineError> {
        let mut hash = Xxh3::new();
        for row in self.rows(table)?.values() {
            for value in row {
                hash.update(value.to_string().as_bytes());
                hash.update(&[0]);
            }
        }
        Ok(hash.digest())
    }

    pub(super) fn next_id(&mut self, table: &str) -> Result<i64, EngineError> {
        self.table(table)?;
        let last = self.sequences.entry(table.to_owned()).or_default();
        *last += 1;
        Ok(*last)
    }

    pub(super) fn at_least_id(&mut self, table: &str, id: i64) {
        let last = self.sequences.entry(table.to_owned()).or_default();
        *last = id.max(*last);
    }

    pub(super) fn set_last_id(&mut self, table: &str, id: i64) {
        self.sequences.insert(table.to_owned(), id);
    }

    /// The last number that a table's sequence gave; 0 if it gave none.
    pub fn last_id(&self, table: &str) -> i64 {
        self.sequences.get(table).copied().unwrap_or(0)
    }

    /// Carries a statement out, in a transaction of its own.
    ///
    /// # Errors
    /// When it is no statement, or can't be carried out. Nothing has been changed then, but numbers that it took from a
    /// sequence are gone, as in every database.
    pub fn execute(&mut self, sql: &str) -> Result<Commit, EngineError> {
        self.run(&sql.parse()?)
    }

    /// As [`execute`](Self::execute), for a statement that has been read.
    ///
    /// # Errors
    /// As there.
    pub fn run(&mut self, statement: &Statement) -> Result<Commit, EngineError> {
        let seed = self.rng.bits();
        self.run_in(statement, Surroundings::new(self.clock, self.clock, seed))
    }

    pub(super) fn run_in(
        &mut self,
        statement: &Statement,
        mut around: Surroundings,
    ) -> Result<Commit, EngineError> {
        if statement.is_definition() {
            return self.define(statement, around);
        }
        let effect = self.effect(statement, &mut around)?;
        let executed = executed(statement, &around, effect.first_id);
        self.write(vec![executed], effect.rows, effect.work)
    }

    /// Begins a transaction of several statements. It sees what others have committed by then, and its own changes (the
    /// isolation level *read committed*); others see nothing of it before it commits.
    pub fn begin(&self) -> Transaction {
        Transaction { statements: Vec::new(), rows: Vec::new(), work: Work::default() }
    }

    /// Carries a statement out in a transaction.
    ///
    /// # Errors
    /// As [`execute`](Self::execute). A definition is refused: give it a transaction of its own.
    pub fn execute_in(&mut self, transaction: &mut Transaction, sql: &str) -> Result<(), EngineError> {
        let statement: Statement = sql.parse()?;
        if statement.is_definition() {
            return Err(EngineError::Syntax {
                text: sql.to_owned(),
                at: statement.to_string().split(' ').next().unwrap_or_default().to_owned(),
                wanted: "INSERT, UPDATE or DELETE in a transaction, and definitions outside".to_owned(),
            });
        }
        let seed = self.rng.bits();
        let mut around = Surroundings::new(self.clock, self.clock, seed);
        let mut seen = self.clone();
        seen.write(Vec::new(), transaction.rows.clone(), Work::default())?;
        let effect = seen.effect(&statement, &mut around)?;
        self.sequences = seen.sequences;
        transaction.statements.push(executed(&statement, &around, effect.first_id));
        transaction.rows.extend(effect.rows);
        transaction.work += effect.work;
        Ok(())
    }

    /// Commits a transaction.
    ///
    /// # Errors
    /// When somebody else has changed one of its rows since: nothing has been changed then. (A database that locks rows
    /// would have let it wait instead.)
    pub fn commit(&mut self, transaction: Transaction) -> Result<Commit, EngineError> {
        let mut own = BTreeSet::new();
        for change in &transaction.rows {
            let table = self.table(change.table())?;
            let key_of = |row| table.schema().key_of(row).clone();
            let (before, after) = match change {
                RowChange::Insert { new, .. } => (None, Some(new)),
                RowChange::Update { old, new, .. } => (Some(old), Some(new)),
                RowChange::Delete { old, .. } => (Some(old), None),
            };
            for (key, is_new) in
                before.map(|row| (key_of(row), false)).into_iter().chain(after.map(|row| (key_of(row), true)))
            {
                if !own.insert((change.table().to_owned(), key.clone())) {
                    continue;
                }
                let now = self.find(change.table(), &key)?;
                let expected = if is_new { None } else { before.cloned() };
                if now != expected {
                    return Err(EngineError::Conflict { table: change.table().to_owned(), key });
                }
            }
        }
        self.write(transaction.statements, transaction.rows, transaction.work)
    }

    /// Writes rows, and says what that did to the pages.
    pub(super) fn write(
        &mut self,
        statements: Vec<Executed>,
        rows: Vec<RowChange>,
        mut work: Work,
    ) -> Result<Commit, EngineError> {
        let transaction = self.next_transaction;
        let mut pages = Vec::new();
        for change in &rows {
            let table = self.table(change.table())?;
            let changes = match change {
                RowChange::Insert { new, .. } => table.insert(new, self.layout, transaction)?,
                RowChange::Update { old, new, .. } => {
                    let at = self.place(table, old)?;
                    table.update(at, old, new, self.layout, transaction)?
                }
                RowChange::Delete { old, .. } => {
                    vec![PageChange::Delete { file: table.file, at: self.place(table, old)? }]
                }
            };
            work.written += 1;
            for change in changes {
                work.index_entries += u64::from(matches!(change, PageChange::IndexInsert { .. }));
                pages.push(self.logged(change));
            }
        }
        let sequences: BTreeSet<&str> = rows.iter().map(RowChange::table).collect();
        for table in sequences {
            if let Some(last) = self.sequences.get(table) {
                pages.push(PageRecord { change: PageChange::Sequence(table.to_owned(), *last), image: None });
            }
        }
        self.next_transaction += 1;
        Ok(Commit { transaction, at: self.clock, statements, rows, pages, work })
    }

    fn place(&self, table: &Table, row: &Row) -> Result<Place, EngineError> {
        let key = table.schema().key_of(row);
        let found = table.find(key, self.layout).map(|(at, _)| at);
        found.ok_or_else(|| EngineError::Conflict { table: table.schema().name.clone(), key: key.clone() })
    }

    /// Makes a change of a page, and adds the whole page to it where that is due.
    fn logged(&mut self, change: PageChange) -> PageRecord {
        let page = change.page();
        let first = match (page, &mut self.changed) {
            (Some(page), Some(changed)) => changed.insert(page),
            _ => false,
        };
        self.apply_page(&change);
        let image = page.filter(|_| first).and_then(|(file, block)| {
            let table = self.tables.values().find(|table| table.file == file)?;
            table.pages().get(block as usize).cloned()
        });
        PageRecord { change, image }
    }

    /// Makes a change of a page or an index. Nothing if it doesn't fit what is there.
    pub(super) fn apply_page(&mut self, change: &PageChange) -> Option<()> {
        let file = match change {
            PageChange::IndexInsert { file, .. } => *file,
            PageChange::Sequence(table, last) => {
                self.set_last_id(table, *last);
                return Some(());
            }
            PageChange::Catalogue(statement, file, key_file) => {
                return self.change_catalogue(statement, *file, *key_file).ok();
            }
            other => other.page()?.0,
        };
        self.tables.values_mut().find(|table| table.is_in(file))?.apply(change)
    }

    /// Carries out a statement that changes what tables look like.
    fn define(&mut self, statement: &Statement, around: Surroundings) -> Result<Commit, EngineError> {
        let (file, key_file) = (self.next_file, self.next_file + 3);
        self.change_catalogue(statement, file, key_file)?;
        let change = PageChange::Catalogue(statement.clone(), file, key_file);
        let transaction = self.next_transaction;
        self.next_transaction += 1;
        Ok(Commit {
            transaction,
            at: self.clock,
            statements: vec![executed(statement, &around, None)],
            rows: Vec::new(),
            pages: vec![PageRecord { change, image: None }],
            work: Work::default(),
        })
    }

    fn change_catalogue(
        &mut self,
        statement: &Statement,
        file: File,
        key_file: File,
    ) -> Result<(), EngineError> {
        let layout = self.layout;
        match statement {
            Statement::CreateTable(schema) => {
                if self.tables.contains_key(&schema.name) {
                    return Err(EngineError::TableExists(schema.name.clone()));
                }
                let table = Table::new(checked(schema)?, file, key_file);
                self.tables.insert(schema.name.clone(), table);
            }
            Statement::CreateIndex(table, column) => {
                let column = self.table(table)?.schema().column(column)?;
                self.table_mut(table)?.add_index(column, file, layout);
            }
            Statement::AddColumn(table, column) => {
                let place = self.table(table)?.schema().columns.len();
                let mut schema = self.table(table)?.schema().clone();
                schema.columns.push(column.clone());
                let column = checked(&schema)?.columns.swap_remove(place);
                self.table_mut(table)?.add_column(column, layout)?;
            }
            _ => {}
        }
        self.next_file = self.next_file.max(key_file + 1);
        Ok(())
    }

    pub(super) fn table_mut(&mut self, name: &str) -> Result<&mut Table, EngineError> {
        self.table(name)?;
        Ok(self.tables.get_mut(name).expect("it is there"))
    }

    /// A copy of all tables on a node of another version perhaps, as `pg_dump` and a restore make it: the same rows, on
    /// new pages, in the order of their keys. Triggers come along; what is captured doesn't.
    pub fn copy_by_dump(&self, major: u16, seed: u64) -> Self {
        let mut copy =
            Self { layout: Layout { major }, rng: Rng::new(seed, Stream::Node(0)), ..self.clone() };
        copy.system = Rng::new(seed, Stream::Disk(0)).bits();
        copy.captured.clear();
        copy.tables.remove(CHANGE_LOG);
        for table in copy.tables.values_mut() {
            let rows = table.rows(self.layout).into_values().collect();
            table.rewrite(rows, copy.layout).expect("what fitted on a page before fits again");
        }
        copy
    }

    /// A copy of all pages, as `pg_basebackup` makes it: byte for byte, and so of the same version. The node draws its
    /// random numbers from another seed.
    pub fn copy_of_pages(&self, seed: u64) -> Self {
        Self { rng: Rng::new(seed, Stream::Node(0)), ..self.clone() }
    }
}

/// At most 64 columns, no two of one name, defaults that fit.
fn checked(schema: &Schema) -> Result<Schema, EngineError> {
    let mut schema = schema.clone();
    if schema.columns.len() > 64 {
        return Err(EngineError::TooManyColumns(schema.columns.len()));
    }
    for place in 0..schema.columns.len() {
        let default = schema.columns[place].default.clone();
        schema.columns[place].default = super::execute::fitting(&schema, place, default)?;
        let name = &schema.columns[place].name;
        if schema.columns[..place].iter().any(|other| other.name == *name) {
            return Err(EngineError::ColumnExists(schema.name.clone(), name.clone()));
        }
    }
    Ok(schema)
}

fn executed(statement: &Statement, around: &Surroundings, first_id: Option<i64>) -> Executed {
    Executed { statement: statement.clone(), now: around.now, random_seed: around.random_seed, first_id }
}

/// A row as JSON, as a trigger would write it.
fn row_json(schema: &Schema, row: &Row) -> String {
    let pairs = schema.columns.iter().zip(row).map(|(column, value)| {
        let value = match (value, column.kind) {
            (Value::Null, _) => serde_json::Value::Null,
            (Value::Int(number), _) => (*number).into(),
            (other, Type::Text | Type::Timestamp | Type::Uuid | Type::Int | Type::Serial) => {
                other.plain().into()
            }
        };
        (column.name.clone(), value)
    });
    serde_json::Value::Object(pairs.collect()).to_string()
}
