//! A saga to drive step by step.

use std::sync::Arc;

use super::books::{Books, Wrong};
use super::coordinator::Coordinator;
use super::ledger::Ledger;
use super::node::{ABROAD, COORDINATOR, HOME, Member, Told};
use super::setup::{Builder, MOST, SagaError, Settings};
use super::step::{Bank, State};
use crate::network::{Latency, Link};
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::view::drawn_from_its_trace;
use crate::world::{DiskSettings, Fault, FaultReport, Plan, PlanTextError, World};

/// The nodes' names: the coordinator, the customer's bank, the shop's.
const NAMES: [&str; 3] = ["saga", "EU", "VA"];

/// Longest time that is waited for payments to end.
const PATIENCE: Time = Time::s(60);

/// A coordinator and two banks, in a world of their own: `saga` and `EU` in Europe, `VA` in Virginia.
#[derive(Clone, Debug)]
pub struct Saga {
    pub(super) world: World<Member>,
    settings: Arc<Settings>,
    told: Vec<(Time, Told)>,
    wrong: Option<(Time, Wrong)>,
}

impl Saga {
    /// A builder with the defaults of [`Settings`].
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The nodes with their names, for an exhaustive search.
    ///
    /// # Errors
    /// When the settings can't be.
    pub fn members(settings: Settings) -> Result<Vec<(String, Member)>, SagaError> {
        settings.validate()?;
        Ok(members(&Arc::new(settings)))
    }

    pub(super) fn new(settings: Settings) -> Result<Self, SagaError> {
        settings.validate()?;
        let settings = Arc::new(settings);
        // Each order has a connection of its own: when a link becomes faster, one overtakes another.
        let link = |span| Link::new(Latency::Constant(span));
        let mut world =
            World::new(settings.seed, members(&settings), link(settings.to_home), settings.trace)?;
        for (a, b) in [(COORDINATOR, ABROAD), (ABROAD, COORDINATOR), (HOME, ABROAD), (ABROAD, HOME)] {
            world.network().set(a, b, link(settings.to_abroad))?;
        }
        for node in [COORDINATOR, HOME, ABROAD] {
            let disk = DiskSettings { sync: Latency::Constant(settings.sync), ..DiskSettings::default() };
            world.set_disk(node, disk)?;
        }
        Ok(Self { world, settings, told: Vec::new(), wrong: None })
    }

    /// A customer asks for a payment, now: number and amount. Who asks again for a number asks for the same payment.
    /// If the coordinator is down, nobody hears it.
    ///
    /// # Errors
    /// When the amount is 0, or too large to be added up.
    pub fn ask(&mut self, payment: u32, amount: u64) -> Result<&mut Self, SagaError> {
        match amount {
            0 => return Err(SagaError::Zero("the amount")),
            amount if amount > MOST => return Err(SagaError::TooMuch(amount)),
            _ => {}
        }
        self.world.act(COORDINATOR, |member, out| {
            if let Member::Coordinator(coordinator) = member {
                coordinator.ask(payment, amount, out);
            }
        });
        self.look();
        Ok(self)
    }

    /// Takes what was told, and looks whether something is wrong for the first time.
    fn look(&mut self) {
        self.told.extend(self.world.take_outputs().into_iter().map(|(at, _, told)| (at, told)));
        if self.wrong.is_none() {
            self.wrong = self.books().wrong().map(|wrong| (self.world.now(), wrong));
        }
    }

    /// Lets everything up to this time happen. The books are looked at after every event.
    pub fn run_until(&mut self, end: Time) -> &mut Self {
        while self.world.step_until(end) {
            self.look();
        }
        self
    }

    /// Lets a span pass.
    pub fn run_for(&mut self, span: Time) -> &mut Self {
        self.run_until(self.world.now() + span)
    }

    /// Lets things happen until all payments have ended and nothing is on its way, or a minute has passed.
    pub fn settle(&mut self) -> &mut Self {
        let end = self.world.now() + PATIENCE;
        while !self.is_settled() && self.world.step_until(end) {
            self.look();
        }
        self
    }

    /// Whether all payments have ended and nothing is on its way.
    pub fn is_settled(&self) -> bool {
        self.world.is_quiet() && self.world.is_up(COORDINATOR) && self.coordinator().is_done()
    }

    fn coordinator(&self) -> &Coordinator {
        match self.world.node(COORDINATOR) {
            Member::Coordinator(coordinator) => coordinator,
            Member::Bank(_) => unreachable!("the first member coordinates"),
        }
    }

    /// How far a payment is, as the coordinator has it in memory.
    pub fn state(&self, payment: u32) -> State {
        self.coordinator().state(payment)
    }

    /// A bank's ledger, as it has it in memory.
    pub fn ledger(&self, bank: Bank) -> &Ledger {
        let node = match bank {
            Bank::Home => HOME,
            Bank::Abroad => ABROAD,
        };
        match self.world.node(node) {
            Member::Bank(ledger) => ledger,
            Member::Coordinator(_) => unreachable!("the other two members are banks"),
        }
    }

    /// Where the money is now.
    pub fn books(&self) -> Books {
        Books::of(self.settings.opening, [COORDINATOR, HOME, ABROAD].map(|node| self.world.disk(node)))
    }

    /// The first thing that was wrong in the books, and when.
    pub fn wrong(&self) -> Option<&(Time, Wrong)> {
        self.wrong.as_ref()
    }

    /// What is wrong with the run so far: the first thing that was wrong in the books, or else a payment that has not
    /// come to an end by now.
    pub fn verdict(&self) -> Option<(Time, Wrong)> {
        self.wrong.clone().or_else(|| Some((self.now(), self.books().unfinished()?)))
    }

    /// What customers were told, and when.
    pub fn told(&self) -> &[(Time, Told)] {
        &self.told
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// Something happens to the three nodes.
    ///
    /// # Errors
    /// When it can't.
    pub fn strike(&mut self, fault: Fault) -> Result<&mut Self, SagaError> {
        self.world.strike(&fault)?;
        Ok(self)
    }

    /// Plans faults.
    ///
    /// # Errors
    /// When the plan can't be carried out.
    pub fn plan(&mut self, plan: &Plan) -> Result<&mut Self, SagaError> {
        self.world.plan(plan)?;
        Ok(self)
    }

    /// A plan of faults from its text, with the nodes' names: saga, EU and VA.
    ///
    /// # Errors
    /// Names the line that can't be read.
    pub fn parse_plan(&self, text: &str) -> Result<Plan, PlanTextError> {
        Plan::parse(text, &NAMES)
    }

    /// Leaves a message out, as if it had never been sent: the `nth` from one node to another, counted from 0.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn leave_out(&mut self, from: NodeId, to: NodeId, nth: u32) -> Result<&mut Self, SagaError> {
        self.world.leave_out(from, to, nth)?;
        Ok(self)
    }

    /// What became of the faults, so far.
    pub fn faults(&self) -> FaultReport {
        self.world.faults()
    }

    /// What happened, unless the trace is switched off.
    pub fn trace(&self) -> Option<&Trace> {
        self.world.trace()
    }
}

drawn_from_its_trace!(Saga);

fn members(settings: &Arc<Settings>) -> Vec<(String, Member)> {
    let bank = |bank, opening| Member::Bank(Ledger::new(bank, opening, settings.limit, settings.keys));
    let members = [
        Member::Coordinator(Coordinator::new(settings.clone())),
        bank(Bank::Home, settings.opening),
        bank(Bank::Abroad, 0),
    ];
    NAMES.map(str::to_owned).into_iter().zip(members).collect()
}
