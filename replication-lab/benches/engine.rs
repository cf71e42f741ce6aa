use replication_lab::network::*;
use replication_lab::rng::*;
use replication_lab::time::Time;
use replication_lab::trace::NodeId;
use replication_lab::world::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

#[derive(Clone, Debug)]
struct Relay;
#[derive(Clone, Debug)]
struct Token(u64);
impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "token {}", self.0)
    }
}
impl Node for Relay {
    type Message = Token;
    type Timer = &'static str;
    type Record = ();
    type Output = ();
    fn start(&mut self, e: &mut Effects<'_, Self>) {
        for i in 0..5 {
            if NodeId(i) != e.me() {
                e.send(NodeId(i), Token(0));
            }
        }
    }
    fn message(&mut self, from: NodeId, m: Token, e: &mut Effects<'_, Self>) {
        e.send(from, Token(m.0 + 1));
    }
    fn timer(&mut self, _: &'static str, _: &mut Effects<'_, Self>) {}
}
fn world(trace: bool) -> f64 {
    let nodes = (0..5).map(|i| (i.to_string(), Relay)).collect();
    let mut w = World::new(7, nodes, Link::default(), trace).unwrap();
    let n = if trace { std::env::var("N").map_or(300_000, |n| n.parse().unwrap()) } else { 3_000_000 };
    let t = Instant::now();
    for _ in 0..n {
        w.step();
    }
    t.elapsed().as_nanos() as f64 / n as f64
}
fn bare() -> f64 {
    let mut h = BinaryHeap::new();
    let mut rng = Rng::new(7, Stream::Network);
    for i in 0..20u64 {
        h.push(Reverse((rng.below(1500), i)));
    }
    let n = 3_000_000u64;
    let t = Instant::now();
    for i in 0..n {
        let Reverse((at, _)) = h.pop().unwrap();
        h.push(Reverse((at + 500 + rng.below(1500), 20 + i)));
    }
    let e = t.elapsed().as_nanos() as f64 / n as f64;
    assert_eq!(h.len(), 20);
    e
}
fn main() {
    let (mut b, mut w, mut t) = (f64::MAX, f64::MAX, f64::MAX);
    for _ in 0..15 {
        b = b.min(bare());
        w = w.min(world(false));
        t = t.min(world(true));
    }
    println!("bare {b:.1} ns, off {w:.1} ns ({:.2}), on {t:.1} ns ({:.3})", b / w, b / t);
}
