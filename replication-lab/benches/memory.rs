//! How much memory the trace takes. A program of its own, because counting makes every allocation slow.

#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod common;

use common::{Reach, figure, relays, report};
use dhat::{HeapStats, Profiler};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const EVENTS: u64 = 100_000;

/// Bytes that a world holds after a run.
fn held(tracing: bool) -> f64 {
    let profiler = Profiler::builder().testing().build();
    let mut world = relays(tracing);
    for _ in 0..EVENTS {
        world.step();
    }
    let held = HeapStats::get().curr_bytes;
    drop((world, profiler));
    held as f64
}

fn main() {
    let per_event = (held(true) - held(false)) / EVENTS as f64;
    report(&[figure("memory of the trace, for each event", per_event, "bytes", Some(Reach::AtMost(200.0)))]);
}
