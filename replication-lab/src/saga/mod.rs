//! A payment between two accounts that are at home in different regions: no transaction spans both, so it is a saga.
//!
//! The customer's account is kept by a ledger in Europe, the shop's by one in Virginia. Each ledger is the only one that
//! changes its accounts, and only ever appends. A coordinator takes a payment from one to the other, step by step:
//!
//! ```text
//! hold the money at home → credit the shop abroad → capture what was held → paid
//!                  refused or too late: void the credit → release the hold → cancelled
//! ```
//!
//! Every step can fail, be lost, arrive twice or too late, and the coordinator can crash between any two.
//!
//! - [`Transition`] is what a coordinator decides, as a pure function: state and event in, state and commands out;
//!   [`careful`] does it right, and [`Flaw`] lists what can be left out;
//! - [`Ledger`] is what a bank keeps; an *idempotency key* makes it do an order once, however often it comes;
//! - [`Saga`] is the cluster; [`Books`] adds up where the money is, and says what is wrong with that;
//! - [`Ordeal`] sends payments through every trouble of a kind; [`Trial`] is a scenario for random faults;
//!   [`Saga::members`] are the nodes for an exhaustive search.
//!
//! # What is simplified
//! One customer, one shop. Each ledger is one node that survives crashes by its log; that it is replicated itself is left
//! to the other chapters. Orders are not signed, amounts are whole euros, and nobody asks what a euro is in dollars.
//!
//! # Examples
//! ```
//! use replication_lab::saga::{Flaw, Saga};
//! use replication_lab::time::Time;
//!
//! let mut saga = Saga::builder().build()?;
//! saga.ask(1, 30)?.settle();
//! assert_eq!(saga.books().to_string(), "customer 70, held 0, shop 30");
//!
//! // The shop's bank credits no more than 60 at once: what was held is released.
//! saga.ask(2, 65)?.settle();
//! assert_eq!(saga.books().to_string(), "customer 70, held 0, shop 30");
//!
//! // An answer is lost, so the sweeper repeats the order. Without keys, it is done twice.
//! let mut saga = Saga::builder().flaw(Flaw::NoKeys).build()?;
//! saga.plan(&saga.parse_plan("0 ms  link EU -> saga is cut\n450 ms  all links are open")?)?;
//! saga.ask(1, 30)?.run_for(Time::s(1));
//! let (_, wrong) = saga.wrong().expect("two holds for one payment");
//! assert_eq!(wrong.why, "payment 1 is 30, and the customer has been charged 60");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod books;
mod cluster;
mod coordinator;
mod ledger;
mod node;
mod ordeal;
mod rules;
mod setup;
mod step;
mod trial;

pub use books::{Books, Line, Wrong};
pub use cluster::Saga;
pub use coordinator::Coordinator;
pub use ledger::{Entry, Ledger};
pub use node::{ABROAD, COORDINATOR, HOME, Member, Message, Record, Timer, Told};
pub use ordeal::{Ordeal, ordeals_table};
pub use rules::{careful, compensates_once, debits_first, releases_blindly, sketch};
pub use setup::{Builder, Flaw, SagaError, Settings};
pub use step::{Answer, Bank, Command, Event, News, Order, State, Step, Transition};
pub use trial::{Asked, Trial};

#[cfg(test)]
mod tests;
