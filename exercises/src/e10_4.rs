//! E10.4 — How long a write takes (12 points)
//!
//! Four strategies, replicas in Virginia, Europe and Tokyo: which one has the slowest writes? The answer depends on
//! where the client is. Write the calculator.
//!
//! - `Strategy::Leader(sync)`: the client asks the leader and waits for its answer. The leader sends the write to all
//!   followers at once, and answers the client when `sync` of them have answered. 0 is asynchronous.
//! - `Strategy::Leaderless(w)`: the client sends the write to all replicas at once, and is done when `w` of them have
//!   answered.
//!
//! `replicas` has the region of each replica; two in one region are two replicas. The leader is one of them, in the
//! region `leader`, and all others are followers; for `Leaderless`, `leader` means nothing. `round_trips.ms(a, b)` is
//! the time there and back (`None` for a region that isn't there), also within a region. Nothing else takes time.
//!
//! `slowest_first` ranks strategies. Equal ones keep the order in which they were given.
//!
//! Check it with `cargo course check E10.4`, or with
//! `cargo test -p exercises e10_4`. Stuck? `cargo course hint E10.4`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e10_4::{RoundTrips, Strategy, StrategyError};

/// Milliseconds that a client in region `client` waits for a write.
///
/// # Errors
/// When the client's region isn't there, then when a replica's isn't: the first of them. For `Strategy::Leader`, then
/// when no replica is in the region `leader`. For `Strategy::Leaderless`, then when W is 0. Then when more are waited
/// for than there are.
pub fn write_latency(
    strategy: Strategy,
    client: usize,
    leader: usize,
    replicas: &[usize],
    round_trips: &RoundTrips,
) -> Result<u64, StrategyError> {
    todo!("{strategy}: client in {client}, leader in {leader}, replicas in {replicas:?}, {round_trips:?}")
}

/// The strategies with their latencies, the slowest first. Equal ones keep the order in which they were given.
///
/// # Errors
/// As `write_latency`, for the first strategy that can't be.
pub fn slowest_first(
    strategies: &[Strategy],
    client: usize,
    leader: usize,
    replicas: &[usize],
    round_trips: &RoundTrips,
) -> Result<Vec<(Strategy, u64)>, StrategyError> {
    todo!("rank {strategies:?}: {client}, {leader}, {replicas:?}, {round_trips:?}")
}
