//! E7.2 — A store with siblings (21 points)
//!
//! Two clients read one cart and write it back. The second must not wipe out what the first one put in. So a client passes
//! the *context* that it got with its read, and the store drops exactly the values that this context covers. What nobody has
//! seen stays beside the new value: siblings.
//!
//! One vector for each value is not enough. v1 is there, context {A:1}. Two clients write v2 and v3, both with that context.
//! “Context, A one higher” gives both the vector {A:2}: two values with one name. “A's highest, plus one” gives v3 {A:3}, and
//! v3 swallows v2, which its writer never saw. Give each write a name of its own, a **dot**: v2 is write (A,2) and has seen
//! {A:1}; v3 is write (A,3) and has seen {A:1}. Then a context covers a value if it covers its dot, and nothing else counts.
//!
//! - `put` replaces, `delete` replaces by nothing, `sync_from` takes in another server's store.
//! - Each of them returns, or keeps, a context for *all* that the store then knows of the key.
//! - A key may have five values. Who would make it six is refused. (Riak warns at 25 and refuses at 100.)
//!
//! Simplified here: what is known of a deleted key is kept for ever. Real stores forget it after a while, and must then make
//! sure that no server with the old value comes back later.
//!
//! Check it with `cargo course check E7.2`, or with
//! `cargo test -p exercises e7_2`. Stuck? `cargo course hint E7.2`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e7_2::{Dot, Found, MOST_SIBLINGS, SiblingStore, TooManySiblings, VersionVector};

/// The store of one server.
#[derive(Clone, Debug, Default)]
pub struct Store {
    // Choose what to keep here.
}

impl SiblingStore for Store {
    fn new(server: &str) -> Self {
        todo!("an empty store of {server}")
    }

    fn put(
        &mut self,
        key: &str,
        value: &str,
        context: Option<&VersionVector>,
    ) -> Result<Found, TooManySiblings> {
        todo!("store {value} under {key}; its writer has seen {context:?}; at most {MOST_SIBLINGS}")
    }

    fn get(&self, key: &str) -> Option<Found> {
        todo!("what is under {key}, and which context goes with it?")
    }

    fn delete(&mut self, key: &str, context: &VersionVector) -> Found {
        todo!("delete what {context} covers of {key}")
    }

    fn sync_from(&mut self, peer: &Self) {
        todo!("take in what {peer:?} has")
    }
}
