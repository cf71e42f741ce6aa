//! Compares where reads go, under every fault of the lab's scenarios, and prints a table each.
//!
//! ```text
//! cargo run --release -p replication-lab --example routing -- 10000
//! ```

use std::error::Error;
use std::time::Instant;

use replication_lab::leader_follower::{RoutingScenario, compare_routing, routing_table};

fn main() -> Result<(), Box<dyn Error>> {
    let users = std::env::args().nth(1).map_or(Ok(10_000), |users| users.parse())?;
    for scenario in RoutingScenario::all(users) {
        let began = Instant::now();
        let costs = compare_routing(&scenario)?;
        let took = began.elapsed();
        println!("{} ({users} sessions, {took:.1?})\n{}\n", scenario.name, routing_table(&costs));
    }
    Ok(())
}
