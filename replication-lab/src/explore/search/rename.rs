//! The same state with its nodes in other places.

use std::collections::{BTreeMap, BTreeSet};

use crate::trace::NodeId;

/// Something that may name nodes, and can name others instead: what a search needs to see that two states differ
/// only in which of several equal nodes plays which part.
///
/// # Examples
/// ```
/// use replication_lab::explore::Rename;
/// use replication_lab::trace::NodeId;
///
/// #[derive(Debug, PartialEq)]
/// struct Vote {
///     term: u64,
///     to: Option<NodeId>,
/// }
/// impl Rename for Vote {
///     fn rename(&self, to: &dyn Fn(NodeId) -> NodeId) -> Self {
///         Vote { term: self.term, to: self.to.rename(to) }
///     }
/// }
/// let swapped = Vote { term: 1, to: Some(NodeId(0)) }.rename(&|NodeId(n)| NodeId(1 - n));
/// assert_eq!(swapped, Vote { term: 1, to: Some(NodeId(1)) });
/// ```
pub trait Rename {
    /// The same with every node replaced by `to` of it.
    fn rename(&self, to: &dyn Fn(NodeId) -> NodeId) -> Self;
}

impl Rename for NodeId {
    fn rename(&self, to: &dyn Fn(NodeId) -> NodeId) -> Self {
        to(*self)
    }
}

macro_rules! names_no_node {
    ($($type:ty),+) => {
        $(impl Rename for $type {
            fn rename(&self, _: &dyn Fn(NodeId) -> NodeId) -> Self {
                self.clone()
            }
        })+
    };
}

names_no_node!((), bool, u8, u16, u32, u64, usize, i32, i64, String, &'static str, crate::time::Time);

impl<T: Rename> Rename for Option<T> {
    fn rename(&self, to: &dyn Fn(NodeId) -> NodeId) -> Self {
        self.as_ref().map(|value| value.rename(to))
    }
}

impl<T: Rename> Rename for Vec<T> {
    fn rename(&self, to: &dyn Fn(NodeId) -> NodeId) -> Self {
        self.iter().map(|value| value.rename(to)).collect()
    }
}

impl<T: Rename + Ord> Rename for BTreeSet<T> {
    fn rename(&self, to: &dyn Fn(NodeId) -> NodeId) -> Self {
        self.iter().map(|value| value.rename(to)).collect()
    }
}

impl<K: Rename + Ord, V: Rename> Rename for BTreeMap<K, V> {
    fn rename(&self, to: &dyn Fn(NodeId) -> NodeId) -> Self {
        self.iter().map(|(key, value)| (key.rename(to), value.rename(to))).collect()
    }
}

impl<A: Rename, B: Rename> Rename for (A, B) {
    fn rename(&self, to: &dyn Fn(NodeId) -> NodeId) -> Self {
        (self.0.rename(to), self.1.rename(to))
    }
}
