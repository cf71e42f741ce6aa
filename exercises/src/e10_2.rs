//! E10.2 — A payment across regions (27 points)
//!
//! A customer in Europe pays a shop in Virginia. The two accounts are in two ledgers, and no transaction spans both.
//! The saga that is usually drawn has three boxes: debit, credit, and a refund if that fails. It leaves out all that
//! goes wrong. Write the coordinator's decision as a pure function: `step(payment, state, event)` returns the new state
//! and the commands. The lab saves the state in a log first, and carries the commands out then. `order_of` says what
//! each state waits for:
//!
//! - `Holding`: `Hold`. The money is set aside, not spent. Done: `Crediting`. Refused: `Cancelled`.
//! - `Crediting`: `Credit`. The shop gets it. Done: `Capturing`. Refused: `Releasing`.
//! - `Capturing`: `Capture`. What was held is spent. Done: `Paid`.
//! - `Voiding`: `Void`. It makes a credit impossible. Done: `Releasing`. Refused means that the credit was faster:
//!   `Capturing`.
//! - `Releasing`: `Release`. It gives back what is held, if anything is, and makes a later hold impossible. Done:
//!   `Cancelled`.
//! - `New`, `Paid` and `Cancelled` wait for nothing. `Debit` and `Refund` exist, and you don't need them.
//!
//! The rules:
//!
//! - `Asked`: a new payment becomes `Holding`. Any other one stays as it is: tell how it stands (`InProgress`, `Paid`
//!   or `Cancelled`), and order nothing.
//! - `Answered`: only the answer to the order that the state waits for counts. Any other one is late or doubled: ignore
//!   it. `Failed` changes nothing, and orders nothing. The sweeper will come.
//! - Captures and releases are never refused. If one is all the same, it changes nothing.
//! - Whoever enters a state orders what it waits for. Whoever enters an end tells the customer instead.
//! - `Swept` and `Restarted`: order again what the state waits for.
//! - `Swept` with `overdue`: give the payment up as long as nobody can have been paid. `Holding` becomes `Releasing`.
//!   In `Crediting` the shop may have the money: it becomes `Voiding`. All others go on as if they were not overdue.
//!
//! Every order has a key. A bank does nothing for a key that it has seen, and answers as it did then. So: the same key
//! for every repetition, and another one for every other order and every other payment.
//!
//! Check it with `cargo course check E10.2`, or with
//! `cargo test -p exercises e10_2`. Stuck? `cargo course hint E10.2`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e10_2::{Answer, Command, Event, News, Order, State, Step};

/// What the coordinator does when `event` happens to a payment in `state`.
pub fn step(payment: u32, state: State, event: Event) -> Step {
    todo!("payment {payment} is {state}, and this happens: {event}; what now?")
}

/// The order whose answer a state waits for; nothing, if it waits for none.
pub fn order_of(state: State) -> Option<Order> {
    todo!("what is ordered when a payment is {state}?")
}
