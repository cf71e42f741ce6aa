//! Compiler's messages, as the reader of a cell sees them: without anything of evcxr's generated code.

use evcxr::CompilationError;

/// What is shown of a cell that doesn't compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The kind of error: `error[E0382]`.
    pub name: String,
    /// The first message in one line.
    pub message: String,
    /// All that is shown, line by line.
    pub lines: Vec<String>,
}

/// The one message that matters first, whole, with `hint` below it; the others in a line each.
///
/// Where several are told, one is often the cause of the rest. The compiler reports in the order of its own passes, so
/// its first message in the cell's own lines is the one to begin with; warnings are no reason why a cell fails.
pub fn told(errors: &[CompilationError], hint: Option<String>) -> Told {
    let mut errors: Vec<&CompilationError> =
        errors.iter().filter(|error| error.level() != "warning").collect();
    errors.sort_by_key(|error| !error.is_from_user_code());
    let Some((first, rest)) = errors.split_first() else {
        let message = "the compiler refuses the cell and doesn't say why".to_string();
        return Told { name: "error".into(), lines: vec![format!("error: {message}")], message };
    };
    let mut lines = whole(first);
    lines.extend(hint.map(|hint| format!("hint: {hint}")));
    if !rest.is_empty() {
        let messages =
            if rest.len() == 1 { "1 more message".into() } else { format!("{} more messages", rest.len()) };
        lines.push(format!("\n{messages}, often from the same cause:"));
        lines.extend(rest.iter().map(|error| in_a_line(error)));
    }
    Told { name: name(first), message: first.message(), lines }
}

fn name(error: &CompilationError) -> String {
    error.code().map_or_else(|| "error".into(), |code| format!("error[{code}]"))
}

fn in_a_line(error: &CompilationError) -> String {
    let line = error.primary_spanned_message().and_then(|message| message.span).map(|span| span.start_line);
    let place = line.map_or_else(String::new, |line| format!("line {line}: "));
    format!("  {place}{}", error.message().lines().next().unwrap_or_default())
}

/// A message with the lines that it is about.
pub fn whole(error: &CompilationError) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", name(error), error.message())];
    for spanned in error.spanned_messages() {
        let Some(span) = &spanned.span else { continue };
        let (Some(first), Some(last)) = (spanned.lines.first(), spanned.lines.last()) else { continue };
        lines.push(format!("{:>4} | {first}", span.start_line));
        let last_line = first.chars().count() + 1;
        let (line_end, tail) = if span.start_line == span.end_line {
            (span.end_column, String::new())
        } else {
            (last_line, format!("{:>4} | {last}", span.end_line))
        };
        let width = line_end.saturating_sub(span.start_column).max(1);
        let indent = " ".repeat(span.start_column.saturating_sub(1));
        lines.push(format!("     | {indent}{} {}", "^".repeat(width), spanned.label).trim_end().to_string());
        if !tail.is_empty() {
            lines.push(tail);
        }
    }
    lines.extend(
        error
            .help()
            .iter()
            .flat_map(|help| format!("help: {help}").lines().map(str::to_string).collect::<Vec<_>>()),
    );
    lines.extend(error.evcxr_extra_hint().map(|hint| format!("note: {hint}")));
    lines
}
