//! The rows that changed, in the format of PostgreSQL's plug-in pgoutput (manual, section 55.9 *Logical Replication
//! Message Formats*), protocol version 1.

use std::collections::BTreeMap;
use std::fmt;

use super::bytes::{Reader, Writer};
use super::method::{ApplyError, Identity};
use crate::log::Lsn;
use crate::table_engine::{
    Column, Commit, Database, EngineError, KeyedChange, Row, RowChange, Schema, Timestamp, Type, Value, Work,
};

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A transaction begins: all of it follows, in one piece, for it has committed.
    Begin {
        /// Its number.
        transaction: u32,
        /// Where its commit ends in the log.
        end: Lsn,
        /// When it committed.
        at: Timestamp,
    },
    /// What a table looks like. Comes before the first row of it, and again when it has changed.
    Relation(Relation),
    /// A row changed.
    Row {
        /// The table's number.
        relation: u32,
        /// How.
        change: KeyedChange,
        /// The row before, where the table's identity is full.
        before: Option<Vec<(String, Value)>>,
    },
    /// The transaction ends.
    Commit {
        /// Where it ends in the log: what a consumer confirms when it has made all of it durable.
        end: Lsn,
        /// When it committed.
        at: Timestamp,
    },
}

/// What a table looks like to a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Its columns, and which of them is the primary key.
    pub columns: Vec<(String, Type)>,
    /// The place of the primary key.
    pub key: usize,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |values: &[(String, Value)]| {
            let values: Vec<_> = values.iter().map(|(column, value)| format!("{column} {value}")).collect();
            values.join(", ")
        };
        match self {
            Self::Begin { transaction, end, at } => write!(f, "BEGIN {transaction}, commit at {end}, {at}"),
            Self::Relation(Relation { number, name, columns, .. }) => {
                let columns: Vec<_> = columns.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
                write!(f, "RELATION {number} public.{name} ({})", columns.join(", "))
            }
            Self::Row { change, before, .. } => {
                match change {
                    KeyedChange::Insert { table, values } => {
                        write!(f, "INSERT {table} {{{}}}", listed(values))?
                    }
                    KeyedChange::Update { table, key, values } => {
                        write!(f, "UPDATE {table} key {key} {{{}}}", listed(values))?;
                    }
                    KeyedChange::Delete { table, key } => write!(f, "DELETE {table} key {key}")?,
                }
                before.as_ref().map_or(Ok(()), |before| write!(f, " before {{{}}}", listed(before)))
            }
            Self::Commit { end, .. } => write!(f, "COMMIT {end}"),
        }
    }
}

/// Writes messages. Remembers what it has told of tables.
#[derive(Clone, Debug, Default)]
pub struct Encoder {
    told: BTreeMap<String, (u32, Schema)>,
}

fn oid(kind: Type) -> u32 {
    match kind {
        Type::Serial | Type::Int => 20,
        Type::Text => 25,
        Type::Timestamp => 1_114,
        Type::Uuid => 2_950,
    }
}

fn kind(oid: u32) -> Option<Type> {
    Some(match oid {
        20 => Type::Int,
        25 => Type::Text,
        1_114 => Type::Timestamp,
        2_950 => Type::Uuid,
        _ => return None,
    })
}

impl Encoder {
    /// A transaction's messages. Nothing, if it changed no rows: of definitions and sequences a logical log says
    /// nothing.
    ///
    /// # Errors
    /// When a table is gone.
    pub fn encode(
        &mut self,
        commit: &Commit,
        db: &Database,
        identity: Identity,
        end: impl Fn(usize) -> Lsn,
    ) -> Result<Vec<u8>, EngineError> {
        if commit.rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = Writer::default();
        for change in &commit.rows {
            let table = db.table(change.table())?;
            let schema = table.schema();
            let number = table.file();
            if self.told.get(&schema.name).is_none_or(|(_, told)| told != schema) {
                self.told.insert(schema.name.clone(), (number, schema.clone()));
                relation(&mut rows, number, schema, identity);
            }
            row_change(&mut rows, number, schema, change, identity);
        }
        // Begin and commit have 21 and 26 bytes.
        let end = end(rows.0.len() + 47).bytes();
        let mut all = Writer::default();
        all.u8(b'B').u64(end).u64(commit.at.as_us()).u32(commit.transaction);
        all.bytes(&rows.0);
        all.u8(b'C').u8(0).u64(end).u64(end).u64(commit.at.as_us());
        Ok(all.0)
    }
}

fn relation(out: &mut Writer, number: u32, schema: &Schema, identity: Identity) {
    let identity = if identity == Identity::Full { b'f' } else { b'd' };
    out.u8(b'R').u32(number).name("public").name(&schema.name).u8(identity);
    out.u16(schema.columns.len() as u16);
    for (place, Column { name, kind, .. }) in schema.columns.iter().enumerate() {
        out.u8(u8::from(place == schema.key)).name(name).u32(oid(*kind)).u32(u32::MAX);
    }
}

fn row_change(out: &mut Writer, number: u32, schema: &Schema, change: &RowChange, identity: Identity) {
    let before = |out: &mut Writer, old: &Row, needed: bool| match (identity, needed) {
        (Identity::Full, _) => tuple(out, b'O', old, None),
        (Identity::Default, true) => tuple(out, b'K', old, Some(schema.key)),
        (Identity::Default, false) => {}
    };
    match change {
        RowChange::Insert { new, .. } => {
            out.u8(b'I').u32(number);
            tuple(out, b'N', new, None);
        }
        RowChange::Update { old, new, .. } => {
            out.u8(b'U').u32(number);
            before(out, old, schema.key_of(old) != schema.key_of(new));
            tuple(out, b'N', new, None);
        }
        RowChange::Delete { old, .. } => {
            out.u8(b'D').u32(number);
            before(out, old, true);
        }
    }
}

/// A row, or just its key: other columns are empty then.
fn tuple(out: &mut Writer, sign: u8, row: &Row, only: Option<usize>) {
    out.u8(sign).u16(row.len() as u16);
    for (place, value) in row.iter().enumerate() {
        match value {
            Value::Null => out.u8(b'n'),
            _ if only.is_some_and(|only| only != place) => out.u8(b'n'),
            value => out.u8(b't').counted(value.plain().as_bytes()),
        };
    }
}

/// Reads messages. Remembers what it was told of tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoder {
    relations: BTreeMap<u32, Relation>,
}

const WRONG: ApplyError = ApplyError::Corrupt("a logical message");

impl Decoder {
    /// The messages in these bytes.
    ///
    /// # Errors
    /// When they make no sense, or tell of a table that was not described before.
    pub fn decode(&mut self, bytes: &[u8]) -> Result<Vec<Message>, ApplyError> {
        let (mut messages, mut rest) = (Vec::new(), Reader(bytes));
        while !rest.is_empty() {
            let message = match rest.u8().ok_or(WRONG)? {
                b'B' => self.begin(&mut rest),
                b'R' => self.relation(&mut rest),
                b'C' => self.commit(&mut rest),
                sign @ (b'I' | b'U' | b'D') => {
                    let number = rest.u32().ok_or(WRONG)?;
                    let relation = self.relations.get(&number).ok_or(ApplyError::UnknownRelation(number))?;
                    row(sign, relation, &mut rest)
                }
                _ => None,
            };
            messages.push(message.ok_or(WRONG)?);
        }
        Ok(messages)
    }

    fn begin(&self, rest: &mut Reader<'_>) -> Option<Message> {
        let (end, at) = (Lsn::new(rest.u64()?), Timestamp::from_us(rest.u64()?));
        Some(Message::Begin { transaction: rest.u32()?, end, at })
    }

    fn commit(&self, rest: &mut Reader<'_>) -> Option<Message> {
        rest.take(9)?;
        Some(Message::Commit { end: Lsn::new(rest.u64()?), at: Timestamp::from_us(rest.u64()?) })
    }

    fn relation(&mut self, rest: &mut Reader<'_>) -> Option<Message> {
        let (number, _, name) = (rest.u32()?, rest.name()?, rest.name()?);
        rest.u8()?;
        let count = rest.u16()?;
        let (mut columns, mut key) = (Vec::new(), 0);
        for place in 0..usize::from(count) {
            if rest.u8()? == 1 {
                key = place;
            }
            let (name, kind) = (rest.name()?, kind(rest.u32()?)?);
            rest.u32()?;
            columns.push((name, kind));
        }
        let relation = Relation { number, name, columns, key };
        self.relations.insert(number, relation.clone());
        Some(Message::Relation(relation))
    }
}

fn row(sign: u8, relation: &Relation, rest: &mut Reader<'_>) -> Option<Message> {
    let table = relation.name.clone();
    let (mut key, mut before) = (None, None);
    let mut sort = rest.u8()?;
    if matches!(sort, b'K' | b'O') {
        let old = values(relation, rest)?;
        key = Some(old[relation.key].1.clone());
        before = (sort == b'O').then_some(old);
        if sign == b'U' {
            sort = rest.u8()?;
        }
    }
    let change = match sign {
        b'D' => KeyedChange::Delete { table, key: key? },
        _ if sort != b'N' => return None,
        b'I' => KeyedChange::Insert { table, values: values(relation, rest)? },
        _ => {
            let values = values(relation, rest)?;
            let key = key.unwrap_or_else(|| values[relation.key].1.clone());
            KeyedChange::Update { table, key, values }
        }
    };
    Some(Message::Row { relation: relation.number, change, before })
}

fn values(relation: &Relation, rest: &mut Reader<'_>) -> Option<Vec<(String, Value)>> {
    if usize::from(rest.u16()?) != relation.columns.len() {
        return None;
    }
    let value = |(name, kind): &(String, Type)| {
        let value = match rest.u8()? {
            b'n' => Value::Null,
            b't' => match kind {
                Type::Int | Type::Serial => Value::Int(rest.text()?.parse().ok()?),
                kind => Value::Text(rest.text()?).fit(*kind)?,
            },
            _ => return None,
        };
        Some((name.clone(), value))
    };
    relation.columns.iter().map(value).collect()
}

/// Makes the changes of a transaction.
pub(super) fn apply(bytes: &[u8], decoder: &mut Decoder, db: &mut Database) -> Result<Work, ApplyError> {
    let mut told = decoder.clone();
    let changes = told.decode(bytes)?.into_iter().filter_map(|message| match message {
        Message::Row { change, .. } => Some(change),
        _ => None,
    });
    let work = db.replay_rows(&changes.collect::<Vec<_>>())?.work;
    *decoder = told;
    Ok(work)
}
