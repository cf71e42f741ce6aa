use super::arrows::Fate;
use super::*;
use crate::history::{Action, Op};
use crate::leaderless::{Leaderless, Workload};
use crate::network::{Latency, Link};
use crate::time::Time;
use crate::trace::samples::every_event;
use crate::trace::{CrashKind, DropReason, Entry, Event, NodeId};
use crate::world::{Fault, Plan};

/// Three clients on five nodes, with loss, duplicates, a crash and a partition.
fn rough_run(seed: u64, latency: Latency) -> Trace {
    let link = Link { loss: 0.08, duplication: 0.1, ..Link::new(latency) };
    let store = Leaderless::builder().replicas(3).nodes(5).clients(3).link(link).sloppy(true).hints(true);
    let plan = Plan::none()
        .and(Time::ms(3), Fault::Crash(NodeId(1)))
        .and(Time::ms(6), Fault::Partition(vec![NodeId(0)], vec![NodeId(2), NodeId(3)]))
        .and(Time::ms(30), Fault::Heal)
        .and(Time::ms(35), Fault::Restart(NodeId(1)));
    let load = Workload { operations: 3, hot_keys: 1, ..Workload::default() };
    let (cluster, _) = load.run(store.seed(seed), &plan).expect("the settings fit");
    cluster.trace().expect("it is on by default").clone()
}

/// Traces of the leaderless cluster, and one with every kind of event.
fn traces() -> Vec<Trace> {
    let constant = Latency::Constant(Time::ms(1));
    let runs =
        (0..6).flat_map(|seed| [rough_run(seed, Link::default().latency), rough_run(seed, constant.clone())]);
    runs.chain([every_event()]).collect()
}

/// Where the parts of a trace are, and what is drawn of them.
fn drawn<T>(trace: &Trace, look: impl FnOnce(&Parts, &Layout, &Picture) -> T) -> T {
    let parts = Parts::of(trace, &BTreeSet::new(), &[]);
    let layout = Layout::of(&parts);
    look(&parts, &layout, &Picture::of(trace, &parts, &layout, &BTreeSet::new(), &[]))
}

fn trace(nodes: &[&str], events: Vec<Event>) -> Trace {
    let entries = events.into_iter().enumerate();
    let entries = entries.map(|(i, event)| Entry { at: Time::ms(i as u64), event }).collect();
    Trace { nodes: nodes.iter().map(|name| (*name).to_owned()).collect(), entries }
}

fn send(message: u64, from: u16, to: u16, label: &str) -> Event {
    Event::Send { message, from: NodeId(from), to: NodeId(to), label: label.into() }
}

#[test]
fn no_text_covers_another_and_all_are_on_the_card() {
    for trace in traces() {
        drawn(&trace, |parts, _, picture| {
            let texts = &picture.canvas.texts;
            for (i, (text, room)) in texts.iter().enumerate() {
                let across = room.x >= 0.0 && room.right() <= parts.columns.picture();
                assert!(across && room.bottom() <= picture.height, "“{text}” is not on the card");
                for (other, there) in &texts[i + 1..] {
                    assert!(!room.overlaps(there), "“{text}” and “{other}” overlap\n{}", trace.transcript());
                }
            }
        });
    }
}

#[test]
fn every_message_is_in_the_picture() {
    for trace in traces() {
        drawn(&trace, |parts, layout, _| {
            let is_drawn = |from, to, label: &str| {
                parts
                    .arrows
                    .iter()
                    .any(|arrow| (arrow.from, arrow.to, arrow.label.as_str()) == (from, to, label))
            };
            let mut ends = 0;
            for (entry, row) in trace.entries.iter().zip(&parts.rows.of_entry) {
                match &entry.event {
                    _ if row.is_none() => {}
                    Event::Send { from, to, label, .. } => assert!(is_drawn(*from, *to, label), "{label}"),
                    Event::Deliver { .. } | Event::Drop { .. } => ends += 1,
                    _ => {}
                }
            }
            assert_eq!(parts.arrows.iter().filter(|arrow| arrow.fate != Fate::UnderWay).count(), ends);
            assert_eq!(parts.arrows.len(), layout.labels.len());
        });
    }
}

#[test]
fn what_becomes_of_a_message_is_told() {
    let deliver = |message| Event::Deliver { message, from: NodeId(0), to: NodeId(1) };
    let events = vec![
        deliver(9),
        send(1, 0, 1, "arrives"),
        deliver(1),
        deliver(1),
        send(2, 0, 1, "is lost"),
        Event::Drop { message: 2, from: NodeId(0), to: NodeId(1), reason: DropReason::Loss },
        send(3, 0, 1, "is late"),
        send(4, 0, 0, "is its own"),
        Event::Deliver { message: 4, from: NodeId(0), to: NodeId(0) },
    ];
    let trace = trace(&["A", "B"], events);
    let told: Vec<String> = drawn(&trace, |parts, _, _| {
        parts.arrows.iter().map(|arrow| arrow.text(f64::INFINITY, 11.0)).collect()
    });
    assert_eq!(
        told,
        ["sent before", "arrives", "arrives (again)", "is lost (lost)", "is its own", "is late (under way)"]
    );
}

#[test]
fn a_long_text_is_shortened_and_kept_as_a_title() {
    let long = "append entries 18 to 97 of term 12, commit index 17, from the leader of term 12";
    let deliver = Event::Deliver { message: 1, from: NodeId(0), to: NodeId(1) };
    let svg = space_time_svg(&trace(&["A", "B"], vec![send(1, 0, 1, long), deliver]));
    assert!(svg.contains(&format!("<title>{long}</title>")), "{svg}");
    assert!(!svg.contains(&format!(">{long}</text>")), "{svg}");
}

#[test]
fn a_node_that_restarts_first_was_down_before() {
    let events = vec![Event::Restart { node: NodeId(0) }, Event::Pause { node: NodeId(0) }];
    let svg = space_time_svg(&trace(&["A"], events));
    assert_eq!((svg.matches("url(#down)").count(), svg.matches("url(#paused)").count()), (1, 1), "{svg}");
    let resumes = trace(&["A"], vec![Event::Resume { node: NodeId(0) }]);
    assert_eq!(space_time_svg(&resumes).matches("url(#paused)").count(), 1);
}

#[test]
fn a_partition_is_shaded_until_it_heals() {
    let cut = |pairs: &[(u16, u16)], text: &str| {
        let cut = pairs.iter().map(|(from, to)| (NodeId(*from), NodeId(*to))).collect();
        Event::Network { text: text.into(), cut }
    };
    let note = || Event::Note { node: NodeId(0), text: "waits".into() };
    // A clock that is set is told by the network, and ends no partition.
    let events =
        vec![note(), cut(&[(0, 1)], "cut"), cut(&[(0, 1)], "clock"), note(), cut(&[], "open"), note()];
    let healed = trace(&["A", "B"], events);
    let open = Trace { entries: healed.entries[..4].to_vec(), ..healed.clone() };
    let lines = |trace: &Trace| {
        drawn(trace, |_, _, picture| {
            picture.canvas.texts.iter().filter(|(text, _)| text.starts_with('⇹')).count()
        })
    };
    assert_eq!((lines(&healed), lines(&open)), (3, 2));
    // Two sides and two feet at the top; two feet more where it ends.
    let brackets = |trace: &Trace| space_time_svg(trace).matches("stroke-width=\"2\"").count();
    assert_eq!((brackets(&healed), brackets(&open)), (6, 4));
}

#[test]
fn beyond_ninety_rows_the_picture_says_what_is_missing() {
    let note = |i| Event::Note { node: NodeId(0), text: format!("note {i}") };
    let long = trace(&["A"], (0..100).map(note).collect());
    let svg = space_time_svg(&long);
    assert!(svg.contains("… and 10 events more: see the transcript."));
    assert!(svg.contains("note 89") && !svg.contains("note 90"));
    assert!(space_time(&long).as_text().contains("note 99"));
}

#[test]
fn marks_are_in_both_forms() {
    let history = History(vec![Op {
        client: "B".into(),
        key: "x".into(),
        action: Action::Read(vec![]),
        began: Time::us(1_000),
        ended: Some(Time::us(3_000)),
    }]);
    let trace = every_event();
    let witness = Witness { operations: vec![0, 7], why: "it is stale".into(), ..Witness::default() };
    let marked = SpaceTime::of(&trace).since(3).mark([2, 9, 99]).witness(&history, &witness);
    insta::assert_snapshot!(marked.figure().as_text());
    let svg = marked.svg();
    for text in [
        "» append x=1",
        "» ⚙ clock is ahead by",
        "[1] B reads x: nothing (1.000 ms to 3.000 ms)",
        "it is stale",
    ] {
        assert!(svg.contains(text), "{text}\n{svg}");
    }
}

#[test]
fn what_cannot_be_drawn_gives_a_picture_all_the_same() {
    let odd = [
        Trace::default(),
        trace(&["idle", ""], vec![]),
        trace(
            &[],
            vec![
                send(1, 3, u16::MAX, "to nobody"),
                Event::Crash { node: NodeId(7), reach: CrashKind::Process },
            ],
        ),
        trace(&["A"], vec![Event::Network { text: "x".repeat(500), cut: vec![(NodeId(0), NodeId(0))] }]),
        trace(
            &["A\u{0}&<", "B"],
            vec![
                send(1, 0, 1, "\n\t\u{1}"),
                send(1, 0, 1, ""),
                Event::Deliver { message: 1, from: NodeId(0), to: NodeId(0) },
            ],
        ),
        trace(
            &["A"],
            vec![Event::Drop { message: 5, from: NodeId(0), to: NodeId(0), reason: DropReason::Down }],
        ),
        Trace { nodes: (0..40).map(|i| format!("a node with a long name, {i}")).collect(), entries: vec![] },
    ];
    for trace in odd {
        let svg = SpaceTime::of(&trace).since(usize::MAX).svg() + &space_time_svg(&trace);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
    assert!(space_time_svg(&Trace::default()).contains("Nothing happened."));
}

/// What a reader who plays a diagram sees, step by step: the event, and the texts and arrows that are new with it.
fn played(trace: &Trace) -> String {
    let svg = space_time_svg(trace);
    let json = svg.split("<metadata>").nth(1).and_then(|rest| rest.split("</metadata>").next()).unwrap();
    let json = json.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&");
    let data: serde_json::Value = serde_json::from_str(&json).unwrap();
    let steps = data["steps"].as_array().unwrap();
    let mut new = vec![Vec::new(); steps.len() + 1];
    // From when on the innermost groups are seen, and what stands in them.
    let mut groups: Vec<usize> = Vec::new();
    for tag in svg.split('<').skip(1) {
        let number = |name: &str| {
            let value = tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
            value.parse::<usize>().ok()
        };
        if tag.starts_with("g>") || tag.starts_with("g ") && !tag.contains("/>") {
            let from = number("data-from").or(number("data-label"));
            groups.push(from.unwrap_or(0).max(groups.last().copied().unwrap_or(0)));
            if let (Some(until), Some(message)) = (number("data-until"), number("data-message")) {
                new[from.unwrap()].push(format!("message {message} is under way"));
                if let Some(ends) = new.get_mut(until) {
                    ends.push(format!("message {message} ends"));
                }
            }
        } else if tag.starts_with("/g>") {
            groups.pop();
        } else if tag.starts_with("text ") {
            let text = tag.split('>').nth(1).unwrap_or_default().trim();
            new[groups.last().copied().unwrap_or(0)].push(format!("“{text}”"));
        }
    }
    let told = |step: usize| match step {
        0 => "before all".to_owned(),
        _ => format!("{} {}", steps[step - 1][0].as_str().unwrap(), steps[step - 1][1].as_str().unwrap()),
    };
    let lines =
        new.iter().enumerate().map(|(step, new)| format!("{step} · {}\n    {}", told(step), new.join(", ")));
    lines.collect::<Vec<_>>().join("\n") + "\n\nmessages: " + &data["messages"].to_string()
}

#[test]
fn what_is_seen_at_each_step() {
    insta::assert_snapshot!(played(&every_event()));
}

#[test]
fn every_event_that_is_drawn_is_a_step_and_time_runs_down() {
    for trace in traces() {
        drawn(&trace, |parts, layout, _| {
            let steps = steps::Steps::of(&trace, &parts.rows, &parts.columns);
            assert_eq!(steps.len(), parts.rows.of_entry.iter().flatten().count());
            let entries = (0..trace.len()).filter_map(|entry| Some((steps.at(entry)?, entry)));
            let entries: std::collections::BTreeMap<usize, usize> = entries.collect();
            assert_eq!(entries.keys().copied().collect::<Vec<_>>(), (1..=steps.len()).collect::<Vec<_>>());
            let rows: Vec<usize> =
                entries.values().map(|entry| parts.rows.of_entry[*entry].unwrap()).collect();
            assert!(rows.is_sorted());
            let tops: Vec<f64> = rows.iter().map(|row| layout.heights.top(*row)).collect();
            assert!(tops.is_sorted());
            let at: Vec<Time> = entries.values().map(|entry| trace.entries[*entry].at).collect();
            assert!(at.is_sorted());
        });
    }
}

#[test]
fn marked_entries_and_operations_are_steps_to_jump_to() {
    let trace = every_event();
    let svg = SpaceTime::of(&trace).mark([1, 9]).svg();
    let marked = svg.split("],[").filter(|step| step.ends_with(",1") && step.contains(" ms")).count();
    assert_eq!(marked, 2, "{svg}");
}

#[test]
fn without_events_there_is_nothing_to_play() {
    let has_script = |figure: Figure| figure.as_html().contains("<script");
    assert!(!has_script(SpaceTime::of(&Trace::default()).figure()));
    assert!(has_script(SpaceTime::of(&every_event()).figure()));
    assert!(!has_script(space_time(&every_event())), "reports run none");
}
