//! A plan of faults as a learner writes it: what is understood, and what is refused with its line.

use replication_lab::time::Time;
use replication_lab::world::{Fault, Plan, PlanError, Planned};

use super::watch::sentence;
use super::{Refused, Ruling};

/// Most lines, comments included.
const MOST_LINES: usize = 20;
/// The longest line, in bytes.
const LONGEST_LINE: usize = 200;
/// The longest span that a fault may name: more than any run lasts.
const LONGEST_SPAN: Time = Time::s(60);

/// What a plan may hold.
pub(super) struct Terms {
    /// The nodes that may be named, in the order of their places in the world.
    pub names: &'static [&'static str],
    /// Most faults.
    pub most: usize,
    /// When the last one must have struck.
    pub until: Time,
}

/// Reads a plan that can be carried out.
///
/// # Errors
/// A ruling that names the first line which is not understood, or can't be carried out, and says what could stand
/// there.
pub(super) fn read(text: &str, terms: &Terms) -> Result<Plan, Ruling> {
    if text.lines().count() > MOST_LINES {
        let expected = format!("the end: a plan has {MOST_LINES} lines at the most");
        return Err(not_understood(MOST_LINES + 1, String::new(), expected));
    }
    let mut lines = Vec::new();
    let mut plan = Plan::none();
    for (number, line) in (1..).zip(text.lines()) {
        if line.len() > LONGEST_LINE {
            let why = format!("It is {} bytes long, and I read {LONGEST_LINE}.", line.len());
            return Err(not_understood(number, why, "a time and a fault, in one short line".into()));
        }
        let read = Plan::parse(line, terms.names).map_err(|error| not_read(number, &error.why, terms))?;
        for planned in read.0 {
            within(number, &planned, plan.0.len(), terms)?;
            plan.0.push(planned);
            lines.push(number);
        }
    }
    let (names, nodes) = (terms.names, terms.names.len());
    plan.validate(nodes).map_err(|error| impossible(&error, &plan, &lines, names))?;
    Ok(plan)
}

fn not_understood(line: usize, why: String, expected: String) -> Ruling {
    Refused { line, why, expected }.into()
}

fn not_read(line: usize, why: &str, terms: &Terms) -> Ruling {
    // What follows the first line of the explanation is the list of all faults, which the question has as well.
    let why = why.lines().next().unwrap_or_default().trim_end_matches(':');
    let expected = format!("a time and a fault, such as `2 s  {} crashes`", terms.names[0]);
    not_understood(line, sentence(why), expected)
}

/// Whether a fault keeps to the terms, `so_far` others being there.
fn within(line: usize, planned: &Planned, so_far: usize, terms: &Terms) -> Result<(), Ruling> {
    if so_far == terms.most {
        let why = format!("You have {so_far} faults already. What mends something counts as well.");
        return Err(not_understood(line, why, format!("no more than {} faults", terms.most)));
    }
    if planned.at > terms.until {
        let why = "It would strike too late to show anything.".to_owned();
        return Err(not_understood(line, why, format!("a time of at most {}", whole_seconds(terms.until))));
    }
    let span = match &planned.fault {
        Fault::Slow(_, span) | Fault::Delay(_, _, span) | Fault::SlowDisk(_, span) => *span,
        Fault::Clock(_, us) | Fault::Jump(_, us) => Time::us(us.unsigned_abs()),
        _ => Time::ZERO,
    };
    match span > LONGEST_SPAN {
        true => Err(not_understood(
            line,
            String::new(),
            format!("a span of at most {}", whole_seconds(LONGEST_SPAN)),
        )),
        false => Ok(()),
    }
}

fn whole_seconds(time: Time) -> String {
    format!("{} s", time.as_us() / 1_000_000)
}

fn impossible(error: &PlanError, plan: &Plan, lines: &[usize], names: &[&str]) -> Ruling {
    let (PlanError::NoSuchNode(planned, _)
    | PlanError::NotDown(planned)
    | PlanError::NotUp(planned)
    | PlanError::NotPaused(planned)
    | PlanError::Probability(planned)
    | PlanError::Groups(planned)
    | PlanError::Drift(planned)
    | PlanError::Past(planned, _)) = error;
    // Of two equal faults the later one can't be carried out.
    let place = plan.0.iter().rposition(|other| other == planned);
    let line = place.and_then(|place| lines.get(place)).copied().unwrap_or(1);
    let expected = format!("a fault that can strike then, and names only {}", names.join(", "));
    not_understood(line, sentence(&named(&error.to_string(), names)), expected)
}

/// A text in which nodes have numbers, with their names.
fn named(text: &str, names: &[&str]) -> String {
    let mut text = text.to_owned();
    for (number, name) in names.iter().enumerate().rev() {
        text = text.replace(&format!("#{number}"), name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms { names: &["A", "B", "C"], most: 2, until: Time::s(15) };

    fn refused(text: &str) -> String {
        let ruling = read(text, &TERMS).expect_err("it is refused");
        format!("{text}\n⇒ {:?}\n{}", ruling.holds, ruling.explanation)
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_line() {
        let all = [
            refused("A crashes"),
            refused("# first\n\n100 ms  A sleeps"),
            refused("100 ms  D crashes"),
            refused("100 ms  #7 crashes"),
            refused("100 ms  A crashes\n200 ms  A crashes"),
            refused("100 ms  A crashes\n200 ms  A goes on"),
            refused("200 ms  A restarts\n300 ms  A crashes"),
            refused("100 ms  partition: A | A B"),
            refused("1 ms  A crashes\n2 ms  B crashes\n3 ms  C crashes"),
            refused("20 s  A crashes"),
            refused("1 s  A takes 100 s for each event"),
            refused("1 s  clock of A jumps by -100 s"),
            refused("1 s  link A → B loses 7 of its messages"),
            refused(&format!("1 s  A crashes # {}", "x".repeat(300)))
                .split_once('⇒')
                .map(|(_, ruling)| ruling.to_owned())
                .unwrap_or_default(),
            refused(&"\n".repeat(50)).trim_start().to_owned(),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn comments_and_blank_lines_are_no_faults() {
        let plan = read("# a plan\n\n1 s  A crashes # for good\n  2.5 s  B pauses\n", &TERMS);
        assert_eq!(plan.expect("it is understood").0.len(), 2);
        assert_eq!(read("# nothing", &TERMS).expect("it is understood"), Plan::none());
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "([0-9]{1,22}|ms|s|us|A|B|crashes|pauses|restarts|link|→|is \
                                   cut|partition:|\\||#|clock of|jumps by|-|[ \n])*") {
            let _ = read(&text, &TERMS);
        }

        #[test]
        fn whatever_is_read_can_be_carried_out(text in "([0-9]{1,4} ms  (A|B) (crashes|restarts|pauses|goes on)\n){0,3}") {
            if let Ok(plan) = read(&text, &TERMS) {
                proptest::prop_assert!(plan.validate(3).is_ok() && plan.0.len() <= 2);
            }
        }
    }
}
