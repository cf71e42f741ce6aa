//! Attacks by archives.

use std::io::Write;

use course_tests::classroom::{Class, learner, solution};
use serde_json::Value;

use super::COURSE;

/// A zip of these files.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, text) in files {
        archive.start_file(*path, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn header(kind: tar::EntryType, size: usize) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(size as u64);
    header.set_mode(0o644);
    header
}

/// Grades one archive of Eve's, beside Ann's folder.
fn graded(name: &str, archive: &[u8]) -> Value {
    let class = Class::default();
    class.put("", name, archive);
    class.submit("ann", &solution("e6_1"));
    let results = class.graded(COURSE, &[]);
    assert_eq!(learner(&results, "ann")["points"], 8, "{results:#}");
    learner(&results, "eve").clone()
}

#[test]
fn honest_archives_are_submissions() {
    let text = solution("e6_1");
    let path = "my course/exercises/src/e6_1.rs";
    assert_eq!(graded("eve.zip", &zip(&[(path, text.as_bytes())]))["points"], 8);
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_data(&mut header(tar::EntryType::Regular, text.len()), path, text.as_bytes()).unwrap();
    let tar = tar.into_inner().unwrap();
    assert_eq!(graded("eve.tar", &tar)["points"], 8);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&tar).unwrap();
    assert_eq!(graded("eve.tar.gz", &gz.finish().unwrap())["points"], 8);
}

/// A clone of the course holds the solutions as well, under the same names.
#[test]
fn a_whole_clone_hands_in_its_exercises_and_not_the_solutions() {
    let stub = std::fs::read_to_string(course_tests::course_root().join("exercises/src/e6_1.rs")).unwrap();
    let files = [("course/solutions/src/e6_1.rs", solution("e6_1")), ("course/exercises/src/e6_1.rs", stub)];
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    let result = graded("eve.zip", &zip(&files));
    assert_eq!(
        (&result["points"], &result["exercises"][0]["outcome"]),
        (&0.into(), &"stub".into()),
        "{result:#}"
    );
}

#[test]
fn a26_an_archive_that_expands_without_end() {
    let nothing = vec![b' '; 40 << 20];
    for file in ["e6_1.rs", "06-leaderless.ipynb"] {
        let result = graded("eve.zip", &zip(&[(file, &nothing)]));
        assert!(result["points"] == 0 || result["points"].is_null(), "{result:#}");
    }
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for number in 0..10 {
        let name = format!("big/{number}.bin");
        tar.append_data(&mut header(tar::EntryType::Regular, nothing.len()), name, nothing.as_slice())
            .unwrap();
    }
    let result = graded("eve.tgz", &tar.into_inner().unwrap().finish().unwrap());
    assert!(result["problem"].as_str().unwrap().contains("not read to its end"), "{result:#}");
}

#[test]
fn a26_an_archive_of_archives_and_one_of_many_entries() {
    let inner = zip(&[("e6_1.rs", solution("e6_1").as_bytes())]);
    let result = graded("eve.zip", &zip(&[("inner.zip", &inner)]));
    assert!(result["problem"].as_str().unwrap().contains("an archive in an archive"), "{result:#}");
    let names: Vec<String> = (0..21_000).map(|number| format!("{number}.txt")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let result = graded("eve.zip", &zip(&many));
    assert!(result["problem"].as_str().unwrap().contains("too many entries"), "{result:#}");
}

#[test]
fn a15_links_in_an_archive() {
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link] {
        let mut tar = tar::Builder::new(Vec::new());
        tar.append_link(&mut header(kind, 0), "e6_1.rs", "../ann/e6_1.rs").unwrap();
        let result = graded("eve.tar", &tar.into_inner().unwrap());
        assert!(result["problem"].as_str().unwrap().contains("is a link"), "{result:#}");
    }
}

#[test]
fn a39_paths_that_lead_elsewhere() {
    let text = solution("e6_1");
    for path in ["../ann/e6_1.rs", "/tmp/e6_1.rs", "a/../../e6_1.rs", "..\\e6_1.rs", "C:/e6_1.rs"] {
        let result = graded("eve.zip", &zip(&[(path, text.as_bytes())]));
        assert!(result["problem"].as_str().unwrap().contains("leads elsewhere"), "{path}: {result:#}");
    }
}

#[test]
fn a39_two_files_whose_names_are_one() {
    let text = solution("e6_1");
    let result = graded("eve.zip", &zip(&[("src/e6_1.rs", text.as_bytes()), ("SRC/E6_1.rs", b"wrong")]));
    assert_eq!(result["exercises"][0]["outcome"], "refused", "{result:#}");
}

#[test]
fn what_is_no_archive_says_so() {
    for (name, bytes) in [("eve.zip", &b"no zip"[..]), ("eve.tar.gz", b"no tar"), ("eve.zip", b"")] {
        let result = graded(name, bytes);
        assert!(result["problem"].as_str().unwrap().contains("not read to its end"), "{result:#}");
    }
}
