//! Many drawings as one: what they share is there once.

use std::collections::{BTreeMap, BTreeSet};

/// Shapes, each with the drawings that it is in.
pub(super) type Merged = Vec<(String, BTreeSet<usize>)>;

/// The shapes of all drawings in one order: those of one drawing are exactly its own, in its own order. Every shape is
/// there once if the drawings agree on the order of what they share; else some are there more than once.
pub(super) fn merge(drawings: &[Vec<String>]) -> Merged {
    in_one_order(drawings).unwrap_or_else(|| one_by_one(drawings))
}

/// An order that is that of all drawings (Kahn, CACM 1962); nothing if they contradict one another. What a drawing has
/// twice counts as two shapes.
fn in_one_order(drawings: &[Vec<String>]) -> Option<Merged> {
    let mut numbers: BTreeMap<(&str, usize), usize> = BTreeMap::new();
    let mut shapes: Merged = Vec::new();
    let mut after: Vec<BTreeSet<usize>> = Vec::new();
    for (drawing, drawn) in drawings.iter().enumerate() {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        let mut before = None;
        for shape in drawn {
            let time = times.entry(shape).or_default();
            let number = *numbers.entry((shape, *time)).or_insert_with(|| {
                shapes.push((shape.clone(), BTreeSet::new()));
                after.push(BTreeSet::new());
                shapes.len() - 1
            });
            *time += 1;
            shapes[number].1.insert(drawing);
            if let Some(before) = before.replace(number) {
                let before: usize = before;
                after[before].insert(number);
            }
        }
    }
    let mut waits_for = vec![0_usize; shapes.len()];
    after.iter().flatten().for_each(|shape| waits_for[*shape] += 1);
    let mut free: BTreeSet<usize> = (0..shapes.len()).filter(|shape| waits_for[*shape] == 0).collect();
    let mut order = Vec::with_capacity(shapes.len());
    while let Some(shape) = free.pop_first() {
        order.push(shape);
        for next in &after[shape] {
            waits_for[*next] -= 1;
            if waits_for[*next] == 0 {
                free.insert(*next);
            }
        }
    }
    let whole = order.len() == shapes.len();
    whole.then(|| order.into_iter().map(|shape| std::mem::take(&mut shapes[shape])).collect())
}

/// One drawing after the other is put into what is there already, as far as their orders agree.
fn one_by_one(drawings: &[Vec<String>]) -> Merged {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut merged: Vec<(usize, BTreeSet<usize>)> = Vec::new();
    for (drawing, shapes) in drawings.iter().enumerate() {
        let shapes: Vec<usize> = shapes
            .iter()
            .map(|shape| {
                let next = numbers.len();
                *numbers.entry(shape).or_insert(next)
            })
            .collect();
        let old: Vec<usize> = merged.iter().map(|(shape, _)| *shape).collect();
        let mut next = Vec::with_capacity(merged.len() + shapes.len());
        let mut merging = merged.into_iter();
        let mut taken = 0;
        for (shape, place) in shapes.iter().zip(matches(&old, &shapes)) {
            match place {
                Some(place) => {
                    next.extend(merging.by_ref().take(place - taken));
                    next.extend(merging.next().map(|(shape, mut of)| {
                        of.insert(drawing);
                        (shape, of)
                    }));
                    taken = place + 1;
                }
                None => next.push((*shape, BTreeSet::from([drawing]))),
            }
        }
        next.extend(merging);
        merged = next;
    }
    let mut shapes: Vec<(&str, usize)> = numbers.into_iter().collect();
    shapes.sort_by_key(|(_, number)| *number);
    merged.into_iter().map(|(shape, of)| (shapes[shape].0.to_owned(), of)).collect()
}

/// Where each of the new shapes is among the old ones, in ascending order: a longest common subsequence.
fn matches(old: &[usize], new: &[usize]) -> Vec<Option<usize>> {
    let width = new.len() + 1;
    let mut longest = vec![0_usize; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = match old[i] == new[j] {
                true => longest[(i + 1) * width + j + 1] + 1,
                false => longest[(i + 1) * width + j].max(longest[i * width + j + 1]),
            };
        }
    }
    let mut found = vec![None; new.len()];
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            found[j] = Some(i);
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

/// Neighbours that are in the same drawings, together.
pub(super) fn grouped(shapes: Merged) -> Vec<(Vec<String>, BTreeSet<usize>)> {
    let mut groups: Vec<(Vec<String>, BTreeSet<usize>)> = Vec::new();
    for (shape, of) in shapes {
        match groups.last_mut() {
            Some((together, same)) if *same == of => together.push(shape),
            _ => groups.push((vec![shape], of)),
        }
    }
    groups
}

/// Numbers as ranges: `0-3 7`.
pub(super) fn ranges(numbers: &BTreeSet<usize>) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let told = ranges.into_iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    told.collect::<Vec<_>>().join(" ")
}
