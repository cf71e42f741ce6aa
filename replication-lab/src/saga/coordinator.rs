//! The coordinator: it lets its rules decide, and does as they say.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::node::{ABROAD, HOME, Member, Message, Record, Timer, Told};
use super::setup::Settings;
use super::step::{Bank, Command, Event, News, State};
use crate::world::Effects;

type Out<'a> = Effects<'a, Member>;

/// A payment as the coordinator has it in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Running {
    amount: u64,
    state: State,
    // How often the sweeper has come by.
    round: u32,
}

/// The coordinator.
#[derive(Clone, Debug)]
pub struct Coordinator {
    settings: Arc<Settings>,
    payments: BTreeMap<u32, Running>,
}

/// All but the settings, which are the same in all states of a search.
impl Hash for Coordinator {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.payments.hash(state);
    }
}

impl Coordinator {
    pub(super) fn new(settings: Arc<Settings>) -> Self {
        Self { settings, payments: BTreeMap::new() }
    }

    /// How far a payment is; [`State::New`] for one that it doesn't know.
    pub fn state(&self, payment: u32) -> State {
        self.payments.get(&payment).map(|running| running.state).unwrap_or_default()
    }

    /// Whether every payment that it knows has come to an end.
    pub fn is_done(&self) -> bool {
        self.payments.values().all(|running| running.state.is_end())
    }

    /// A customer asks for a payment.
    pub(super) fn ask(&mut self, payment: u32, amount: u64, out: &mut Out<'_>) {
        out.note(|| format!("asked for payment {payment}: {amount}"));
        self.payments.entry(payment).or_insert(Running { amount, state: State::New, round: 0 });
        self.handle(payment, Event::Asked, out);
    }

    /// It starts, or is back with what is in its log.
    pub(super) fn start(&mut self, out: &mut Out<'_>) {
        out.after_in_background(self.settings.sweep, Timer::Sweep);
        let saved = out.disk().trusted().filter_map(|record| match record {
            Record::Saved { payment, amount, state } => {
                Some((*payment, Running { amount: *amount, state: *state, round: 0 }))
            }
            Record::Entry(_) => None,
        });
        self.payments = saved.collect();
        for payment in self.numbers() {
            self.handle(payment, Event::Restarted, out);
        }
    }

    pub(super) fn crash(&mut self) {
        self.payments.clear();
    }

    fn numbers(&self) -> Vec<u32> {
        self.payments.keys().copied().collect()
    }

    pub(super) fn message(&mut self, message: Message, out: &mut Out<'_>) {
        if let Message::Answer { payment, order, answer } = message {
            self.handle(payment, Event::Answered(order, answer), out);
        }
    }

    pub(super) fn timer(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::Sweep => {
                out.after_in_background(self.settings.sweep, Timer::Sweep);
                for payment in self.numbers() {
                    let Some(running) = self.payments.get_mut(&payment) else { continue };
                    if running.state.is_end() {
                        continue;
                    }
                    running.round += 1;
                    let (round, overdue) = (running.round, running.round >= self.settings.patience);
                    self.handle(payment, Event::Swept { round, overdue }, out);
                }
            }
            Timer::Saved(payment, commands) => self.carry_out(payment, commands, out),
            Timer::Booked(..) => {}
        }
    }

    /// Lets the rules decide, saves the new state, and then does what they say.
    fn handle(&mut self, payment: u32, event: Event, out: &mut Out<'_>) {
        // An answer for a payment that it has forgotten.
        let Some(running) = self.payments.get(&payment).copied() else { return };
        let step = (self.settings.transition)(payment, running.state, event);
        let changed = step.state != running.state;
        if !changed && step.commands.is_empty() {
            return;
        }
        if !self.settings.log_first {
            self.carry_out(payment, step.commands.clone(), out);
        }
        let record = Record::Saved { payment, amount: running.amount, state: step.state };
        if changed && out.append(record).is_err() {
            // What can't be saved has not happened: the sweeper comes again, and so may the customer.
            if running.state == State::New {
                self.payments.remove(&payment);
            }
            return;
        }
        if changed {
            out.note(|| format!("payment {payment}: {} → {}", running.state, step.state));
            self.payments.insert(payment, Running { state: step.state, ..running });
        }
        // A sync also waits for what was saved before, and is not on the disk yet.
        let commands = if self.settings.log_first { step.commands } else { Vec::new() };
        out.sync(Timer::Saved(payment, commands));
    }

    fn carry_out(&mut self, payment: u32, commands: Vec<Command>, out: &mut Out<'_>) {
        let Some(Running { amount, .. }) = self.payments.get(&payment).copied() else { return };
        for command in commands {
            match command {
                Command::Order(order, key) => {
                    let bank = match order.bank() {
                        Bank::Home => HOME,
                        Bank::Abroad => ABROAD,
                    };
                    out.send(bank, Message::Order { payment, order, key, amount });
                }
                Command::Tell(news) => self.tell(payment, news, out),
            }
        }
    }

    fn tell(&self, payment: u32, news: News, out: &mut Out<'_>) {
        out.note(|| format!("tells the customer: payment {payment} is {news}"));
        out.output(Told { payment, news });
    }
}
