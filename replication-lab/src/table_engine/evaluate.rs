//! What expressions are worth.

use super::error::EngineError;
use super::schema::{Row, Schema};
use super::sql::{Expr, Operator};
use super::value::{Timestamp, Value};
use crate::rng::{Rng, Stream};

/// What a statement finds around it.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) now: Timestamp,
    pub(super) clock: Timestamp,
    pub(super) random_seed: u64,
    rng: Rng,
}

impl Surroundings {
    pub(super) fn new(now: Timestamp, clock: Timestamp, random_seed: u64) -> Self {
        Self { now, clock, random_seed, rng: Rng::new(random_seed, Stream::Workload) }
    }
}

/// A row that an expression may look at.
#[derive(Clone, Copy)]
pub(super) struct Sight<'r> {
    pub(super) schema: &'r Schema,
    pub(super) row: Option<&'r Row>,
    /// The row that fired a trigger.
    pub(super) fired: Option<(&'r Schema, &'r Row)>,
}

/// The value of an expression. `next_id` draws from the sequence of a table.
pub(super) fn evaluate(
    expr: &Expr,
    sight: Sight<'_>,
    around: &mut Surroundings,
    next_id: &mut dyn FnMut(&str) -> Result<i64, EngineError>,
) -> Result<Value, EngineError> {
    Ok(match expr {
        Expr::Literal(value) => value.clone(),
        Expr::Column(name) => {
            let place = sight.schema.column(name)?;
            sight.row.map_or(Value::Null, |row| row[place].clone())
        }
        Expr::New(name) => match sight.fired {
            Some((schema, row)) => row[schema.column(name)?].clone(),
            None => {
                let (table, known) = (sight.schema.name.clone(), "those of the row itself".to_owned());
                return Err(EngineError::UnknownColumn { table, column: format!("NEW.{name}"), known });
            }
        },
        Expr::Now => Value::Timestamp(around.now),
        Expr::SysDate => Value::Timestamp(around.clock),
        Expr::Random(from, to) => {
            let span = to.saturating_sub(*from).max(0) as u64;
            Value::Int(from.saturating_add(around.rng.below(span.saturating_add(1)) as i64))
        }
        Expr::Uuid => Value::Uuid(u128::from(around.rng.bits()) << 64 | u128::from(around.rng.bits())),
        Expr::NextId(table) => Value::Int(next_id(table)?),
        Expr::Binary(left, operator, right) => {
            let left = evaluate(left, sight, around, next_id)?;
            let right = evaluate(right, sight, around, next_id)?;
            joined(left, *operator, right)?
        }
    })
}

/// NULL makes NULL of everything that it takes part in, as in SQL.
fn joined(left: Value, operator: Operator, right: Value) -> Result<Value, EngineError> {
    use std::cmp::Ordering;
    if left == Value::Null || right == Value::Null {
        return Ok(Value::Null);
    }
    let truth = |yes: bool| Value::Int(yes.into());
    let wrong = |left, right| EngineError::Operands { operator: operator.to_string(), left, right };
    // A moment may be written as text beside a moment, and a name beside a name.
    let (left, right) = match (left, right) {
        (Value::Text(text), other @ (Value::Timestamp(_) | Value::Uuid(_))) => (like(text, &other), other),
        (other @ (Value::Timestamp(_) | Value::Uuid(_)), Value::Text(text)) => {
            let right = like(text, &other);
            (other, right)
        }
        both => both,
    };
    let order = match (&left, &right) {
        (Value::Int(_), Value::Int(_))
        | (Value::Text(_), Value::Text(_))
        | (Value::Timestamp(_), Value::Timestamp(_))
        | (Value::Uuid(_), Value::Uuid(_)) => left.cmp(&right),
        _ => return Err(wrong(left, right)),
    };
    let value = match (operator, &left, &right) {
        (Operator::Equal, ..) => truth(order == Ordering::Equal),
        (Operator::NotEqual, ..) => truth(order != Ordering::Equal),
        (Operator::Less, ..) => truth(order == Ordering::Less),
        (Operator::AtMost, ..) => truth(order != Ordering::Greater),
        (Operator::Greater, ..) => truth(order == Ordering::Greater),
        (Operator::AtLeast, ..) => truth(order != Ordering::Less),
        (Operator::And, Value::Int(a), Value::Int(b)) => truth(*a != 0 && *b != 0),
        (Operator::Or, Value::Int(a), Value::Int(b)) => truth(*a != 0 || *b != 0),
        (Operator::Plus, Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_add(*b)),
        (Operator::Minus, Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_sub(*b)),
        (Operator::Times, Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_mul(*b)),
        (Operator::Concatenate, Value::Text(a), Value::Text(b)) => Value::Text(format!("{a}{b}")),
        _ => return Err(wrong(left, right)),
    };
    Ok(value)
}

fn like(text: String, other: &Value) -> Value {
    let kind = match other {
        Value::Timestamp(_) => super::value::Type::Timestamp,
        _ => super::value::Type::Uuid,
    };
    Value::Text(text.clone()).fit(kind).unwrap_or(Value::Text(text))
}
