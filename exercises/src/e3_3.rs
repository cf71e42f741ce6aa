//! E3.3 — Make statements safe (17 points)
//!
//! A leader ships its statements as text, and each follower carries them out again, later, with a clock and dice of its own.
//! Write `pin`: it takes a statement *before* it is carried out, and returns one whose text has the same effect on every
//! node, or says why there is none.
//!
//! - Functions are replaced by their values. `NOW()` is one moment for a whole statement; everything else is asked anew
//!   wherever it stands.
//! - An `INSERT` that leaves its id to the sequence gets the id written in.
//! - Some statements can't be pinned: those that take rows in the order of the pages, those that draw a value for each
//!   row, and those that fire a trigger which asks the clock or the dice by itself.
//!
//! A `Statement` is a value: `expressions()` lists its expressions, `Expr::parts()` everything inside one, and `map` on
//! both builds a changed copy. The exact rules stand above the function. Simplified here: `SYSDATE()` in an `UPDATE` is
//! asked once, where a real one asks it for each row.
//!
//! Check it with `cargo course check E3.3`, or with
//! `cargo test -p exercises e3_3`. Stuck? `cargo course hint E3.3`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e3_3::{Expr, Leader, Statement, Unsafe, Value};

/// The statement with values in the place of everything that another node would find otherwise, so that its text has the
/// same effect on every node with the same rows; also with the numbers that the leader's sequence gives. Definitions of
/// tables are returned as they are.
///
/// From left to right, each function is asked once where it stands; but `NOW()` is one moment for the whole statement.
///
/// # Errors
/// When no such text exists. In this order:
///
/// - an `UPDATE` or `DELETE` has a `LIMIT` and no order, or an order that isn't the primary key's;
/// - a trigger that it fires has a function in it: the first one there;
/// - an `UPDATE` or `DELETE` calls `RANDOM`, `UUID` or `NEXTVAL`, which is another value for each row: the first one there.
pub fn pin(statement: &Statement, leader: &mut dyn Leader) -> Result<Statement, Unsafe> {
    let _ = leader;
    todo!("what would another node find otherwise in {statement}?")
}
