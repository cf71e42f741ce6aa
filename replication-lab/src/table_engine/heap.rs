//! A table on its pages, with its indexes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::error::EngineError;
use super::page::{Layout, Page, Slot};
use super::schema::{Row, Schema};
use super::sql::Statement;
use super::value::Value;

/// The number of a file that holds a table or an index (PostgreSQL: `relfilenode`).
pub type File = u32;

/// Where a tuple is: its page, counted from 0, and the pointer there, counted from 1 (PostgreSQL: `ctid`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The page.
    pub block: u32,
    /// The pointer.
    pub offset: u16,
}

/// One change of one page or index: what a physical log says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageChange {
    /// A new tuple.
    Insert {
        /// The table's file.
        file: File,
        /// Where.
        to: Place,
        /// Its bytes.
        tuple: Vec<u8>,
    },
    /// A new version of a tuple on the same page, with no indexed column changed: indexes lead to the old one still,
    /// and from there to this (PostgreSQL: heap-only tuple).
    HotUpdate {
        /// The table's file.
        file: File,
        /// The page.
        block: u32,
        /// The pointer of the old version.
        old: u16,
        /// The pointer of the new one.
        new: u16,
        /// The bytes of the new one. Nothing is said of the old one's.
        tuple: Vec<u8>,
    },
    /// A new version of a tuple elsewhere, or with another key; each index gets an entry for it.
    Update {
        /// The table's file.
        file: File,
        /// Where the old version is.
        from: Place,
        /// Where the new one is.
        to: Place,
        /// The bytes of the new one.
        tuple: Vec<u8>,
    },
    /// A tuple is no longer valid.
    Delete {
        /// The table's file.
        file: File,
        /// Where it is.
        at: Place,
    },
    /// A new entry of an index.
    IndexInsert {
        /// The index's file.
        file: File,
        /// What is found.
        key: Value,
        /// Where it leads.
        to: Place,
    },
    /// The bytes of dead tuples are removed from a page.
    Prune {
        /// The table's file.
        file: File,
        /// The page.
        block: u32,
    },
    /// A table, a column or an index is new: the catalogue's pages, in one piece, with the file's number and that of the
    /// primary key's index.
    Catalogue(Statement, File, File),
    /// A table's sequence has come this far.
    Sequence(String, i64),
}

impl PageChange {
    /// The page of a table that it changes.
    pub fn page(&self) -> Option<(File, u32)> {
        match self {
            Self::Insert { file, to, .. } | Self::Update { file, to, .. } => Some((*file, to.block)),
            Self::HotUpdate { file, block, .. } | Self::Prune { file, block } => Some((*file, *block)),
            Self::Delete { file, at } => Some((*file, at.block)),
            Self::IndexInsert { .. } | Self::Catalogue(..) | Self::Sequence(..) => None,
        }
    }
}

/// A secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) column: usize,
    pub(super) file: File,
    entries: BTreeSet<(Value, Place)>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub(super) schema: Schema,
    pub(super) file: File,
    pub(super) key_file: File,
    pages: Vec<Page>,
    by_key: BTreeMap<Value, Place>,
    pub(super) indexes: Vec<Index>,
}

impl Table {
    pub(super) fn new(schema: Schema, file: File, key_file: File) -> Self {
        Self { schema, file, key_file, pages: Vec::new(), by_key: BTreeMap::new(), indexes: Vec::new() }
    }

    /// What it looks like.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The number of its file.
    pub fn file(&self) -> File {
        self.file
    }

    /// Its pages.
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// How many secondary indexes it has.
    pub fn secondary_indexes(&self) -> usize {
        self.indexes.len()
    }

    /// The row with a key, and where it is.
    pub fn find(&self, key: &Value, layout: Layout) -> Option<(Place, Row)> {
        let at = self.by_key.get(key)?;
        let (offset, tuple) = self.pages.get(at.block as usize)?.follow(at.offset)?;
        Some((Place { offset, ..*at }, layout.decode(&self.schema, tuple)?))
    }

    /// The valid rows, in the order in which they lie on the pages; nothing for tuples that can't be read.
    pub fn scan(&self, layout: Layout) -> impl Iterator<Item = (Place, Option<Row>)> + '_ {
        (0..).zip(&self.pages).flat_map(move |(block, page)| {
            (1..).zip(page.slots()).filter_map(move |(offset, slot)| match slot {
                Slot::Live(tuple) => Some((Place { block, offset }, layout.decode(&self.schema, tuple))),
                Slot::Moved(..) | Slot::Dead(_) => None,
            })
        })
    }

    /// The rows by their keys.
    pub fn rows(&self, layout: Layout) -> BTreeMap<Value, Row> {
        let rows = self.scan(layout).filter_map(|(_, row)| row);
        rows.map(|row| (self.schema.key_of(&row).clone(), row)).collect()
    }

    /// The page for a new tuple: the last one, or a new one.
    fn page_for(&self, bytes: usize) -> u32 {
        let last = self.pages.len().saturating_sub(1);
        match self.pages.get(last) {
            Some(page) if page.fits(bytes) => last as u32,
            _ => self.pages.len() as u32,
        }
    }

    fn next_offset(&self, block: u32) -> u16 {
        self.pages.get(block as usize).map_or(0, |page| page.slots().len() as u16) + 1
    }

    fn index_entries(&self, row: &Row, to: Place, done: &mut Vec<PageChange>) {
        let key = self.schema.key_of(row).clone();
        done.push(PageChange::IndexInsert { file: self.key_file, key, to });
        for index in &self.indexes {
            done.push(PageChange::IndexInsert { file: index.file, key: row[index.column].clone(), to });
        }
    }

    /// What it takes to add a row.
    pub(super) fn insert(
        &self,
        row: &Row,
        layout: Layout,
        transaction: u32,
    ) -> Result<Vec<PageChange>, EngineError> {
        let tuple = layout.encode(row, transaction)?;
        let block = self.page_for(tuple.len());
        let to = Place { block, offset: self.next_offset(block) };
        let mut done = vec![PageChange::Insert { file: self.file, to, tuple }];
        self.index_entries(row, to, &mut done);
        Ok(done)
    }

    /// What it takes to put a new version in the place of a row.
    pub(super) fn update(
        &self,
        from: Place,
        old: &Row,
        new: &Row,
        layout: Layout,
        transaction: u32,
    ) -> Result<Vec<PageChange>, EngineError> {
        let tuple = layout.encode(new, transaction)?;
        let same = |column: usize| old[column] == new[column];
        let unindexed = same(self.schema.key) && self.indexes.iter().all(|index| same(index.column));
        let page = &self.pages[from.block as usize];
        let mut done = Vec::new();
        if unindexed && (page.fits(tuple.len()) || page.fits_pruned(tuple.len())) {
            if !page.fits(tuple.len()) {
                done.push(PageChange::Prune { file: self.file, block: from.block });
            }
            let new = self.next_offset(from.block);
            let (file, block, old) = (self.file, from.block, from.offset);
            done.push(PageChange::HotUpdate { file, block, old, new, tuple });
            return Ok(done);
        }
        let block = self.page_for(tuple.len());
        let to = Place { block, offset: self.next_offset(block) };
        done.push(PageChange::Update { file: self.file, from, to, tuple });
        self.index_entries(new, to, &mut done);
        Ok(done)
    }

    /// Makes a change of a page or an index of this table. Nothing if it doesn't fit what is there.
    pub(super) fn apply(&mut self, change: &PageChange) -> Option<()> {
        match change {
            PageChange::Insert { to, tuple, .. } => self.put(*to, tuple)?,
            PageChange::HotUpdate { block, old, new, tuple, .. } => {
                self.put(Place { block: *block, offset: *new }, tuple)?;
                self.pages[*block as usize].end(*old, Some(*new))?;
            }
            PageChange::Update { from, to, tuple, .. } => {
                self.put(*to, tuple)?;
                self.pages.get_mut(from.block as usize)?.end(from.offset, None)?;
            }
            PageChange::Delete { at, .. } => self.pages.get_mut(at.block as usize)?.end(at.offset, None)?,
            PageChange::Prune { block, .. } => self.pages.get_mut(*block as usize)?.prune(),
            PageChange::IndexInsert { file, key, to } if *file == self.key_file => {
                self.by_key.insert(key.clone(), *to);
            }
            PageChange::IndexInsert { file, key, to } => {
                let index = self.indexes.iter_mut().find(|index| index.file == *file)?;
                index.entries.insert((key.clone(), *to));
            }
            PageChange::Catalogue(..) | PageChange::Sequence(..) => {}
        }
        Some(())
    }

    fn put(&mut self, to: Place, tuple: &[u8]) -> Option<()> {
        if to.block as usize == self.pages.len() {
            self.pages.push(Page::default());
        }
        let page = self.pages.get_mut(to.block as usize)?;
        (page.put(tuple.to_vec()) == to.offset).then_some(())
    }

    /// Puts a whole page in the place of what is there.
    pub(super) fn restore(&mut self, block: u32, page: &Page) -> Option<()> {
        if block as usize == self.pages.len() {
            self.pages.push(Page::default());
        }
        self.pages.get_mut(block as usize)?.clone_from(page);
        Some(())
    }

    /// Whether it, or one of its indexes, is in this file.
    pub(super) fn is_in(&self, file: File) -> bool {
        self.file == file || self.key_file == file || self.indexes.iter().any(|index| index.file == file)
    }

    /// A new column: every row is written anew with it.
    pub(super) fn add_column(
        &mut self,
        column: super::schema::Column,
        layout: Layout,
    ) -> Result<(), EngineError> {
        let rows: Vec<Row> = self.scan(layout).filter_map(|(_, row)| row).collect();
        self.schema.columns.push(column);
        self.rewrite(rows, layout)
    }

    /// Lays rows on new pages, in this order.
    pub(super) fn rewrite(&mut self, rows: Vec<Row>, layout: Layout) -> Result<(), EngineError> {
        self.pages.clear();
        self.by_key.clear();
        self.indexes.iter_mut().for_each(|index| index.entries.clear());
        let default = |place: usize| self.schema.columns[place].default.clone();
        let complete = |mut row: Row| {
            row.extend((row.len()..self.schema.columns.len()).map(default));
            row
        };
        for row in rows.into_iter().map(complete).collect::<Vec<_>>() {
            for change in self.insert(&row, layout, 0)? {
                self.apply(&change);
            }
        }
        Ok(())
    }

    /// A new secondary index over what is there.
    pub(super) fn add_index(&mut self, column: usize, file: File, layout: Layout) {
        let entries = self.scan(layout).filter_map(|(at, row)| Some((row?[column].clone(), at)));
        let entries = entries.collect();
        self.indexes.push(Index { column, file, entries });
    }
}
