//! A small part of SQL: statements as values, as text, and back.

mod parse;
mod statement;

pub use statement::{Expr, Operator, Statement};
