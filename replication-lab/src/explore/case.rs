//! A run that can be repeated, and varied.

use std::fmt::Debug;

use crate::history::Verdict;
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::world::{FaultReport, Plan};

/// One message of a run: the `nth` from one node to another, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sent {
    /// Sender.
    pub from: NodeId,
    /// Receiver.
    pub to: NodeId,
    /// Its number on this link.
    pub nth: u32,
}

/// All that decides a run of a [`Scenario`].
#[derive(Clone, Debug, PartialEq)]
pub struct Case<O> {
    /// Seed of all that is random.
    pub seed: u64,
    /// What goes wrong.
    pub plan: Plan,
    /// From when on all is well again, whatever the plan has broken; never, if nothing.
    pub mended_at: Option<Time>,
    /// What clients do.
    pub operations: Vec<O>,
    /// Messages that vanish as if they had never been sent.
    pub left_out: Vec<Sent>,
}

impl<O> Case<O> {
    /// The plan with the mending at its end.
    pub fn whole_plan(&self) -> Plan {
        self.mended_at.map_or_else(|| self.plan.clone(), |at| self.plan.mended_at(at))
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Whether it is as it should be.
    pub verdict: Verdict,
    /// The name of the demand that the verdict is about: a failing run is only made smaller as long as it fails the
    /// same demand.
    pub demand: &'static str,
    /// Which faults made a difference.
    pub faults: FaultReport,
    /// What happened, if that was asked for.
    pub trace: Option<Trace>,
}

/// A cluster, a workload and a demand: something that can be run again and again with other faults.
pub trait Scenario: Sync {
    /// What a client can be asked to do.
    type Operation: Clone + Debug + Send + Sync;
    /// Why a case can't be run.
    type Error: Debug + Send;

    /// What clients do under a seed. Two operations never depend on each other: any of them can be left out.
    fn operations(&self, seed: u64) -> Vec<Self::Operation>;

    /// Runs a case, with its [whole plan](Case::whole_plan).
    ///
    /// # Errors
    /// When the case makes no sense, such as a plan that restarts a node that is up.
    fn run(&self, case: &Case<Self::Operation>, tracing: bool) -> Result<Run, Self::Error>;

    /// The case of a seed and a plan, with nothing mended and nothing left out.
    fn case(&self, seed: u64, plan: Plan) -> Case<Self::Operation> {
        Case { seed, plan, mended_at: None, operations: self.operations(seed), left_out: Vec::new() }
    }
}
