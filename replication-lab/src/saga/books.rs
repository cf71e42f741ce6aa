//! Where the money is, added up over both ledgers, and what is wrong with that.

use std::collections::BTreeMap;
use std::fmt;

use super::ledger::{Entry, Moved};
use super::node::{ABROAD, COORDINATOR, HOME, Member, Record, entries};
use super::step::State;
use crate::explore;
use crate::view::Table;
use crate::world::Disk;

/// What the books say of one payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What is to be paid.
    pub amount: i64,
    /// What is set aside for it at home.
    pub held: i64,
    /// What was taken for good at home.
    pub spent: i64,
    /// What the shop has got.
    pub credited: i64,
    /// What the coordinator's log says; nothing, if it does not know the payment.
    pub state: Option<State>,
}

/// Both ledgers and the coordinator's log at one moment, as they are on the disks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    /// What the customer had in the beginning.
    pub opening: i64,
    /// The payments by number.
    pub payments: BTreeMap<u32, Line>,
}

/// Something that must never be, or must not be in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The demand that is not met.
    pub demand: &'static str,
    /// What is there instead.
    pub why: String,
}

impl Books {
    /// Adds up what is on three disks.
    pub(super) fn of(opening: u64, disks: [&Disk<Record>; 3]) -> Self {
        let [coordinator, home, abroad] = disks;
        let mut payments: BTreeMap<u32, (i64, Moved, Option<State>)> = BTreeMap::new();
        let whole = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        let booked: Vec<Entry> =
            entries(home.trusted()).into_iter().chain(entries(abroad.trusted())).collect();
        for entry in &booked {
            let (amount, moved, _) = payments.entry(entry.payment).or_default();
            *amount = whole(entry.amount);
            moved.add(entry);
        }
        for record in coordinator.trusted() {
            if let Record::Saved { payment, amount, state } = record {
                let line = payments.entry(*payment).or_default();
                (line.0, line.2) = (whole(*amount), Some(*state));
            }
        }
        let line =
            |(amount, Moved { held, spent, credited }, state)| Line { amount, held, spent, credited, state };
        let payments = payments.into_iter().map(|(payment, sums)| (payment, line(sums))).collect();
        Self { opening: whole(opening), payments }
    }

    /// The books of a state in a search.
    pub fn in_search(opening: u64, state: &explore::State<Member>) -> Self {
        Self::of(opening, [COORDINATOR, HOME, ABROAD].map(|node| state.disk(node)))
    }

    fn sum(&self, part: impl Fn(&Line) -> i64) -> i64 {
        self.payments.values().map(part).sum()
    }

    /// What the customer can spend.
    pub fn customer(&self) -> i64 {
        self.opening - self.held() - self.sum(|line| line.spent)
    }

    /// What is set aside.
    pub fn held(&self) -> i64 {
        self.sum(|line| line.held)
    }

    /// What the shop has.
    pub fn shop(&self) -> i64 {
        self.sum(|line| line.credited)
    }

    /// What has left the customer's account for good and not arrived: the banks owe it to each other.
    pub fn under_way(&self) -> i64 {
        self.sum(|line| line.spent - line.credited)
    }

    /// What must never be, at no moment; the first thing that is.
    ///
    /// The shop gets no more than what is set aside or taken for that payment, so no money is made, wherever it is
    /// counted. Nobody pays twice, no payment is credited twice. No balance is below zero. Nothing is taken for good
    /// before the shop has it. What is set aside belongs to a payment that the coordinator knows. What has ended is
    /// settled.
    pub fn wrong(&self) -> Option<Wrong> {
        let wrong = |demand, why: String| Some(Wrong { demand, why });
        if self.customer() < 0 {
            return wrong("no balance below zero", format!("the customer's balance is {}", self.customer()));
        }
        for (payment, line) in &self.payments {
            let Line { amount, held, spent, credited, state } = *line;
            let taken = held + spent;
            if credited > amount || taken > amount {
                let (who, how) = match credited > amount {
                    true => ("the shop has got", credited),
                    false => ("the customer has been charged", taken),
                };
                return wrong("none paid twice", format!("payment {payment} is {amount}, and {who} {how}"));
            }
            if credited > taken || taken < 0 {
                return wrong(
                    "no money is made",
                    format!("payment {payment}: the shop has {credited}, and the customer has given {taken}"),
                );
            }
            if spent > credited {
                return wrong(
                    "none debited before the money has arrived",
                    format!("payment {payment}: {spent} are debited, and the shop has {credited}"),
                );
            }
            match state {
                None if taken != 0 => {
                    let why = format!(
                        "payment {payment}: {taken} are set aside, and the coordinator knows nothing of it"
                    );
                    return wrong("every hold has an owner", why);
                }
                Some(State::Paid) if (held, spent, credited) != (0, amount, amount) => {
                    let why = format!(
                        "payment {payment} is paid, and of {amount} are {held} held, {spent} spent, {credited} credited"
                    );
                    return wrong("what has ended is settled", why);
                }
                Some(State::Cancelled) if (held, spent, credited) != (0, 0, 0) => {
                    let why = format!(
                        "payment {payment} is cancelled, and {held} are held, {spent} spent, {credited} credited"
                    );
                    return wrong("what has ended is settled", why);
                }
                _ => {}
            }
        }
        None
    }

    /// What must not be when all has been well for long enough: a payment that has not come to an end.
    pub fn unfinished(&self) -> Option<Wrong> {
        let (payment, line) = self.payments.iter().find(|(_, line)| {
            line.held != 0 || line.spent != line.credited || line.state.is_some_and(|state| !state.is_end())
        })?;
        let state = line.state.map_or_else(|| "unknown".to_owned(), |state| state.to_string());
        let why = format!("payment {payment} is still {state}: {} are held, {} spent", line.held, line.spent);
        Some(Wrong { demand: "an end for every payment", why })
    }

    /// Every payment: what is held, spent and credited, and how far it is.
    pub fn table(&self) -> Table {
        let mut table = Table::new(["payment", "amount", "held", "spent", "at the shop", "state"]);
        for (payment, line) in &self.payments {
            let state = line.state.map_or_else(|| "unknown".to_owned(), |state| state.to_string());
            let numbers = [i64::from(*payment), line.amount, line.held, line.spent, line.credited];
            table = table.row(numbers.map(|number| number.to_string()).into_iter().chain([state]));
        }
        table
    }
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "customer {}, held {}, shop {}", self.customer(), self.held(), self.shop())?;
        match self.under_way() {
            0 => Ok(()),
            under_way => write!(f, ", between the banks {under_way}"),
        }
    }
}
