//! E1.5 — A new follower (18 points)
//!
//! The leader can't stop, and its files change while you copy them. Make a follower of it all the same:
//!
//! 1. take a consistent copy, which says up to which change it goes;
//! 2. restore it;
//! 3. fetch every change after that one and apply it, until the leader has nothing more;
//! 4. go on with the changes that the leader then sends by itself (`receive`).
//!
//! Clients write all the time, also during each of your calls. Change n *adds* n to an account: a change that is left
//! out, and one that is applied twice, both show in the balance.
//!
//! The leader may fail to answer a fetch: ask again, `ATTEMPTS` times in all, then give up. It may have thrown away log
//! that you need: then say so, at once. A follower that silently lacks a change is worse than none.
//!
//! Check it with `cargo course check E1.5`, or with
//! `cargo test -p exercises e1_5`. Stuck? `cargo course hint E1.5`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e1_5::{
    ATTEMPTS, BootstrapError, Change, FetchError, Follower, Gap, Leader, Snapshot, Table,
};

/// A server that follows a leader.
#[derive(Clone, Debug)]
pub struct Standby {
    // Choose what to keep here.
}

impl Follower for Standby {
    fn bootstrap(leader: &mut dyn Leader) -> Result<Self, BootstrapError> {
        let _ = leader;
        todo!("copy, then fetch what has changed since, until there is nothing more")
    }

    fn receive(&mut self, change: &Change) -> Result<(), Gap> {
        todo!("is {change} the next one, an old one, or is something missing before it?")
    }

    fn position(&self) -> u64 {
        todo!("the last change that is applied")
    }

    fn table(&self) -> Table {
        todo!("the accounts")
    }
}
