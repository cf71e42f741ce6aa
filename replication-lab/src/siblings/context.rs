//! What has been seen: version vectors and dots.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One write: the server that took it, and its number among that server's writes of the key, from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dot {
    /// The server.
    pub server: String,
    /// The number.
    pub counter: u64,
}

impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{})", self.server, self.counter)
    }
}

/// A version vector: for each server, how many of its writes of the key have been seen. A server that is missing
/// counts as 0.
///
/// # Examples
/// ```
/// use replication_lab::siblings::{Context, Dot};
/// let seen = Context::from([("A", 2), ("B", 1)]);
/// assert!(seen.covers(&Dot { server: "A".into(), counter: 2 }));
/// assert!(!seen.covers(&Dot { server: "A".into(), counter: 3 }));
/// assert_eq!(seen.to_string(), "{A:2 B:1}");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Context(BTreeMap<String, u64>);

impl<const N: usize> From<[(&str, u64); N]> for Context {
    fn from(counters: [(&str, u64); N]) -> Self {
        let seen = counters.into_iter().filter(|(_, counter)| *counter > 0);
        Self(seen.map(|(server, counter)| (server.to_owned(), counter)).collect())
    }
}

impl Context {
    /// How many writes of a server have been seen.
    pub fn counter(&self, server: &str) -> u64 {
        self.0.get(server).copied().unwrap_or(0)
    }

    /// Whether a write has been seen.
    pub fn covers(&self, dot: &Dot) -> bool {
        self.counter(&dot.server) >= dot.counter
    }

    /// Whether everything that another context has seen has been seen here.
    pub fn descends(&self, other: &Context) -> bool {
        other.0.iter().all(|(server, counter)| self.counter(server) >= *counter)
    }

    /// Sees what another context has seen: the larger counter of each server.
    pub fn merge(&mut self, other: &Context) {
        for (server, counter) in &other.0 {
            let known = self.0.entry(server.clone()).or_default();
            *known = (*known).max(*counter);
        }
    }

    /// Sees one write, and with it all earlier ones of its server.
    pub fn add(&mut self, dot: &Dot) {
        let known = self.0.entry(dot.server.clone()).or_default();
        *known = (*known).max(dot.counter);
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counters: Vec<String> = self.0.iter().map(|(server, n)| format!("{server}:{n}")).collect();
        write!(f, "{{{}}}", counters.join(" "))
    }
}
