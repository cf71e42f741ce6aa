//! Pages: how rows lie on the disk.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::EngineError;
use super::schema::{Row, Schema};
use super::value::{Timestamp, Type, Value};

/// Bytes of a page, as in PostgreSQL.
pub const PAGE: usize = 8_192;
/// Bytes of a page's header.
const PAGE_HEADER: usize = 24;
/// Bytes of the pointer to a tuple.
const POINTER: usize = 4;

/// How a tuple's bytes are laid out. Two major versions of a database may differ in this, and then can't read each
/// other's pages; minor versions of one major never do.
///
/// # What is simplified
/// There are two layouts here, one up to major version 15 and one from 16 on: in the first a tuple has a header of 24
/// bytes and its columns in order, in the second a header of 16 bytes and its columns in reverse. PostgreSQL rarely
/// changes the tuple itself from one major version to the next; what changes is the catalogue and what records of the
/// log mean. The effect is the same: it does not start on, nor replay, what another major version wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Layout {
    /// The database's major version.
    pub major: u16,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {}", self.major)
    }
}

impl Layout {
    fn is_new(self) -> bool {
        self.major >= 16
    }

    /// Bytes before a tuple's values.
    pub fn header(self) -> usize {
        if self.is_new() { 16 } else { 24 }
    }

    /// A row's bytes, header included, as written by a transaction.
    ///
    /// # Errors
    /// When it doesn't fit on a page.
    pub fn encode(self, row: &Row, transaction: u32) -> Result<Vec<u8>, EngineError> {
        let mut bytes = vec![0; self.header()];
        bytes[..4].copy_from_slice(&transaction.to_le_bytes());
        let mut nulls = 0_u64;
        let values: Vec<_> = row.iter().enumerate().collect();
        let ordered: Vec<_> = if self.is_new() { values.into_iter().rev().collect() } else { values };
        for (place, value) in ordered {
            match value {
                Value::Null => nulls |= 1 << place,
                Value::Int(number) => bytes.extend(number.to_le_bytes()),
                Value::Timestamp(at) => bytes.extend(at.as_us().to_le_bytes()),
                Value::Uuid(bits) => bytes.extend(bits.to_le_bytes()),
                Value::Text(text) if self.is_new() => {
                    bytes.extend(text.as_bytes());
                    bytes.extend((text.len() as u16).to_le_bytes());
                }
                Value::Text(text) => {
                    bytes.extend((text.len() as u16).to_le_bytes());
                    bytes.extend(text.as_bytes());
                }
            }
        }
        // Which columns have nothing, one bit each: as many as fit into the header's rest.
        bytes[8..16].copy_from_slice(&nulls.to_le_bytes());
        match bytes.len() + POINTER + PAGE_HEADER > PAGE {
            true => Err(EngineError::TooLarge(bytes.len())),
            false => Ok(bytes),
        }
    }

    /// The row in these bytes; nothing if they can't have been written in this layout for this table.
    pub fn decode(self, schema: &Schema, bytes: &[u8]) -> Option<Row> {
        let nulls = u64::from_le_bytes(bytes.get(8..16)?.try_into().ok()?);
        let mut rest = bytes.get(self.header()..)?;
        let mut row = vec![Value::Null; schema.columns.len()];
        // In the new layout the last bytes belong to the first column.
        for (place, (value, column)) in row.iter_mut().zip(&schema.columns).enumerate() {
            if nulls & (1 << place) != 0 {
                continue;
            }
            *value = match column.kind {
                Type::Int | Type::Serial => Value::Int(i64::from_le_bytes(self.take(&mut rest)?)),
                Type::Timestamp => {
                    Value::Timestamp(Timestamp::from_us(u64::from_le_bytes(self.take(&mut rest)?)))
                }
                Type::Uuid => Value::Uuid(u128::from_le_bytes(self.take(&mut rest)?)),
                Type::Text => {
                    let length = usize::from(u16::from_le_bytes(self.take(&mut rest)?));
                    let text = self.cut(&mut rest, length)?;
                    Value::Text(String::from_utf8(text.to_vec()).ok()?)
                }
            };
        }
        rest.is_empty().then_some(row)
    }

    fn take<const N: usize>(self, rest: &mut &[u8]) -> Option<[u8; N]> {
        self.cut(rest, N)?.try_into().ok()
    }

    /// The next bytes: from the front in the old layout, from the back in the new one.
    fn cut<'b>(self, rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
        let split = if self.is_new() { rest.len().checked_sub(length)? } else { length };
        let (front, back) = rest.split_at_checked(split)?;
        let (cut, left) = if self.is_new() { (back, front) } else { (front, back) };
        *rest = left;
        Some(cut)
    }
}

/// What a pointer of a page leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slot {
    /// A tuple.
    Live(Vec<u8>),
    /// A tuple that has a newer version on this page, behind that pointer, and its bytes, if they still take room.
    Moved(u16, usize),
    /// A tuple that is no longer valid, and its bytes, if they still take room.
    Dead(usize),
}

/// A page of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    slots: Vec<Slot>,
    used: usize,
}

impl Page {
    /// A page with these pointers.
    pub fn of(slots: Vec<Slot>) -> Self {
        let bytes = |slot: &Slot| match slot {
            Slot::Live(tuple) => tuple.len(),
            Slot::Moved(_, bytes) | Slot::Dead(bytes) => *bytes,
        };
        let used = slots.iter().map(|slot| bytes(slot) + POINTER).sum();
        Self { slots, used }
    }

    /// Bytes that are taken: header, pointers, tuples, and dead tuples that nobody has removed.
    pub fn used(&self) -> usize {
        PAGE_HEADER + self.used
    }

    /// Whether a tuple of so many bytes fits.
    pub(super) fn fits(&self, bytes: usize) -> bool {
        self.used() + bytes + POINTER <= PAGE
    }

    /// Whether it would fit if the dead tuples were removed.
    pub(super) fn fits_pruned(&self, bytes: usize) -> bool {
        let dead = self.slots.iter().map(|slot| match slot {
            Slot::Live(_) => 0,
            Slot::Moved(_, bytes) | Slot::Dead(bytes) => *bytes,
        });
        self.used() + bytes + POINTER - dead.sum::<usize>() <= PAGE
    }

    /// The pointers, the first of which is number 1.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// The tuple behind a pointer, or behind the one that this leads to, and where it is.
    pub(super) fn follow(&self, mut offset: u16) -> Option<(u16, &[u8])> {
        loop {
            match self.slots.get(usize::from(offset).checked_sub(1)?)? {
                Slot::Live(tuple) => return Some((offset, tuple)),
                Slot::Moved(next, _) => offset = *next,
                Slot::Dead(_) => return None,
            }
        }
    }

    /// Puts a tuple on the page and says behind which pointer.
    pub(super) fn put(&mut self, tuple: Vec<u8>) -> u16 {
        self.used += tuple.len() + POINTER;
        self.slots.push(Slot::Live(tuple));
        self.slots.len() as u16
    }

    /// Marks a tuple as dead; with a place, as moved there.
    pub(super) fn end(&mut self, offset: u16, moved: Option<u16>) -> Option<()> {
        let slot = self.slots.get_mut(usize::from(offset).checked_sub(1)?)?;
        let Slot::Live(tuple) = slot else { return None };
        let bytes = tuple.len();
        *slot = moved.map_or(Slot::Dead(bytes), |to| Slot::Moved(to, bytes));
        Some(())
    }

    /// Removes the bytes of dead tuples; their pointers stay.
    pub(super) fn prune(&mut self) {
        for slot in &mut self.slots {
            if let Slot::Moved(_, bytes) | Slot::Dead(bytes) = slot {
                self.used -= std::mem::take(bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sql::Statement;
    use super::*;

    fn schema() -> Schema {
        match "CREATE TABLE t (id INT, name TEXT, at TIMESTAMP, token UUID)".parse() {
            Ok(Statement::CreateTable(schema)) => schema,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_layout_reads_itself_and_not_the_other() {
        let rows: [Row; 3] = [
            vec![42.into(), "Alice".into(), Timestamp::START.into(), Value::Uuid(7)],
            vec![(-1).into(), "".into(), Value::Null, Value::Null],
            vec![0.into(), Value::Null, Timestamp::START.into(), Value::Uuid(u128::MAX)],
        ];
        let (old, new) = (Layout { major: 15 }, Layout { major: 16 });
        for row in &rows {
            for (mine, other) in [(old, new), (new, old)] {
                let bytes = mine.encode(row, 1).unwrap();
                assert_eq!(mine.decode(&schema(), &bytes).as_ref(), Some(row));
                assert_ne!(other.decode(&schema(), &bytes).as_ref(), Some(row));
            }
        }
    }

    #[test]
    fn a_page_is_full_and_has_room_again_when_dead_tuples_are_removed() {
        let mut page = Page::default();
        let tuple = vec![0; 100];
        while page.fits(tuple.len()) {
            page.put(tuple.clone());
        }
        assert_eq!(page.slots().len(), (PAGE - PAGE_HEADER) / 104);
        page.end(1, None).unwrap();
        assert!(page.end(1, None).is_none(), "it is dead already");
        assert!(!page.fits(tuple.len()) && page.fits_pruned(tuple.len() - POINTER));
        page.prune();
        let again = page.put(tuple[POINTER..].to_vec());
        assert_eq!((page.follow(1), page.follow(again).map(|(at, _)| at)), (None, Some(again)));
    }

    #[test]
    fn a_row_that_is_larger_than_a_page_is_refused() {
        let row: Row = vec![1.into(), "x".repeat(9_000).as_str().into()];
        assert!(Layout { major: 15 }.encode(&row, 1).unwrap_err().to_string().contains("8192"));
    }
}
