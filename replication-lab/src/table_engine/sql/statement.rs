//! Statements and expressions, and their text.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::schema::{Column, Schema};
use super::super::value::{Type, Value};

/// A statement.
///
/// # Examples
/// ```
/// use replication_lab::table_engine::Statement;
/// let text = "UPDATE users SET name = 'Alice Smith', updated_at = NOW() WHERE id = 42";
/// let statement: Statement = text.parse()?;
/// assert_eq!(statement.to_string(), text);
/// # Ok::<(), replication_lab::table_engine::EngineError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statement {
    /// A new table.
    CreateTable(Schema),
    /// A new secondary index: its table, and the column.
    CreateIndex(String, String),
    /// A new column, which rows that are there get with its default: the table, and the column.
    AddColumn(String, Column),
    /// New rows.
    Insert {
        /// The table.
        table: String,
        /// The columns that get values; all, in their order, if it is empty.
        columns: Vec<String>,
        /// The rows' values.
        rows: Vec<Vec<Expr>>,
    },
    /// Rows that change.
    Update {
        /// The table.
        table: String,
        /// Columns and their new values.
        set: Vec<(String, Expr)>,
        /// Which rows; all, if nothing.
        filter: Option<Expr>,
        /// By which column they are taken; in the order of the pages, if nothing.
        order_by: Option<String>,
        /// How many at the most.
        limit: Option<u64>,
    },
    /// Rows that vanish.
    Delete {
        /// The table.
        table: String,
        /// Which rows; all, if nothing.
        filter: Option<Expr>,
        /// By which column they are taken; in the order of the pages, if nothing.
        order_by: Option<String>,
        /// How many at the most.
        limit: Option<u64>,
    },
}

/// Something that has a value once it is evaluated, for a row, at a moment, on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expr {
    /// Just this value.
    Literal(Value),
    /// What the row has in this column.
    Column(String),
    /// In a trigger's statement: what the row that fired it has in this column now.
    New(String),
    /// When the statement began (PostgreSQL: `statement_timestamp()`; MySQL: `NOW()`).
    Now,
    /// What the clock shows just now (PostgreSQL: `clock_timestamp()`; MySQL: `SYSDATE()`).
    SysDate,
    /// A random whole number from the first to the second, both included (PostgreSQL 17: `random(1, 6)`).
    Random(i64, i64),
    /// A random name (PostgreSQL: `gen_random_uuid()`; MySQL: `UUID()`).
    Uuid,
    /// The next number of a table's own sequence (PostgreSQL: `nextval(…)`; MySQL: `AUTO_INCREMENT`).
    NextId(String),
    /// Two of them together.
    Binary(Box<Expr>, Operator, Box<Expr>),
}

/// What puts two values together. The later ones bind tighter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// Either.
    Or,
    /// Both.
    And,
    /// Equal.
    Equal,
    /// Not equal.
    NotEqual,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// Greater.
    Greater,
    /// Greater or equal.
    AtLeast,
    /// Sum.
    Plus,
    /// Difference.
    Minus,
    /// Two texts, one behind the other.
    Concatenate,
    /// Product.
    Times,
}

impl Operator {
    /// How tightly it binds.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::NotEqual | Self::Less | Self::AtMost | Self::Greater | Self::AtLeast => 3,
            Self::Plus | Self::Minus | Self::Concatenate => 4,
            Self::Times => 5,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Or => "OR",
            Self::And => "AND",
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Concatenate => "||",
            Self::Times => "*",
        })
    }
}

impl Expr {
    /// Every part of it, itself first.
    pub fn parts(&self) -> Vec<&Expr> {
        let mut parts = vec![self];
        if let Self::Binary(left, _, right) = self {
            parts.extend(left.parts());
            parts.extend(right.parts());
        }
        parts
    }

    /// This expression with each part that is no [`Expr::Binary`] replaced by what `change` makes of it.
    pub fn map(&self, change: &mut impl FnMut(&Expr) -> Expr) -> Expr {
        match self {
            Self::Binary(left, operator, right) => {
                let left = left.map(change);
                Self::Binary(Box::new(left), *operator, Box::new(right.map(change)))
            }
            leaf => change(leaf),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Binary(_, operator, _) => operator.rank(),
            _ => u8::MAX,
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(value) => value.fmt(f),
            Self::Column(name) => f.write_str(name),
            Self::New(name) => write!(f, "NEW.{name}"),
            Self::Now => f.write_str("NOW()"),
            Self::SysDate => f.write_str("SYSDATE()"),
            Self::Random(from, to) => write!(f, "RANDOM({from}, {to})"),
            Self::Uuid => f.write_str("UUID()"),
            Self::NextId(table) => write!(f, "NEXTVAL('{table}')"),
            Self::Binary(left, operator, right) => {
                // Equal ranks are read from the left; comparisons not at all.
                let bare = |rank: u8| rank > operator.rank() || (rank == operator.rank() && rank != 3);
                let side = |expr: &Expr, bare| if bare { expr.to_string() } else { format!("({expr})") };
                let right_side = side(right, right.rank() > operator.rank());
                write!(f, "{} {operator} {right_side}", side(left, bare(left.rank())))
            }
        }
    }
}

impl Statement {
    /// The table that it is about.
    pub fn table(&self) -> &str {
        match self {
            Self::CreateTable(schema) => &schema.name,
            Self::CreateIndex(table, _) | Self::AddColumn(table, _) => table,
            Self::Insert { table, .. } | Self::Update { table, .. } | Self::Delete { table, .. } => table,
        }
    }

    /// Whether it changes what tables look like, not what they hold (data definition language).
    pub fn is_definition(&self) -> bool {
        matches!(self, Self::CreateTable(_) | Self::CreateIndex(..) | Self::AddColumn(..))
    }

    /// Every expression in it.
    pub fn expressions(&self) -> Vec<&Expr> {
        match self {
            Self::Insert { rows, .. } => rows.iter().flatten().collect(),
            Self::Update { set, filter, .. } => set.iter().map(|(_, value)| value).chain(filter).collect(),
            Self::Delete { filter, .. } => filter.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// This statement with every expression replaced, in the order in which it is written.
    pub fn map(&self, change: &mut impl FnMut(&Expr) -> Expr) -> Statement {
        let mut changed = self.clone();
        match &mut changed {
            Self::Insert { rows, .. } => rows.iter_mut().flatten().for_each(|expr| *expr = change(expr)),
            Self::Update { set, filter, .. } => {
                set.iter_mut().map(|(_, value)| value).chain(filter).for_each(|expr| *expr = change(expr));
            }
            Self::Delete { filter, .. } => filter.iter_mut().for_each(|expr| *expr = change(expr)),
            _ => {}
        }
        changed
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateTable(schema) => schema.fmt(f),
            Self::CreateIndex(table, column) => write!(f, "CREATE INDEX ON {table} ({column})"),
            Self::AddColumn(table, column) => {
                write!(f, "ALTER TABLE {table} ADD COLUMN {} {}", column.name, column.kind)?;
                match column.default {
                    Value::Null => Ok(()),
                    ref default => write!(f, " DEFAULT {default}"),
                }
            }
            Self::Insert { table, columns, rows } => {
                write!(f, "INSERT INTO {table} ")?;
                if !columns.is_empty() {
                    write!(f, "({}) ", columns.join(", "))?;
                }
                let rows: Vec<_> = rows.iter().map(|row| format!("({})", listed(row))).collect();
                write!(f, "VALUES {}", rows.join(", "))
            }
            Self::Update { table, set, filter, order_by, limit } => {
                let set: Vec<_> = set.iter().map(|(column, value)| format!("{column} = {value}")).collect();
                write!(f, "UPDATE {table} SET {}", set.join(", "))?;
                which(f, filter, order_by, limit)
            }
            Self::Delete { table, filter, order_by, limit } => {
                write!(f, "DELETE FROM {table}")?;
                which(f, filter, order_by, limit)
            }
        }
    }
}

fn listed(row: &[Expr]) -> String {
    row.iter().map(Expr::to_string).collect::<Vec<_>>().join(", ")
}

fn which(
    f: &mut fmt::Formatter<'_>,
    filter: &Option<Expr>,
    order_by: &Option<String>,
    limit: &Option<u64>,
) -> fmt::Result {
    if let Some(filter) = filter {
        write!(f, " WHERE {filter}")?;
    }
    if let Some(column) = order_by {
        write!(f, " ORDER BY {column}")?;
    }
    match limit {
        Some(limit) => write!(f, " LIMIT {limit}"),
        None => Ok(()),
    }
}

/// A column as a statement defines it, and whether it is the primary key.
pub(super) fn column(name: String, kind: Type, default: Option<Value>) -> Column {
    Column { name, kind, default: default.unwrap_or(Value::Null) }
}
