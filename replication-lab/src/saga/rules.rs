//! Coordinators' rules: one that is careful, and some that are not.

use super::step::{Answer, Command, Event, News, Order, State, Step};

/// Does it right. Only the answer that is waited for counts. An order is repeated, with the same key, whenever the
/// sweeper comes or the coordinator was restarted. What is overdue is given up only as long as the shop has nothing:
/// first the credit is made impossible, then the hold is released.
pub fn careful(payment: u32, state: State, event: Event) -> Step {
    follow(payment, state, event, advance, order_of)
}

/// As [`careful`], but an order that takes something back is sent once: if it is lost or fails, nobody repeats it.
pub fn compensates_once(payment: u32, state: State, event: Event) -> Step {
    let again = matches!(event, Event::Swept { .. } | Event::Restarted);
    match again && matches!(state, State::Voiding | State::Releasing) {
        true => Step { state, commands: Vec::new() },
        false => careful(payment, state, event),
    }
}

/// As [`careful`], but a payment that is overdue is released while its credit may still be on its way.
pub fn releases_blindly(payment: u32, state: State, event: Event) -> Step {
    let blindly = |state, event| match (state, event) {
        (State::Crediting, Event::Swept { overdue: true, .. }) => State::Releasing,
        _ => advance(state, event),
    };
    follow(payment, state, event, blindly, order_of)
}

/// As [`careful`], but the money is spent at once, and paid back if the credit is refused.
pub fn debits_first(payment: u32, state: State, event: Event) -> Step {
    follow(payment, state, event, advance_debit, debit_of)
}

/// The saga as it is often sketched: debit here, then credit there; if that fails, pay back. It repeats nothing, and
/// takes every answer for the one that it waits for.
pub fn sketch(payment: u32, state: State, event: Event) -> Step {
    use State::*;
    let naive = |state, event| match (state, event) {
        (New, Event::Asked) => Holding,
        (Holding, Event::Answered(_, Answer::Done)) => Crediting,
        (Holding, Event::Answered(_, _)) => Cancelled,
        (Crediting, Event::Answered(_, Answer::Done)) => Paid,
        (Crediting, Event::Answered(_, _)) => Releasing,
        (Releasing, Event::Answered(_, _)) => Cancelled,
        _ => state,
    };
    match event {
        Event::Swept { .. } | Event::Restarted => Step { state, commands: Vec::new() },
        _ => follow(payment, state, event, naive, debit_of),
    }
}

/// Advances a state; then orders what the new state waits for, or tells the end. In the old state, it orders again if
/// it was swept or restarted, and tells how far it is if it was asked.
fn follow(
    payment: u32,
    state: State,
    event: Event,
    advance: impl Fn(State, Event) -> State,
    order_of: impl Fn(State) -> Option<Order>,
) -> Step {
    let next = advance(state, event);
    let order = order_of(next).map(|order| Command::Order(order, format!("{payment}-{order}")));
    let news = match next {
        State::Paid => News::Paid,
        State::Cancelled => News::Cancelled,
        _ => News::InProgress,
    };
    let commands = match event {
        _ if next != state => vec![order.unwrap_or(Command::Tell(news))],
        Event::Swept { .. } | Event::Restarted => order.into_iter().collect(),
        Event::Asked => vec![Command::Tell(news)],
        Event::Answered(..) => Vec::new(),
    };
    Step { state: next, commands }
}

fn advance(state: State, event: Event) -> State {
    use State::*;
    match (state, event) {
        (New, Event::Asked) => Holding,
        (Holding, Event::Answered(Order::Hold, Answer::Done)) => Crediting,
        (Holding, Event::Answered(Order::Hold, Answer::Refused)) => Cancelled,
        // The hold may be on its way: a release makes it impossible.
        (Holding, Event::Swept { overdue: true, .. }) => Releasing,
        (Crediting, Event::Answered(Order::Credit, Answer::Done)) => Capturing,
        (Crediting, Event::Answered(Order::Credit, Answer::Refused)) => Releasing,
        (Crediting, Event::Swept { overdue: true, .. }) => Voiding,
        (Voiding, Event::Answered(Order::Void, Answer::Done)) => Releasing,
        // Too late: the shop has the money.
        (Voiding, Event::Answered(Order::Void, Answer::Refused)) => Capturing,
        (Capturing, Event::Answered(Order::Capture, Answer::Done)) => Paid,
        (Releasing, Event::Answered(Order::Release, Answer::Done)) => Cancelled,
        _ => state,
    }
}

fn order_of(state: State) -> Option<Order> {
    match state {
        State::Holding => Some(Order::Hold),
        State::Crediting => Some(Order::Credit),
        State::Voiding => Some(Order::Void),
        State::Capturing => Some(Order::Capture),
        State::Releasing => Some(Order::Release),
        State::New | State::Paid | State::Cancelled => None,
    }
}

fn advance_debit(state: State, event: Event) -> State {
    use State::*;
    match (state, event) {
        (Holding, Event::Answered(Order::Debit, Answer::Done)) => Crediting,
        (Holding, Event::Answered(Order::Debit, Answer::Refused)) => Cancelled,
        (Releasing, Event::Answered(Order::Refund, Answer::Done)) => Cancelled,
        _ => match advance(state, event) {
            Capturing => Paid,
            next => next,
        },
    }
}

fn debit_of(state: State) -> Option<Order> {
    match order_of(state) {
        Some(Order::Hold) => Some(Order::Debit),
        Some(Order::Release) => Some(Order::Refund),
        order => order,
    }
}
