//! Payments under random faults.

use super::books::Wrong;
use super::setup::{Builder, SagaError};
use crate::explore::{Case, Run, Scenario};
use crate::history::Verdict;
use crate::rng::{Rng, Stream};
use crate::time::Time;

/// A customer asks for a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When.
    pub at: Time,
    /// Which payment. The same number is the same payment, asked for once more.
    pub payment: u32,
    /// How much.
    pub amount: u64,
}

/// A scenario for [`crate::explore`]: some payments while faults strike.
///
/// Demanded is at every moment what [`Books::wrong`](super::Books::wrong) says, and in the end, with all faults over, an
/// end for every payment.
///
/// # Examples
/// ```
/// use replication_lab::explore::{Chaos, Trouble, hunt};
/// use replication_lab::saga::{Flaw, Saga, Trial};
/// use replication_lab::time::Time;
///
/// let trial = Trial { builder: Saga::builder().flaw(Flaw::NoKeys), payments: 2, patience: Time::s(10) };
/// let loss = Chaos::new(3, Time::s(2))?.only(&[Trouble::Loss]);
/// let story = hunt(&trial, &loss, 0..40).smallest.expect("an order is repeated because its answer was lost");
/// assert_eq!(story.case.operations.len(), 1, "one payment is enough to go wrong");
/// # Ok::<(), replication_lab::explore::ChaosError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trial {
    /// The saga; its seed and whether it is traced are set for each run.
    pub builder: Builder,
    /// How many payments there are.
    pub payments: u32,
    /// How long payments may take to end when all is well.
    pub patience: Time,
}

impl Scenario for Trial {
    type Operation = Asked;
    type Error = SagaError;

    /// Each payment is asked for once, and every third of them once more.
    fn operations(&self, seed: u64) -> Vec<Asked> {
        let mut rng = Rng::new(seed, Stream::Workload);
        let mut asked = Vec::new();
        for payment in 1..=self.payments {
            let (at, amount) = (Time::ms(rng.below(3_000)), 10 * (1 + rng.below(7)));
            asked.push(Asked { at, payment, amount });
            if rng.chance(1.0 / 3.0) {
                asked.push(Asked { at: at + Time::ms(rng.below(1_000)), payment, amount });
            }
        }
        asked
    }

    fn run(&self, case: &Case<Asked>, tracing: bool) -> Result<Run, SagaError> {
        let mut saga = self.builder.clone().seed(case.seed).trace(tracing).build()?;
        let plan = case.whole_plan();
        saga.plan(&plan)?;
        for sent in &case.left_out {
            saga.leave_out(sent.from, sent.to, sent.nth)?;
        }
        let mut operations = case.operations.clone();
        operations.sort_by_key(|asked| (asked.at, asked.payment));
        for Asked { at, payment, amount } in operations {
            saga.run_until(at);
            if saga.wrong().is_some() {
                break;
            }
            saga.ask(payment, amount)?;
        }
        let last = plan.ends();
        let end = last.max(saga.now()) + self.patience;
        while saga.wrong().is_none() && saga.now() < end && !(saga.now() >= last && saga.is_settled()) {
            saga.run_for(LOOK);
        }
        let (demand, verdict) = match saga.verdict() {
            None => ("an end for every payment", Verdict::Holds),
            Some((_, Wrong { demand, why })) => {
                let why = format!("{demand}: {why}");
                (demand, Verdict::violated_because(why))
            }
        };
        Ok(Run { verdict, demand, faults: saga.faults(), trace: saga.trace().cloned() })
    }
}

/// How often a run is looked at: it ends soon after it has gone wrong.
const LOOK: Time = Time::ms(5);
