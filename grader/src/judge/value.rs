//! Observed values as a reader sees them: lines, without JSON's quotes and brackets.

use serde_json::Value;

/// What stands where a run had no more steps.
const OVER: &str = "nothing: the run is over";

/// Expected and got, as lines. Where both have as many lines, a sign marks those that differ; where both would read
/// the same, such as the text “3” and the number 3, they are shown as JSON.
pub(super) fn compared(expected: Option<&Value>, got: Option<&Value>) -> (Vec<String>, Vec<String>) {
    let lines = |value: Option<&Value>| value.map_or_else(|| vec![OVER.to_owned()], readable);
    let (left, right) = (lines(expected), lines(got));
    if left == right {
        let json = |value: Option<&Value>| vec![value.map_or_else(|| OVER.to_owned(), Value::to_string)];
        return (json(expected), json(got));
    }
    if left.len() != right.len() || left.len() == 1 {
        return (left, right);
    }
    let differ: Vec<bool> = left.iter().zip(&right).map(|(left, right)| left != right).collect();
    let marked = |lines: Vec<String>| {
        let sign = |differs: &bool| if *differs { '≠' } else { ' ' };
        differ.iter().zip(lines).map(|(differs, line)| format!("{} {line}", sign(differs))).collect()
    };
    (marked(left), marked(right))
}

/// A value as lines: one for each entry of a list of texts or field of an object; the names of variants in front.
fn readable(value: &Value) -> Vec<String> {
    let lines: Vec<String> = match value {
        Value::Array(items) if items.iter().any(|item| item.is_string() || item.is_object()) => {
            items.iter().map(inline).collect()
        }
        Value::Object(fields) => match fields.iter().next() {
            Some((name, inner)) if fields.len() == 1 => {
                let mut lines = readable(inner);
                match inner {
                    Value::Object(inner) if inner.len() > 1 => {
                        let fields = lines.iter().map(|line| format!("  {line}"));
                        std::iter::once(format!("{name}:")).chain(fields).collect()
                    }
                    _ => {
                        lines[0] = format!("{name}: {}", lines[0]);
                        lines
                    }
                }
            }
            None => vec!["{}".to_owned()],
            _ => fields.iter().map(|(name, value)| format!("{name} = {}", inline(value))).collect(),
        },
        other => vec![inline(other)],
    };
    // A text may have lines of its own.
    lines.iter().flat_map(|line| line.lines()).map(str::to_owned).collect()
}

/// A value within a line.
fn inline(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name} {}", inline(value)))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(expected: Value, got: Value) -> String {
        let (expected, got) = compared(Some(&expected), Some(&got));
        format!("{}\n  |\n{}", expected.join("\n"), got.join("\n"))
    }

    #[test]
    fn values_read_as_lines() {
        let facts = |tolerance| json!({"Ok": {"overlap": true, "tolerance": tolerance, "sizes": [2, 0]}});
        let all = [
            shown(json!("Alice"), json!(null)),
            shown(json!(["A: new", "B: new"]), json!(["A: new", "B: old"])),
            shown(json!([2, 0]), json!([])),
            shown(facts(1), facts(2)),
            shown(facts(1), json!({"Err": {"write-quorum": {"n": 3, "w": 0}}})),
            shown(json!({"Err": "no-replicas"}), json!({"Err": {"count": {"count": 1, "of": [{"a": 1}]}}})),
            shown(json!("3"), json!(3)),
            shown(json!(""), json!("two\nlines")),
            shown(json!([]), json!({})),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
        assert_eq!(compared(None, Some(&json!(1))), (vec![OVER.to_owned()], vec!["1".to_owned()]));
    }
}
