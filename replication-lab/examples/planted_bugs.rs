//! Searches each kind of cluster for a bug that was planted in it, and prints what that took.
//!
//! `cargo run --release -p replication-lab --example planted_bugs`; with `-- stories`, the smallest stories too.

use replication_lab::planted::{ALL, table};

fn main() {
    println!("{}", table().figure().as_text());
    if std::env::args().nth(1).is_some() {
        for bug in ALL {
            if let Some(story) = bug.hunt(bug.seeds).story {
                println!("\n{}: {}\n{}", bug.cluster, bug.bug, story.text);
            }
        }
    }
}
