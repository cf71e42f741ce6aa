//! E5.2 — Operational transformation (18 points)
//!
//! Ann and Bob have “HELLO” open. Ann inserts an X at 1. At the same moment Bob deletes the O, which is at 4 for him. When
//! Bob's “delete 4” reaches Ann, her O is at 5: applied as it came, it takes an L. It must be *rewritten*.
//!
//! Write the rewriting for all four pairs of insert and delete. Both sides must end with the same text, for every pair of
//! changes on every text (this is called TP1). Then do it for lists: what Ann typed while Bob was in a tunnel, and the other
//! way round.
//!
//! Two rules decide what would be free. Of two inserts at one place, the smaller site's comes first. An insert at the place
//! of a deleted character stays where it is. Count in characters, not in bytes.
//!
//! TP1 is enough if a server puts all changes in one order, as Google Docs does: then only two histories ever meet, yours and
//! the server's. Without a server it is not enough, and most published transformations turned out to be wrong there.
//!
//! Check it with `cargo course check E5.2`, or with
//! `cargo test -p exercises e5_2`. Stuck? `cargo course hint E5.2`.

use grader::exercises::e5_2::{Beyond, Editor, Op};

/// Knows how to apply changes, and how to rewrite them.
pub struct Transformer;

impl Editor for Transformer {
    fn apply(text: &str, op: Op) -> Result<String, Beyond> {
        let _ = Beyond;
        todo!("what is {text:?} after {op}?")
    }

    fn transform(op: Op, against: Op) -> Option<Op> {
        todo!("where does “{op}” belong when “{against}” has been applied?")
    }

    fn transform_lists(first: &[Op], second: &[Op]) -> (Vec<Op>, Vec<Op>) {
        todo!("rewrite {} changes and {} changes against each other", first.len(), second.len())
    }
}
