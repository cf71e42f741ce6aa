//! What a checker answers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a checker found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The property holds.
    Holds,
    /// It does not, and here is why.
    Violated(Witness),
    /// The checker can't tell, and here is why.
    Unknown(String),
}

/// The guilty operations, and one sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// Places of the guilty operations, in the history or in the list that the checker was given.
    pub operations: Vec<usize>,
    /// What is wrong with them.
    pub why: String,
    /// The longest beginning of the history that can be explained: places of its operations in an order in which
    /// they can have taken effect. Empty for checkers that look for no such order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explained: Vec<usize>,
}

impl Verdict {
    /// Whether the property is known to hold.
    pub fn holds(&self) -> bool {
        *self == Verdict::Holds
    }

    /// The verdict of a run that proves less than it should, because a planned fault never fired or nobody read:
    /// “holds” becomes “unknown” with this reason. What is violated stays violated, and what was unknown keeps its
    /// reason.
    ///
    /// # Examples
    /// ```
    /// use replication_lab::history::Verdict;
    /// let verdict = Verdict::Holds.inconclusive_because("the planned crash of B never came");
    /// assert_eq!(verdict.to_string(), "unknown: the planned crash of B never came");
    /// ```
    #[must_use]
    pub fn inconclusive_because(self, why: impl Into<String>) -> Verdict {
        match self {
            Verdict::Holds => Verdict::Unknown(why.into()),
            other => other,
        }
    }

    /// Violated for this reason, where no operations are to blame.
    pub(crate) fn violated_because(why: impl Into<String>) -> Verdict {
        Self::violated(Vec::new(), why)
    }

    pub(super) fn violated(operations: Vec<usize>, why: impl Into<String>) -> Verdict {
        Verdict::Violated(Witness { operations, why: why.into(), explained: Vec::new() })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Holds => f.write_str("holds"),
            Verdict::Violated(witness) => write!(f, "violated: {}", witness.why),
            Verdict::Unknown(why) => write!(f, "unknown: {why}"),
        }
    }
}
