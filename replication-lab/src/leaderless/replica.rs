//! A storage node: keeps values, hands hints over, and compares itself with others.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::message::{Message, Purpose, RequestId, listed};
use super::node::{Member, Timer};
use super::setup::Topology;
use super::store::{Store, leaf_hashes, leaf_of};
use super::version::{Version, Versioned};
use crate::trace::NodeId;
use crate::world::Effects;

/// A storage node. Its store is on disk; what it has under way is not.
#[derive(Clone, Debug)]
pub struct Replica {
    topology: Arc<Topology>,
    store: Box<dyn Store>,
    requests: RequestId,
    handing_over: BTreeMap<RequestId, (NodeId, String, Version)>,
}

type Out<'a> = Effects<'a, Member>;

impl Replica {
    pub(super) fn new(topology: Arc<Topology>, store: Box<dyn Store>) -> Self {
        Self { topology, store, requests: 0, handing_over: BTreeMap::new() }
    }

    /// What it keeps.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Puts another store in the place of its own, as when a lost disk is restored from a backup.
    pub fn restore(&mut self, store: Box<dyn Store>) {
        self.store = store;
    }

    pub(super) fn start(&mut self, out: &mut Out<'_>) {
        if self.topology.settings.hints {
            out.after_in_background(self.topology.settings.handoff, Timer::Handoff);
        }
        if let Some(period) = self.topology.settings.anti_entropy {
            // Nodes take turns, so that two don't compare with each other at the same instant.
            let turn = period.as_us() * (out.me().0 as u64 + 1) / self.topology.storage_nodes() as u64;
            out.after_in_background(crate::time::Time::us(turn.max(1)), Timer::AntiEntropy);
        }
    }

    pub(super) fn crash(&mut self) {
        self.handing_over.clear();
    }

    pub(super) fn message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) {
        match message {
            Message::Put { request, key, new, hint_for: Some(home), .. } => {
                self.store.keep_hint(home, &key, new);
                out.send(from, Message::PutAck { request });
            }
            Message::Put { request, key, new, hint_for: None, .. } => {
                self.take_in(&key, new, out);
                out.send(from, Message::PutAck { request });
            }
            Message::PutAck { request } => {
                if let Some((home, key, version)) = self.handing_over.remove(&request) {
                    self.store.drop_hint(home, &key, &version);
                }
            }
            Message::Get { request, key } => {
                let values = self.store.get(&key);
                out.send(from, Message::GetReply { request, key, values });
            }
            Message::GetReply { .. } => {}
            Message::Tree { leaves } => self.compare(from, &leaves, out),
            Message::Leaves { leaves, entries, answer } => {
                for (key, values) in entries {
                    for value in values {
                        self.take_in(&key, value, out);
                    }
                }
                if answer {
                    let entries = self.entries(from, out.me(), &leaves);
                    out.send(from, Message::Leaves { leaves, entries, answer: false });
                }
            }
        }
    }

    pub(super) fn handoff(&mut self, out: &mut Out<'_>) {
        out.after_in_background(self.topology.settings.handoff, Timer::Handoff);
        // What is still under way from last time got no answer.
        self.handing_over.clear();
        for (home, key, new) in self.store.hints() {
            self.requests += 1;
            let request = self.requests;
            self.handing_over.insert(request, (home, key.clone(), new.version.clone()));
            out.send(home, Message::Put { request, key, new, hint_for: None, purpose: Purpose::Handoff });
        }
    }

    pub(super) fn anti_entropy(&mut self, out: &mut Out<'_>) {
        if let Some(period) = self.topology.settings.anti_entropy {
            out.after_in_background(period, Timer::AntiEntropy);
        }
        let me = out.me();
        let others: Vec<_> =
            (0..self.topology.storage_nodes() as u16).map(NodeId).filter(|id| *id != me).collect();
        if let Some(peer) = out.rng().pick(&others).copied() {
            let leaves = leaf_hashes(self.store.as_ref(), |key| self.shared(key, me, peer));
            out.send(peer, Message::Tree { leaves });
        }
    }

    fn compare(&mut self, peer: NodeId, theirs: &[u64], out: &mut Out<'_>) {
        let me = out.me();
        let ours = leaf_hashes(self.store.as_ref(), |key| self.shared(key, me, peer));
        let leaves: Vec<_> = (0..ours.len()).filter(|i| theirs.get(*i) != Some(&ours[*i])).collect();
        if !leaves.is_empty() {
            let entries = self.entries(peer, me, &leaves);
            out.send(peer, Message::Leaves { leaves, entries, answer: true });
        }
    }

    fn entries(&self, peer: NodeId, me: NodeId, leaves: &[usize]) -> Vec<(String, Vec<Versioned>)> {
        let keys = self.store.keys().into_iter();
        keys.filter(|key| leaves.contains(&leaf_of(key)) && self.shared(key, me, peer))
            .map(|key| {
                let values = self.store.get(&key);
                (key, values)
            })
            .collect()
    }

    fn shared(&self, key: &str, a: NodeId, b: NodeId) -> bool {
        let home = self.topology.home(key);
        home.contains(&a) && home.contains(&b)
    }

    fn take_in(&mut self, key: &str, new: Versioned, out: &mut Out<'_>) {
        if self.store.put(key, new) {
            out.note(|| format!("holds {key} = {}", listed(&self.store.get(key))));
        }
    }
}
