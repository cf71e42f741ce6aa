//! `course quiz --interview`: the mock interview at a terminal.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::{Course, Problem, Verdict};
use crate::interview::plan::draw;
use crate::interview::state::{Event, Interview, Show};
use crate::interview::store::{FILE, Store};
use crate::progress::note_in;
use crate::question::banks;

/// What was asked for on the command line.
pub struct Asked {
    /// How long it may take, in minutes.
    pub minutes: u32,
    /// What to draw with; the next number without it.
    pub seed: Option<u64>,
    /// The chapters to ask about; all if there are none.
    pub chapters: Vec<u32>,
    /// Whether to begin anew, though one isn't over.
    pub new: bool,
}

/// How often the time that has passed is kept while somebody thinks.
const TICK: Duration = Duration::from_secs(10);

const LATER: &str = "`cargo course quiz --interview` goes on from here; the time until then doesn't count.";

/// What comes from whoever is interviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Input {
    /// A line.
    Line(String),
    /// Nothing, for a while.
    Silence,
    /// Nothing any more.
    End,
}

/// Runs the interview.
///
/// # Errors
/// When there is no plan, or the file with the interviews can't be read or written.
pub fn run(asked: &Asked, course: &Course) -> Result<Verdict, Problem> {
    let file = course.private(FILE);
    let mut store = Store::open(&file).map_err(|e| Problem::file("read", &file, &e, "make it readable"))?;
    let mut lines = Lines::of_standard_input();
    let terminal = std::io::stdin().is_terminal();
    let mut out = std::io::stdout();
    let unfinished = store.unfinished().filter(|interview| match goes_on(asked, terminal) {
        Some(goes_on) => goes_on,
        None => agrees(interview, &mut lines, &mut out),
    });
    let interview = match unfinished {
        Some(interview) => interview,
        None => begin(asked, &mut store)?,
    };
    let mut last = Instant::now();
    let mut patience = || {
        let input = lines.next(TICK);
        // Whole seconds: what is left over counts at the next time.
        let seconds = last.elapsed().as_secs();
        last += Duration::from_secs(seconds);
        (input, u32::try_from(seconds).unwrap_or(u32::MAX))
    };
    let progress = course.private("progress.jsonl");
    let mut keep = |event: &Event, interview: &Interview, before: usize| {
        interview.turns()[before..]
            .iter()
            .filter_map(|turn| turn.attempt())
            .for_each(|a| note_in(&progress, &a));
        store.keep(event.clone())
    };
    converse(interview, &mut patience, &mut keep, &mut out)
        .map_err(|e| Problem::file("write", &file, &e, "is the disk full or read-only?"))?;
    Ok(Verdict::Good)
}

/// Whether the unfinished interview goes on; nothing where somebody is there to be asked.
fn goes_on(asked: &Asked, terminal: bool) -> Option<bool> {
    let another = asked.new || asked.seed.is_some() || !asked.chapters.is_empty();
    match (another, terminal) {
        (true, _) => Some(false),
        (false, true) => None,
        (false, false) => Some(true),
    }
}

fn agrees(interview: &Interview, lines: &mut Lines, out: &mut impl Write) -> bool {
    let left = interview.screen().left.div_ceil(60);
    let _ = write!(
        out,
        "An interview of {} minutes isn't over: question {}, {left} min left. Go on with it? [Y/n] ",
        interview.plan().minutes,
        interview.turns().len() + 1
    );
    let _ = out.flush();
    loop {
        match lines.next(TICK) {
            Input::Silence => {}
            Input::Line(line) => return !line.trim().to_lowercase().starts_with('n'),
            Input::End => return true,
        }
    }
}

fn begin(asked: &Asked, store: &mut Store) -> Result<Interview, Problem> {
    let wish = store.wish(asked.minutes, asked.seed, asked.chapters.clone());
    let plan = draw(&wish, banks()).map_err(|no| {
        let chapters: Vec<String> = banks().iter().map(|bank| bank.chapter.to_string()).collect();
        Problem::new(
            format!("there is no interview of {} min: {no}", asked.minutes),
            format!("give more minutes, or other chapters: {}", chapters.join(", ")),
        )
    })?;
    if store.unfinished().is_some() {
        let _ = store.keep(Event::Stopped);
    }
    store.keep(Event::Begun(plan.clone())).map_err(|error| {
        Problem::new(
            format!("cannot keep the interview in .course/{FILE}: {error}"),
            "make the folder .course writable",
        )
    })?;
    Interview::begin(plan).map_err(|unknown| Problem::new(unknown.to_string(), "get a newer course"))
}

/// Asks, takes answers and keeps them, until it is over or nobody answers any more. `input` gives what comes next and
/// how many seconds have passed since the last time. `keep` is given each event, the interview after it, and how many
/// turns there were before.
///
/// # Errors
/// When an event can't be kept.
fn converse(
    mut interview: Interview,
    input: &mut impl FnMut() -> (Input, u32),
    keep: &mut impl FnMut(&Event, &Interview, usize) -> std::io::Result<()>,
    out: &mut impl Write,
) -> std::io::Result<()> {
    // Whoever closed the output hears nothing more; what was answered is kept all the same.
    let mut tell = |text: &str| {
        let _ = writeln!(out, "{text}\n").and_then(|()| out.flush());
    };
    let mut apply = |interview: &mut Interview, event: Event| {
        let before = interview.turns().len();
        interview.apply(&event);
        keep(&event, interview, before)
    };
    tell(interview.plan_figure("Your interview").as_text());
    tell(
        "`pass` goes on without an answer, `stop` ends the interview. Ctrl-C interrupts it: then go on later.\n\
         What you write of an answer before you interrupt is not kept.",
    );
    while !interview.over() {
        let screen = interview.screen();
        tell(screen.figure(true).as_text());
        if screen.text {
            tell("(Several lines are fine; an empty line ends your answer.)");
        }
        let mut draft: Vec<String> = Vec::new();
        let event = loop {
            let (came, seconds) = input();
            if seconds > 0 {
                let warned = interview.time_is_up();
                apply(&mut interview, Event::Ticked(seconds))?;
                if interview.time_is_up() && !warned {
                    tell("(The time is up. Finish this answer: it is the last one.)");
                }
            }
            match came {
                Input::Silence => {}
                Input::Line(line) => {
                    let command = if draft.is_empty() { line.trim() } else { "" };
                    match command {
                        "pass" => break Event::Passed,
                        "stop" => break Event::Stopped,
                        _ if line.trim().is_empty() && draft.is_empty() => {}
                        _ if !screen.text => break Event::Answered(line),
                        _ if line.trim().is_empty() => break Event::Answered(draft.join("\n")),
                        _ => draft.push(line),
                    }
                }
                // A file that ends with an answer has no empty line behind it.
                Input::End if !draft.is_empty() => break Event::Answered(draft.join("\n")),
                Input::End => {
                    tell(LATER);
                    return Ok(());
                }
            }
        };
        apply(&mut interview, event)?;
    }
    let screen = interview.screen();
    debug_assert!(screen.show == Show::Over, "the loop ends when it is over");
    tell(screen.figure(true).as_text());
    tell(interview.report().figure().as_text());
    Ok(())
}

/// Lines of standard input, read in a thread of their own so that time can be told while nobody writes.
struct Lines(Receiver<String>);

impl Lines {
    fn of_standard_input() -> Self {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut input = std::io::stdin().lock();
            let mut line = Vec::new();
            // Bytes that are no UTF-8 become marks, and the answer is judged without them.
            while input.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_string();
                line.clear();
                if sender.send(text).is_err() {
                    break;
                }
            }
        });
        Self(receiver)
    }

    fn next(&mut self, patience: Duration) -> Input {
        match self.0.recv_timeout(patience) {
            Ok(line) => Input::Line(line),
            Err(RecvTimeoutError::Timeout) => Input::Silence,
            Err(RecvTimeoutError::Disconnected) => Input::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interview::plan::{Plan, Slot};

    fn interview(minutes: u32, questions: &[&str]) -> Interview {
        let slot = |id: &&str| Slot { question: (*id).to_string(), minutes: 3 };
        Interview::begin(Plan { minutes, seed: 1, slots: questions.iter().map(slot).collect() }).unwrap()
    }

    /// What is shown, and the events that are kept, when these lines come, each after so many seconds; silence where
    /// there is no line.
    fn told(interview: Interview, lines: &[(u32, Option<&str>)]) -> (String, Vec<Event>) {
        let mut lines = lines.iter();
        let mut input = || match lines.next() {
            Some((seconds, Some(line))) => (Input::Line((*line).to_string()), *seconds),
            Some((seconds, None)) => (Input::Silence, *seconds),
            None => (Input::End, 0),
        };
        let (mut events, mut out) = (Vec::new(), Vec::new());
        let mut keep = |event: &Event, _: &Interview, _: usize| {
            events.push(event.clone());
            Ok(())
        };
        converse(interview, &mut input, &mut keep, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), events)
    }

    #[test]
    fn an_interview_at_the_terminal() {
        let lines = [
            (20, Some("Last write wins.")),
            (0, Some("")),
            (30, Some("The other client's write is lost,")),
            (5, Some("although it was acknowledged.")),
            (0, Some("")),
            (10, None),
            (40, Some("4")),
        ];
        insta::assert_snapshot!(told(interview(5, &["Q9.6", "Q6.1"]), &lines).0);
    }

    #[test]
    fn an_interruption_loses_the_draft_alone() {
        let plan = interview(5, &["Q6.1", "Q9.6"]);
        let (shown, events) = told(plan.clone(), &[(20, Some("4")), (15, None)]);
        assert!(shown.trim_end().ends_with(LATER), "{shown}");
        assert_eq!(events, [Event::Ticked(20), Event::Answered("4".into()), Event::Ticked(15)]);
        let mut kept = vec![Event::Begun(plan.plan().clone())];
        kept.extend(events);
        let again = Interview::replay(&kept).unwrap().unwrap();
        assert_eq!(again.screen().left, 5 * 60 - 35);
        let (shown, events) = told(again, &[(9, Some("pass"))]);
        assert!(shown.contains("2 of 2 · CONCEPT · LWW (take 3 min, 5 min left)"), "{shown}");
        assert_eq!(events, [Event::Ticked(9), Event::Passed]);
        assert!(shown.contains("The interview is over."), "{shown}");
    }

    #[test]
    fn the_last_answer_is_waited_for() {
        let lines = [(200, None), (200, None), (9, Some("4"))];
        let (shown, events) = told(interview(5, &["Q6.1", "Q9.6"]), &lines);
        assert_eq!(shown.matches("The time is up.").count(), 1, "{shown}");
        assert!(shown.contains("Your interview: 1 of 2 done"), "{shown}");
        assert_eq!(events.last(), Some(&Event::Answered("4".into())));
    }

    #[test]
    fn another_plan_is_another_interview() {
        let asked = |seed, new| Asked { minutes: 30, seed, chapters: Vec::new(), new };
        assert_eq!(goes_on(&asked(None, false), true), None, "somebody can be asked");
        assert_eq!(goes_on(&asked(None, false), false), Some(true));
        assert_eq!(goes_on(&asked(Some(3), false), false), Some(false));
        assert_eq!(goes_on(&asked(None, true), true), Some(false));
    }
}
