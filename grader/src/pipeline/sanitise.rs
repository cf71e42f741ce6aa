//! Text from a submission, made fit to print.

/// `text` with every character shown that a terminal or a reader's eye would take for something else: control
/// characters, direction overrides, zero-width characters. Line ends and tabs stay.
pub fn sanitise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() || is_invisible(c) => out.push_str(&format!("\\u{{{:X}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// [`sanitise`] for text that must stay on one line, such as a file's name.
pub fn sanitise_line(text: &str) -> String {
    sanitise(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// JSON text with the same characters escaped as JSON does it: they can stand in its strings only.
pub fn sanitise_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && (c.is_control() || is_invisible(c)) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Characters that change the order or the look of others: bidirectional controls, zero-width characters, tags,
/// line and paragraph separators, the byte order mark, interlinear annotations.
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x034F | 0x061C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E
        | 0x2060..=0x206F | 0x3164 | 0xFEFF | 0xFFA0 | 0xFFF9..=0xFFFB | 0xE0000..=0xE0FFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_direction_overrides_are_shown() {
        assert_eq!(sanitise("a\u{1b}[31mred\u{202e}x\r\n\tå"), "a\\u{1B}[31mred\\u{202E}x\\u{D}\n\tå");
        assert_eq!(sanitise_json("{\"a\": \"\u{202e}\u{9b}\"}\n"), "{\"a\": \"\\u202e\\u009b\"}\n");
        assert_eq!(sanitise_line("a\nb\u{7}"), "a\\nb\\u{7}");
    }
}
