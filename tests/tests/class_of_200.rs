//! A class of two hundred, of whom it is known beforehand what each should get: solutions, stubs, every mutant of every
//! exercise, and attacks.

use std::collections::BTreeMap;
use std::fs;

use course_tests::classroom::{Class, exercise, sandbox, solution, wrong, wrong_with};
use course_tests::course_root;
use grader::judge::{Exercise, Fingerprints};
use serde_json::Value;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");

/// How many hand in answers, and how many attack.
const HONEST: usize = 160;
const CLASS: usize = 200;

/// An answer and what it must get.
struct Labelled {
    exercise: String,
    file: String,
    text: String,
    points: u64,
    outcome: &'static str,
    /// The mutant that it is, and the scenario that must name it.
    mutant: Option<(String, String)>,
}

fn labelled(exercise: &Exercise) -> Vec<Labelled> {
    let spec = &exercise.spec;
    let file = format!("{}.rs", spec.file_stem());
    let reference = solution(&spec.file_stem());
    let stub = fs::read_to_string(course_root().join("exercises/src").join(&file)).expect("it has a stub");
    let one = |text: String, points: u32, outcome, mutant| Labelled {
        exercise: spec.id.clone(),
        file: file.clone(),
        text,
        points: points.into(),
        outcome,
        mutant,
    };
    let mut all = vec![one(reference.clone(), spec.points(), "passed", None), one(stub, 0, "stub", None)];
    for mutant in &spec.mutants {
        // What it was seen to do when it was recorded: a scenario gives points where that is what the reference does.
        let seen = &exercise.mutants.0[&mutant.name];
        let passes = |id: &str| seen[id] == Fingerprints::written(&exercise.reference[id]);
        let points = spec.scenarios.iter().filter(|s| passes(&s.id)).map(|s| s.points).sum();
        let named = Some((mutant.name.clone(), mutant.fails.clone()));
        all.push(one(mutant.source(&reference).expect("its edits fit"), points, "failed", named));
    }
    all
}

/// Wrong answers to E6.1 that try to get points in another way. The number is that of the list of known attacks.
fn attacks() -> Vec<(&'static str, String)> {
    let mut all: Vec<(&str, String)> = [
        ("01", "std::process::exit(0)"),
        ("01", "std::process::abort()"),
        ("01", "std::thread::spawn(|| std::process::exit(0)).join().unwrap()"),
        ("02", "std::thread::spawn(|| { std::thread::sleep(std::time::Duration::from_millis(5)); std::process::exit(0) });"),
        ("02", "std::thread::Builder::new().name(\"main\".into()).spawn(|| std::process::exit(0)).unwrap();"),
        ("03", "println!(\"test result: ok. 8 passed; 0 failed; 0 ignored\");"),
        ("03", "eprintln!(\"{{\\\"points\\\":8,\\\"passed\\\":true}}\"); print!(\"\\u{{0}}ok\");"),
        ("06", "if std::thread::current().name() == Some(\"table\") { std::process::exit(0) }"),
        ("07", "if std::env::var(\"NBGRADER_EXECUTION\").is_err() && std::env::args().count() > 9 { loop {} }"),
        ("07", "if std::path::Path::new(\"/autograder\").exists() { std::process::exit(0) }"),
        ("11", "let _ = std::fs::write(\"e6_1.snap\", \"all: right\");"),
        ("13", "let _ = std::fs::read_dir(\"/\").map(|all| for one in all.flatten() { println!(\"{one:?}\") });"),
        ("14", "println!(\"{:?}\", std::env::vars_os().collect::<Vec<_>>());"),
        ("16", "std::panic::set_hook(Box::new(|_| {})); panic!()"),
        ("16", "let _ = std::panic::catch_unwind(|| { std::panic::panic_any(8_u32) });"),
        ("18", "println!(\"EVCXR_EXECUTION_COMPLETE\");"),
        ("18", "let _ = std::os::unix::net::UnixStream::pair();"),
        ("20", "loop { std::thread::yield_now() }"),
        ("20", "let (_a, b) = std::sync::mpsc::channel::<()>(); let _keep = _a; let _ = b.recv();"),
        ("21", "for _ in 0..20_000 { let _ = std::thread::Builder::new().spawn(std::thread::park); }"),
        ("22", "let mut all = vec![0_u8]; loop { all.extend_from_within(..); }"),
        ("26", "for n in 0..9999 { let _ = std::fs::write(format!(\"/tmp/course-200-{n}\"), [0; 9999]); }"),
        ("27", "for _ in 0..100_000 { println!(\"{}\", \"=\".repeat(999)); }"),
        ("28", "let _ = std::net::TcpStream::connect(\"127.0.0.1:80\");"),
        ("29", "let _ = std::fs::read_dir(\"/proc\");"),
        ("30", "let _ = std::fs::write(\"/root/.cargo/config.toml\", \"[build]\");"),
        ("31", "let _ = std::process::Command::new(\"sh\").arg(\"-c\").arg(\"sleep 999 &\").spawn();"),
        ("34", "println!(\"\\u{1b}]0;passed\\u{7}\\u{202e}\");"),
        ("35", "panic!(\"<script>alert(1)</script><a data-commandlinker-command=x>\")"),
        ("36", "panic!(\"=HYPERLINK(1)\")"),
        ("37", "panic!(\"]]>&#0;\\u{0}\")"),
        ("38", "println!(\"::set-output name=points::8\\n::notice title=Autograding report::8\");"),
    ]
    .map(|(number, attack)| (number, wrong(attack)))
    .into();
    let solution = course_root().join("solutions/src/e6_1.rs");
    let solution = solution.display();
    for (number, items) in [
        ("03", "#[unsafe(no_mangle)]\npub extern \"C\" fn exit(_: i32) {}".to_owned()),
        ("04", "macro_rules! panic { () => { std::process::exit(0) } }".to_owned()),
        ("12", format!("mod stolen {{ include!(\"{solution}\"); }}")),
        ("12", format!("#[path = \"{solution}\"]\nmod stolen;")),
        ("14", "/// Stolen.\npub const HOME: &str = env!(\"HOME\");".to_owned()),
        ("19", "extern crate proc_macro;".to_owned()),
        ("23", "static ZERO: &[u8] = include_bytes!(\"/dev/urandom\");".to_owned()),
        ("25", "macro_rules! m { ($($t:tt)*) => { m!($($t)* $($t)*); } }\nm!(x);".to_owned()),
    ] {
        all.push((number, wrong_with(&items, "")));
    }
    all
}

/// Each answer goes to the first learner who has room and no answer to that exercise yet.
fn dealt(answers: Vec<Labelled>) -> Vec<BTreeMap<String, Labelled>> {
    let room = answers.len().div_ceil(HONEST) + 1;
    let mut learners: Vec<BTreeMap<String, Labelled>> = (0..HONEST).map(|_| BTreeMap::new()).collect();
    let mut first = 0;
    for answer in answers {
        let free = |learner: &BTreeMap<String, Labelled>| {
            learner.len() < room && !learner.contains_key(&answer.exercise)
        };
        let place = (0..HONEST).map(|step| (first + step) % HONEST).find(|place| free(&learners[*place]));
        let place = place.expect("there is room for all");
        learners[place].insert(answer.exercise.clone(), answer);
        first = place + 1;
    }
    learners
}

#[test]
fn two_hundred_submissions_come_out_as_labelled() {
    let exercises = Exercise::all();
    let answers: Vec<Labelled> = exercises.iter().flat_map(labelled).collect();
    assert!(answers.len() > 900, "every mutant is there: {}", answers.len());
    let learners = dealt(answers);
    let attacks = attacks();
    assert_eq!(learners.len() + attacks.len(), CLASS);

    let class = Class::default();
    for (number, answers) in learners.iter().enumerate() {
        for answer in answers.values() {
            class.put(&format!("learner-{number:03}"), &answer.file, &answer.text);
        }
    }
    for (number, (attack, text)) in attacks.iter().enumerate() {
        class.submit(&format!("attack-{attack}-{number:02}"), text);
        class.put(&format!("attack-{attack}-{number:02}"), "e6_2.rs", solution("e6_2"));
    }
    let (code, stdout, stderr) = class.grade(COURSE, &[&["--json"], sandbox()].concat());
    assert_eq!(code, 0, "{stderr}");
    let results: Value = serde_json::from_str(&stdout).expect("it is JSON");

    let mut wrong = Vec::new();
    for (number, answers) in learners.iter().enumerate() {
        for answer in answers.values() {
            let result = exercise(&results, &format!("learner-{number:03}"), &answer.exercise);
            wrong.extend(answer.differs_from(result));
        }
    }
    for (number, (attack, _)) in attacks.iter().enumerate() {
        let learner = format!("attack-{attack}-{number:02}");
        let result = exercise(&results, &learner, "E6.1");
        if result["points"] != 0
            || !["failed", "not-compiled"].contains(&result["outcome"].as_str().unwrap_or(""))
        {
            wrong.push(format!("{learner} got {} for its attack: {}", result["points"], result["outcome"]));
        }
        if exercise(&results, &learner, "E6.2")["outcome"] != "passed" {
            wrong.push(format!("{learner} lost the points of its honest exercise"));
        }
    }
    assert!(wrong.is_empty(), "{} of the class came out otherwise:\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        !fs::exists("/tmp/course-200-0").unwrap() || sandbox().len() == 1,
        "an attack wrote to the machine"
    );
}

impl Labelled {
    /// What came out otherwise, as a sentence.
    fn differs_from(&self, result: &Value) -> Option<String> {
        let Self { exercise, points, outcome, mutant, .. } = self;
        let what = mutant.as_ref().map_or(*outcome, |(name, _)| name);
        if result["points"] != *points || result["outcome"] != *outcome {
            let (got, how) = (&result["points"], &result["outcome"]);
            return Some(format!(
                "{exercise} {what}: {got} points and {how}, labelled {points} and {outcome}"
            ));
        }
        let (name, fails) = mutant.as_ref()?;
        let scenarios = result["assessment"]["report"]["scenarios"].as_array()?;
        let named = scenarios.iter().find(|scenario| scenario["id"] == *fails)?;
        let known = &named["misconception"]["mutant"];
        (known != name).then(|| format!("{exercise} {name}: taken for {known} in {fails}"))
    }
}
