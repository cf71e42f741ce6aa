//! The same payments through every trouble of a kind, one after the other.

use std::fmt;

use super::cluster::Saga;
use super::node::{ABROAD, COORDINATOR, HOME};
use super::setup::{Builder, SagaError};
use crate::time::Time;
use crate::view::Table;
use crate::world::{Fault, Plan, Planned};

/// A kind of trouble, and every place where it can strike two payments: one of 30, and one of 65, which the shop's bank
/// refuses unless its limit is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordeal {
    /// None.
    Nothing,
    /// The coordinator's machine dies at one of the first 130 milliseconds, and is back 200 ms later.
    CoordinatorCrashes,
    /// One message is lost, of the first five on each link.
    MessageLost,
    /// One bank's machine dies at one of the first 130 milliseconds, and is back 200 ms later.
    BankCrashes,
    /// The customer's bank can't write from 45 ms until 1.8 s, when the second payment is to be taken back.
    HomeCannotWrite,
    /// Orders to the shop's bank take three seconds more, until 1.9 s: later ones overtake them.
    OrdersAbroadLate,
}

impl fmt::Display for Ordeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Nothing => "nothing",
            Self::CoordinatorCrashes => "coordinator crashes",
            Self::MessageLost => "a message is lost",
            Self::BankCrashes => "a bank crashes",
            Self::HomeCannotWrite => "home can't write",
            Self::OrdersAbroadLate => "orders abroad are late",
        })
    }
}

/// Payments of an ordeal: number and amount.
const PAYMENTS: [(u32, u64); 2] = [(1, 30), (2, 65)];

/// Milliseconds in which a payment without trouble is done, and more.
const CRASHES: u64 = 130;

/// How long a machine is down.
const DOWN: Time = Time::ms(200);

/// How long is waited after all have ended, for what may still arrive.
const REST: Time = Time::s(5);

impl Ordeal {
    /// All ordeals.
    pub const ALL: [Ordeal; 6] = [
        Self::Nothing,
        Self::CoordinatorCrashes,
        Self::MessageLost,
        Self::BankCrashes,
        Self::HomeCannotWrite,
        Self::OrdersAbroadLate,
    ];

    /// Runs the payments once for each place where the trouble can strike: where, and how it ended.
    ///
    /// # Errors
    /// When the saga can't be built.
    pub fn runs(self, builder: &Builder) -> Result<Vec<(String, Saga)>, SagaError> {
        let at = |at, fault| Planned { at, fault };
        let crash = |node, ms| {
            let begin = Time::ms(ms);
            Plan(vec![at(begin, Fault::Crash(node)), at(begin + DOWN, Fault::Restart(node))])
        };
        let crashes = |node, name: &'static str| {
            (0..CRASHES).map(move |ms| (format!("{name} crashes at {ms} ms"), crash(node, ms)))
        };
        let mut cases: Vec<(String, Plan)> = Vec::new();
        match self {
            Self::Nothing => cases.push((self.to_string(), Plan::none())),
            Self::CoordinatorCrashes => cases.extend(crashes(COORDINATOR, "the coordinator")),
            Self::BankCrashes => {
                cases.extend(crashes(HOME, "the customer's bank"));
                cases.extend(crashes(ABROAD, "the shop's bank"));
            }
            Self::HomeCannotWrite => {
                let (full, roomy) = (Fault::FullDisk(HOME), Fault::RoomyDisk(HOME));
                cases
                    .push((self.to_string(), Plan(vec![at(Time::ms(45), full), at(Time::ms(1_800), roomy)])));
            }
            Self::OrdersAbroadLate => {
                let delay = |span| Fault::Delay(COORDINATOR, ABROAD, span);
                let plan = vec![at(Time::ZERO, delay(Time::s(3))), at(Time::ms(1_900), delay(Time::ZERO))];
                cases.push((self.to_string(), Plan(plan)));
            }
            Self::MessageLost => return lost_messages(builder),
        }
        let runs = cases.into_iter().map(|(what, plan)| {
            let mut saga = builder.clone().build()?;
            saga.plan(&plan)?;
            Ok((what, carried_out(saga)?))
        });
        runs.collect()
    }
}

fn lost_messages(builder: &Builder) -> Result<Vec<(String, Saga)>, SagaError> {
    let mut runs = Vec::new();
    for (bank, name) in [(HOME, "EU"), (ABROAD, "VA")] {
        for nth in 0..5 {
            for (from, to, way) in [(COORDINATOR, bank, "to"), (bank, COORDINATOR, "from")] {
                let mut saga = builder.clone().build()?;
                saga.leave_out(from, to, nth)?;
                runs.push((format!("message {} {way} {name} is lost", nth + 1), carried_out(saga)?));
            }
        }
    }
    Ok(runs)
}

fn carried_out(mut saga: Saga) -> Result<Saga, SagaError> {
    for (payment, amount) in PAYMENTS {
        saga.ask(payment, amount)?;
    }
    saga.settle().run_for(REST);
    Ok(saga)
}

/// For each saga and each ordeal, in how many of its runs something was wrong at some moment, or a payment never ended;
/// and in how many of these something is still wrong at the end.
///
/// # Errors
/// When a saga can't be built.
pub fn ordeals_table(sagas: &[(&str, Builder)]) -> Result<Table, SagaError> {
    let ordeals = Ordeal::ALL.map(|ordeal| ordeal.to_string());
    let mut table = Table::new(std::iter::once("goes wrong if".to_owned()).chain(ordeals));
    for (name, builder) in sagas {
        let mut row = vec![(*name).to_owned()];
        for ordeal in Ordeal::ALL {
            let runs = ordeal.runs(&builder.clone().trace(false))?;
            let wrong = runs.iter().filter(|(_, saga)| saga.verdict().is_some()).count();
            let last = runs.iter().filter(|(_, saga)| ends_wrong(saga)).count();
            row.push(match wrong {
                0 => format!("0 of {}", runs.len()),
                _ => format!("{wrong} of {}, {last} for good", runs.len()),
            });
        }
        table = table.row(row);
    }
    Ok(table)
}

fn ends_wrong(saga: &Saga) -> bool {
    let books = saga.books();
    books.wrong().is_some() || books.unfinished().is_some()
}
