//! The leader and the replica of E3.2, over the lab's table engine.

use replication_lab::table_engine::{
    Database, EngineError, KeyedChange, PageChange, PageRecord, Place, Row, RowChange as Changed, Timestamp,
    Value,
};

use super::{ApplyError, Change, Noted, PageWrite, Part, Replica, RowChange, Statement, User};

pub(super) const TABLE: &str = "users";

/// A statement: `?` stands for the next of the values, and `NOW()` for itself.
pub(super) fn statement(sql: &str, values: &[Value]) -> Statement {
    let (mut parts, mut values) = (Vec::new(), values.iter());
    for (at, piece) in sql.split('?').enumerate() {
        if at > 0 {
            parts.push(Part::Value(values.next().expect("a value for each ?").clone()));
        }
        for (at, text) in piece.split("NOW()").enumerate() {
            if at > 0 {
                parts.push(Part::Now);
            }
            if !text.is_empty() {
                parts.push(Part::Sql(text.to_owned()));
            }
        }
    }
    Statement(parts)
}

/// As the client would have written it in one piece.
pub(super) fn text(statement: &Statement) -> String {
    let part = |part: &Part| match part {
        Part::Sql(text) => text.clone(),
        Part::Value(value) => value.to_string(),
        Part::Now => "NOW()".to_owned(),
    };
    statement.0.iter().map(part).collect()
}

/// An empty table, on a node of version 15.
pub(super) fn empty(clock: Timestamp) -> Database {
    let mut db = Database::new(15, 1);
    let columns = "(id INT PRIMARY KEY, name TEXT, email TEXT, updated_at TIMESTAMP)";
    db.execute(&format!("CREATE TABLE {TABLE} {columns}")).expect("the statement is fixed");
    db.set_clock(clock);
    db
}

/// The leader.
pub(super) struct Leader {
    pub(super) db: Database,
    noted: u64,
}

impl Leader {
    pub(super) fn new(mut db: Database) -> Self {
        // A transaction's number is in each tuple that it writes: a copy that writes rows by itself has others.
        db.set_next_transaction(1_042);
        Self { db, noted: 0 }
    }

    /// Carries statements out in one transaction.
    pub(super) fn run(&mut self, statements: &[Statement]) -> Result<Change, EngineError> {
        let mut open = self.db.begin();
        for statement in statements {
            self.db.execute_in(&mut open, &text(statement))?;
        }
        let commit = self.db.commit(open)?;
        let rows: Vec<RowChange> = commit.rows.iter().map(row_change).collect();
        let noted = rows.iter().map(|change| {
            self.noted += 1;
            note(self.noted, change)
        });
        // New rows are put where there is room, so the table is not in the order of numbers.
        let mut noted: Vec<Noted> = noted.collect();
        noted.reverse();
        Ok(Change {
            statements: statements.to_vec(),
            now: commit.at,
            pages: commit.pages.into_iter().flat_map(|record| writes(record.change)).collect(),
            layout: self.db.layout().major,
            rows,
            noted,
        })
    }
}

fn row_change(change: &Changed) -> RowChange {
    match change {
        Changed::Insert { new, .. } => RowChange::Insert { new: user(new) },
        Changed::Update { old, new, .. } => RowChange::Update { old: user(old), new: user(new) },
        Changed::Delete { old, .. } => RowChange::Delete { old: user(old) },
    }
}

fn note(number: u64, change: &RowChange) -> Noted {
    let (old, new) = match change {
        RowChange::Insert { new } => (None, Some(new)),
        RowChange::Update { old, new } => (Some(old), Some(new)),
        RowChange::Delete { old } => (Some(old), None),
    };
    let key = old.or(new).map_or(0, |row| row.id);
    Noted { number, key, old: old.cloned(), new: new.cloned() }
}

fn user(row: &Row) -> User {
    let text = |value: &Value| match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    match &row[..] {
        [Value::Int(id), name, email, at] => User {
            id: *id,
            name: text(name),
            email: text(email),
            updated_at: if let Value::Timestamp(at) = at { Some(*at) } else { None },
        },
        other => panic!("{other:?} is no user"),
    }
}

fn values(row: &User) -> Vec<(String, Value)> {
    let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
    let values = [
        ("id", Value::Int(row.id)),
        ("name", text(&row.name)),
        ("email", text(&row.email)),
        ("updated_at", row.updated_at.map_or(Value::Null, Value::Timestamp)),
    ];
    values.map(|(name, value)| (name.to_owned(), value)).into()
}

/// One change as writes of pages.
fn writes(change: PageChange) -> Vec<PageWrite> {
    let write = |file, block, old, new| PageWrite { file, block, old, new };
    match change {
        PageChange::Insert { file, to, tuple } => {
            vec![write(file, to.block, None, Some((to.offset, tuple)))]
        }
        PageChange::HotUpdate { file, block, old, new, tuple } => {
            vec![write(file, block, Some(old), Some((new, tuple)))]
        }
        PageChange::Update { file, from, to, tuple } => vec![
            write(file, to.block, None, Some((to.offset, tuple))),
            write(file, from.block, Some(from.offset), None),
        ],
        PageChange::Delete { file, at } => vec![write(file, at.block, Some(at.offset), None)],
        PageChange::Prune { file, block } => vec![write(file, block, None, None)],
        PageChange::IndexInsert { file, key: Value::Int(key), to } => {
            // The lab's indexes have no pages of their own: an entry lies, here, where the row does.
            vec![write(file, to.block, None, Some((to.offset, key.to_le_bytes().to_vec())))]
        }
        other => panic!("{other:?} is nothing that a row's change does"),
    }
}

/// The change that a write of a page was.
fn page_change(write: &PageWrite, table: u32) -> Option<PageChange> {
    let PageWrite { file, block, old, new } = write.clone();
    Some(match (old, new) {
        _ if file != table => {
            let (offset, key) = write.new.clone()?;
            let key = Value::Int(i64::from_le_bytes(key.try_into().ok()?));
            PageChange::IndexInsert { file, key, to: Place { block, offset } }
        }
        (None, Some((offset, tuple))) => PageChange::Insert { file, to: Place { block, offset }, tuple },
        (Some(old), Some((new, tuple))) => PageChange::HotUpdate { file, block, old, new, tuple },
        (Some(old), None) => PageChange::Delete { file, at: Place { block, offset: old } },
        (None, None) => PageChange::Prune { file, block },
    })
}

/// A replica.
#[derive(Clone)]
pub(super) struct Node {
    /// What is committed.
    pub(super) db: Database,
    open: Database,
}

impl Node {
    pub(super) fn new(db: Database) -> Self {
        Self { open: db.clone(), db }
    }

    /// What isn't committed is gone.
    pub(super) fn roll_back(&mut self) {
        self.open = self.db.clone();
    }

    fn change(&mut self, change: KeyedChange) -> Result<(), ApplyError> {
        self.open.replay_rows(&[change]).map_err(|why| ApplyError::Misfit(why.to_string()))?;
        Ok(())
    }
}

impl Replica for Node {
    fn layout(&self) -> u16 {
        self.db.layout().major
    }

    fn execute(&mut self, sql: &str) -> Result<(), ApplyError> {
        self.open.execute(sql).map_err(|why| ApplyError::Misfit(why.to_string()))?;
        Ok(())
    }

    fn write_page(&mut self, write: &PageWrite) -> Result<(), ApplyError> {
        let misfit = |why: String| ApplyError::Misfit(why);
        let table = self.open.table(TABLE).map_err(|why| misfit(why.to_string()))?.file();
        let change =
            page_change(write, table).ok_or_else(|| misfit("this is no entry of an index".into()))?;
        let record = PageRecord { change, image: None };
        self.open.replay_pages(&[record]).map_err(|why| misfit(why.to_string()))?;
        Ok(())
    }

    fn row(&self, key: i64) -> Option<User> {
        self.open.find(TABLE, &Value::Int(key)).ok().flatten().as_ref().map(user)
    }

    fn insert(&mut self, row: &User) -> Result<(), ApplyError> {
        self.change(KeyedChange::Insert { table: TABLE.to_owned(), values: values(row) })
    }

    fn update(&mut self, key: i64, row: &User) -> Result<(), ApplyError> {
        let key = Value::Int(key);
        self.change(KeyedChange::Update { table: TABLE.to_owned(), key, values: values(row) })
    }

    fn delete(&mut self, key: i64) -> Result<(), ApplyError> {
        self.change(KeyedChange::Delete { table: TABLE.to_owned(), key: Value::Int(key) })
    }

    fn commit(&mut self) {
        self.db = self.open.clone();
    }
}
