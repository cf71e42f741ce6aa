//! E5.2 — Operational transformation: a change is rewritten to fit a text that others have changed meanwhile.

use grader::exercises::e5_2::{Beyond, Editor, Op};

/// Knows how to apply changes, and how to rewrite them.
pub struct Transformer;

impl Editor for Transformer {
    fn apply(text: &str, op: Op) -> Result<String, Beyond> {
        // BEGIN SOLUTION let _ = Beyond;\ntodo!("what is {text:?} after {op}?")
        let mut chars: Vec<char> = text.chars().collect();
        match op {
            Op::Insert { at, ch, .. } if at <= chars.len() => chars.insert(at, ch),
            Op::Delete { at } if at < chars.len() => drop(chars.remove(at)),
            _ => return Err(Beyond),
        }
        Ok(chars.into_iter().collect())
        // END SOLUTION
    }

    fn transform(op: Op, against: Op) -> Option<Op> {
        // BEGIN SOLUTION todo!("where does “{op}” belong when “{against}” has been applied?")
        match (op, against) {
            (Op::Insert { at, ch, site }, Op::Insert { at: other, site: other_site, .. }) => {
                let behind = other < at || (other == at && other_site < site);
                Some(Op::Insert { at: if behind { at + 1 } else { at }, ch, site })
            }
            (Op::Insert { at, ch, site }, Op::Delete { at: gone }) => {
                let at = if gone < at { at - 1 } else { at };
                Some(Op::Insert { at, ch, site })
            }
            (Op::Delete { at }, Op::Insert { at: new, .. }) => {
                let shifted = new <= at;
                Some(Op::Delete { at: if shifted { at + 1 } else { at } })
            }
            (Op::Delete { at }, Op::Delete { at: gone }) => {
                if gone == at {
                    return None;
                }
                let before = gone < at;
                Some(Op::Delete { at: if before { at - 1 } else { at } })
            }
        }
        // END SOLUTION
    }

    fn transform_lists(first: &[Op], second: &[Op]) -> (Vec<Op>, Vec<Op>) {
        // BEGIN SOLUTION todo!("rewrite {} changes and {} changes against each other", first.len(), second.len())
        let mut second = second.to_vec();
        let mut first_after = Vec::new();
        for op in first {
            let mut carried = Some(*op);
            let mut passed = Vec::new();
            for other in second {
                let Some(mine) = carried else {
                    passed.push(other);
                    continue;
                };
                passed.extend(Self::transform(other, mine));
                carried = Self::transform(mine, other);
            }
            first_after.extend(carried);
            second = passed;
        }
        (first_after, second)
        // END SOLUTION
    }
}
