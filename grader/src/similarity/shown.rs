//! Evidence as text for a terminal, and as a page.

use minijinja::Environment;
use minijinja::value::Serde;

use super::{Evidence, Lines, Pair, Passage};
use crate::pipeline::sanitise;

/// Of a column of code, in characters.
const WIDTH: usize = 54;
/// So many lines of a passage are shown on a terminal.
const LINES: usize = 12;

impl Evidence {
    /// For a terminal.
    pub fn text(&self) -> String {
        let mut out = format!("{}\n", self.about);
        for (nth, pair) in self.pairs.iter().enumerate() {
            out.push_str(&of_pair(nth + 1, pair));
        }
        for group in &self.identical {
            out.push_str(&format!(
                "\nThe same to the byte, {}: {}\n",
                group.exercise,
                group.learners.join(", ")
            ));
        }
        out.push_str(&self.closing());
        sanitise(&out)
    }

    fn closing(&self) -> String {
        let pairs = match self.pairs.len() {
            0 => "no two answers that are alike".to_owned(),
            1 => "1 pair".to_owned(),
            shown => format!("{shown} pairs"),
        };
        let pairs = match self.left_out {
            0 => pairs,
            more => format!("{pairs}, and {more} more: `--most N` shows them"),
        };
        let most = self.sieve.most(self.learners);
        let mut out = format!(
            "\nOf {} learners, {pairs}. Left out: what the stub has, and what more than {most} learners have.\n",
            self.learners
        );
        if !self.with_behaviour {
            out.push_str("Behaviour was not compared: the folder was not graded yet.\n");
        }
        out
    }

    /// As a page of HTML, which loads nothing and runs nothing. Every text in it is escaped.
    ///
    /// # Panics
    /// Never: the template is a part of this program, and its tests render it.
    pub fn page(&self) -> String {
        let mut page = Environment::new();
        page.add_template("similar.html", include_str!("similar.html")).expect("the template is well-formed");
        let template = page.get_template("similar.html").expect("it was just added");
        sanitise(&template.render(Serde(self)).expect("plain data renders"))
    }
}

fn of_pair(number: usize, pair: &Pair) -> String {
    let mut out = format!("\n── {number}. {} and {}: {} {} ──\n", pair.a, pair.b, pair.exercise, pair.title);
    if let Some(code) = &pair.code {
        out.push_str(&format!(
            "{} % of the code: {} of {} fingerprints of the smaller answer are in the other one too.\n",
            code.percent, code.shared, code.of
        ));
        out.extend(code.passages.iter().map(|passage| side_by_side(pair, passage)));
    }
    for same in &pair.behaviour {
        out.push_str(&format!(
            "Both are wrong in the same way, as {} of {} are: {} ({})\n",
            same.by, same.of, same.title, same.scenario
        ));
        out.extend(same.seen.lines().map(|line| format!("    {line}\n")));
    }
    out
}

fn side_by_side(pair: &Pair, passage: &Passage) -> String {
    let Passage { a, b, tokens } = passage;
    let mut out =
        format!("{}:{}–{} and {}:{}–{}, {tokens} tokens\n", pair.a, a.from, a.to, pair.b, b.from, b.to);
    let lines = a.text.len().max(b.text.len());
    for nth in 0..lines.min(LINES) {
        let row = format!("  {}│ {}", cell(a, nth), cell(b, nth));
        out.push_str(row.trim_end());
        out.push('\n');
    }
    if lines > LINES {
        out.push_str(&format!("  … {} lines more: `--out FOLDER` shows all\n", lines - LINES));
    }
    out
}

/// A numbered line, as wide as its column.
fn cell(lines: &Lines, nth: usize) -> String {
    let text =
        lines.text.get(nth).map(|line| format!("{:>4} {}", lines.from + nth, line.replace('\t', "    ")));
    let text = text.unwrap_or_default();
    let cut: String = text.chars().take(WIDTH).collect();
    format!("{cut:<WIDTH$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similarity::{Code, Identical, Same, Sieve};

    const HOSTILE: &str = "</pre><script>alert(1)</script>&\"'{{ 7 * 7 }}";

    fn hostile() -> Evidence {
        let lines = |from: usize, text: &[&str]| Lines {
            from,
            to: from + text.len() - 1,
            text: text.iter().map(|line| (*line).to_owned()).collect(),
        };
        Evidence {
            schema: "replication-course/similar/1",
            about: "No verdict.",
            sieve: Sieve::default(),
            learners: 3,
            with_behaviour: true,
            pairs: vec![Pair {
                a: "ann".into(),
                b: HOSTILE.into(),
                exercise: "E6.1".into(),
                title: "Quorum facts".into(),
                code: Some(Code {
                    percent: 84,
                    shared: 21,
                    of: 25,
                    passages: vec![Passage {
                        a: lines(9, &["let x = 1;", "\tf(x)"]),
                        b: lines(20, &[HOSTILE, "// \u{202e}", "}"]),
                        tokens: 30,
                    }],
                }),
                behaviour: vec![Same {
                    scenario: "facts".into(),
                    title: "N = 3".into(),
                    seen: format!("7 instead of 1\n{HOSTILE}"),
                    by: 2,
                    of: 3,
                }],
            }],
            left_out: 2,
            identical: vec![Identical {
                exercise: "E6.2".into(),
                learners: vec!["ann".into(), HOSTILE.into()],
            }],
        }
    }

    #[test]
    fn pairs_are_shown_side_by_side() {
        insta::assert_snapshot!(hostile().text());
    }

    #[test]
    fn the_page_runs_nothing_of_strangers() {
        let page = hostile().page();
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
        assert!(!page.contains('\u{202e}'), "{page}");
        assert!(page.contains("{{ 7 * 7 }}"), "what looks like a template is text: {page}");
        assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"), "{page}");
        insta::assert_snapshot!(page);
    }
}
