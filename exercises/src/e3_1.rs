//! E3.1 — A consumer of changes (30 points)
//!
//! A search index, a cache, a warehouse: they all live on the stream of a database's changes (change data capture). The
//! sample code that everybody starts from is ten lines long, and loses data in five ways. Here you write a consumer that
//! survives a crash **between any two of its operations**: the last scenario tries every one.
//!
//! The leader decodes its log and sends messages: `Begin`, what a table looks like, rows, `Commit`. It keeps the log for
//! your *slot* until you confirm a position; what you have not confirmed is sent again: *at least once*. To make *once* of
//! it, store the position in the sink, in the same transaction as the data. The rules stand at `Consumer::run`. The order
//! of things is everything:
//!
//! - publication, then slot, then a copy **of the slot's snapshot**, then the stream;
//! - one transaction of the leader, one of the sink: commit there, and only then confirm;
//! - every keep-alive is answered, also when nobody writes to your tables: else the leader keeps its log for ever;
//! - when nobody needs the consumer any more, the slot is dropped.
//!
//! Simplified here: one slot, which needs no name; a copy fits in one transaction; the stream starts at what is confirmed
//! (PostgreSQL takes a later position if you name one). As in PostgreSQL, the stream holds no definitions: that a table has
//! a new column you learn from its next `Relation` message, before the next row.
//!
//! Check it with `cargo course check E3.1`, or with
//! `cargo test -p exercises e3_1`. Stuck? `cargo course hint E3.1`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e3_1::{
    Consumer, Copied, Created, Decoder, Event, KeyedChange, Leader, Lsn, Message, Options, Relation, Sink,
    SnapshotId, Stopped, TABLES, Value,
};

/// Follows a leader's changes into a sink.
#[derive(Debug)]
pub struct Follower;

impl Consumer for Follower {
    fn run(leader: &mut dyn Leader, sink: &mut dyn Sink) -> Result<(), Stopped> {
        let _ = (leader, sink);
        todo!("publication, slot, copy if there is none, then the stream")
    }

    fn retire(leader: &mut dyn Leader) -> Result<(), Stopped> {
        let _ = leader;
        todo!("nothing may hold log on the leader")
    }
}
