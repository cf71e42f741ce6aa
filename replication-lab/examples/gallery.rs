//! Writes every view into one page, on a light and on a dark ground, so that anybody can look at them:
//! `cargo run -p replication-lab --example gallery -- gallery.html`.

use std::error::Error;
use std::fmt::Write;
use std::process::ExitCode;

use replication_lab::leaderless::Leaderless;
use replication_lab::network::{Latency, Link};
use replication_lab::time::Time;
use replication_lab::trace::{Event, NodeId, Trace};
use replication_lab::view::{Figure, SpaceTime, space_time};
use replication_lab::world::{Fault, Plan};

type Drawn = Result<Vec<(&'static str, Figure)>, Box<dyn Error>>;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("Say where the page goes: gallery.html");
        return ExitCode::FAILURE;
    };
    match all().map(|figures| page(&figures)).and_then(|page| Ok(std::fs::write(&path, page)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn page(figures: &[(&str, Figure)]) -> String {
    let mut page = String::from(
        "<!doctype html><meta charset=\"utf-8\"><title>Views of the replication lab</title><style>\
         body { margin: 0; font-family: sans-serif } h2 { margin: 16px } section { display: flex }\
         section > div { width: 900px; padding: 16px } .dark { background: #111; color: #eee }\
         img { max-width: 100% } th, td { padding: 2px 8px; text-align: left }</style>",
    );
    for (title, figure) in figures {
        let html = figure.as_html();
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "<h2>{title}</h2><section><div>{html}</div><div class=\"dark\">{html}</div></section>"
        );
        let text = Figure::text(figure.as_text());
        let _ = write!(page, "<details><summary>Text form</summary>{}</details>", text.as_html());
    }
    page
}

fn all() -> Drawn {
    let mut figures = space_times()?;
    figures.extend([("Nothing happened", space_time(&Trace::default()))]);
    Ok(figures)
}

fn space_times() -> Drawn {
    let constant = Latency::Constant(Time::ms(1));
    let mut cluster = Leaderless::builder().clients(2).latency(constant).build()?;
    cluster.write("c1", "user:42", "Bob")?;
    cluster.settle().crash("C")?;
    let crash = cluster.mark();
    cluster.write("c1", "user:42", "Alice")?;
    cluster.settle().restart("C")?;
    cluster.read_from("c2", &["A", "C"], "user:42")?;
    cluster.settle();
    let trace = cluster.trace().ok_or("no trace")?;
    let reads = trace
        .entries
        .iter()
        .position(|entry| matches!(&entry.event, Event::Note { text, .. } if text.starts_with("reads")));

    let link = Link { loss: 0.15, duplication: 0.15, ..Link::default() };
    let mut lossy =
        Leaderless::builder().replicas(3).nodes(5).clients(3).link(link).sloppy(true).hints(true).build()?;
    lossy.plan(
        &Plan::none()
            .and(Time::ms(2), Fault::Crash(NodeId(1)))
            .and(Time::ms(4), Fault::Partition(vec![NodeId(0)], vec![NodeId(2), NodeId(3)]))
            .and(Time::ms(12), Fault::Heal)
            .and(Time::ms(14), Fault::Restart(NodeId(1))),
    );
    for (client, value) in [("c1", "1"), ("c2", "2"), ("c3", "3")] {
        lossy.write(client, "x", value)?;
    }
    let lossy_trace = lossy.trace().ok_or("no trace")?;
    Ok(vec![
        ("A write, a crash, a write, a read that repairs", space_time(trace)),
        (
            "The same since the crash, operations and the read's answer marked",
            SpaceTime::of(trace).since(crash).mark(reads).mark_operations(cluster.history(), [1, 2]).figure(),
        ),
        ("Loss, duplicates, a crash, a partition", space_time(lossy_trace)),
    ])
}
