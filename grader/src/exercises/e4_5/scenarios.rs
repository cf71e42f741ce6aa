//! The scenarios of E4.5.

use std::collections::{BTreeMap, BTreeSet};

use replication_lab::history::{Action, History, Op, Verdict, consistent_prefix};
use replication_lab::rng::{Rng, Stream};
use replication_lab::trace::{Entry, Event, NodeId, Trace};

use super::{Message, NoPartitions, Placement, Time};
use crate::exercise::{Recorder, Task};
use crate::exercises::number::significant;

/// How much more than its fair share the hottest partition may have where all can be spread.
const EVEN: f64 = 1.5;

/// The step that tells what readers saw, for the judge.
const HOLES: &str = "seen with a hole";

pub(super) fn drive<P: Placement>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "w4-2" => w4_2::<P>(notes),
        "delays" => delays::<P>(task.seed, notes),
        "stays" => stays::<P>(notes),
        "spread" => spread::<P>(notes),
        "none" => none::<P>(notes),
        "loads" => loads::<P>(notes),
        "share" => share::<P>(notes),
        "hot" => hot::<P>(task.seed, notes),
        other => panic!("E4.5 has no scenario {other:?}"),
    }
}

fn message(id: u64, conversation: u64, thread: u64, author: &str, sent: Time, text: &str) -> Message {
    Message { id, conversation, thread, author: author.to_owned(), sent, text: text.to_owned() }
}

/// Where each message is; notes it if one is nowhere, or beyond the last partition.
fn places<P: Placement>(
    messages: &[Message],
    partitions: usize,
    split: &BTreeSet<u64>,
    notes: &Recorder,
) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    for message in messages {
        match P::partition_of(message, partitions, split) {
            Ok(place) if place < partitions => places.push(place),
            other => {
                let other = other.map_err(|why| why.to_string());
                notes.step(format!("message {} on one of {partitions} partitions", message.id), other);
                return None;
            }
        }
    }
    Some(places)
}

/// What a reader who looks at a moment sees wrongly of some messages that belong together, which are given in their
/// order: each with its place, and replicated as late as its partition is.
fn hole(together: &[(&Message, usize)], delays: &[Time], at: Time) -> Option<String> {
    let op = |client: &str, message: &Message, action, began| Op {
        client: client.to_owned(),
        key: format!("message {}", message.id),
        action,
        began,
        ended: Some(began),
    };
    let text = |message: &Message| message.text.clone();
    let writes = together.iter().map(|(m, _)| op(&m.author, m, Action::Write(text(m)), m.sent));
    let reads = together.iter().map(|(m, place)| {
        let seen = m.sent + delays[*place] <= at;
        op("cat", m, Action::Read(seen.then(|| text(m)).into_iter().collect()), at)
    });
    let count = together.len();
    let log: Vec<usize> = (0..count).collect();
    let look: Vec<usize> = (count..2 * count).collect();
    match consistent_prefix(&History(writes.chain(reads).collect()), &log, &[look]) {
        Verdict::Violated(witness) => Some(witness.why),
        Verdict::Holds | Verdict::Unknown(_) => None,
    }
}

/// The messages by what they must not be torn apart from, in their order.
fn groups<'m>(
    messages: &'m [Message],
    places: &[usize],
    by: impl Fn(&Message) -> u64,
) -> BTreeMap<u64, Vec<(&'m Message, usize)>> {
    let mut groups: BTreeMap<u64, Vec<(&Message, usize)>> = BTreeMap::new();
    for (message, place) in messages.iter().zip(places) {
        groups.entry(by(message)).or_default().push((message, *place));
    }
    groups
}

/// A question and its answer. One partition's followers are 800 ms late, the other one's 50 ms; the reader looks at
/// 300 ms.
fn w4_2<P: Placement>(notes: &Recorder) {
    let people = ["ann", "bob", "cem", "dora", "eve", "finn", "gül", "hal", "ida"];
    let mut messages = Vec::new();
    for number in 1..people.len() as u64 {
        let (asks, answers) = (people[number as usize - 1], people[number as usize]);
        let first = 2 * number - 1;
        messages.push(message(first, number, first, asks, Time::ZERO, "How much is it?"));
        messages.push(message(first + 1, number, first, answers, Time::ms(100 + number), "$42"));
    }
    let split = BTreeSet::new();
    let Some(places) = places::<P>(&messages, 2, &split, notes) else { return };
    let groups = groups(&messages, &places, |message| message.conversation);
    for delays in [[800, 50], [50, 800], [800, 800], [50, 50]].map(|delays| delays.map(Time::ms)) {
        let what = format!("A {} late, B {} late, at 300 ms: {HOLES}", delays[0], delays[1]);
        let holes: Vec<String> = groups
            .iter()
            .filter_map(|(number, group)| {
                Some(format!("conversation {number}: {}", hole(group, &delays, Time::ms(300))?))
            })
            .collect();
        notes.step(&what, &holes);
        if !holes.is_empty() {
            let shown = groups.values().find(|group| hole(group, &delays, Time::ms(300)).is_some());
            return draw(&what, shown.map_or(&[], Vec::as_slice), &delays, notes);
        }
    }
}

/// One conversation of W4.2 as a run.
fn draw(what: &str, group: &[(&Message, usize)], delays: &[Time], notes: &Recorder) {
    let mut nodes: Vec<String> = group.iter().map(|(message, _)| message.author.clone()).collect();
    let authors = nodes.len();
    nodes.extend(["A, leader", "B, leader", "A, follower", "B, follower", "cat"].map(str::to_owned));
    let node = |place: usize| NodeId(place as u16);
    let cat = node(authors + 4);
    let note = |at, node, text| Entry { at, event: Event::Note { node, text } };
    let mut entries = vec![note(Time::ZERO, cat, format!("begins: {what}"))];
    for (number, (message, place)) in group.iter().enumerate() {
        let (leader, follower) = (node(authors + place), node(authors + 2 + place));
        let hops = [(node(number), leader, Time::ZERO), (leader, follower, delays[*place])];
        for (hop, (from, to, late)) in hops.into_iter().enumerate() {
            let id = 2 * number as u64 + hop as u64;
            let label = message.text.as_str().into();
            let at = message.sent;
            entries.push(Entry { at, event: Event::Send { message: id, from, to, label } });
            entries.push(Entry { at: at + late, event: Event::Deliver { message: id, from, to } });
        }
    }
    let seen: Vec<&str> = group
        .iter()
        .filter(|(message, place)| message.sent + delays[*place] <= Time::ms(300))
        .map(|(message, _)| message.text.as_str())
        .collect();
    entries.push(note(Time::ms(300), cat, format!("sees {}", seen.join(", then "))));
    entries.sort_by_key(|entry| entry.at);
    notes.keep_run(&Trace { nodes, entries });
}

/// Conversations with threads, over four partitions whose delays are drawn again and again.
fn delays<P: Placement>(seed: u64, notes: &Recorder) {
    let mut rng = Rng::new(seed, Stream::Workload);
    let messages = chat(&mut rng, 12, 240, |rng| 1 + rng.below(12));
    let split = BTreeSet::new();
    let Some(places) = places::<P>(&messages, 4, &split, notes) else { return };
    let groups = groups(&messages, &places, |message| message.conversation);
    let mut holes = BTreeSet::new();
    for _ in 0..40 {
        let delays: Vec<Time> = (0..4).map(|_| Time::ms(1 + rng.below(1_000))).collect();
        let at = Time::ms(rng.below(4_000));
        holes.extend(
            groups.iter().filter(|(_, group)| hole(group, &delays, at).is_some()).map(|(number, _)| *number),
        );
    }
    notes.step(format!("12 conversations, 4 partitions, 40 readers: {HOLES}"), holes);
}

/// Messages 10 ms after one another, in conversations that are drawn. A third of them begins a thread.
fn chat(rng: &mut Rng, people: u64, count: u64, conversation: impl Fn(&mut Rng) -> u64) -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    let mut threads: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for id in 1..=count {
        let number = conversation(rng);
        let open = threads.entry(number).or_default();
        let thread = match rng.below(3) {
            0 => id,
            _ if open.is_empty() => id,
            _ => open[rng.below(open.len() as u64) as usize],
        };
        if thread == id {
            open.push(id);
        }
        let author = format!("user {}", rng.below(people));
        messages.push(message(id, number, thread, &author, Time::ms(10 * id), &format!("text {id}")));
    }
    messages
}

/// What happens to a message.
type Change = fn(&mut Message);

/// From a conversation's number to its id.
type Numbering = fn(u64) -> u64;

/// A message is edited, sent again, read by another process.
fn stays<P: Placement>(notes: &Recorder) {
    let split = BTreeSet::from([99]);
    let kinds: [(&str, Change); 4] = [
        ("its text is edited", |message| message.text.push('!')),
        ("it is sent later", |message| message.sent += Time::s(60)),
        ("its author is renamed", |message| message.author.push_str(" (retired)")),
        ("it is sent again under another id", |message| message.id += 1_000_000),
    ];
    let mut moved: BTreeMap<&str, usize> = kinds.iter().map(|(what, _)| (*what, 0)).collect();
    for number in 1..=200u64 {
        // Half of them in the conversation that is split.
        let conversation = if number % 2 == 0 { 99 } else { number };
        let before =
            message(1_000 + number, conversation, 500 + number / 4, "ann", Time::ms(10 * number), "hello");
        let place = P::partition_of(&before, 8, &split);
        for (what, change) in kinds {
            let mut after = before.clone();
            change(&mut after);
            if P::partition_of(&after, 8, &split) != place {
                *moved.entry(what).or_default() += 1;
            }
        }
    }
    for (what, moved) in moved {
        notes.step(format!("of 200 messages on 8 partitions, moved when {what}"), moved);
    }
    let alone = message(1, 7, 1, "ann", Time::ZERO, "hello");
    notes.step("the only partition", P::partition_of(&alone, 1, &split).map_err(|why| why.to_string()));
}

/// How the hottest partition compares with a fair share.
fn evenness(messages: &[Message], places: &[usize], partitions: usize) -> String {
    let mut loads = vec![0usize; partitions];
    for place in places {
        loads[*place] += 1;
    }
    let share = loads.into_iter().max().unwrap_or(0) as f64 / messages.len() as f64;
    match share * partitions as f64 <= EVEN {
        true => format!("at most {EVEN} times its fair share"),
        false => format!("{} %", (100.0 * share) as u64),
    }
}

fn spread<P: Placement>(notes: &Recorder) {
    let split = BTreeSet::new();
    let cases: [(&str, Numbering); 3] = [
        ("conversations are numbered one by one", |number| number),
        ("conversations are numbered in steps of 16", |number| 16 * number),
        ("conversation ids carry the year above 40 bits of a counter", |number| 2_024 << 40 | number),
    ];
    for (what, id) in cases {
        for partitions in [3, 8] {
            let messages: Vec<Message> = (0..20_000u64)
                .map(|n| {
                    let conversation = id(n % 2_000 + 1);
                    message(n + 1, conversation, n % 2_000 + 1, "ann", Time::ms(n), "hello")
                })
                .collect();
            let Some(places) = places::<P>(&messages, partitions, &split, notes) else { return };
            let what = format!("{what}: the hottest of {partitions} partitions has");
            notes.step(what, evenness(&messages, &places, partitions));
        }
    }
}

fn none<P: Placement>(notes: &Recorder) {
    let (split, one) = (BTreeSet::new(), message(1, 7, 1, "ann", Time::ZERO, "hello"));
    let why = |why: NoPartitions| why.to_string();
    notes.step("a message on 0 partitions", P::partition_of(&one, 0, &split).map_err(why));
    notes.step("the loads of 0 partitions", P::loads(&[one], 0, &split).map_err(why));
    notes.step("the loads of 0 partitions without messages", P::loads(&[], 0, &split).map_err(why));
}

/// Loads are compared with where the messages go.
fn loads<P: Placement>(notes: &Recorder) {
    let split = BTreeSet::from([2]);
    let mut rng = Rng::new(4, Stream::Workload);
    let few = chat(&mut rng, 5, 3, |_| 1);
    let some = chat(&mut rng, 5, 300, |rng| 1 + rng.below(5));
    for (what, messages, partitions) in [
        ("300 messages of 5 conversations on 4 partitions", &some[..], 4),
        ("3 messages of one conversation on 16 partitions", &few[..], 16),
        ("no messages on 4 partitions", &[], 4),
    ] {
        let Some(places) = places::<P>(messages, partitions, &split, notes) else { return };
        let mut counted = vec![0u64; partitions];
        for place in places {
            counted[place] += 1;
        }
        let loads = P::loads(messages, partitions, &split);
        let got = match loads {
            Ok(loads) if loads == counted => "what is there".to_owned(),
            other => format!("{other:?}, and there are {counted:?}"),
        };
        notes.step(format!("the loads of {what}"), got);
    }
}

fn share<P: Placement>(notes: &Recorder) {
    let cases: [&[u64]; 7] =
        [&[10, 30, 0], &[5, 5, 5, 5], &[7], &[0, 0, 9], &[0, 0, 0], &[], &[1, 999_999_999_999]];
    for loads in cases {
        notes.step(format!("the hottest share of {loads:?}"), significant(P::hottest_share(loads)));
    }
}

/// Six of ten messages are in one conversation.
fn hot<P: Placement>(seed: u64, notes: &Recorder) {
    const HOT: u64 = 500;
    let mut rng = Rng::new(seed, Stream::Workload);
    let messages = chat(&mut rng, 400, 6_000, |rng| if rng.below(10) < 6 { HOT } else { 1 + rng.below(400) });
    for (state, split) in [("whole", BTreeSet::new()), ("split", BTreeSet::from([HOT]))] {
        let Some(places) = places::<P>(&messages, 8, &split, notes) else { return };
        let what = format!("conversation {HOT} is {state}");
        let hottest = evenness(&messages, &places, 8);
        let hottest = if hottest.ends_with('%') { "more than half".to_owned() } else { hottest };
        notes.step(format!("{what}: the hottest of 8 partitions has"), hottest);
        let torn = |by: fn(&Message) -> u64, which: &dyn Fn(u64) -> bool| {
            let groups = groups(&messages, &places, by);
            let torn = groups.iter().filter(|(key, group)| which(**key) && apart(group));
            torn.count()
        };
        let by_conversation = |message: &Message| message.conversation;
        notes.step(
            format!("{what}: other conversations, {HOLES}, for some delays"),
            torn(by_conversation, &|number| number != HOT),
        );
        notes.step(
            format!("{what}: threads, {HOLES}, for some delays"),
            torn(|message| message.thread, &|_| true),
        );
        let whole = torn(by_conversation, &|number| number == HOT) == 0;
        notes.step(format!("{what}: keeps the order between its threads"), whole);
    }
}

/// Whether there are delays under which a reader sees a hole: there are as soon as two messages lie apart.
fn apart(group: &[(&Message, usize)]) -> bool {
    group.windows(2).any(|pair| pair[0].1 != pair[1].1)
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every placement.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in seen.steps.iter().filter(|step| step.what.contains(HOLES)) {
            let none = step.got == 0 || step.got.as_array().is_some_and(Vec::is_empty);
            if !none {
                let first = step.got.as_array().and_then(|holes| holes.first());
                let why = format!("{}: {}", step.what, first.unwrap_or(&step.got));
                broken.push(Violation::new("an-answer-never-without-its-question", why));
            }
        }
        for step in seen.steps.iter().filter(|step| step.what.contains(", moved when ")) {
            if step.got != 0 {
                let why = format!("{}: {}", step.what, step.got);
                broken.push(Violation::new("a-message-stays-where-it-is", why));
            }
        }
        broken
    }
}
