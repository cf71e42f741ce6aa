//! Where the operations are: lanes, rows in them, and instants from left to right.

use std::collections::BTreeSet;

use crate::history::History;
use crate::time::Time;

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// Its place in the history.
    pub(super) place: usize,
    /// The place of its client among the clients.
    pub(super) lane: usize,
    /// Its row in the lane: a client may have several operations under way.
    pub(super) row: usize,
    /// The instant of its beginning.
    pub(super) begin: usize,
    /// The instant of its end; the one behind the last if it has none.
    pub(super) end: usize,
}

/// All operations that are shown.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) clients: Vec<String>,
    /// How many rows each client's lane has.
    pub(super) rows: Vec<usize>,
    pub(super) bars: Vec<Bar>,
    /// Beginnings and ends; what begins at the moment at which something else ends comes before, for the two are
    /// concurrent.
    pub(super) instants: Vec<Time>,
}

impl Layout {
    pub(super) fn of(history: &History, shown: Vec<usize>) -> Self {
        const BEGIN: bool = false;
        const END: bool = true;
        let ops: Vec<_> = shown.iter().map(|place| (*place, &history.0[*place])).collect();
        let mut instants: BTreeSet<(Time, bool)> = BTreeSet::new();
        for (_, op) in &ops {
            instants.insert((op.began, BEGIN));
            instants.extend(op.ended.map(|ended| (ended.max(op.began), END)));
        }
        let instants: Vec<_> = instants.into_iter().collect();
        let mut clients: Vec<String> = Vec::new();
        let mut bars = Vec::new();
        for (place, op) in ops {
            let lane = clients.iter().position(|client| *client == op.client).unwrap_or_else(|| {
                clients.push(op.client.clone());
                clients.len() - 1
            });
            let find = |instant| instants.partition_point(|other| *other < instant);
            let end = op.ended.map_or(instants.len(), |ended| find((ended.max(op.began), END)));
            bars.push(Bar { place, lane, row: 0, begin: find((op.began, BEGIN)), end });
        }
        let rows = assign_rows(&mut bars, clients.len());
        Self { clients, rows, bars, instants: instants.into_iter().map(|(at, _)| at).collect() }
    }

    /// Where each instant is, and behind the last one the end of operations without an end: as near as possible, but
    /// `gap` apart, and so that each bar is as wide as it needs.
    pub(super) fn positions(&self, gap: f64, need: impl Fn(&Bar) -> f64) -> Vec<f64> {
        let mut positions = vec![0.0_f64];
        for instant in 1..=self.instants.len() {
            let ending = self.bars.iter().filter(|bar| bar.end == instant);
            let needed = ending.map(|bar| positions[bar.begin] + need(bar));
            positions.push(needed.fold(positions[instant - 1] + gap, f64::max));
        }
        positions
    }

    /// Where operations take effect, in this order: each inside its bar, each after the one before it, as far as that
    /// can be, at least `apart` if there is room. In the order of the bars; nothing for those that are not in it.
    pub(super) fn points(&self, order: &[usize], positions: &[f64], apart: f64) -> Vec<Option<f64>> {
        let bar_of = |place: &usize| self.bars.iter().position(|bar| bar.place == *place);
        let order: Vec<usize> = order.iter().filter_map(bar_of).collect();
        let spread = |apart: f64| {
            let mut earliest = Vec::new();
            for bar in &order {
                let begin = positions[self.bars[*bar].begin] + apart;
                earliest.push(earliest.last().map_or(begin, |before: &f64| begin.max(before + apart)));
            }
            let mut latest: Vec<f64> = Vec::new();
            for bar in order.iter().rev() {
                let end = positions[self.bars[*bar].end] - apart;
                latest.push(latest.last().map_or(end, |after: &f64| end.min(after - apart)));
            }
            latest.reverse();
            earliest.into_iter().zip(latest).collect::<Vec<_>>()
        };
        let fits = |spans: &Vec<(f64, f64)>| spans.iter().all(|(earliest, latest)| earliest <= latest);
        let tried = [apart, apart / 2.0, apart / 5.0].into_iter().map(spread).find(fits);
        let spans = tried.unwrap_or_else(|| spread(0.0));
        let mut points = vec![None; self.bars.len()];
        for (bar, (earliest, latest)) in order.iter().zip(spans) {
            let Bar { begin, end, .. } = self.bars[*bar];
            // An order against real time leaves no room: each stays in its bar all the same.
            points[*bar] = Some(((earliest + latest) / 2.0).clamp(positions[begin], positions[end]));
        }
        points
    }
}

/// The first row of its lane that is free, for each bar; says how many rows each lane has.
fn assign_rows(bars: &mut [Bar], lanes: usize) -> Vec<usize> {
    // By lane and row: where the last bar of the row ends.
    let mut ends: Vec<Vec<usize>> = vec![Vec::new(); lanes];
    let mut order: Vec<usize> = (0..bars.len()).collect();
    order.sort_by_key(|bar| (bars[*bar].begin, *bar));
    for bar in order {
        let bar = &mut bars[bar];
        let rows = &mut ends[bar.lane];
        bar.row = rows.iter().position(|end| *end < bar.begin).unwrap_or(rows.len());
        match rows.get_mut(bar.row) {
            Some(end) => *end = bar.end,
            None => rows.push(bar.end),
        }
    }
    ends.iter().map(Vec::len).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::write;
    use super::*;

    fn layout(spans: &[(u64, u64)]) -> Layout {
        let ops = spans.iter().enumerate();
        let ops = ops.map(|(i, (began, length))| write(&format!("c{}", i % 3), "v", *began, began + length));
        let history = History(ops.collect());
        Layout::of(&history, (0..history.0.len()).collect())
    }

    proptest! {
        #[test]
        fn the_picture_shows_who_ended_before_whom_began(spans in prop::collection::vec((0_u64..30, 0_u64..10), 1..20)) {
            let layout = layout(&spans);
            let positions = layout.positions(1.0, |_| 5.0);
            for (a, b) in layout.bars.iter().flat_map(|a| layout.bars.iter().map(move |b| (a, b))) {
                let before = spans[a.place].0 + spans[a.place].1 < spans[b.place].0;
                prop_assert_eq!(before, positions[a.end] < positions[b.begin]);
            }
        }

        #[test]
        fn bars_of_one_row_do_not_overlap(spans in prop::collection::vec((0_u64..30, 0_u64..10), 1..20)) {
            let layout = layout(&spans);
            for (i, a) in layout.bars.iter().enumerate() {
                for b in &layout.bars[i + 1..] {
                    let apart = a.end < b.begin || b.end < a.begin;
                    prop_assert!(apart || (a.lane, a.row) != (b.lane, b.row));
                }
            }
        }

        #[test]
        fn points_of_a_real_order_ascend_inside_their_bars(
            spans in prop::collection::vec((0_u64..30, 0_u64..10), 1..20),
        ) {
            // By beginning is an order that real time allows.
            let layout = layout(&spans);
            let mut order: Vec<usize> = (0..spans.len()).collect();
            order.sort_by_key(|place| spans[*place].0);
            let positions = layout.positions(10.0, |_| 30.0);
            let points = layout.points(&order, &positions, 8.0);
            let mut last = f64::NEG_INFINITY;
            for place in order {
                let point = points[place].unwrap();
                let Bar { begin, end, .. } = layout.bars[place];
                prop_assert!(last <= point && positions[begin] <= point && point <= positions[end]);
                last = point;
            }
        }
    }
}
