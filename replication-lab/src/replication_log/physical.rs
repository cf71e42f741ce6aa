//! The bytes that changed on pages: a write-ahead log.
//!
//! Records are built like PostgreSQL's: a header of 24 bytes, a reference to the page (tablespace, database, file,
//! block), what is particular to the kind, and the new tuple. Where PostgreSQL's header is padded, this one has the
//! major version, which PostgreSQL keeps in the header of each page of the log.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64;

use super::bytes::{Reader, Writer};
use super::method::ApplyError;
use crate::log::Lsn;
use crate::table_engine::{
    Commit, Database, File, Layout, Page, PageChange, PageRecord, Place, Slot, Statement, Timestamp, Value,
    Work,
};

/// The tablespace and the database of every file: PostgreSQL's default ones.
const SPACE: (u32, u32) = (1_663, 5);
const HEADER: usize = 24;

/// A record of the log, as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it ends.
    pub end: Lsn,
    /// The transaction.
    pub transaction: u32,
    /// The layout of its tuples.
    pub layout: Layout,
    /// What it says.
    pub says: Says,
    /// Its size in bytes.
    pub bytes: usize,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// A page, an index or the catalogue changes.
    Change(PageRecord),
    /// The transaction is committed.
    Commit(Timestamp),
}

/// As `pg_waldump` shows it.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { end, transaction, bytes, .. } = self;
        write!(f, "lsn {end}, tx {transaction}, {bytes} bytes: ")?;
        let file = |file: &File| format!("rel {}/{}/{file}", SPACE.0, SPACE.1);
        match &self.says {
            Says::Commit(at) => write!(f, "COMMIT at {at}"),
            Says::Change(record) => {
                match &record.change {
                    PageChange::Insert { file: table, to, tuple } => {
                        write!(f, "INSERT {} blk {} off {}, ", file(table), to.block, to.offset)?;
                        write!(f, "tuple of {} bytes", tuple.len())?;
                    }
                    PageChange::HotUpdate { file: table, block, old, new, tuple } => {
                        write!(f, "HOT_UPDATE {} blk {block} off {old} → {new}, ", file(table))?;
                        write!(f, "tuple of {} bytes", tuple.len())?;
                    }
                    PageChange::Update { file: table, from, to, tuple } => {
                        let Place { block, offset } = from;
                        write!(f, "UPDATE {} blk {block} off {offset} → ", file(table))?;
                        write!(f, "blk {} off {}, tuple of {} bytes", to.block, to.offset, tuple.len())?;
                    }
                    PageChange::Delete { file: table, at } => {
                        write!(f, "DELETE {} blk {} off {}", file(table), at.block, at.offset)?;
                    }
                    PageChange::IndexInsert { file: index, key, to } => {
                        write!(f, "INSERT_LEAF {}, {key} → blk {} off {}", file(index), to.block, to.offset)?;
                    }
                    PageChange::Prune { file: table, block } => {
                        write!(f, "PRUNE {} blk {block}", file(table))?
                    }
                    PageChange::Catalogue(statement, ..) => write!(f, "catalogue: {statement}")?,
                    PageChange::Sequence(table, last) => write!(f, "sequence of {table} at {last}")?,
                }
                if record.image.is_some() { f.write_str(", with the whole page") } else { Ok(()) }
            }
        }
    }
}

/// A transaction's records.
pub(super) fn encode(commit: &Commit, layout: Layout) -> Vec<u8> {
    let mut all = Vec::new();
    for record in &commit.pages {
        let body = body(record);
        all.extend(framed(commit.transaction, layout, kind(&record.change), &body));
    }
    let mut end = Writer::default();
    end.u8(255).u8(8).u64(commit.at.as_us());
    all.extend(framed(commit.transaction, layout, COMMIT, &end.0));
    all
}

const COMMIT: u8 = 0;

fn kind(change: &PageChange) -> u8 {
    match change {
        PageChange::Insert { .. } => 1,
        PageChange::HotUpdate { .. } => 2,
        PageChange::Update { .. } => 3,
        PageChange::Delete { .. } => 4,
        PageChange::IndexInsert { .. } => 5,
        PageChange::Prune { .. } => 6,
        PageChange::Catalogue(..) => 7,
        PageChange::Sequence(..) => 8,
    }
}

fn framed(transaction: u32, layout: Layout, kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = Writer::default();
    let total = HEADER + body.len();
    out.u32(total as u32).u32(transaction).u64(0).u8(kind).u8(0).u16(layout.major);
    let checksum = xxh3_64(&[&out.0, body].concat()) as u32;
    out.u32(checksum).bytes(body);
    out.0
}

/// The bytes that a transaction takes in the log.
pub fn size(commit: &Commit, layout: Layout) -> u64 {
    encode(commit, layout).len() as u64
}

/// A page's reference: flags and length, the file, the block.
fn page(out: &mut Writer, file: File, block: u32) {
    out.u32(0).u32(SPACE.0).u32(SPACE.1).u32(file).u32(block);
}

fn body(record: &PageRecord) -> Vec<u8> {
    let mut out = Writer::default();
    match &record.change {
        PageChange::Insert { file, to, tuple } => {
            page(&mut out, *file, to.block);
            out.u16(to.offset).counted(tuple);
        }
        PageChange::HotUpdate { file, block, old, new, tuple } => {
            page(&mut out, *file, *block);
            // PostgreSQL: xl_heap_update, with the old tuple's flags and the transaction that may still see it.
            out.u64(0).u16(*old).u16(*new).counted(tuple);
        }
        PageChange::Update { file, from, to, tuple } => {
            page(&mut out, *file, to.block);
            out.u32(from.block).u64(0).u16(from.offset).u16(to.offset).counted(tuple);
        }
        PageChange::Delete { file, at } => {
            page(&mut out, *file, at.block);
            out.u64(0).u16(at.offset);
        }
        PageChange::IndexInsert { file, key, to } => {
            page(&mut out, *file, to.block);
            out.u16(to.offset);
            value(&mut out, key);
        }
        PageChange::Prune { file, block } => page(&mut out, *file, *block),
        PageChange::Catalogue(statement, file, key_file) => {
            out.u32(*file).u32(*key_file).counted(statement.to_string().as_bytes());
        }
        PageChange::Sequence(table, last) => {
            out.u64(*last as u64).counted(table.as_bytes());
        }
    }
    out.u8(u8::from(record.image.is_some()));
    if let Some(image) = &record.image {
        out.u16(image.slots().len() as u16);
        for slot in image.slots() {
            match slot {
                Slot::Live(tuple) => out.u8(0).counted(tuple),
                Slot::Moved(to, bytes) => out.u8(1).u16(*to).counted(&vec![0; *bytes]),
                Slot::Dead(bytes) => out.u8(2).counted(&vec![0; *bytes]),
            };
        }
    }
    out.0
}

fn value(out: &mut Writer, value: &Value) {
    match value {
        Value::Null => out.u8(0),
        Value::Int(number) => out.u8(1).u64(*number as u64),
        Value::Text(text) => out.u8(2).counted(text.as_bytes()),
        Value::Timestamp(at) => out.u8(3).u64(at.as_us()),
        Value::Uuid(bits) => out.u8(4).bytes(&bits.to_be_bytes()),
    };
}

fn value_of(bytes: &mut Reader<'_>) -> Option<Value> {
    Some(match bytes.u8()? {
        0 => Value::Null,
        1 => Value::Int(bytes.u64()? as i64),
        2 => Value::Text(bytes.text()?),
        3 => Value::Timestamp(Timestamp::from_us(bytes.u64()?)),
        4 => Value::Uuid(u128::from_be_bytes(bytes.take(16)?.try_into().ok()?)),
        _ => return None,
    })
}

/// The records in a piece of the log that begins after `after`.
///
/// # Errors
/// When a checksum is wrong, or something is missing.
pub fn records(after: Lsn, bytes: &[u8]) -> Result<Vec<Record>, ApplyError> {
    let (mut records, mut rest, mut end) = (Vec::new(), Reader(bytes), after.bytes());
    while !rest.is_empty() {
        let whole = rest.0;
        let record =
            record(&mut rest, whole).ok_or(ApplyError::Corrupt("a record of the write-ahead log"))?;
        end += record.bytes as u64;
        records.push(Record { end: Lsn::new(end), ..record });
    }
    Ok(records)
}

fn record(rest: &mut Reader<'_>, whole: &[u8]) -> Option<Record> {
    let total = rest.u32()? as usize;
    let (transaction, _) = (rest.u32()?, rest.u64()?);
    let (kind, _) = (rest.u8()?, rest.u8()?);
    let layout = Layout { major: rest.u16()? };
    let checksum = rest.u32()?;
    let body = rest.take(total.checked_sub(HEADER)?)?;
    if xxh3_64(&[whole.get(..HEADER - 4)?, body].concat()) as u32 != checksum {
        return None;
    }
    let mut body = Reader(body);
    let says = match kind {
        COMMIT => {
            body.take(2)?;
            Says::Commit(Timestamp::from_us(body.u64()?))
        }
        kind => Says::Change(page_record(kind, &mut body)?),
    };
    body.is_empty().then_some(Record { end: Lsn::default(), transaction, layout, says, bytes: total })
}

fn page_record(kind: u8, body: &mut Reader<'_>) -> Option<PageRecord> {
    let (mut file, mut block) = (0, 0);
    if kind <= 6 {
        body.take(12)?;
        (file, block) = (body.u32()?, body.u32()?);
    }
    let change = match kind {
        1 => PageChange::Insert {
            file,
            to: Place { block, offset: body.u16()? },
            tuple: body.counted()?.to_vec(),
        },
        2 => {
            body.take(8)?;
            let (old, new) = (body.u16()?, body.u16()?);
            PageChange::HotUpdate { file, block, old, new, tuple: body.counted()?.to_vec() }
        }
        3 => {
            let from = body.u32()?;
            body.take(8)?;
            let (from, to) =
                (Place { block: from, offset: body.u16()? }, Place { block, offset: body.u16()? });
            PageChange::Update { file, from, to, tuple: body.counted()?.to_vec() }
        }
        4 => {
            body.take(8)?;
            PageChange::Delete { file, at: Place { block, offset: body.u16()? } }
        }
        5 => {
            let to = Place { block, offset: body.u16()? };
            PageChange::IndexInsert { file, key: value_of(body)?, to }
        }
        6 => PageChange::Prune { file, block },
        7 => {
            let (file, key_file) = (body.u32()?, body.u32()?);
            let statement: Statement = body.text()?.parse().ok()?;
            PageChange::Catalogue(statement, file, key_file)
        }
        8 => {
            let last = body.u64()? as i64;
            PageChange::Sequence(body.text()?, last)
        }
        _ => return None,
    };
    let image = match body.u8()? {
        0 => None,
        _ => Some(image(body)?),
    };
    Some(PageRecord { change, image })
}

fn image(body: &mut Reader<'_>) -> Option<Page> {
    let count = body.u16()?;
    let slots = (0..count).map(|_| match body.u8()? {
        0 => Some(Slot::Live(body.counted()?.to_vec())),
        1 => {
            let to = body.u16()?;
            Some(Slot::Moved(to, body.counted()?.len()))
        }
        _ => Some(Slot::Dead(body.counted()?.len())),
    });
    Some(Page::of(slots.collect::<Option<Vec<_>>>()?))
}

/// Makes the changes in a piece of the log.
pub(super) fn apply(after: Lsn, bytes: &[u8], system: u64, db: &mut Database) -> Result<Work, ApplyError> {
    let records = records(after, bytes)?;
    if let Some(other) = records.iter().find(|record| record.layout != db.layout()) {
        return Err(ApplyError::Layout { log: other.layout, here: db.layout() });
    }
    if db.system() != system {
        return Err(ApplyError::OtherSystem);
    }
    let pages = records.into_iter().filter_map(|record| match record.says {
        Says::Change(record) => Some(record),
        Says::Commit(_) => None,
    });
    Ok(db.replay_pages(&pages.collect::<Vec<_>>())?)
}
