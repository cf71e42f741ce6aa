//! Which faults of a run did something.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Planned;
use crate::history::Verdict;

/// What became of the faults of a run. Its text has one fault a line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FaultReport {
    /// The nodes' names; a [`NodeId`](crate::trace::NodeId) is a place in this list.
    pub nodes: Vec<String>,
    /// What became of each, in the order in which they were planned.
    pub strikes: Vec<Strike>,
}

/// What became of one fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strike {
    /// The fault and its time.
    pub planned: Planned,
    /// Whether its time came.
    pub struck: bool,
    /// How often it made a difference: messages lost or delayed by it, events that had to wait, syncs delayed,
    /// appends refused, clock readings while it was wrong; for a crash, and for what mends, 1 if it changed
    /// something.
    pub bites: u64,
}

impl FaultReport {
    /// The faults that broke nothing: their time came too late, or what they broke was not used. Faults that mend
    /// are not counted.
    pub fn idle(&self) -> Vec<&Strike> {
        self.strikes.iter().filter(|strike| strike.bites == 0 && !strike.planned.fault.mends()).collect()
    }

    /// Whether every fault made a difference.
    pub fn all_bit(&self) -> bool {
        self.idle().is_empty()
    }

    /// What a verdict on this run is worth: that a property holds says little if a fault never bit, so it becomes
    /// [`Verdict::Unknown`]. A violation stays one.
    pub fn temper(&self, verdict: Verdict) -> Verdict {
        match self.idle().as_slice() {
            [] => verdict,
            [first, rest @ ..] => {
                let more = match rest.len() {
                    0 => String::new(),
                    more => format!(", and {more} more"),
                };
                let when = if first.struck { "made no difference" } else { "came too late" };
                let fault = self.line(&first.planned);
                verdict.inconclusive_because(format!("inconclusive: it held, but “{fault}” {when}{more}"))
            }
        }
    }

    fn line(&self, planned: &Planned) -> String {
        format!("{}  {}", planned.at, planned.fault.describe(|id| super::text::name_of(&self.nodes, id)))
    }
}

impl fmt::Display for FaultReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for strike in &self.strikes {
            let outcome = match (strike.struck, strike.bites) {
                (false, _) => "never struck".to_owned(),
                (true, 0) => "struck, made no difference".to_owned(),
                (true, 1) => "bit".to_owned(),
                (true, bites) => format!("bit {bites} times"),
            };
            let fault = strike.planned.fault.describe(|id| super::text::name_of(&self.nodes, id));
            writeln!(f, "{:>12}  {fault:<44}  {outcome}", strike.planned.at)?;
        }
        Ok(())
    }
}

impl Strike {
    pub(in crate::world) fn new(planned: Planned) -> Self {
        Self { planned, struck: false, bites: 0 }
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.at, self.fault.describe(|id| super::text::name_of::<&str>(&[], id)))
    }
}
