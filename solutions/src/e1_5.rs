//! E1.5 — A new follower, while the leader goes on writing.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e1_5::{
    ATTEMPTS, BootstrapError, Change, FetchError, Follower, Gap, Leader, Snapshot, Table,
};

/// A server that follows a leader.
#[derive(Clone, Debug)]
pub struct Standby {
    // Choose what to keep here.
    // BEGIN SOLUTION
    table: Table,
    position: u64,
    // END SOLUTION
}

impl Follower for Standby {
    fn bootstrap(leader: &mut dyn Leader) -> Result<Self, BootstrapError> {
        // BEGIN SOLUTION let _ = leader;\ntodo!("copy, then fetch what has changed since, until there is nothing more")
        let Snapshot { position, table } = leader.snapshot();
        let mut standby = Self { table, position };
        loop {
            let changes = standby.fetch_next(leader)?;
            if changes.is_empty() {
                return Ok(standby);
            }
            for change in &changes {
                standby.apply(change);
            }
        }
        // END SOLUTION
    }

    fn receive(&mut self, change: &Change) -> Result<(), Gap> {
        // BEGIN SOLUTION todo!("is {change} the next one, an old one, or is something missing before it?")
        let expected = self.position + 1;
        if change.position > expected {
            return Err(Gap { expected, got: change.position });
        }
        if change.position == expected {
            self.apply(change);
        }
        Ok(())
        // END SOLUTION
    }

    fn position(&self) -> u64 {
        // BEGIN SOLUTION todo!("the last change that is applied")
        self.position
        // END SOLUTION
    }

    fn table(&self) -> Table {
        // BEGIN SOLUTION todo!("the accounts")
        self.table.clone()
        // END SOLUTION
    }
}
// BEGIN SOLUTION

impl Standby {
    /// What comes after the last change that is applied here.
    fn fetch_next(&self, leader: &mut dyn Leader) -> Result<Vec<Change>, BootstrapError> {
        let wanted = self.position + 1;
        for _ in 0..ATTEMPTS {
            match leader.fetch(wanted) {
                Ok(changes) => return Ok(changes),
                Err(FetchError::NoAnswer) => {}
                Err(FetchError::Gone { first }) => {
                    return Err(BootstrapError::LogGone { wanted, first });
                }
            }
        }
        Err(BootstrapError::NoAnswer)
    }

    fn apply(&mut self, change: &Change) {
        *self.table.entry(change.account.clone()).or_default() += change.amount;
        self.position = change.position;
    }
}
// END SOLUTION
