//! One key's operations, and a run of them that is being tried: who has taken effect, and what that left behind.
//!
//! # What prunes the search
//! The board refuses a step from which no way leads to the end. Call a text *needed* while a completed operation
//! that must observe it has not taken effect, and a write a *source* of the texts that begin with its value (that
//! are its value, if nothing appends to the key).
//!
//! **Stranded needs.** A step that leaves text *t* behind — the old state could have become *t*, the new one can't
//! — is refused if *t* is needed and no source of it is left. Proof: suppose some continuation observes *t*. Take
//! the last write before that moment. If there is one, it is a source of *t* that had not taken effect: none is
//! left. If there is none, only appends stand between the new state and *t*, so the new state is a beginning of
//! *t*, and *t* was not left behind.
//!
//! **Unobservable states are one state.** If no operation that is left observes any of the texts that a state can
//! become, it is replaced by [`UNSEEN`]. Proof: until the next write, every operation that is left acts alike in
//! both: appends lead to states of the same kind, observers that need a text don't fit in either, and observers of
//! a difference (a compare-and-set that failed) fit in both; the next write leads to the same state from both.

use std::collections::BTreeMap;

use super::super::{Action, Op};
use super::chains::{Chains, chains};
use super::states::{State, States, UNSEEN};
use crate::time::Time;

/// What an operation does to the state.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Effect {
    /// It finds this text, and leaves it: a read.
    Observe(u32),
    /// It finds another text than this, and leaves it: a compare-and-set that failed.
    ObserveNot(u32),
    /// It leaves this state, whatever it finds.
    Set(State),
    /// It finds this text and leaves this state.
    Replace(u32, State),
    /// It puts the value with this number behind what it finds.
    Append(u32),
    /// It appends a value that is in no observed text: it leaves a state that is never observed.
    Spoil,
}

impl Effect {
    /// Whether it leaves the state as it is.
    pub(in super::super) fn is_silent(self) -> bool {
        matches!(self, Effect::Observe(_) | Effect::ObserveNot(_))
    }

    /// The text that it must find.
    fn needs(self) -> Option<u32> {
        match self {
            Effect::Observe(text) | Effect::Replace(text, _) => Some(text),
            _ => None,
        }
    }

    /// The text whose presence makes a difference to it.
    fn observes(self) -> Option<u32> {
        match self {
            Effect::ObserveNot(text) => Some(text),
            other => other.needs(),
        }
    }

    /// The state that it leaves whatever its surroundings are.
    fn leaves(self) -> Option<State> {
        match self {
            Effect::Set(state) | Effect::Replace(_, state) => Some(state),
            _ => None,
        }
    }
}

/// An operation that takes part in the search.
pub(in super::super) struct Entry {
    /// Its place in the history.
    pub(in super::super) place: usize,
    /// Its client's number.
    pub(in super::super) client: u32,
    pub(in super::super) effect: Effect,
    /// Operations with the same number do the same.
    pub(in super::super) class: u32,
    pub(in super::super) began: Time,
    /// Nothing for one that has no end.
    pub(in super::super) ended: Option<Time>,
    /// Whether it must take effect: because it ended, or because nothing else explains what was observed.
    must: bool,
}

/// The operations of a key and what has become of them so far.
pub(in super::super) struct Board<'a> {
    pub(in super::super) entries: Vec<Entry>,
    pub(in super::super) classes: u32,
    states: States<'a>,
    values: Vec<&'a str>,
    pub(in super::super) state: State,
    pub(in super::super) taken: Vec<bool>,
    /// Who has taken effect, in that order.
    pub(in super::super) order: Vec<u32>,
    // For every observed text: completed operations that must still find it, operations that would still see it,
    // and writes that may still bring it about.
    needed: Vec<u32>,
    observers: Vec<u32>,
    sources: Vec<u32>,
    // Compare-and-sets that failed and have not taken effect.
    differences: u32,
}

impl<'a> Board<'a> {
    /// The board before anything happened. `ops` are operations on one key with their places; those without an end
    /// need not take effect.
    pub(in super::super) fn new(initially: Option<&'a str>, ops: &[(usize, &'a Op, Option<Time>)]) -> Self {
        let mut texts = Vec::new();
        for (_, op, ended) in ops {
            match &op.action {
                Action::Read(values) if ended.is_some() => texts.push(values.first().map(String::as_str)),
                Action::CompareAndSet { expected, .. } => texts.push(expected.as_deref()),
                _ => {}
            }
        }
        let grows = ops.iter().any(|(_, op, _)| matches!(op.action, Action::Append(_)));
        let chains = if grows { chains(ops.iter().map(|(_, op, _)| *op), initially, &texts) } else { None };
        texts.extend(chains.iter().flatten().map(|(_, (before, _))| *before));
        let mut states = States::new(texts, grows && chains.is_none());
        let count = states.texts();
        let state = states.of(initially);
        let mut board = Self {
            entries: Vec::new(),
            classes: 0,
            states,
            values: Vec::new(),
            state,
            taken: Vec::new(),
            order: Vec::new(),
            needed: vec![0; count],
            observers: vec![0; count],
            sources: vec![0; count],
            differences: 0,
        };
        board.enter(ops, chains.as_ref());
        for place in 0..board.entries.len() {
            board.account(place, true);
        }
        board.find_indispensable();
        board
    }

    /// A write without an end that is the only source of a needed text must take effect, so what it must find is
    /// needed too.
    fn find_indispensable(&mut self) {
        let ahead = self.states.ahead(self.state);
        loop {
            let is_only_source = |entry: &Entry| {
                let texts = entry.effect.leaves().map(|state| self.states.ahead(state));
                let only = |text| self.needed[text] > 0 && self.sources[text] == 1 && !ahead.contains(&text);
                texts.into_iter().flatten().any(only)
            };
            let found: Vec<_> = (0..self.entries.len())
                .filter(|n| !self.entries[*n].must && is_only_source(&self.entries[*n]))
                .collect();
            if found.is_empty() {
                return;
            }
            for n in found {
                self.account(n, false);
                self.entries[n].must = true;
                self.account(n, true);
            }
        }
    }

    fn enter(&mut self, ops: &[(usize, &'a Op, Option<Time>)], chains: Option<&Chains<'a>>) {
        let fails = |(_, op, ended): &(usize, &Op, Option<Time>)| {
            ended.is_some() && matches!(op.action, Action::CompareAndSet { swapped: false, .. })
        };
        let differences = ops.iter().any(fails);
        let (mut values, mut classes, mut clients) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (place, op, ended) in ops {
            let Some(effect) = self.effect(op, *ended, chains, &mut values) else { continue };
            let is_unseen =
                matches!(effect, Effect::Spoil | Effect::Set(UNSEEN) | Effect::Replace(_, UNSEEN));
            if ended.is_none() && is_unseen && !differences {
                // It need not take effect, and no run gains from it: until the next write after it, nothing that
                // is observed happens, so that it may as well be left out.
                continue;
            }
            let class = classes.len() as u32;
            let class = *classes.entry(effect).or_insert(class);
            let client = clients.len() as u32;
            let client = *clients.entry(op.client.as_str()).or_insert(client);
            let (began, ended) = (op.began, *ended);
            let must = ended.is_some();
            self.entries.push(Entry { place: *place, client, effect, class, began, ended, must });
        }
        self.classes = classes.len() as u32;
        self.taken = vec![false; self.entries.len()];
    }

    /// What an operation does; nothing if it says nothing.
    fn effect(
        &mut self,
        op: &'a Op,
        ended: Option<Time>,
        chains: Option<&Chains<'a>>,
        values: &mut BTreeMap<&'a str, Effect>,
    ) -> Option<Effect> {
        let done = ended.is_some();
        Some(match &op.action {
            Action::Read(_) if !done => return None,
            Action::Read(values) => Effect::Observe(self.states.text(values.first().map(String::as_str))?),
            Action::Write(value) => Effect::Set(self.states.of(Some(value))),
            Action::CompareAndSet { expected, new, swapped } => {
                let text = self.states.text(expected.as_deref())?;
                let changes = expected.as_ref() != Some(new);
                match (done, *swapped) {
                    (true, false) => Effect::ObserveNot(text),
                    _ if changes => Effect::Replace(text, self.states.of(Some(new))),
                    (true, true) => Effect::Observe(text),
                    (false, _) => return None,
                }
            }
            Action::Append(value) if chains.is_some() => match chains?.get(value.as_str()) {
                Some((before, after)) => {
                    Effect::Replace(self.states.text(*before)?, self.states.of(Some(after)))
                }
                None => Effect::Spoil,
            },
            Action::Append(value) => *values.entry(value).or_insert_with(|| {
                if !self.states.occurs(value) {
                    return Effect::Spoil;
                }
                self.values.push(value);
                Effect::Append(self.values.len() as u32 - 1)
            }),
        })
    }

    /// Whether every needed text can be reached at all.
    pub(in super::super) fn is_possible(&self) -> bool {
        let ahead = self.states.ahead(self.state);
        (0..self.needed.len()).all(|text| !self.is_stranded(text) || ahead.contains(&text))
    }

    /// Whether an operation can take effect now.
    pub(in super::super) fn fits(&self, entry: usize) -> bool {
        match self.entries[entry].effect {
            Effect::Observe(text) | Effect::Replace(text, _) => self.states.exact(self.state) == Some(text),
            Effect::ObserveNot(text) => self.states.exact(self.state) != Some(text),
            Effect::Set(_) | Effect::Append(_) | Effect::Spoil => true,
        }
    }

    /// Whether this is a completed write that changes nothing for those who are left, if it takes effect just
    /// before another write or where the state is unobservable already. While compare-and-sets are left that
    /// failed, no write is: they may profit from a state that nobody observes.
    pub(in super::super) fn can_hide(&self, entry: usize) -> bool {
        let Entry { effect, ended, .. } = self.entries[entry];
        let is_visible = match effect {
            Effect::Set(state) => self.is_observed(state),
            Effect::Spoil => false,
            _ => true,
        };
        ended.is_some() && !is_visible && self.differences == 0
    }

    /// Whether the state is one that nobody can observe.
    pub(in super::super) fn is_unseen(&self) -> bool {
        self.state == UNSEEN
    }

    /// Lets an operation that fits take effect. False if no way leads on from there; the caller takes it back.
    pub(in super::super) fn take(&mut self, entry: usize) -> bool {
        self.taken[entry] = true;
        self.order.push(entry as u32);
        self.account(entry, false);
        let mut before = self.states.ahead(self.state);
        self.state = match self.entries[entry].effect {
            Effect::Observe(_) | Effect::ObserveNot(_) => self.state,
            Effect::Set(state) | Effect::Replace(_, state) => state,
            Effect::Append(value) => self.states.appended(self.state, self.values[value as usize]),
            Effect::Spoil => UNSEEN,
        };
        let ahead = self.states.ahead(self.state);
        if before != ahead && before.any(|text| !ahead.contains(&text) && self.is_stranded(text)) {
            return false;
        }
        if !self.is_observed(self.state) {
            self.state = UNSEEN;
        }
        true
    }

    /// Takes operations back until `len` are left, which had led to `state`.
    pub(in super::super) fn take_back(&mut self, len: usize, state: State) {
        while self.order.len() > len {
            let Some(entry) = self.order.pop() else { break };
            self.taken[entry as usize] = false;
            self.account(entry as usize, true);
        }
        self.state = state;
    }

    /// The places in the history of those who have taken effect, in that order.
    pub(in super::super) fn places(&self) -> Vec<usize> {
        self.order.iter().map(|entry| self.entries[*entry as usize].place).collect()
    }

    fn is_observed(&self, state: State) -> bool {
        self.states.ahead(state).into_iter().any(|text| self.observers[text] > 0)
    }

    fn is_stranded(&self, text: usize) -> bool {
        self.needed[text] > 0 && self.sources[text] == 0
    }

    /// Counts an operation among those that are left, or takes it out.
    fn account(&mut self, entry: usize, left: bool) {
        let change = |count: &mut u32| if left { *count += 1 } else { *count -= 1 };
        let Entry { effect, must, .. } = self.entries[entry];
        if let Some(text) = effect.needs().filter(|_| must) {
            change(&mut self.needed[text as usize]);
        }
        if let Some(text) = effect.observes() {
            change(&mut self.observers[text as usize]);
        }
        if let Some(state) = effect.leaves() {
            self.states.ahead(state).for_each(|text| change(&mut self.sources[text]));
        }
        if matches!(effect, Effect::ObserveNot(_)) {
            change(&mut self.differences);
        }
    }
}
