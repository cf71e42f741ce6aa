//! Answers to the banks' free text, each with what a person would make of it: `questions/answers/`.
//!
//! They show how well the rubrics judge. They have also shaped them: on answers that nobody has seen yet the rubrics do
//! worse.

use serde::Deserialize;

const FILES: &[(&str, &str)] = &[
    ("ch02.toml", include_str!("../../questions/answers/ch02.toml")),
    ("ch03.toml", include_str!("../../questions/answers/ch03.toml")),
    ("ch04.toml", include_str!("../../questions/answers/ch04.toml")),
    ("ch05.toml", include_str!("../../questions/answers/ch05.toml")),
    ("ch06.toml", include_str!("../../questions/answers/ch06.toml")),
    ("ch07.toml", include_str!("../../questions/answers/ch07.toml")),
    ("ch08.toml", include_str!("../../questions/answers/ch08.toml")),
    ("ch09_rapid.toml", include_str!("../../questions/answers/ch09_rapid.toml")),
    ("ch09_staff.toml", include_str!("../../questions/answers/ch09_staff.toml")),
    ("ch10.toml", include_str!("../../questions/answers/ch10.toml")),
];

/// A part with free text, and answers to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// The part's address.
    pub id: String,
    /// The answers.
    pub answer: Vec<Case>,
}

/// An answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What kind of answer it is, as `right, misspelled`.
    pub kind: String,
    /// What was written.
    pub text: String,
    /// What a person would make of it.
    pub expect: Label,
}

/// What a person would make of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// It says all that is asked for.
    Right,
    /// It says at least half of it, and nothing wrong.
    Partial,
    /// It says too little, or something wrong.
    Wrong,
    /// It is none: it has no words.
    Empty,
    /// It is none: a word or two.
    Tiny,
    /// It is none: a list of terms.
    Heap,
    /// It is none: the question again.
    Repeats,
    /// It is none: another subject.
    OffSubject,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    part: Vec<Labelled>,
}

/// All answers, in the order of the chapters.
///
/// # Panics
/// When a file is faulty, which a test of this crate rules out.
pub fn answers() -> Vec<Labelled> {
    let read = |(name, text): &(&str, &str)| match toml::from_str::<File>(text) {
        Ok(file) => file.part,
        Err(fault) => panic!("questions/answers/{name}: {fault}"),
    };
    FILES.iter().flat_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read() {
        if crate::edition::is_edition("labelled answers") {
            return;
        }
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("questions/answers");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        there.sort();
        let read: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(there, read);
        assert!(!answers().is_empty());
    }
}
