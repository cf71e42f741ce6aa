//! What a bank keeps: entries that are only ever appended.

use std::fmt;

use super::step::{Answer, Bank, Order};

/// A line of a ledger: an order, and what it moved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The payment's number.
    pub payment: u32,
    /// What was ordered.
    pub order: Order,
    /// The key that came with the order.
    pub key: String,
    /// The payment's amount.
    pub amount: u64,
    /// Whether it was done. A refusal is kept too, so that it stays one.
    pub done: bool,
    /// How much was moved: nothing, if the order was refused or there was nothing to release.
    pub moved: u64,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { payment, order, key, moved, done, .. } = self;
        match done {
            true => write!(f, "payment {payment}: {order} {moved} [{key}]"),
            false => write!(f, "payment {payment}: {order} refused [{key}]"),
        }
    }
}

/// A bank's ledger: append-only, with one account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ledger {
    /// Which bank's.
    pub bank: Bank,
    // What the account had in the beginning.
    opening: u64,
    // The most that is credited at once.
    limit: u64,
    // Whether keys are looked up.
    keys: bool,
    entries: Vec<Entry>,
}

/// What a payment has moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) held: i64,
    pub(super) spent: i64,
    pub(super) credited: i64,
}

impl Moved {
    pub(super) fn add(&mut self, entry: &Entry) {
        let moved = i64::try_from(entry.moved).unwrap_or(i64::MAX);
        match entry.order {
            Order::Hold => self.held += moved,
            Order::Release => self.held -= moved,
            Order::Capture => (self.held, self.spent) = (self.held - moved, self.spent + moved),
            Order::Debit => self.spent += moved,
            Order::Refund => self.spent -= moved,
            Order::Credit => self.credited += moved,
            Order::Void => {}
        }
    }
}

impl Ledger {
    pub(super) fn new(bank: Bank, opening: u64, limit: u64, keys: bool) -> Self {
        Self { bank, opening, limit, keys, entries: Vec::new() }
    }

    /// All entries, the oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Forgets what it has in memory, and takes what is on the disk.
    pub(super) fn load(&mut self, entries: Vec<Entry>) {
        self.entries = entries;
    }

    /// What the account has, without what is held.
    pub fn available(&self) -> i64 {
        let mut all = Moved::default();
        self.entries.iter().for_each(|entry| all.add(entry));
        let opening = i64::try_from(self.opening).unwrap_or(i64::MAX);
        opening - all.held - all.spent + all.credited
    }

    /// What was answered to this key before; nothing, if it is new, or keys are not looked up.
    pub(super) fn known(&self, key: &str) -> Option<Answer> {
        let entry = self.entries.iter().find(|entry| self.keys && entry.key == key)?;
        Some(if entry.done { Answer::Done } else { Answer::Refused })
    }

    /// What an order comes to, as an entry that is not appended yet.
    pub(super) fn entry(&self, payment: u32, order: Order, key: String, amount: u64) -> Entry {
        let mut so_far = Moved::default();
        self.entries.iter().filter(|entry| entry.payment == payment).for_each(|entry| so_far.add(entry));
        let was = |order| {
            self.entries
                .iter()
                .any(|entry| (entry.payment, entry.order, entry.done) == (payment, order, true))
        };
        let owed = i64::try_from(amount).unwrap_or(i64::MAX);
        let moved = match order {
            Order::Hold => (!was(Order::Release) && self.available() >= owed).then_some(amount),
            Order::Debit => (!was(Order::Refund) && self.available() >= owed).then_some(amount),
            Order::Capture => (so_far.held >= owed).then_some(amount),
            Order::Release => Some(so_far.held.max(0) as u64),
            // What was debited is paid back; nobody looks whether it was paid back before.
            Order::Refund => Some(if was(Order::Debit) { amount } else { 0 }),
            Order::Credit => (!was(Order::Void) && amount <= self.limit).then_some(amount),
            Order::Void => (so_far.credited == 0).then_some(0),
        };
        Entry { payment, order, key, amount, done: moved.is_some(), moved: moved.unwrap_or_default() }
    }

    pub(super) fn append(&mut self, entry: Entry) {
        self.entries.push(entry);
    }
}
