//! The class of [`sample`](super::sample) with hostile texts wherever a stranger's text can stand, for tests.

use serde_json::Value;

use super::sample;
use crate::grading::Results;

/// Texts that do harm to one reader or another.
pub fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "<script>alert(1)</script>",
        "</script><script>alert(2)</script>",
        "\"><img src=x onerror=alert(3)>",
        "<a href=\"javascript:alert(4)\" data-commandlinker-command=\"x\">y</a>",
        "' onmouseover='alert(5)' style='position:fixed",
        "<!-- --><style>*{display:none}</style></pre></code></td></table></details>",
        "&lt;b&gt; &amp;amp; &#60;i&#62;",
        "[click](javascript:alert(6)) ![x](https://evil.example/t.png) <https://evil.example> www.evil.example @everyone #1",
        "[ref]: https://evil.example \"x\"",
        "# heading\n\n> quote\n\n- [ ] task\n\n| a | b |\n|---|---|\n| c | d |\n",
        "```\n</code> out of the fence\n````\n~~~\n",
        "` `` ``` *a* **b** _c_ ~~d~~ $e$ $$f$$ [^1] :smile: ==g==",
        "a | b || c \\| d \\",
        "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7} \u{1b}]8;;https://evil.example\u{7}link\u{1b}]8;;\u{7} \u{9b}31m",
        "\u{202e}txt.exe\u{202c} \u{2066}x\u{2069} \u{200f}",
        "zero\u{200b}width\u{feff} soft\u{ad}hyphen \u{e0041}",
        "nul\u{0}bell\u{7}backspace\u{8}form\u{c}escape\u{1b}delete\u{7f}next\u{85}",
        "\u{fffe}\u{ffff}\u{fdd0}\u{1fffe}",
        "]]>]]&gt;<![CDATA[x]]> <?xml version='1.0'?> <!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>&b;",
        "=HYPERLINK(\"https://evil.example\",\"x\")",
        "+1+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(1)",
        "\t=1+1",
        "\r=1+1",
        " =1+1",
        "Doe, \"Jane\"\r\n,extra,row",
        "line one\nline two\r\nline three\u{2028}line four",
        "::notice title=Autograding report::{\"totalPoints\":100,\"maxPoints\":100}",
        "text\n::add-mask::1\n  ::stop-commands::x\n##[error]y\n##[add-mask]2\r::error::z",
        "{{7*7}} {% raw %} {{ config }} ${7*7} #{7*7} <%= 7*7 %>",
        "../../../etc/passwd",
        "CON",
        "e\u{301}\u{302}\u{303} \u{1f469}\u{200d}\u{1f4bb} \u{1f1e9}\u{1f1ea} 漢字 ﷽",
        "",
        " ",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("long ".repeat(2_000));
    texts.push("<".repeat(10_000));
    texts
}

/// Fields whose texts the grader itself makes from a closed list; a file with other ones is no results.
const OURS: [&str; 14] = [
    "schema",
    "standing",
    "is",
    "outcome",
    "level",
    "sandbox",
    "partial_credit",
    "attempts",
    "kind",
    "reason",
    "reach",
    "exercise",
    "mark",
    "during",
];

/// A text for each field in turn, so that each text comes to stand in many kinds of fields. A learner's key stays
/// told apart by a number.
pub fn class() -> Results {
    let mut value = serde_json::to_value(sample::class()).unwrap();
    let texts = texts();
    let mut next = 0;
    for learner in value["learners"].as_array_mut().unwrap() {
        spoil(learner, &texts, &mut next);
        next += 1;
        learner["learner"] = Value::from(format!("{}{next}", texts[next % texts.len()]));
        learner["notes"] = Value::from(texts.clone());
        for graded in learner["exercises"].as_array_mut().unwrap() {
            if let Some(seen) = graded.get_mut("assessment") {
                let all = texts.join("\n");
                seen["printed"] = serde_json::json!({"stdout": all, "stderr": all, "cut": true});
            }
        }
    }
    value["notes"] = Value::from(texts.clone());
    value["grader"] = Value::from(texts[0].clone());
    serde_json::from_value(value).unwrap()
}

fn spoil(value: &mut Value, texts: &[String], next: &mut usize) {
    match value {
        Value::Object(fields) => {
            // Of a broken rule, a refused file and a judge who is not sure, `why` is any text; of a fault it is its kind.
            let any_why = ["rule", "is", "level"].iter().any(|key| fields.contains_key(*key));
            // Of an attempt it is a moment.
            let is_attempt = fields.contains_key("called_late");
            for (key, field) in fields.iter_mut() {
                let ours = match key.as_str() {
                    "why" => !any_why,
                    "verdict" => field.is_string(),
                    "at" => is_attempt,
                    key => OURS.contains(&key),
                };
                if !ours {
                    spoil(field, texts, next);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| spoil(item, texts, next)),
        Value::String(text) => {
            *next += 1;
            *text = texts[*next % texts.len()].clone();
        }
        _ => {}
    }
}

/// # Panics
/// When a text in it holds what a terminal or an eye takes for something else.
pub fn is_fit_to_print(value: &Value) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, field)| {
            is_fit_to_print(&Value::from(key.clone()));
            is_fit_to_print(field);
        }),
        Value::Array(items) => items.iter().for_each(is_fit_to_print),
        Value::String(text) => {
            assert_eq!(*text, crate::pipeline::sanitise(text));
            assert!(!text.contains('\r'), "{text:?}");
        }
        _ => {}
    }
}

#[test]
fn every_text_comes_to_stand_in_the_class() {
    let json = serde_json::to_string(&class()).unwrap();
    for text in texts() {
        let quoted = serde_json::to_string(&text).unwrap();
        assert!(json.contains(quoted.trim_matches('"')), "{text:?}");
    }
    let class = class();
    let scenarios =
        class.learners.iter().flat_map(|one| &one.exercises).flat_map(|graded| &graded.assessment);
    assert!(scenarios.flat_map(|seen| &seen.report.scenarios).any(|scenario| scenario.run.is_some()));
}
