//! Traces for tests.

use super::{CrashKind, DropReason, Entry, Event, NodeId, Trace};
use crate::time::Time;

/// One event of every kind, in a story: a partition and a bad link cost a message each, a duplicate waits for the end
/// of a pause, one node's machine crashes and comes back, another's process is killed, and a message is under way at
/// the end.
pub(crate) fn every_event() -> Trace {
    let (a, b, c) = (NodeId(0), NodeId(1), NodeId(2));
    let send = |message, from, to, label: &str| Event::Send { message, from, to, label: label.into() };
    let note = |node, text: &str| Event::Note { node, text: text.into() };
    let cut = vec![(a, c), (c, a), (b, c), (c, b)];
    let story = [
        (0, Event::Timer { node: a, label: "heartbeat".into() }),
        (0, send(0, a, b, "append x=1")),
        (0, send(1, a, c, "append x=1")),
        (1_000, Event::Deliver { message: 0, from: a, to: b }),
        (1_000, Event::Disk { node: b, text: "synced 1 record".into() }),
        (1_200, Event::Network { text: "partition: A B | C".into(), cut }),
        (1_500, Event::Deliver { message: 1, from: a, to: c }),
        (1_500, send(2, c, a, "ok")),
        (1_500, Event::Drop { message: 2, from: c, to: a, reason: DropReason::Partition }),
        (2_000, Event::Condition { node: a, text: "clock is ahead by 40.000 ms".into() }),
        (2_000, Event::Pause { node: b }),
        (3_000, Event::Resume { node: b }),
        (3_000, Event::Deliver { message: 0, from: a, to: b }),
        (3_000, send(3, b, a, "ok")),
        (3_000, Event::Drop { message: 3, from: b, to: a, reason: DropReason::Loss }),
        (3_500, Event::Network { text: "all links are open".into(), cut: vec![] }),
        (3_500, Event::Crash { node: c, reach: CrashKind::Machine }),
        (4_000, send(4, a, c, "append x=2")),
        (5_000, Event::Drop { message: 4, from: a, to: c, reason: DropReason::Down }),
        (5_500, Event::Restart { node: c }),
        (5_500, note(c, "follower of A")),
        (6_000, Event::Crash { node: b, reach: CrashKind::Process }),
        (6_500, send(5, a, c, "append x=2")),
        (7_000, Event::Timer { node: a, label: "nothing to do".into() }),
    ];
    let entries = story.into_iter().map(|(us, event)| Entry { at: Time::us(us), event });
    Trace { nodes: ["A", "B", "C"].map(str::to_owned).to_vec(), entries: entries.collect() }
}
