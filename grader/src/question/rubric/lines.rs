//! Lines that a person or an editor has broken in the middle of a sentence.

/// How many characters a line has at the least that was broken because it was full; shorter ones are items of a list.
const FULL: usize = 40;

/// The text with such lines joined: a full line that ends in the middle of a sentence, and one that goes on with a
/// small letter.
pub(super) fn joined(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = "";
    for (at, line) in text.lines().enumerate() {
        if at > 0 {
            out.push(if goes_on(before, line) { ' ' } else { '\n' });
        }
        out.push_str(line);
        before = line;
    }
    out
}

fn goes_on(before: &str, line: &str) -> bool {
    let before = before.trim_end();
    before.chars().count() >= FULL
        && before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | ')' | '"' | '”' | '’' | '\''))
        && line.trim_start().starts_with(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_lines_go_on_and_lists_stay() {
        let wrapped =
            "The time from a write on the leader until\nthe follower has applied it.\nMeasured in seconds.";
        assert_eq!(
            joined(wrapped),
            "The time from a write on the leader until the follower has applied it.\nMeasured in seconds."
        );
        for list in [
            "partition by chat\none leader for each\n",
            "- the leader stands where most participants are\n- queue\n",
            "A sentence that is full and ends here, with a stop.\nand another\n",
            "\n\nnothing before\n",
        ] {
            assert_eq!(joined(list).trim_end(), list.trim_end(), "{list}");
        }
    }
}
