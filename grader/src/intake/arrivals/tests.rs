use std::fs;
use std::path::Path;

use super::*;

/// A folder with these files; a path that ends with `/` is a folder.
fn class(paths: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in paths {
        let at = folder.path().join(path);
        if path.ends_with('/') {
            fs::create_dir_all(at).unwrap();
        } else {
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, text).unwrap();
        }
    }
    folder
}

/// Each arrival in a line.
fn shown(folder: &Path) -> String {
    let mut arrivals = arrivals(folder).unwrap();
    arrivals.sort_by(|a, b| a.who.cmp(&b.who).then_with(|| a.in_order(b)));
    let line = |arrival: &Arrival| {
        let Who { key, name, id, mail } = &arrival.who;
        let parts: Vec<&str> = arrival.parts.iter().map(|part| part.name.as_str()).collect();
        let plain = |text: &Option<String>| text.clone().unwrap_or("-".into());
        let at = arrival.at.map_or("-".into(), |at| at.to_string());
        let late = if arrival.called_late { " LATE" } else { "" };
        let notes = arrival.notes.iter().map(|note| format!("\n  {note}")).collect::<String>();
        format!(
            "{key} | {} {} {} | {at}{late} | {}{notes}",
            plain(name),
            plain(id),
            plain(mail),
            parts.join(", ")
        )
    };
    arrivals.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn told(paths: &[(&str, &str)]) -> String {
    shown(class(paths).path())
}

#[test]
fn folders_and_files_that_people_named() {
    insta::assert_snapshot!(told(&[
        ("ann/e6_1.rs", ""),
        ("ann.zip", ""),
        ("bob_attempt-1.tar.gz", ""),
        ("bob_attempt-2.tar.gz", ""),
        ("eve/attempt 1/e6_1.rs", ""),
        ("eve/attempt 2/e6_1.rs", ""),
        ("attempt-3.zip", ""),
        ("Zoë.ipynb", ""),
        (".git/", ""),
    ]), @"
    Zoë | - - - | - | Zoë.ipynb
    ann | - - - | - | ann
    ann (2) | - - - | - | ann.zip
      there is more than one entry of the name ann
    attempt-3 | - - - | - | attempt-3.zip
    bob | - - - | - | bob_attempt-1.tar.gz
    bob | - - - | - | bob_attempt-2.tar.gz
    eve | - - - | - | eve
    eve | - - - | - | eve
    ");
}

#[test]
fn moodle_with_and_without_folders() {
    insta::assert_snapshot!(told(&[
        ("Ann Lee_1234_assignsubmission_file_/e6_1.rs", ""),
        ("Ann Lee_1234_assignsubmission_onlinetext_/onlinetext.html", ""),
        ("Bob Ray_1235_assignsubmission_file/e6_1.rs", ""),
        ("Eve_1236_assignsubmission_file_e6_1.rs", ""),
        ("Eve_1236_assignsubmission_file_e6_2.rs", ""),
        ("Participant 77_1237_assignsubmission_file_/x.zip", ""),
    ]), @"
    Ann Lee (1234) | Ann Lee - - | - | Ann Lee_1234_assignsubmission_file_, Ann Lee_1234_assignsubmission_onlinetext_
    Bob Ray (1235) | Bob Ray - - | - | Bob Ray_1235_assignsubmission_file
    Eve (1236) | Eve - - | - | e6_1.rs, e6_2.rs
    Participant 77 (1237) | Participant 77 - - | - | Participant 77_1237_assignsubmission_file_
    ");
}

#[test]
fn canvas_with_late_and_repeated_files() {
    insta::assert_snapshot!(told(&[
        ("leeann_98_123_e6_1.rs", ""),
        ("leeann_98_124_e6_1-1.rs", ""),
        ("raybob_LATE_99_125_chapter-6.ipynb", ""),
    ]), @"
    leeann (98) | leeann 98 - | - | e6_1.rs
      of two files e6_1.rs the later was taken
    raybob (99) | raybob 99 - | - LATE | chapter-6.ipynb
    ");
}

#[test]
fn blackboard_with_two_attempts() {
    insta::assert_snapshot!(told(&[
        ("Week 6_alee_attempt_2026-11-19-10-00-00.txt", ""),
        ("Week 6_alee_attempt_2026-11-19-10-00-00_e6_1.rs", ""),
        ("Week 6_alee_attempt_2026-11-20-09-30-00_e6_1.rs", ""),
    ]), @"
    alee | - alee - | - | .txt, e6_1.rs
    alee | - alee - | - | e6_1.rs
    ");
}

#[test]
fn gradescope_says_whose_a_folder_is() {
    let metadata = "submission_11:\n  :submitters:\n  - :name: Ann Lee\n    :sid: '1001'\n    :email: ann@example.org\n  \
                    :created_at: 2026-11-20 10:00:00.123456000 +01:00\n  :score: 0.0\n\
                    submission_12:\n  :submitters:\n  - :name: Bob Ray\n    :sid:\n    :email: bob@example.org\n  \
                    - :name: Eve\n    :sid: '1003'\n    :email: eve@example.org\n  :created_at: soon\n";
    let class =
        [("submission_metadata.yml", metadata), ("submission_11/e6_1.rs", ""), ("submission_12/e6_1.rs", "")];
    insta::assert_snapshot!(told(&class), @"
    ann@example.org | Ann Lee 1001 ann@example.org | 2026-11-20T09:00:00Z | submission_11
    bob@example.org | Bob Ray - bob@example.org | - | submission_12
      handed in together with Eve
      when this was handed in is not known
    ");
    let broken = arrivals(self::class(&[("submission_metadata.yml", "- 1"), ("x/", "")]).path()).unwrap_err();
    assert!(broken.to_string().contains("no list of Gradescope's submissions"), "{broken}");
}

#[test]
fn an_autograder_of_gradescopes_has_one_submission() {
    let metadata = r#"{"id": 7, "created_at": "2026-11-20T10:00:00.123456-07:00", "assignment": {"title": "Week 6"},
        "users": [{"id": 3, "name": "Ann Lee", "email": "ann@example.org"}, {"id": 4, "name": "Eve"}]}"#;
    let class = [
        ("submission_metadata.json", metadata),
        ("submission/e6_1.rs", ""),
        ("source/course/exercises/src/e6_1.rs", ""),
        ("results/", ""),
        ("run_autograder", ""),
    ];
    insta::assert_snapshot!(told(&class), @"
    ann@example.org | Ann Lee - ann@example.org | 2026-11-20T17:00:00Z | submission
      handed in together with Eve
    ");
    let broken = arrivals(self::class(&[("submission_metadata.json", "[]"), ("submission/", "")]).path());
    assert!(broken.unwrap_err().to_string().contains("not what Gradescope writes"));
    // A file of that name alone is a file like others.
    assert!(told(&[("submission_metadata.json", metadata), ("ann/e6_1.rs", "")]).contains("ann |"));
}

#[test]
fn nbgrader_notes_the_time() {
    insta::assert_snapshot!(told(&[
        ("ann/chapter6/06-leaderless.ipynb", ""),
        ("ann/chapter6/timestamp.txt", "2026-11-20 10:00:00.123456 UTC"),
        ("bob/chapter6/06-leaderless.ipynb", ""),
        ("bob/chapter6/timestamp.txt", "2026-11-20 10:00:00 America/Los_Angeles"),
    ]), @"
    ann | - - - | 2026-11-20T10:00:00Z | ann
    bob | - - - | - | bob
      timestamp.txt has no moment with an offset or UTC: when this was handed in is not known
    ");
}

/// A learner chooses the names of her files, and elsewhere her own name: neither makes her somebody else.
#[test]
fn a40_a_file_name_is_no_identity() {
    insta::assert_snapshot!(told(&[
        ("Eve_1236_assignsubmission_file_Ann Lee_1234_assignsubmission_file_e6_1.rs", ""),
        ("Mallory_1_assignsubmission_file__1240_assignsubmission_file_/e6_1.rs", ""),
        ("raybob_99_125_leeann_98_126_e6_1.rs", ""),
        ("Week 6_bob_attempt_2026-11-20-09-30-00_Week 6_alee_attempt_2026-11-20-09-30-00_e6_1.rs", ""),
    ]), @"
    Eve (1236) | Eve - - | - | Ann Lee_1234_assignsubmission_file_e6_1.rs
    Mallory_1_assignsubmission_file_ (1240) | Mallory_1_assignsubmission_file_ - - | - | Mallory_1_assignsubmission_file__1240_assignsubmission_file_
    bob | - bob - | - | Week 6_alee_attempt_2026-11-20-09-30-00_e6_1.rs
    raybob (99) | raybob 99 - | - | leeann_98_126_e6_1.rs
    ");
}
