//! Chapter 4: replication lag.

use super::*;

#[test]
fn answers_may_be_written_in_many_ways() {
    for (id, forms) in [
        ("Q4.1a", vec!["b", "B"]),
        ("Q4.2", vec!["B D E A F C", "BDEAFC", "4=A 1=B 6=C 2=D 3=E 5=F"]),
        ("Q4.3a", vec!["no/if/no yes/yes/if if/no/no yes/yes/no no/no/yes"]),
        ("Q4.3b", vec!["F2 lags 3 s\nann writes photo = new\nann reads photo"]),
        ("Q4.4", vec!["b"]),
        ("Q4.5", vec!["d"]),
    ] {
        for form in forms {
            assert_eq!(verdict(id, form), Verdict::Right, "{id} {form}: {}", answer(id, form).figure());
        }
    }
}

/// Two of four replicas are behind, and each read asks one of the four.
#[test]
fn new_and_then_old_is_seen_once_in_four() {
    let behind = [true, true, false, false];
    let pairs = behind.iter().flat_map(|first| behind.iter().map(move |second| (first, second)));
    assert_eq!(4 * pairs.filter(|(first, second)| !**first && **second).count(), 4 * 4);
    let asked = &find("Q4.1").expect("the bank has it").0.interview;
    assert!(asked.as_deref().is_some_and(|text| text.contains("½ · ½ = ¼")));
}
