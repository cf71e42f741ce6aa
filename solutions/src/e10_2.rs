//! E10.2 — A payment across regions.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e10_2::{Answer, Command, Event, News, Order, State, Step};

/// What the coordinator does when `event` happens to a payment in `state`.
pub fn step(payment: u32, state: State, event: Event) -> Step {
    // BEGIN SOLUTION todo!("payment {payment} is {state}, and this happens: {event}; what now?")
    let next = next(state, event);
    let changed = next != state;
    let again = matches!(event, Event::Swept { .. } | Event::Restarted);
    let mut commands = Vec::new();
    if let Some(order) = order_of(next)
        && (changed || again)
    {
        commands.push(Command::Order(order, format!("{payment}-{order}")));
    }
    let news = match next {
        State::Paid => News::Paid,
        State::Cancelled => News::Cancelled,
        _ => News::InProgress,
    };
    if changed && next.is_end() || !changed && event == Event::Asked {
        commands.push(Command::Tell(news));
    }
    Step { state: next, commands }
    // END SOLUTION
}

/// The order whose answer a state waits for; nothing, if it waits for none.
pub fn order_of(state: State) -> Option<Order> {
    // BEGIN SOLUTION todo!("what is ordered when a payment is {state}?")
    match state {
        State::Holding => Some(Order::Hold),
        State::Crediting => Some(Order::Credit),
        State::Voiding => Some(Order::Void),
        State::Capturing => Some(Order::Capture),
        State::Releasing => Some(Order::Release),
        State::New | State::Paid | State::Cancelled => None,
    }
    // END SOLUTION
}
// BEGIN SOLUTION

fn next(state: State, event: Event) -> State {
    use State::*;
    match (state, event) {
        (New, Event::Asked) => Holding,
        (_, Event::Answered(order, answer)) if order_of(state) == Some(order) => answered(state, answer),
        (Holding, Event::Swept { overdue: true, .. }) => Releasing,
        (Crediting, Event::Swept { overdue: true, .. }) => Voiding,
        _ => state,
    }
}

/// The answer that the state waits for is there.
fn answered(state: State, answer: Answer) -> State {
    use State::*;
    match (state, answer) {
        (Holding, Answer::Done) => Crediting,
        (Holding, Answer::Refused) => Cancelled,
        (Crediting, Answer::Done) => Capturing,
        (Crediting, Answer::Refused) => Releasing,
        (Voiding, Answer::Done) => Releasing,
        (Voiding, Answer::Refused) => Capturing,
        (Capturing, Answer::Done) => Paid,
        (Releasing, Answer::Done) => Cancelled,
        _ => state,
    }
}
// END SOLUTION
