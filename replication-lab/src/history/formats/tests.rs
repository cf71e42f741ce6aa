//! What each format says, clause by clause, and what broken files are told.

use super::*;
use crate::history::generate::{Flaw, Generator, Kind};
use crate::history::{Limits, Verdict, linearizable_from};

fn verdict(text: &str) -> Verdict {
    let Recorded { history, initially } = read("log", text.as_bytes()).unwrap();
    linearizable_from(&history, initially.as_deref(), Limits::states(1_000))
}

/// Lines of Jepsen's log, written without what stands in front.
fn jepsen(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|line| format!("INFO  jepsen.util - {}\n", line.replace(' ', "\t").replace(",", " ")))
        .collect()
}

fn edn(lines: &[(u32, &str, &str, &str)]) -> String {
    let line = |(process, event, function, value): &(u32, &str, &str, &str)| {
        format!("{{:process {process}, :type :{event}, :f :{function}, :key \"0\", :value {value}}}\n")
    };
    lines.iter().map(line).collect()
}

#[test]
fn a_register_starts_with_nothing_and_a_read_of_nil_is_strict() {
    assert!(verdict(&jepsen(&["0 :invoke :read nil", "0 :ok :read nil"])).holds());
    let after_a_write = ["0 :invoke :write 1", "0 :ok :write 1", "0 :invoke :read nil", "0 :ok :read nil"];
    assert!(!verdict(&jepsen(&after_a_write)).holds());
    let from_nil = ["0 :invoke :cas [nil,1]", "0 :ok :cas [nil,1]", "0 :invoke :read nil", "0 :ok :read 1"];
    assert!(verdict(&jepsen(&from_nil)).holds());
}

#[test]
fn without_a_completion_or_with_info_it_may_take_effect_later_or_never() {
    let late = |info: &[&str], read: &str| {
        let begins = ["1 :invoke :write 1", "1 :ok :write 1", "0 :invoke :write 2"];
        let old = ["2 :invoke :read nil", "2 :ok :read 1"];
        let new = ["2 :invoke :read nil", read];
        verdict(&jepsen(&[&begins[..], info, &old, &new].concat())).holds()
    };
    for info in [&[][..], &["0 :info :write :timed-out"], &["0 :info :write 2"], &["0 :info :write"]] {
        assert!(late(info, "2 :ok :read 2") && late(info, "2 :ok :read 1") && !late(info, "2 :ok :read 3"));
    }
    // The same for a compare-and-set: it changes 1 into 2, or nothing at all.
    let cas = |read: &str| {
        let begins =
            ["1 :invoke :write 1", "1 :ok :write 1", "0 :invoke :cas [1,2]", "0 :info :cas :timed-out"];
        verdict(&jepsen(&[&begins[..], &["2 :invoke :read nil", read]].concat())).holds()
    };
    assert!(cas("2 :ok :read 2") && cas("2 :ok :read 1") && !cas("2 :ok :read nil"));
}

#[test]
fn a_process_may_go_on_after_info_and_its_write_is_still_open() {
    let lines = [
        "0 :invoke :write 1",
        "0 :info :write :timed-out",
        "0 :invoke :read nil",
        "0 :ok :read nil",
        "0 :invoke :read nil",
        "0 :ok :read 1",
    ];
    assert!(verdict(&jepsen(&lines)).holds());
}

#[test]
fn a_read_that_fails_says_nothing() {
    let lines = ["0 :invoke :read nil", "0 :fail :read :timed-out", "0 :invoke :read nil", "0 :ok :read nil"];
    let recorded = read("log", jepsen(&lines).as_bytes()).unwrap();
    assert_eq!(recorded.history.to_string(), "    0.003 ms to     0.004 ms  p0 reads register: nothing\n");
}

#[test]
fn a_compare_and_set_that_fails_has_seen_something_else() {
    let fails = |value: &str| {
        let write = format!("0 :invoke :write {value}");
        let lines = [write.as_str(), "0 :ok :write nil", "1 :invoke :cas [1,2]", "1 :fail :cas [1,2]"];
        verdict(&jepsen(&lines)).holds()
    };
    assert!(fails("3") && !fails("1"));
    assert!(verdict(&jepsen(&["1 :invoke :cas [1,2]", "1 :fail :cas [1,2]"])).holds(), "nothing is not 1");
    // It definitely failed: nobody reads the 2.
    let lines = ["1 :invoke :cas [1,2]", "1 :fail :cas [1,2]", "0 :invoke :read nil", "0 :ok :read 2"];
    assert!(!verdict(&jepsen(&lines)).holds());
    // With a reason it did nothing either, but need not have seen anything.
    let lines = ["0 :invoke :write 1", "0 :ok :write 1", "1 :invoke :cas [1,2]", "1 :fail :cas :no-leader"];
    assert!(verdict(&jepsen(&lines)).holds());
}

#[test]
fn what_else_stands_in_a_log_is_left_out() {
    let log = "\
2015-03-01 12:00:00,123{GMT}\tINFO\t[jepsen worker 0] jepsen.util - 0\t:invoke\t:write\t1\r
INFO  jepsen.core - Worker 0 starting

INFO  jepsen.util - :nemesis\t:info\t:start\t\"Cut off {:n1 #{:n2}}\"
WARN  jepsen.core - Process 0 crashed
java.net.SocketTimeoutException: Read timed out
\tat java.net.SocketInputStream.read(SocketInputStream.java:150)
INFO  jepsen.util - 0\t:ok\t:write\t1
";
    let recorded = read("log", log.as_bytes()).unwrap();
    assert_eq!(recorded.history.to_string(), "    0.001 ms to     0.008 ms  p0 writes register=1\n");
}

#[test]
fn texts_start_empty_and_keys_are_independent() {
    let lines = [(0, "invoke", "get", "nil"), (0, "ok", "get", "\"\"")];
    assert!(verdict(&edn(&lines)).holds());
    let appended = [
        (0, "invoke", "append", "\"a\""),
        (0, "ok", "append", "\"a\""),
        (1, "invoke", "get", "nil"),
        (1, "ok", "get", "\"a\""),
    ];
    assert!(verdict(&edn(&appended)).holds());
    let other_key = edn(&appended[..2]) + &edn(&appended[2..]).replace("\"0\"", "\"1\"");
    assert!(!verdict(&other_key).holds());
    let put = [
        (0, "invoke", "put", "\"\""),
        (0, "ok", "put", "\"\""),
        (0, "invoke", "get", "nil"),
        (0, "ok", "get", "\"\""),
    ];
    assert!(verdict(&edn(&put)).holds());
}

#[test]
fn texts_are_unescaped() {
    let text =
        "{:process 0 :type :invoke :f :put :key \"k\" :value \"a\\\"b\\\\\\n\\u00e9}\"} ; with a comment\n";
    let recorded = read("log", text.as_bytes()).unwrap();
    assert_eq!(recorded.history.0[0].written(), Some("a\"b\\\n\u{e9}}"));
}

#[test]
fn broken_files_are_told_where_and_what() {
    let begin = "INFO  jepsen.util - 0\t:invoke\t:write\t1\n";
    let put = "{:process 0, :type :invoke, :f :put, :key \"k\", :value \"v\"}\n";
    let operation = r#"{"client":"c","key":"x","action":{"write":"1"},"began":5,"ended":1}"#;
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("empty", b"".to_vec()),
        ("blank", b"\n  \n".to_vec()),
        ("no-operations", b"INFO  jepsen.util - :nemesis\t:info\t:start\tnil\n".to_vec()),
        ("no-operations.json", b"[]".to_vec()),
        ("binary", b"INFO  jepsen.util - 0\t:invoke\t:write\t1\n\xff\xfe".to_vec()),
        ("prose", b"To be, or not to be\n".to_vec()),
        ("unmatched", b"INFO  jepsen.util - 3\t:ok\t:read\t1\n".to_vec()),
        ("twice", begin.repeat(2).into()),
        ("other", format!("{begin}INFO  jepsen.util - 0\t:ok\t:write\t2\n").into()),
        ("other-function", format!("{begin}INFO  jepsen.util - 0\t:ok\t:read\t1\n").into()),
        ("unknown-operation", format!("{begin}INFO  jepsen.util - 1\t:invoke\t:append\t1\n").into()),
        ("unknown-event", format!("{begin}INFO  jepsen.util - 0\t:done\t:write\t1\n").into()),
        ("no-value", format!("{begin}INFO  jepsen.util - 1\t:invoke\t:write\n").into()),
        ("nil-written", format!("{begin}INFO  jepsen.util - 1\t:invoke\t:write\tnil\n").into()),
        ("half-cas", format!("{begin}INFO  jepsen.util - 1\t:invoke\t:cas\t[1\n").into()),
        ("one-cas", format!("{begin}INFO  jepsen.util - 1\t:invoke\t:cas\t[1]\n").into()),
        ("no-process", format!("{begin}INFO  jepsen.util - x\t:invoke\t:write\t1\n").into()),
        ("garbage", format!("{begin}@@@@\n").into()),
        ("cut-off", format!("{begin}INFO  jep").into()),
        ("two-values", format!("{begin}INFO  jepsen.util - 1\t:invoke\t:write\t1\t2\n").into()),
        ("edn-open", format!("{put}{}", &put[..40]).into()),
        ("edn-text-open", b"{:process 0, :type :invoke, :f :put, :key \"k\", :value \"v}\n".to_vec()),
        ("edn-escape", b"{:process 0, :type :invoke, :f :put, :key \"k\", :value \"\\q\"}\n".to_vec()),
        ("edn-operation", put.replace(":put", ":cas").into()),
        ("edn-event", put.replace(":invoke", ":maybe").into()),
        ("edn-process", put.replace(":process 0", ":process nil").into()),
        ("edn-key", put.replace(":key \"k\",", "").into()),
        ("edn-value", put.replace("\"v\"", "nil").into()),
        (
            "edn-nil-got",
            (put.replace(":put", ":get")
                + &put.replace(":put", ":get").replace("invoke", "ok").replace("\"v\"", "nil"))
                .into(),
        ),
        ("edn-twice", put.repeat(2).into()),
        ("edn-unmatched", put.replace(":invoke", ":ok").into()),
        ("edn-other-key", (put.to_owned() + &put.replace(":invoke", ":ok").replace("\"k\"", "\"l\"")).into()),
        ("edn-double", put.replace(":key", ":f").into()),
        ("json-cut", b"[{\"client\":\"c\",\n".to_vec()),
        ("json-field", b"{\"initially\": null, \"ops\": []}".to_vec()),
        ("json-backwards", format!("[{operation}]").into()),
    ];
    let told = files.iter().map(|(name, bytes)| match read(name, bytes) {
        Ok(recorded) => format!("{name}: read as\n{}", recorded.history),
        Err(error) => error.to_string(),
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}

/// Histories of every kind, with operations that never ended, small enough to look at.
fn some() -> impl Iterator<Item = Recorded> {
    let kinds = [Kind::Register, Kind::CompareAndSet, Kind::Text];
    kinds.into_iter().flat_map(|kind| {
        (0..20).map(move |seed| {
            let keys = if kind == Kind::Text { 3 } else { 1 };
            let flaw = (seed % 2 == 1).then_some(Flaw::StaleRead);
            let make = Generator {
                clients: 4,
                operations: 40,
                keys,
                kind,
                unfinished: 0.1,
                flaw,
                seed,
                ..Generator::default()
            };
            make.generate()
        })
    })
}

#[test]
fn what_is_written_is_read_again() {
    for recorded in some() {
        let format = if recorded.initially.is_some() { Format::Edn } else { Format::Jepsen };
        let text = format.write(&recorded).unwrap();
        assert_eq!(Format::of(&text), Ok(format));
        let again = read("again", text.as_bytes()).unwrap();
        // Times are lines now; who did what, and what was answered, is the same.
        assert_eq!(again.initially, recorded.initially);
        let told =
            |recorded: &Recorded| recorded.history.0.iter().map(ToString::to_string).collect::<Vec<_>>();
        let renamed = |recorded: &Recorded| {
            told(recorded).iter().map(|op| op.replace(" k0", " register")).collect::<Vec<_>>()
        };
        if format == Format::Edn {
            assert_eq!(told(&again), told(&recorded));
        } else {
            assert_eq!(told(&again), renamed(&recorded));
        }
        assert_eq!(format.write(&again).unwrap(), text);
        let json = Format::Json.write(&recorded).unwrap();
        assert_eq!(Format::of(&json), Ok(Format::Json));
        assert_eq!(read("json", json.as_bytes()), Ok(recorded));
    }
}

#[test]
fn verdicts_survive_the_formats() {
    let limits = Limits::states(100_000);
    let judged = |recorded: &Recorded| {
        linearizable_from(&recorded.history, recorded.initially.as_deref(), limits).holds()
    };
    let mut seen = [0, 0];
    for recorded in some() {
        let format = if recorded.initially.is_some() { Format::Edn } else { Format::Jepsen };
        let again = read("again", format.write(&recorded).unwrap().as_bytes()).unwrap();
        assert_eq!(judged(&again), judged(&recorded));
        seen[usize::from(judged(&recorded))] += 1;
    }
    assert!(seen.iter().all(|count| *count > 5), "{seen:?}");
}

#[test]
fn a_client_that_gave_up_or_does_two_things_at_once_can_be_exported() {
    use crate::history::{Action, History, Op};
    use crate::time::Time;
    let op = |client: &str, value: &str, began, ended: Option<u64>| Op {
        client: client.into(),
        key: "x".into(),
        action: Action::Write(value.into()),
        began: Time::ms(began),
        ended: ended.map(Time::ms),
    };
    let history = History(vec![
        op("ann", "a", 0, None),
        op("ann", "b", 1, Some(5)),
        op("ann", "c", 2, Some(3)),
        op("bob", "d", 2, None),
    ]);
    let text = Format::Jepsen.write(&Recorded { history, initially: None }).unwrap();
    insta::assert_snapshot!(text.replace('\t', " "));
    assert_eq!(read("x", text.as_bytes()).unwrap().history.0.len(), 4);
}

#[test]
fn what_a_format_cannot_say_is_refused() {
    let text = Generator { operations: 30, ..Generator::default() }.generate();
    let registers =
        Generator { kind: Kind::Register, operations: 30, keys: 2, ..Generator::default() }.generate();
    let told = [
        Format::Jepsen.write(&text).unwrap_err().to_string(),
        Format::Jepsen.write(&registers).unwrap_err().to_string(),
        Format::Edn.write(&registers).unwrap_err().to_string(),
        "yaml".parse::<Format>().unwrap_err(),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

proptest::proptest! {
    /// Whatever the bytes are: an answer, never a panic.
    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = read("bytes", &bytes);
    }

    #[test]
    fn nothing_panics_on_what_looks_right(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "INFO  jepsen.util - ", "0", "1", "\t", " ", ":invoke", ":ok", ":fail", ":info", ":read", ":write", ":cas",
            "nil", "[1 2]", "[", "]", "\n", "{", "}", ":process ", ":type ", ":f ", ":get", ":put", ":key ", ":value ",
            "\"", "\\", "\\u00", ",", ";",
        ]), 0..40)
    ) {
        let _ = read("words", words.concat().as_bytes());
    }
}
