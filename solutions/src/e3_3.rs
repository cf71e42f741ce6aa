//! E3.3 — Make statements safe.

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
    // BEGIN SOLUTION let _ = leader;\ntodo!("what would another node find otherwise in {statement}?")
    check_order(statement, leader)?;
    for action in leader.triggers(statement) {
        if let Some(function) = first(action, |part| draws(part) || asks(part)) {
            return Err(Unsafe::Trigger(statement.table().to_owned(), function));
        }
    }
    let insert = matches!(statement, Statement::Insert { .. });
    if !insert && let Some(function) = first(statement, draws) {
        return Err(Unsafe::ForEachRow(function));
    }
    let numbered = with_ids(statement, leader);
    let mut now = None;
    Ok(numbered.map(&mut |expr| expr.map(&mut |part| value(part, leader, &mut now))))
    // END SOLUTION
}
// BEGIN SOLUTION

fn check_order(statement: &Statement, leader: &dyn Leader) -> Result<(), Unsafe> {
    let (Statement::Update { order_by, limit, .. } | Statement::Delete { order_by, limit, .. }) = statement
    else {
        return Ok(());
    };
    if limit.is_none() {
        return Ok(());
    }
    let schema = leader.schema(statement.table());
    match order_by {
        None => Err(Unsafe::LimitWithoutOrder),
        Some(column) if *column != schema.columns[schema.key].name => {
            Err(Unsafe::AmbiguousOrder(column.clone()))
        }
        Some(_) => Ok(()),
    }
}

/// Another value with each call.
fn draws(part: &Expr) -> bool {
    matches!(part, Expr::Random(..) | Expr::Uuid | Expr::NextId(_))
}

/// Another value at another time.
fn asks(part: &Expr) -> bool {
    matches!(part, Expr::Now | Expr::SysDate)
}

fn first(statement: &Statement, wanted: impl Fn(&Expr) -> bool) -> Option<Expr> {
    let mut parts = statement.expressions().into_iter().flat_map(Expr::parts);
    parts.find(|part| wanted(part)).cloned()
}

/// The `INSERT` with every row numbered.
fn with_ids(statement: &Statement, leader: &dyn Leader) -> Statement {
    let mut numbered = statement.clone();
    let Statement::Insert { table, columns, rows } = &mut numbered else { return numbered };
    let schema = leader.schema(table);
    let Some(serial) = schema.serial() else { return numbered };
    if columns.is_empty() {
        *columns = schema.columns.iter().map(|column| column.name.clone()).collect();
    }
    let id = schema.columns[serial].name.clone();
    let place = columns.iter().position(|column| *column == id);
    if place.is_none() {
        columns.push(id);
    }
    for row in rows {
        match place {
            None => row.push(Expr::NextId(table.clone())),
            Some(place) if row[place] == Expr::Literal(Value::Null) => {
                row[place] = Expr::NextId(table.clone())
            }
            Some(_) => {}
        }
    }
    numbered
}

fn value(part: &Expr, leader: &mut dyn Leader, now: &mut Option<Value>) -> Expr {
    Expr::Literal(match part {
        Expr::Now => now.get_or_insert_with(|| Value::Timestamp(leader.now())).clone(),
        Expr::SysDate => Value::Timestamp(leader.sysdate()),
        Expr::Random(from, to) => Value::Int(leader.random(*from, *to)),
        Expr::Uuid => leader.uuid(),
        Expr::NextId(table) => Value::Int(leader.next_id(table)),
        other => return other.clone(),
    })
}
// END SOLUTION
