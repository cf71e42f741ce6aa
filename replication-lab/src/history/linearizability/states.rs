//! The states of one key, as far as anybody can tell them apart.
//!
//! A state matters only through what somebody may still observe: a read that returns it, a compare-and-set that
//! expects it. If the key's text only grows between writes, a state matters exactly as long as it is a beginning
//! of an observed text. So a state is a range of the sorted observed texts, those that begin with it, and every
//! state that begins none of them is the same one: [`UNSEEN`].

use std::collections::BTreeMap;
use std::ops::Range;

/// A state: a place in the list of states.
pub(in super::super) type State = u32;

/// A state that nobody can observe, nor anything that grows out of it.
pub(in super::super) const UNSEEN: State = 0;

/// The observed texts and the states among them.
pub(in super::super) struct States<'a> {
    // Sorted, each once; nothing is less than any text.
    texts: Vec<Option<&'a str>>,
    // Whether something appends to the key. If nothing does, a state leads only to itself.
    grows: bool,
    states: Vec<Known>,
    by_place: BTreeMap<(u32, Option<u32>), State>,
}

struct Known {
    // The observed texts that begin with this state.
    first: u32,
    end: u32,
    // How long its text is, in bytes; nothing for the state in which there is nothing.
    len: Option<u32>,
    // The observed text that it is.
    exact: Option<u32>,
}

impl<'a> States<'a> {
    pub(in super::super) fn new(mut texts: Vec<Option<&'a str>>, grows: bool) -> Self {
        texts.sort_unstable();
        texts.dedup();
        let unseen = Known { first: 0, end: 0, len: None, exact: None };
        Self { texts, grows, states: vec![unseen], by_place: BTreeMap::new() }
    }

    /// How many texts are observed.
    pub(in super::super) fn texts(&self) -> usize {
        self.texts.len()
    }

    /// The place of an observed text.
    pub(in super::super) fn text(&self, text: Option<&str>) -> Option<u32> {
        self.texts.binary_search(&text).ok().map(|place| place as u32)
    }

    /// The observed text that the state is.
    pub(in super::super) fn exact(&self, state: State) -> Option<u32> {
        self.states[state as usize].exact
    }

    /// The observed texts that the state can still become without another write.
    pub(in super::super) fn ahead(&self, state: State) -> Range<usize> {
        let known = &self.states[state as usize];
        known.first as usize..known.end as usize
    }

    /// The state after a write of a value; of nothing, the state of a key that was never written.
    pub(in super::super) fn of(&mut self, value: Option<&str>) -> State {
        let first = self.texts.partition_point(|text| *text < value);
        let is = self.texts.get(first) == Some(&value);
        let rest = &self.texts[first..];
        let count = match value {
            _ if !self.grows => usize::from(is),
            None => rest.len(),
            Some(value) => rest.partition_point(|text| text.is_some_and(|text| text.starts_with(value))),
        };
        self.known(first, count, value.map(|value| value.len() as u32))
    }

    /// The state after a value was appended.
    pub(in super::super) fn appended(&mut self, state: State, value: &str) -> State {
        let Known { first, end, len, .. } = self.states[state as usize];
        let (range, len) = (&self.texts[first as usize..end as usize], len.unwrap_or(0) as usize);
        // All of them begin with the state, so they are sorted by what follows it as well.
        let rest = |text: &Option<&'a str>| text.and_then(|text| text.as_bytes().get(len..));
        let value = value.as_bytes();
        let before = range.partition_point(|text| rest(text) < Some(value));
        let count =
            range[before..].partition_point(|text| rest(text).is_some_and(|rest| rest.starts_with(value)));
        self.known(first as usize + before, count, Some((len + value.len()) as u32))
    }

    /// Whether a value is part of an observed text: if it isn't, no state that it was appended to is ever
    /// observed.
    pub(in super::super) fn occurs(&self, value: &str) -> bool {
        // A text that begins the next one adds nothing to it.
        let longest = self.texts.iter().enumerate().filter(|(place, text)| {
            let next = self.texts.get(place + 1).copied().flatten();
            !next.is_some_and(|next| next.starts_with(text.unwrap_or_default()))
        });
        longest.filter_map(|(_, text)| *text).any(|text| text.contains(value))
    }

    fn known(&mut self, first: usize, count: usize, len: Option<u32>) -> State {
        if count == 0 {
            return UNSEEN;
        }
        let first = first as u32;
        let next = self.states.len() as State;
        let state = *self.by_place.entry((first, len)).or_insert(next);
        if state == next {
            let text = self.texts[first as usize];
            let exact = (text.map(|text| text.len() as u32) == len).then_some(first);
            self.states.push(Known { first, end: first + count as u32, len, exact });
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_grows_narrows_down_what_it_can_become() {
        let texts = vec![Some("abc"), Some("ab"), None, Some("b"), Some("abd"), Some("ab")];
        let mut states = States::new(texts, true);
        let nothing = states.of(None);
        assert_eq!((states.texts(), states.ahead(nothing), states.exact(nothing)), (5, 0..5, Some(0)));
        let a = states.appended(nothing, "a");
        assert_eq!((states.ahead(a), states.exact(a)), (1..4, None));
        let ab = states.appended(a, "b");
        assert_eq!((states.ahead(ab), states.exact(ab), ab), (1..4, Some(1), states.of(Some("ab"))));
        let abd = states.appended(ab, "d");
        assert_eq!((states.ahead(abd), states.exact(abd)), (3..4, Some(3)));
        assert_eq!(states.appended(abd, "d"), UNSEEN);
        assert_eq!(states.appended(UNSEEN, "a"), UNSEEN);
        assert_eq!(states.of(Some("c")), UNSEEN);
        assert_eq!(["bc", "bd", "b", "dc"].map(|value| states.occurs(value)), [true, true, true, false]);
    }

    #[test]
    fn a_register_leads_only_to_itself() {
        let mut states = States::new(vec![Some("1"), Some("12")], false);
        let one = states.of(Some("1"));
        assert_eq!((states.ahead(one), states.exact(one)), (0..1, Some(0)));
        assert_eq!(states.of(None), UNSEEN);
    }

    #[test]
    fn nothing_and_the_empty_text_differ() {
        let mut states = States::new(vec![Some(""), None], true);
        let (nothing, empty) = (states.of(None), states.of(Some("")));
        assert_ne!(nothing, empty);
        assert_eq!(states.appended(nothing, ""), empty);
    }
}
