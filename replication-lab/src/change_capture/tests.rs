//! A leader and its consumers, through crashes and bad networks.

use super::*;
use crate::network::{Latency, Link};
use crate::time::Time;

fn insert(capture: &mut Capture, id: usize) {
    capture.execute(&format!("INSERT INTO users VALUES ({id}, 'user {id}')")).unwrap();
}

#[test]
fn transcript_of_a_transaction_that_is_delivered_and_confirmed() {
    let mut capture = Capture::builder().build().unwrap();
    capture.run_for(Time::ms(3));
    insert(&mut capture, 42);
    capture.run_for(Time::ms(250));
    insta::assert_snapshot!(capture.trace().unwrap().transcript());
    assert_eq!(
        (capture.delivered("consumer").unwrap().transactions(), capture.differing_rows("consumer", "users")),
        (1, Ok(0))
    );
}

/// Ten rows, one every 20 ms; the consumer's machine crashes at some ms and is back 50 ms later.
fn crashed_at(builder: Builder, at: u64) -> Capture {
    let mut capture = builder.build().unwrap();
    capture.run_for(Time::ms(5));
    for ms in 0..400 {
        if ms % 20 == 0 && ms < 200 {
            insert(&mut capture, ms / 20);
        }
        if ms as u64 == at {
            capture.crash("consumer").unwrap();
        }
        if ms as u64 == at + 50 {
            capture.restart("consumer").unwrap();
        }
        capture.run_for(Time::ms(1));
    }
    capture.run_for(Time::s(1));
    capture
}

#[test]
fn whatever_moment_it_crashes_at_nothing_is_lost_and_nothing_applied_twice() {
    for at in 0..220 {
        let capture = crashed_at(Capture::builder().trace(false).seed(at), at);
        let delivered = capture.delivered("consumer").unwrap();
        assert_eq!((delivered.transactions(), delivered.repeated()), (10, 0), "crash at {at} ms");
        assert_eq!(
            (capture.differing_rows("consumer", "users"), capture.slot("consumer").unwrap().held),
            (Ok(0), 0)
        );
    }
}

#[test]
fn without_deduplication_some_are_applied_twice_and_none_is_lost() {
    let runs = (0..220).map(|at| {
        let delivered =
            crashed_at(Capture::builder().trace(false).deduplicate(false), at).delivered("consumer").unwrap();
        assert_eq!(delivered.transactions(), 10, "crash at {at} ms");
        delivered.repeated()
    });
    assert!(runs.max() > Some(2));
}

#[test]
fn who_confirms_on_receipt_loses_transactions() {
    let lost = (0..220).filter(|at| {
        let capture = crashed_at(Capture::builder().trace(false).confirm(Confirm::OnReceipt).seed(*at), *at);
        capture.differing_rows("consumer", "users") != Ok(0)
    });
    // Between the receipt and the end of the sync, five milliseconds in twenty, if the crash leaves nothing of it: a
    // coin decides.
    let lost = lost.count();
    assert!(lost >= 5, "{lost}");
}

#[test]
fn who_never_confirms_fills_the_leader_s_disk_and_a_dropped_slot_frees_it() {
    let mut capture =
        Capture::builder().confirm(Confirm::Never).disk(Some(5_000)).trace(false).build().unwrap();
    let refused = (0..).find_map(|id| {
        capture.run_for(Time::ms(10));
        capture.execute(&format!("INSERT INTO users VALUES ({id}, 'x')")).err()
    });
    assert!(matches!(refused, Some(CaptureError::DiskFull { held }) if held > 4_500), "{refused:?}");
    capture.drop_slot("consumer").unwrap();
    capture.execute("INSERT INTO users VALUES (-1, 'x')").unwrap();
}

#[test]
fn a_forgotten_consumer_holds_the_log_although_the_others_confirm() {
    let mut capture = Capture::builder().consumers(&["search", "cache"]).trace(false).build().unwrap();
    capture.run_for(Time::ms(5)).crash("cache").unwrap();
    for id in 0..50 {
        insert(&mut capture, id);
        capture.run_for(Time::ms(20));
    }
    capture.run_for(Time::ms(1_300));
    insta::assert_snapshot!(capture.slots().figure().as_text());
    // With a limit, the slot is given up instead, and its consumer must begin anew.
    let mut capped =
        Capture::builder().consumers(&["search", "cache"]).max_slot_keep(Some(2_000)).build().unwrap();
    capped.run_for(Time::ms(5)).crash("cache").unwrap();
    for id in 0..50 {
        insert(&mut capped, id);
        capped.run_for(Time::ms(20));
    }
    capped.restart("cache").unwrap().run_for(Time::ms(300));
    insta::assert_snapshot!(capped.slots().figure().as_text());
}

#[test]
fn a_quiet_table_holds_the_log_of_a_busy_one_unless_idle_positions_are_confirmed() {
    let held = |confirm_when_idle| {
        let schema = [
            "CREATE TABLE users (id INT PRIMARY KEY, name TEXT)",
            "CREATE TABLE visits (id SERIAL, who INT)",
        ];
        let builder = Capture::builder().schema(&schema).publish(&["users"]);
        let mut capture = builder.confirm_when_idle(confirm_when_idle).trace(false).build().unwrap();
        for who in 0..100 {
            capture.execute(&format!("INSERT INTO visits (who) VALUES ({who})")).unwrap();
            capture.run_for(Time::ms(10));
        }
        capture.run_for(Time::s(1));
        capture.slot("consumer").unwrap().held
    };
    assert_eq!(held(true), 0);
    assert!(held(false) > 10_000);
}

#[test]
fn a_new_column_arrives_with_the_next_row_and_a_restarted_leader_goes_on() {
    let mut capture = Capture::builder().build().unwrap();
    insert(&mut capture, 1);
    capture.run_for(Time::ms(300)).crash("L").unwrap();
    assert_eq!(capture.execute("DELETE FROM users"), Err(CaptureError::LeaderDown));
    capture.restart("L").unwrap().run_for(Time::ms(50));
    capture.execute("ALTER TABLE users ADD COLUMN age INT DEFAULT 18").unwrap();
    insert_with_age(&mut capture);
    capture.run_for(Time::s(1));
    let rows = capture.delivered("consumer").unwrap().rows;
    let ages: Vec<_> = rows.values().map(|row| row.len()).collect();
    assert_eq!(ages, [2, 3], "the row that nobody touched is as it was");
}

fn insert_with_age(capture: &mut Capture) {
    capture.execute("INSERT INTO users VALUES (2, 'Bob', 30)").unwrap();
}

#[test]
fn a_bad_network_delays_and_loses_nothing() {
    for seed in 0..60 {
        let link = Link {
            loss: 0.2,
            duplication: 0.2,
            in_order: false,
            ..Link::new(Latency::Uniform(Time::ms(1), Time::ms(60)))
        };
        let mut capture = Capture::builder().link(link).seed(seed).trace(false).build().unwrap();
        for id in 0..20 {
            insert(&mut capture, id);
            if id % 3 == 0 {
                capture.execute(&format!("UPDATE users SET name = 'changed' WHERE id = {}", id / 2)).unwrap();
            }
            if id == 15 {
                capture.execute("DELETE FROM users WHERE id = 7").unwrap();
            }
            capture.run_for(Time::ms(30));
        }
        capture.run_for(Time::s(20));
        let delivered = capture.delivered("consumer").unwrap();
        assert_eq!((delivered.transactions(), delivered.repeated()), (28, 0), "seed {seed}");
        assert_eq!(capture.differing_rows("consumer", "users"), Ok(0), "seed {seed}");
    }
}

#[test]
fn a_slot_read_by_hand_gives_the_same_again_until_it_is_advanced() {
    let mut capture = Capture::builder().consumers(&["search"]).build().unwrap();
    assert_eq!(
        capture.run_for(Time::ms(5)).peek("search").unwrap_err().to_string(),
        "search is connected and reads its slot itself: crash it first"
    );
    capture.crash("search").unwrap().run_for(Time::s(2));
    (1..=3).for_each(|id| insert(&mut capture, id));
    let held = capture.peek("search").unwrap();
    assert_eq!((held.len(), capture.peek("search").unwrap()), (3, held.clone()));
    capture.advance("search", held[1].end).unwrap();
    let rest: Vec<_> = capture.peek("search").unwrap().iter().map(|transaction| transaction.end).collect();
    assert_eq!(rest, [held[2].end]);
    capture.advance("search", held[0].end).unwrap();
    assert_eq!(capture.slot("search").unwrap().confirmed, held[1].end, "it never goes back");
    let beyond = crate::log::Lsn::new(held[2].end.bytes() + 1);
    assert_eq!(capture.advance("search", beyond), Err(CaptureError::BeyondTheLog { end: held[2].end }));
    assert!(matches!(capture.peek("cache"), Err(CaptureError::UnknownConsumer(..))));
    capture.crash("L").unwrap();
    assert_eq!(capture.peek("search"), Err(CaptureError::LeaderDown));
}

#[test]
fn what_cannot_be_says_why() {
    let why = |builder: Builder| builder.build().map(|_| ()).unwrap_err().to_string();
    let mut capture = Capture::builder().build().unwrap();
    insta::assert_snapshot!(
        [
            why(Capture::builder().consumers(&["a", "a"])),
            why(Capture::builder().consumers(&["L"])),
            why(Capture::builder().keep_alive(Time::ZERO)),
            why(Capture::builder().confirm_every(Time::ZERO)),
            why(Capture::builder().schema(&["CREATE TABLE"])),
            capture.execute("DELETE FROM orders").unwrap_err().to_string(),
            capture.slot("cache").unwrap_err().to_string(),
            capture.crash("cache").map(|_| ()).unwrap_err().to_string(),
        ]
        .join("\n")
    );
}
