//! E1.2 — Who must acknowledge a commit.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e1_2::{Blocked, ListError, Rule, Standby, SyncState};

/// What `synchronous_standby_names` says when it is set to `text`.
///
/// # Errors
/// When the text is no list of standbys, or waits for none although it names some.
pub fn parse(text: &str) -> Result<Rule, ListError> {
    // BEGIN SOLUTION todo!("read {text}")
    let text = text.trim();
    if text.is_empty() {
        return Ok(Rule::Nobody);
    }
    let (head, list) = match outside_quotes(text, '(').first() {
        None => ("1", text),
        Some(open) => {
            let inside = text[open + 1..].strip_suffix(')').ok_or(ListError::Syntax)?;
            (&text[..*open], inside)
        }
    };
    let words: Vec<&str> = head.split_whitespace().collect();
    let (any, number) = match words[..] {
        [number] => (false, number),
        [word, number] if word.eq_ignore_ascii_case("FIRST") => (false, number),
        [word, number] if word.eq_ignore_ascii_case("ANY") => (true, number),
        _ => return Err(ListError::Syntax),
    };
    let count: u32 = number.parse().map_err(|_| ListError::Syntax)?;
    let mut names = Vec::new();
    let mut start = 0;
    for comma in outside_quotes(list, ',') {
        names.push(name(&list[start..comma])?);
        start = comma + 1;
    }
    names.push(name(&list[start..])?);
    if count == 0 {
        return Err(ListError::Zero);
    }
    Ok(if any { Rule::Any { count, names } } else { Rule::First { count, names } })
    // END SOLUTION
}

/// Up to which position commits are released: what enough of the standbys have on their disks. The leader has its own
/// log up to `leader`.
///
/// # Errors
/// When fewer standbys of the list are connected than it takes: then no commit is released.
pub fn released(rule: &Rule, leader: u64, standbys: &[Standby]) -> Result<u64, Blocked> {
    // BEGIN SOLUTION todo!("{rule}, leader at {leader}: what do enough of {standbys:?} have?")
    let Some((count, names)) = list(rule) else {
        return Ok(leader);
    };
    let candidates = candidates(names, standbys);
    if candidates.len() < count as usize {
        return Err(Blocked {
            needed: count,
            matching: candidates.iter().map(|place| standbys[*place].application_name.clone()).collect(),
            connected: standbys.iter().map(|standby| standby.application_name.clone()).collect(),
        });
    }
    let mut flushed: Vec<u64> = candidates.iter().map(|place| standbys[*place].flushed).collect();
    if matches!(rule, Rule::Any { .. }) {
        flushed.sort_by(|a, b| b.cmp(a));
    }
    flushed.truncate(count as usize);
    Ok(flushed.into_iter().min().unwrap_or(leader))
    // END SOLUTION
}

/// The part that each standby has, in their order.
pub fn states(rule: &Rule, standbys: &[Standby]) -> Vec<SyncState> {
    // BEGIN SOLUTION todo!("{rule}: what part has each of {standbys:?}?")
    let Some((count, names)) = list(rule) else {
        return vec![SyncState::Async; standbys.len()];
    };
    let mut states = vec![SyncState::Async; standbys.len()];
    for (rank, place) in candidates(names, standbys).into_iter().enumerate() {
        states[place] = match rule {
            Rule::Any { .. } => SyncState::Quorum,
            _ if rank < count as usize => SyncState::Sync,
            _ => SyncState::Potential,
        };
    }
    states
    // END SOLUTION
}
// BEGIN SOLUTION

/// How many of which names; nothing if a commit waits for nobody.
fn list(rule: &Rule) -> Option<(u32, &[String])> {
    match rule {
        Rule::Nobody => None,
        Rule::First { count, names } | Rule::Any { count, names } => Some((*count, names)),
    }
}

/// The places of the standbys that the list names, in the order of the list.
fn candidates(names: &[String], standbys: &[Standby]) -> Vec<usize> {
    let mut candidates = Vec::new();
    for (place, standby) in standbys.iter().enumerate() {
        let matches = |name: &String| name == "*" || name.eq_ignore_ascii_case(&standby.application_name);
        if let Some(priority) = names.iter().position(matches) {
            candidates.push((priority, place));
        }
    }
    candidates.sort();
    candidates.into_iter().map(|(_, place)| place).collect()
}

/// Where a character stands in a text, but for what is in double quotes.
fn outside_quotes(text: &str, wanted: char) -> Vec<usize> {
    let mut places = Vec::new();
    let mut quoted = false;
    for (place, character) in text.char_indices() {
        if character == '"' {
            quoted = !quoted;
        }
        if character == wanted && !quoted {
            places.push(place);
        }
    }
    places
}

/// A name, from what stands between two commas.
fn name(part: &str) -> Result<String, ListError> {
    let part = part.trim();
    if let Some(rest) = part.strip_prefix('"') {
        let inside = rest.strip_suffix('"').ok_or(ListError::Syntax)?;
        return Ok(inside.replace("\"\"", "\""));
    }
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    if part == "*" || (!part.is_empty() && part.chars().all(plain)) {
        return Ok(part.to_owned());
    }
    Err(ListError::NotAName(part.to_owned()))
}
// END SOLUTION
