//! Reads statements.

use std::str::FromStr;

use winnow::ascii::{Caseless, digit1, multispace0};
use winnow::combinator::{
    Infix, alt, cut_err, delimited, eof, expression, not, opt, preceded, repeat, separated, seq, terminated,
};
use winnow::error::{ContextError, StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::token::{one_of, take_until, take_while};

use super::super::error::EngineError;
use super::super::schema::Schema;
use super::super::value::{Type, Value};
use super::statement::{Expr, Operator, Statement, column};

impl FromStr for Statement {
    type Err = EngineError;

    fn from_str(text: &str) -> Result<Self, EngineError> {
        let whole = (multispace0, statement, opt(sign(";")), expected(eof, END)).map(|parts| parts.1);
        terminated(whole, multispace0).parse(text).map_err(|error| {
            let rest = text[error.offset()..].trim_start();
            let at = rest.split_whitespace().next().unwrap_or_default().to_owned();
            // From the inside out: the last one is all kinds of statements.
            let wanted: Vec<_> = error.inner().context().filter_map(wanted).collect();
            let wanted = match &wanted[..] {
                [.., last] if rest.len() == text.trim().len() => last.clone(),
                [first, _, ..] => first.clone(),
                [end] if end == END => end.clone(),
                _ => "a value".to_owned(),
            };
            EngineError::Syntax { text: text.trim().to_owned(), at, wanted }
        })
    }
}

const END: &str = "the end";

fn wanted(context: &StrContext) -> Option<String> {
    match context {
        StrContext::Expected(StrContextValue::StringLiteral(literal)) => Some((*literal).to_owned()),
        StrContext::Expected(other) => Some(other.to_string()),
        _ => None,
    }
}

fn expected<'i, O>(
    parser: impl Parser<&'i str, O, winnow::error::ErrMode<ContextError>>,
    what: &'static str,
) -> impl Parser<&'i str, O, winnow::error::ErrMode<ContextError>> {
    parser.context(StrContext::Expected(StrContextValue::Description(what)))
}

/// A keyword, in any case of letters.
fn word<'i>(word: &'static str) -> impl Parser<&'i str, (), winnow::error::ErrMode<ContextError>> {
    (Caseless(word), not(one_of(of_a_name)), multispace0)
        .void()
        .context(StrContext::Expected(StrContextValue::StringLiteral(word)))
}

fn sign<'i>(sign: &'static str) -> impl Parser<&'i str, (), winnow::error::ErrMode<ContextError>> {
    (sign, multispace0).void().context(StrContext::Expected(StrContextValue::StringLiteral(sign)))
}

fn of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Words that name nothing.
const RESERVED: [&str; 9] = ["and", "by", "from", "limit", "or", "order", "set", "values", "where"];

fn name(input: &mut &str) -> ModalResult<String> {
    let first = one_of(|c: char| c.is_ascii_alphabetic() || c == '_');
    let name = (first, take_while(0.., of_a_name)).take().map(str::to_ascii_lowercase);
    let name = name.verify(|name: &String| !RESERVED.contains(&name.as_str()));
    expected(terminated(name, multispace0), "a name").parse_next(input)
}

fn bracketed<'i, O>(
    inner: impl Parser<&'i str, O, winnow::error::ErrMode<ContextError>>,
) -> impl Parser<&'i str, O, winnow::error::ErrMode<ContextError>> {
    delimited(sign("("), inner, cut_err(sign(")")))
}

fn number(input: &mut &str) -> ModalResult<i64> {
    let digits = (opt('-'), digit1).take().try_map(str::parse);
    expected(terminated(digits, multispace0), "a whole number").parse_next(input)
}

fn quoted(input: &mut &str) -> ModalResult<String> {
    let inside: String = {
        let piece = alt((take_until(1.., "'").verify(|text: &str| !text.is_empty()), "''".value("'")));
        let pieces = repeat(0.., piece).fold(String::new, |text, piece| text + piece);
        delimited('\'', pieces, cut_err(expected('\'', "a closing quote"))).parse_next(input)?
    };
    multispace0.parse_next(input)?;
    Ok(inside)
}

fn value(input: &mut &str) -> ModalResult<Value> {
    alt((
        word("NULL").value(Value::Null),
        preceded(opt(alt((word("TIMESTAMP"), word("UUID")))), quoted).map(Value::Text),
        number.map(Value::Int),
    ))
    .parse_next(input)
}

fn call<'i>(
    names: [&'static str; 2],
    what: Expr,
) -> impl Parser<&'i str, Expr, winnow::error::ErrMode<ContextError>> {
    (alt((word(names[0]), word(names[1]))), sign("("), cut_err(sign(")"))).value(what)
}

fn operand(input: &mut &str) -> ModalResult<Expr> {
    let random = preceded(word("RANDOM"), bracketed((number, preceded(sign(","), number))));
    let next_id = preceded(word("NEXTVAL"), bracketed(quoted));
    let new = preceded((Caseless("NEW"), "."), name);
    let operand = alt((
        bracketed(expr),
        call(["NOW", "STATEMENT_TIMESTAMP"], Expr::Now),
        call(["SYSDATE", "CLOCK_TIMESTAMP"], Expr::SysDate),
        call(["UUID", "GEN_RANDOM_UUID"], Expr::Uuid),
        random.map(|(from, to)| Expr::Random(from, to)),
        next_id.map(Expr::NextId),
        value.map(Expr::Literal),
        new.map(Expr::New),
        name.map(Expr::Column),
    ));
    expected(operand, "a value").parse_next(input)
}

fn operator(input: &mut &str) -> ModalResult<Operator> {
    let comparison = alt((
        alt((sign("<>"), sign("!="))).value(Operator::NotEqual),
        sign("<=").value(Operator::AtMost),
        sign(">=").value(Operator::AtLeast),
        sign("<").value(Operator::Less),
        sign(">").value(Operator::Greater),
        sign("=").value(Operator::Equal),
    ));
    alt((
        word("OR").value(Operator::Or),
        word("AND").value(Operator::And),
        comparison,
        sign("||").value(Operator::Concatenate),
        sign("+").value(Operator::Plus),
        sign("-").value(Operator::Minus),
        sign("*").value(Operator::Times),
    ))
    .parse_next(input)
}

fn expr(input: &mut &str) -> ModalResult<Expr> {
    macro_rules! joined {
        ($operator:ident) => {
            |_: &mut &str, left: Expr, right: Expr| {
                Ok(Expr::Binary(Box::new(left), Operator::$operator, Box::new(right)))
            }
        };
    }
    let infix = operator.map(|operator| match operator {
        Operator::Or => Infix::Left(1, joined!(Or) as fn(&mut &str, Expr, Expr) -> ModalResult<Expr>),
        Operator::And => Infix::Left(2, joined!(And)),
        Operator::Equal => Infix::Neither(3, joined!(Equal)),
        Operator::NotEqual => Infix::Neither(3, joined!(NotEqual)),
        Operator::Less => Infix::Neither(3, joined!(Less)),
        Operator::AtMost => Infix::Neither(3, joined!(AtMost)),
        Operator::Greater => Infix::Neither(3, joined!(Greater)),
        Operator::AtLeast => Infix::Neither(3, joined!(AtLeast)),
        Operator::Plus => Infix::Left(4, joined!(Plus)),
        Operator::Minus => Infix::Left(4, joined!(Minus)),
        Operator::Concatenate => Infix::Left(4, joined!(Concatenate)),
        Operator::Times => Infix::Left(5, joined!(Times)),
    });
    expression(operand).infix(infix).parse_next(input)
}

fn which(input: &mut &str) -> ModalResult<(Option<Expr>, Option<String>, Option<u64>)> {
    (
        opt(preceded(word("WHERE"), cut_err(expr))),
        opt(preceded((word("ORDER"), cut_err(word("BY"))), cut_err(name))),
        opt(preceded(word("LIMIT"), cut_err(number.try_map(u64::try_from)))),
    )
        .parse_next(input)
}

fn kind(input: &mut &str) -> ModalResult<Type> {
    let kind = take_while(1.., of_a_name).verify_map(|word: &str| match word.to_ascii_uppercase().as_str() {
        "SERIAL" | "BIGSERIAL" => Some(Type::Serial),
        "INT" | "INTEGER" | "BIGINT" => Some(Type::Int),
        "TEXT" | "VARCHAR" => Some(Type::Text),
        "TIMESTAMP" => Some(Type::Timestamp),
        "UUID" => Some(Type::Uuid),
        _ => None,
    });
    let kind = terminated(kind, multispace0);
    expected(kind, "a type (INT, SERIAL, TEXT, TIMESTAMP, UUID)").parse_next(input)
}

struct Definition {
    name: String,
    kind: Type,
    key: bool,
    default: Option<Value>,
}

fn definition(input: &mut &str) -> ModalResult<Definition> {
    seq!(Definition {
        name: name,
        kind: kind,
        key: opt((word("PRIMARY"), cut_err(word("KEY")))).map(|key| key.is_some()),
        default: opt(preceded(word("DEFAULT"), cut_err(value))),
    })
    .parse_next(input)
}

fn create_table(input: &mut &str) -> ModalResult<Statement> {
    let columns = bracketed(separated(1.., definition, sign(",")));
    let (name, definitions): (String, Vec<Definition>) =
        preceded((word("CREATE"), word("TABLE")), cut_err((name, columns))).parse_next(input)?;
    let key = definitions.iter().position(|definition| definition.key).unwrap_or(0);
    let columns = definitions.into_iter().map(|d| column(d.name, d.kind, d.default)).collect();
    Ok(Statement::CreateTable(Schema { name, columns, key }))
}

fn create_index(input: &mut &str) -> ModalResult<Statement> {
    let on = preceded(word("ON"), (name, bracketed(name)));
    let after = alt((on.map(Some), name.value(None)));
    let found = preceded((word("CREATE"), word("INDEX")), cut_err(after)).parse_next(input)?;
    // An index may have a name of its own; here it is known by its column.
    let (table, column) = match found {
        Some(found) => found,
        None => cut_err(preceded(word("ON"), (name, bracketed(name)))).parse_next(input)?,
    };
    Ok(Statement::CreateIndex(table, column))
}

fn add_column(input: &mut &str) -> ModalResult<Statement> {
    let (table, added) = (
        preceded((word("ALTER"), cut_err(word("TABLE"))), cut_err(name)),
        cut_err(preceded((word("ADD"), opt(word("COLUMN"))), definition)),
    )
        .parse_next(input)?;
    Ok(Statement::AddColumn(table, column(added.name, added.kind, added.default)))
}

fn row(input: &mut &str) -> ModalResult<Vec<Expr>> {
    bracketed(separated(1.., expr, sign(","))).parse_next(input)
}

fn insert(input: &mut &str) -> ModalResult<Statement> {
    let named = opt(bracketed(separated(1.., name, sign(","))));
    let (table, columns) =
        preceded(word("INSERT"), cut_err(preceded(word("INTO"), (name, named)))).parse_next(input)?;
    let rows = cut_err(preceded(word("VALUES"), separated(1.., row, sign(",")))).parse_next(input)?;
    Ok(Statement::Insert { table, columns: columns.unwrap_or_default(), rows })
}

fn update(input: &mut &str) -> ModalResult<Statement> {
    let assignment = (name, preceded(sign("="), cut_err(expr)));
    let (table, set) = (
        preceded(word("UPDATE"), cut_err(name)),
        cut_err(preceded(word("SET"), separated(1.., assignment, sign(",")))),
    )
        .parse_next(input)?;
    let (filter, order_by, limit) = which(input)?;
    Ok(Statement::Update { table, set, filter, order_by, limit })
}

fn delete(input: &mut &str) -> ModalResult<Statement> {
    let table = preceded((word("DELETE"), cut_err(word("FROM"))), cut_err(name)).parse_next(input)?;
    let (filter, order_by, limit) = which(input)?;
    Ok(Statement::Delete { table, filter, order_by, limit })
}

fn statement(input: &mut &str) -> ModalResult<Statement> {
    let statement = alt((insert, update, delete, create_index, create_table, add_column));
    expected(statement, "INSERT, UPDATE, DELETE, CREATE TABLE, CREATE INDEX or ALTER TABLE … ADD COLUMN")
        .parse_next(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str) -> String {
        text.parse::<Statement>().map_or_else(|error| error.to_string(), |statement| statement.to_string())
    }

    #[test]
    fn what_is_read_is_written_the_same() {
        for text in [
            "CREATE TABLE users (id SERIAL PRIMARY KEY, name TEXT, age INT DEFAULT 18, at TIMESTAMP)",
            "CREATE INDEX ON users (name)",
            "ALTER TABLE users ADD COLUMN email TEXT DEFAULT 'none'",
            "INSERT INTO users (id, name) VALUES (42, 'Alice'), (43, 'it''s ''quoted''')",
            "INSERT INTO users VALUES (NEXTVAL('users'), '', RANDOM(-3, 6), NOW())",
            "UPDATE users SET age = (age + 1) * 2 - 3, name = name || '!' WHERE id > 3 AND (age < 5 OR age <> 7)",
            "UPDATE users SET age = 1 - (2 - 3) LIMIT 3",
            "DELETE FROM users WHERE at <= SYSDATE() ORDER BY id LIMIT 2",
            "DELETE FROM users",
        ] {
            assert_eq!(round(text), text);
        }
        assert_eq!(round("create index by_name on Users(Name);"), "CREATE INDEX ON users (name)");
        assert_eq!(
            round(" update users set at=TIMESTAMP '2024-01-15 09:30:00' where id=42 ; "),
            "UPDATE users SET at = '2024-01-15 09:30:00' WHERE id = 42"
        );
    }

    #[test]
    fn what_makes_no_sense_says_where_and_what_would() {
        insta::assert_snapshot!(
            [
                "",
                "SELECT * FROM users",
                "UPDATE users name = 'x'",
                "UPDATE users SET name = WHERE id = 1",
                "INSERT INTO users VALUES (1, 'Alice'",
                "INSERT INTO users VALUES (1, 'Alice)",
                "CREATE TABLE users (id FLOAT)",
                "DELETE FROM users WHERE id = 1 AND",
                "DELETE FROM users; DELETE FROM users",
                "UPDATE users SET n = 99999999999999999999",
                "DELETE FROM users LIMIT -1",
            ]
            .map(round)
            .join("\n")
        );
    }
}
