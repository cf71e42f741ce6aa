//! A trace as JSON, back from JSON, and as one number.

use std::fmt;
use std::io;

use xxhash_rust::xxh3::Xxh3;

use super::Trace;

/// Why a text is not a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceError {
    /// It is not the JSON that [`Trace::to_json`] writes.
    Json(String),
    /// An event names a node that the list of nodes lacks.
    UnknownNode {
        /// The event's place among the entries.
        place: usize,
        /// The node that it names.
        node: usize,
        /// How many nodes the trace lists.
        nodes: usize,
    },
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(why) => write!(f, "this is not a trace: {why}; export one with Trace::to_json"),
            Self::UnknownNode { place, node, nodes } => write!(
                f,
                "entry {place} names node {node}, but `nodes` lists {nodes}: add its name, or correct the number"
            ),
        }
    }
}

impl std::error::Error for TraceError {}

impl Trace {
    /// One number for the whole trace: XXH3 (64 bit) over its JSON form.
    pub fn hash(&self) -> u64 {
        let mut digest = Digest(Xxh3::new());
        serde_json::to_writer(&mut digest, self)
            .expect("a trace is plain data, and a digest takes any bytes");
        digest.0.digest()
    }

    /// The trace as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a trace is plain data")
    }

    /// The trace that [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// When the text is not such JSON, or an event names a node that the trace does not list.
    pub fn from_json(json: &str) -> Result<Trace, TraceError> {
        let trace: Trace = serde_json::from_str(json).map_err(|why| TraceError::Json(why.to_string()))?;
        let nodes = trace.nodes.len();
        for (place, entry) in trace.entries.iter().enumerate() {
            if let Some(node) = entry.event.nodes().into_iter().find(|node| node.index() >= nodes) {
                return Err(TraceError::UnknownNode { place, node: node.index(), nodes });
            }
        }
        Ok(trace)
    }
}

/// Takes the JSON piece by piece, so that a long trace is never held twice.
struct Digest(Xxh3);

impl io::Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::samples::every_event;

    #[test]
    fn back_from_json_nothing_is_lost() {
        let trace = every_event();
        assert_eq!(Trace::from_json(&trace.to_json()), Ok(trace));
    }

    #[test]
    fn the_hash_is_the_one_of_the_json() {
        for trace in [Trace::default(), every_event()] {
            assert_eq!(trace.hash(), xxhash_rust::xxh3::xxh3_64(trace.to_json().as_bytes()));
        }
    }

    #[test]
    fn what_is_no_trace_says_what_to_do() {
        let texts = [
            "",
            "[]",
            r#"{"nodes":["A"],"entries":[{"at":0,"event":{"kind":"explode","node":0}}]}"#,
            r#"{"nodes":["A"],"entries":[{"at":0,"event":{"kind":"restart","node":3}}]}"#,
        ];
        let errors: Vec<_> = texts
            .iter()
            .map(|text| Trace::from_json(text).map_or_else(|error| error.to_string(), |_| "a trace".into()))
            .collect();
        insta::assert_snapshot!(errors.join("\n"));
    }
}
