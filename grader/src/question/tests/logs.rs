//! Chapter 3: what the lab does is what the answers say.

use replication_lab::change_capture::{Capture, Confirm};
use replication_lab::log::Lsn;
use replication_lab::replication_log::{
    Fixing, Follower, Identity, Method, Replica, Source, Verdict as Seen, compare,
};
use replication_lab::table_engine::{Database, Event};
use replication_lab::time::Time;

use super::*;

fn shop() -> Database {
    let mut db = Database::new(15, 1);
    for sql in [
        "CREATE TABLE users (id INT PRIMARY KEY, name TEXT, email TEXT, updated_at TIMESTAMP)",
        "CREATE TABLE orders (id SERIAL PRIMARY KEY, user_id INT)",
        "CREATE TABLE visits (n SERIAL PRIMARY KEY, who INT, at TIMESTAMP)",
        "CREATE TABLE coupons (id INT PRIMARY KEY, code UUID)",
        "INSERT INTO users (id, name) VALUES (50, 'Bob'), (7, 'Carol'), (42, 'Alice')",
        "INSERT INTO orders (user_id) VALUES (42), (7)",
    ] {
        db.execute(sql).expect("the statements are fixed");
    }
    db.add_trigger("orders", Event::Update, "INSERT INTO visits (who, at) VALUES (NEW.user_id, NOW())")
        .expect("the tables are there");
    db
}

/// Each option of Q3.3a, as text, for a follower from a dump that is two seconds behind.
#[test]
fn what_is_safe_as_a_statement() {
    let bank = banks().iter().find(|bank| bank.chapter == 3).expect("it is there");
    let question = bank.questions.iter().find(|question| question.id == "Q3.3").expect("it is there");
    let Kind::Many(choice) = &question.parts[0].kind else { panic!("Q3.3a takes letters") };
    let mut letters = String::new();
    for (at, option) in choice.options.iter().enumerate() {
        let sql = option.text.split('`').nth(1).expect("it quotes a statement");
        let mut db = shop();
        if !sql.starts_with("INSERT") && sql.contains("43") {
            db.execute("INSERT INTO users (id, name) VALUES (43, 'Bob')").expect("the key is free");
        }
        let method = Method::Statement(Fixing::Nothing);
        let outcome = compare(&db, &[sql], Follower::default(), &[method]).expect("it is a statement");
        if outcome[0].verdict == Seen::Equal {
            letters.push(letter(at));
        }
    }
    assert_eq!(verdict("Q3.3a", letters.as_str()), Verdict::Right, "{letters}");
}

/// Q3.2: what each method does in the five stories.
#[test]
fn symptoms() {
    let rename = "UPDATE users SET updated_at = NOW() WHERE id = 42";
    let equal = |method, follower| {
        compare(&shop(), &[rename], follower, &[method]).expect("it is a statement")[0].verdict == Seen::Equal
    };
    let (nothing, rows) = (Method::Statement(Fixing::Nothing), Method::Logical(Identity::Default));
    let other = Follower { major: 16, ..Follower::default() };
    assert!(
        [Method::Physical, rows, Method::Trigger].iter().all(|method| equal(*method, Follower::default()))
    );
    assert!(!equal(nothing, Follower::default()));
    assert!(!equal(Method::Physical, other) && equal(rows, other) && equal(Method::Trigger, other));

    let written = |method| {
        let mut leader = Source::new(shop(), method).expect("it can be set up");
        leader.execute("INSERT INTO orders (user_id) VALUES (7)").expect("the table is there").work.written
    };
    assert_eq!([nothing, Method::Physical, rows, Method::Trigger].map(written), [1, 1, 1, 2]);

    // A long transaction that commits last; how many of the leader's rows the follower lacks, or has too many.
    let long = |method| {
        let mut leader = Source::new(shop(), method).expect("it can be set up");
        let mut follower = Replica::of(&leader, leader.db.copy_of_pages(2));
        let (mut first, mut second) = (leader.db.begin(), leader.db.begin());
        leader.db.execute_in(&mut first, "INSERT INTO users (id) VALUES (1)").expect("the key is free");
        leader.db.execute_in(&mut second, "INSERT INTO users (id) VALUES (2)").expect("the key is free");
        leader.commit(second).expect("nobody is in the way");
        // The program reads what it sees: the short one.
        leader.commit(first).expect("nobody is in the way");
        follower.catch_up(&leader).expect("it fits");
        leader.db.rows("users") == follower.db.rows("users")
    };
    assert_eq!([nothing, Method::Physical, rows, Method::Trigger].map(long), [true, true, true, false]);

    let mut leader = Source::new(shop(), rows).expect("it can be set up");
    let mut follower = Replica::of(&leader, leader.db.copy_of_pages(2));
    leader.execute("ALTER TABLE users ADD COLUMN age INT DEFAULT 18").expect("it is new");
    leader.execute("UPDATE users SET age = 30 WHERE id = 42").expect("it is there");
    assert!(follower.catch_up(&leader).is_err());
    assert_eq!(verdict("Q3.2", "A B D C D"), Verdict::Right);
}

/// Q3.4: how far the slots are behind, and how long the disk lasts.
#[test]
fn a_slot_and_a_disk() {
    let behind = |position: &str| {
        let [newest, position]: [Lsn; 2] =
            ["9A/7C1F2208", position].map(|text| text.parse().expect("it is a position"));
        newest.bytes() - position.bytes()
    };
    assert!(behind("9A/7C1F0B40") < 10_000);
    assert!(behind("41/03B2A9C0") > 300_000_000_000);
    assert_eq!(verdict("Q3.4b", 144_000.0 / 4.0 / 3_600.0), Verdict::Right);
    for (value, says) in [
        (144.0 / 4.0, "144 ÷ 4"),
        (144_000.0 / 4.0, "seconds"),
        (144_000.0 / 4.0 / 60.0, "minutes"),
        (144_000.0 * 4.0 / 3_600.0, "multiplied"),
        (144_000.0 / 4.0 / 4.0 / 3_600.0, "once more"),
        (144.0 * 1_024.0 / 4.0 / 3_600.0, "1,024"),
    ] {
        let feedback = answer("Q3.4b", value);
        assert_eq!(feedback.verdict, Verdict::Wrong, "{value}");
        assert!(feedback.details[0].text.contains(says), "{value}: {}", feedback.details[0].text);
    }
}

/// Q3.5: a crash at each millisecond of a transaction's way, under both orders of writing and confirming.
#[test]
fn confirming_too_soon_loses() {
    let lost = |confirm| {
        (0..40)
            .filter(|crash| {
                let builder = Capture::builder().confirm(confirm).deduplicate(true).trace(false).seed(*crash);
                let mut capture = builder.build().expect("it is a cluster");
                capture.run_for(Time::ms(5));
                capture.execute("INSERT INTO users VALUES (1, 'Ann')").expect("the key is free");
                capture.run_for(Time::ms(*crash));
                capture.crash("consumer").expect("it is up");
                capture.run_for(Time::ms(50));
                capture.restart("consumer").expect("it is down");
                capture.run_for(Time::s(2));
                capture.differing_rows("consumer", "users").expect("it is there") > 0
            })
            .count()
    };
    assert_eq!(lost(Confirm::WhenDurable), 0);
    assert!(lost(Confirm::OnReceipt) > 0);
}

#[test]
fn answers_may_be_written_in_many_ways() {
    for (id, forms) in [
        ("Q3.1a", vec!["c", "C"]),
        ("Q3.2", vec!["ABDCD", "1=A 2=B 3=D 4=C 5=D"]),
        ("Q3.3a", vec!["abf", "a, b and f"]),
        ("Q3.4a", vec!["b"]),
        ("Q3.4b", vec!["10", "10 hours", "10.0"]),
        ("Q3.4c", vec!["c"]),
        ("Q3.5", vec!["d", "After step 4."]),
        (
            "Q3.3b",
            vec![
                "T1: DELETE FROM orders WHERE user_id = 7\nT2: INSERT INTO orders (user_id) VALUES (7)\nT2: commit\nT1: commit",
            ],
        ),
    ] {
        for form in forms {
            assert_eq!(verdict(id, form), Verdict::Right, "{id} {form}: {}", answer(id, form).figure());
        }
    }
}

#[test]
fn feedback_reads_well() {
    if crate::edition::is_edition("model answers") {
        return;
    }
    let shown = |id: &str, given: &str| format!("{id} ⇐ {given}\n\n{}", answer(id, given).figure());
    let all = [
        shown("Q3.1a", "d"),
        shown("Q3.1b", "Debezium, because everybody can read the rows."),
        shown("Q3.1b", "Ship the SQL statements and let the consumer execute them on the index."),
        shown("Q3.2", "A B D C A"),
        shown("Q3.2", "B A C D A"),
        shown("Q3.3a", "abcf"),
        shown("Q3.3b", "T1: DELETE FROM orders WHERE user_id = 7\nT2: DELETE FROM order\nT2: commit"),
        shown("Q3.4b", "36"),
        shown("Q3.5", "e"),
    ]
    .join("\n\n──────\n\n");
    insta::assert_snapshot!(all);
}
