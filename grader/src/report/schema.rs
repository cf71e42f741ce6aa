//! Holds JSON against the schemas in `grader/schemas/`, in tests.
//!
//! No well-kept library can be had without other features in crates that the kernel is built with, and rust-analyzer
//! compiled twice. So the words that these schemas use are understood here, and any other word is a mistake; and
//! where Python has the package `jsonschema`, that says its word too.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Map, Value};

fn read(name: &str) -> (PathBuf, Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas").join(format!("{name}.schema.json"));
    let text = fs::read_to_string(&path).unwrap();
    (path, serde_json::from_str(&text).unwrap())
}

/// # Panics
/// When `value` is not as the schema says.
pub fn holds(name: &str, value: &Value) {
    let (_, schema) = read(name);
    let mut wrong = Vec::new();
    check(&schema, &schema, value, "$", &mut wrong);
    assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
}

/// Whether `value` is as the schema says.
pub fn accepts(name: &str, value: &Value) -> bool {
    let (_, schema) = read(name);
    let mut wrong = Vec::new();
    check(&schema, &schema, value, "$", &mut wrong);
    wrong.is_empty()
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let schema = match schema {
        Value::Bool(true) => return,
        Value::Bool(false) => return wrong.push(format!("{at} must not be there")),
        Value::Object(schema) => schema,
        other => panic!("{other} is no schema"),
    };
    for (word, says) in schema {
        check_word(root, schema, (word, says), value, at, wrong);
    }
}

fn check_word(
    root: &Value,
    schema: &Map<String, Value>,
    (word, says): (&str, &Value),
    value: &Value,
    at: &str,
    wrong: &mut Vec<String>,
) {
    let mut must = |holds: bool| {
        if !holds {
            wrong
                .push(format!("{at}: {word} {says}, and not {}", super::words::cut(&value.to_string(), 200)));
        }
    };
    let each = || says.as_object().unwrap().iter();
    match word {
        "$schema" | "$id" | "$defs" | "title" | "description" | "$comment" => {}
        "$ref" => {
            let target = root.pointer(says.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
            check(root, target, value, at, wrong);
        }
        "type" => {
            let kinds = says.as_array().cloned().unwrap_or_else(|| vec![says.clone()]);
            must(kinds.iter().any(|kind| is(value, kind.as_str().unwrap())));
        }
        "const" => must(value == says),
        "enum" => must(says.as_array().unwrap().contains(value)),
        "minimum" => must(value.as_f64().is_none_or(|n| n >= says.as_f64().unwrap())),
        "maximum" => must(value.as_f64().is_none_or(|n| n <= says.as_f64().unwrap())),
        "minLength" => {
            must(value.as_str().is_none_or(|s| s.chars().count() as u64 >= says.as_u64().unwrap()))
        }
        "maxLength" => {
            must(value.as_str().is_none_or(|s| s.chars().count() as u64 <= says.as_u64().unwrap()))
        }
        "pattern" => must(value.as_str().is_none_or(|text| matches(says.as_str().unwrap(), text))),
        "minItems" => must(value.as_array().is_none_or(|all| all.len() as u64 >= says.as_u64().unwrap())),
        "maxItems" => must(value.as_array().is_none_or(|all| all.len() as u64 <= says.as_u64().unwrap())),
        "required" => {
            let has = |key: &Value| value.get(key.as_str().unwrap()).is_some();
            must(!value.is_object() || says.as_array().unwrap().iter().all(has));
        }
        "properties" => {
            for (key, schema) in each() {
                if let Some(field) = value.get(key) {
                    check(root, schema, field, &format!("{at}.{key}"), wrong);
                }
            }
        }
        "additionalProperties" => {
            let known = |key: &str| schema.get("properties").is_some_and(|known| known.get(key).is_some());
            for (key, field) in value.as_object().into_iter().flatten().filter(|(key, _)| !known(key)) {
                check(root, says, field, &format!("{at}.{key}"), wrong);
            }
        }
        "items" => {
            for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                check(root, says, item, &format!("{at}[{place}]"), wrong);
            }
        }
        "anyOf" | "oneOf" => {
            let fits = |schema: &&Value| {
                let mut wrong = Vec::new();
                check(root, schema, value, at, &mut wrong);
                wrong.is_empty()
            };
            let fitting = says.as_array().unwrap().iter().filter(fits).count();
            must(if word == "oneOf" { fitting == 1 } else { fitting > 0 });
        }
        "allOf" => {
            for schema in says.as_array().unwrap() {
                check(root, schema, value, at, wrong);
            }
        }
        "if" => {
            let mut not = Vec::new();
            check(root, says, value, at, &mut not);
            let then = if not.is_empty() { schema.get("then") } else { schema.get("else") };
            if let Some(then) = then {
                check(root, then, value, at, wrong);
            }
        }
        "then" | "else" => {}
        unknown => panic!("the schema says {unknown}, which is not understood here"),
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

/// The patterns that the schemas use: `^`, `$`, characters, `\d`, and sets in brackets with `+` or a number.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern {
        "^submit/" => text.starts_with("submit/"),
        "^[0-9a-f]+$" => !text.is_empty() && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')),
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$" => {
            let form = "0000-00-00T00:00:00Z";
            text.len() == form.len()
                && text.chars().zip(form.chars()).all(|(c, f)| c == f || f == '0' && c.is_ascii_digit())
        }
        other => panic!("the pattern {other} is not understood here"),
    }
}

/// Holds values against a schema with Python's `jsonschema`, where it is there.
pub fn holds_in_python(name: &str, values: &[Value]) {
    const PROGRAM: &str = "
import json, sys
try:
    import jsonschema
except ImportError:
    sys.exit(3)
schema = json.load(open(sys.argv[1]))
checker = jsonschema.validators.validator_for(schema)
checker.check_schema(schema)
wrong = [e.json_path + ': ' + e.message[:300] for v in json.load(sys.stdin) for e in checker(schema).iter_errors(v)]
print('\\n'.join(wrong))
sys.exit(1 if wrong else 0)
";
    let skipped = |why: &str| {
        let _ = std::io::stderr().write_all(format!("SKIPPED: {name} by Python: {why}\n").as_bytes());
    };
    let started = Command::new("python3")
        .args(["-c", PROGRAM])
        .arg(read(name).0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut python = match started {
        Ok(python) => python,
        Err(why) => return skipped(&why.to_string()),
    };
    // One that has no jsonschema does not read.
    let _ = python.stdin.take().unwrap().write_all(serde_json::to_string(values).unwrap().as_bytes());
    let output = python.wait_with_output().unwrap();
    match output.status.code() {
        Some(3) => skipped("it has no package jsonschema"),
        code => assert_eq!(
            code,
            Some(0),
            "{name}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

mod tests {
    use serde_json::json;

    use super::super::{classroom50, exercism, github, gradescope, hostile, sample};
    use super::*;

    #[test]
    fn native_results_are_as_their_schema_says() {
        let classes = [sample::class(), hostile::class()].map(|class| serde_json::to_value(class).unwrap());
        for class in &classes {
            holds("results-1", class);
        }
        holds_in_python("results-1", &classes);
    }

    #[test]
    fn a_field_more_is_allowed_and_a_wrong_or_missing_one_is_not() {
        let class = serde_json::to_value(sample::class()).unwrap();
        let with = |pointer: &str, value: Value| {
            let mut class = class.clone();
            *class.pointer_mut(pointer).unwrap() = value;
            accepts("results-1", &class)
        };
        let mut more = class.clone();
        more["learners"][0]["exercises"][0]["later"] = json!("a field more");
        assert!(accepts("results-1", &more));
        assert!(!with("/schema", json!("replication-course/results/2")));
        assert!(!with("/learners/0/standing", json!("asleep")));
        assert!(!with("/learners/0/points", json!("8")));
        assert!(!with("/learners/0/exercises/0/outcome", json!(7)));
        for key in ["schema", "grader", "protection", "marking", "learners"] {
            let mut less = class.clone();
            less.as_object_mut().unwrap().remove(key);
            assert!(!accepts("results-1", &less), "{key}");
        }
    }

    #[test]
    fn other_programs_forms_hold_in_python_too() {
        let context = classroom50::Context::read(
            "classroom = 'c'\nassignment = 'a'\nsubmission = 'submit/x'\ncommit = 'c'\nrelease = 'r'\nreview = 'r'\n\
             datetime = 2026-11-20T10:00:00Z",
        )
        .unwrap();
        let (mut scope, mut room, mut hub, mut exer) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for class in [sample::class(), hostile::class()] {
            for learner in &class.learners {
                scope.push(gradescope::write(&class, learner));
                room.push(classroom50::write(&class, learner, &context).unwrap());
                hub.extend(github::steps(&class, learner).into_iter().map(|(_, value)| value));
                exer.extend(learner.exercises.iter().map(|graded| exercism::write(&class.marking, graded)));
            }
        }
        holds_in_python("gradescope-results", &scope);
        holds_in_python("classroom50-result", &room);
        holds_in_python("github-step", &hub);
        holds_in_python("exercism-results", &exer);
    }

    #[test]
    fn what_is_forbidden_elsewhere_is_refused() {
        assert!(!accepts("gradescope-results", &json!({"tests": [{"score": "5"}]})));
        assert!(!accepts("gradescope-results", &json!({"output": "neither score nor tests"})));
        assert!(!accepts("exercism-results", &json!({"version": 3, "status": "error", "tests": []})));
        assert!(!accepts(
            "github-step",
            &json!({"version": 1, "status": "passed", "max_score": 1, "tests": []})
        ));
        assert!(!accepts("classroom50-result", &json!({"schema": "classroom50/result/v1"})));
    }
}
