//! What clients asked and were told, as bars from beginning to end: the picture to argue about linearizability with
//! (Herlihy & Wing, TOPLAS 1990).
//!
//! Instants are evenly spaced, not to scale: whether one operation ended before another began is all that counts,
//! and a scale would hide it between two that are a microsecond apart. From history to picture: [`choice`] says which
//! operations are shown, [`layout`] where they are, [`picture`] and [`text`] draw them.

mod choice;
mod layout;
mod picture;
mod text;

use std::collections::BTreeSet;

use self::layout::Layout;
use super::Figure;
use crate::history::{History, Op, Witness};

/// Most operations of one picture.
const MOST_OPERATIONS: usize = 24;

/// A lane for each client, with its operations as bars. A bar is open on the right if the operation has no end.
/// Points at which operations take effect can be marked, and guilty operations with what is wrong with them. Its text
/// form is made of letters, with a list of the operations below.
///
/// Beyond 24 operations some are left out, and it says so: with a witness those that have the least to do with it,
/// else the last.
///
/// # Examples
/// ```
/// use replication_lab::history::{Action, History, Op, Verdict, linearizable};
/// use replication_lab::time::Time;
/// use replication_lab::view::HistoryTimeline;
///
/// let op = |client: &str, action, began, ended| Op {
///     client: client.into(), key: "x".into(), action, began: Time::ms(began), ended: Some(Time::ms(ended)),
/// };
/// let history = History(vec![
///     op("w", Action::Write("1".into()), 0, 2),
///     op("r", Action::Read(vec![]), 3, 4),
/// ]);
/// let Verdict::Violated(witness) = linearizable(&history, 1_000) else { panic!("a stale read") };
/// let figure = HistoryTimeline::new("A stale read", &history).witness(&witness).figure();
/// assert!(figure.as_text().contains("r               [!reads x: nothing]"), "{figure}");
/// ```
#[derive(Clone, Debug)]
pub struct HistoryTimeline<'a> {
    title: String,
    history: &'a History,
    order: Vec<usize>,
    witness: Option<&'a Witness>,
}

impl<'a> HistoryTimeline<'a> {
    /// The operations, nothing marked.
    pub fn new(title: impl Into<String>, history: &'a History) -> Self {
        Self { title: title.into(), history, order: Vec::new(), witness: None }
    }

    /// Marks where operations take effect: their places in the history, in the order in which they do. Points are
    /// put inside the bars, one after the other. If that cannot be, because an operation comes after one that began
    /// when it had ended, a sentence says so. Places that the history does not have, or that come twice, are left
    /// out.
    pub fn order(mut self, places: impl IntoIterator<Item = usize>) -> Self {
        let mut seen = BTreeSet::new();
        let known = |place: &usize| *place < self.history.0.len() && seen.insert(*place);
        self.order = places.into_iter().filter(known).collect();
        self
    }

    /// Marks the guilty operations and says what is wrong with them. If the witness explains a beginning of the
    /// history and no [`order`](Self::order) was given, that is the order.
    pub fn witness(mut self, witness: &'a Witness) -> Self {
        self.witness = Some(witness);
        match self.order.is_empty() {
            true => self.order(witness.explained.iter().copied()),
            false => self,
        }
    }

    /// Both forms.
    pub fn figure(&self) -> Figure {
        let layout = self.layout();
        Figure::svg(&self.picture(&layout), &self.title, self.text(&layout))
    }

    fn layout(&self) -> Layout {
        let guilty = self.witness.map_or(&[][..], |witness| &witness.operations);
        Layout::of(self.history, choice::shown(self.history, guilty))
    }

    fn op(&self, place: usize) -> &'a Op {
        &self.history.0[place]
    }

    fn is_guilty(&self, place: usize) -> bool {
        self.witness.is_some_and(|witness| witness.operations.contains(&place))
    }

    /// What an operation does, without its client, which its lane names.
    fn label(&self, place: usize) -> String {
        let op = self.op(place);
        let text = op.to_string();
        text.strip_prefix(&op.client).map_or(text.as_str(), str::trim_start).to_owned()
    }

    /// The same without `reads` and `writes`: a colon stands behind what is read, an equals sign behind what is written.
    fn brief(&self, place: usize) -> String {
        let label = self.label(place);
        let without = label.strip_prefix("reads ").or_else(|| label.strip_prefix("writes "));
        without.map_or(label.clone(), str::to_owned)
    }

    /// The sentences below: what is wrong, that the order is none, what is left out.
    fn sentences(&self, layout: &Layout) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.history.0.is_empty() {
            sentences.push("No operations.".to_owned());
        }
        sentences.extend(self.witness.map(|witness| format!("{}.", witness.why.trim_end_matches('.'))));
        if let Some((first, second)) = self.broken_order() {
            let (first, second) = (self.op(first), self.op(second));
            sentences.push(format!(
                "The points are no linearization: “{second}” comes after “{first}”, but had ended before that began."
            ));
        }
        match self.history.0.len() - layout.bars.len() {
            0 => {}
            1 => sentences.push("One operation more is not shown.".into()),
            more => sentences.push(format!("{more} operations more are not shown.")),
        }
        sentences
    }

    /// Two operations of the order of which the second had ended before the first began.
    fn broken_order(&self) -> Option<(usize, usize)> {
        let mut latest: Option<usize> = None;
        for place in &self.order {
            let op = self.op(*place);
            match latest {
                Some(before) if op.ended.is_some_and(|ended| ended < self.op(before).began) => {
                    return Some((before, *place));
                }
                Some(before) if op.began <= self.op(before).began => {}
                _ => latest = Some(*place),
            }
        }
        None
    }

    /// The numbers of the operations that have points, by their places.
    fn number(&self, place: usize) -> Option<usize> {
        self.order.iter().position(|other| *other == place).map(|index| index + 1)
    }
}

crate::shown_in_notebooks!(HistoryTimeline<'_>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Action, Verdict, linearizable};
    use crate::time::Time;

    pub(super) fn op(client: &str, action: Action, began: u64, ended: impl Into<Option<u64>>) -> Op {
        let ended = ended.into().map(Time::ms);
        Op { client: client.into(), key: "x".into(), action, began: Time::ms(began), ended }
    }

    pub(super) fn write(client: &str, value: &str, began: u64, ended: impl Into<Option<u64>>) -> Op {
        op(client, Action::Write(value.into()), began, ended)
    }

    fn read(client: &str, values: &[&str], began: u64, ended: u64) -> Op {
        op(client, Action::Read(values.iter().map(|value| (*value).into()).collect()), began, ended)
    }

    /// A slow write is seen by one reader and then not by another.
    fn new_then_old() -> History {
        History(vec![
            write("w", "1", 0, 1),
            write("w", "2", 2, 20),
            read("r1", &["2"], 3, 4),
            read("r2", &["1"], 5, 6),
            write("v", "3", 6, None),
        ])
    }

    #[test]
    fn time_runs_backwards() {
        let history = new_then_old();
        let Verdict::Violated(witness) = linearizable(&history, 1_000) else { panic!("new, then old") };
        let figure = HistoryTimeline::new("New, then old", &history).witness(&witness).figure();
        insta::assert_snapshot!(figure.as_text());
    }

    #[test]
    fn where_there_is_little_room_the_verbs_go_before_the_values() {
        let of = |reads: u64| {
            let seen = (0..reads).map(|nth| read("c3", &["a question"], 10 * nth + 5, 10 * nth + 6));
            let history = History(std::iter::once(write("c1", "a question", 0, 1)).chain(seen).collect());
            let text = HistoryTimeline::new("Questions", &history).figure().as_text().to_owned();
            text.lines().nth(2).unwrap_or_default().to_owned()
        };
        insta::assert_snapshot!([of(2), of(4)].join("\n"), @r"
        c3                       [reads x: a question][reads x: a question]
        c3                [x: a question][x: a question][x: a question][x: a question]
        ");
    }

    #[test]
    fn points_in_an_order_that_explains_the_history() {
        let mut history = new_then_old();
        history.0[3] = read("r2", &["2"], 5, 6);
        let figure = HistoryTimeline::new("One order", &history).order([0, 1, 2, 3, 7, 3]).figure();
        insta::assert_snapshot!(figure.as_text());
    }

    #[test]
    fn an_order_against_real_time_is_told() {
        let history = new_then_old();
        let figure = HistoryTimeline::new("No order", &history).order([0, 3, 2]).figure();
        let text = figure.as_text();
        assert!(text.contains("“r1 reads x: 2” comes after “r2 reads x: 1”, but had ended before"), "{text}");
        // Operations that touch are concurrent.
        let touching = History(vec![write("a", "1", 0, 5), write("b", "2", 5, 9)]);
        assert_eq!(HistoryTimeline::new("Touching", &touching).order([1, 0]).broken_order(), None);
    }

    #[test]
    fn long_histories_show_what_the_witness_is_about() {
        let ops = (0..200).map(|i| write(&format!("c{}", i % 3), &i.to_string(), 10 * i, 10 * i + 15));
        let history = History(ops.collect());
        let witness =
            Witness { operations: vec![100, 102], why: "they are suspects".into(), ..Witness::default() };
        let figure = HistoryTimeline::new("Many", &history).witness(&witness).figure();
        let text = figure.as_text();
        assert!(text.contains("writes x=100") && text.contains("writes x=102"), "{text}");
        assert!(text.contains("176 operations more are not shown."), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
    }

    #[test]
    fn what_cannot_be_drawn_gives_a_picture_all_the_same() {
        let odd = History(vec![
            Op { began: Time::NEVER, ..write("", "1", 0, None) },
            write("ends before it begins", "2", 9, 3),
            read("no length", &["a", "b"], 4, 4),
        ]);
        let witness = Witness { operations: vec![1, 99], why: String::new(), ..Witness::default() };
        for history in [History::default(), odd] {
            let figure = HistoryTimeline::new("", &history).order([2, 1, 0]).witness(&witness).figure();
            assert!(!figure.as_text().is_empty());
        }
    }
}
