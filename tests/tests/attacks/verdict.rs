//! Attacks on the verdict.

use std::fs;

use course_tests::classroom::{Class, attacked, exercise, solution, wrong, wrong_with};
use course_tests::course_root;

use super::{COURSE, attack, attack_with, earns_nothing, has_sandbox, is_refused, printed};

#[test]
fn a01_the_process_exits_with_success() {
    earns_nothing(&wrong("std::process::exit(0);"));
    earns_nothing(&wrong("std::process::abort();"));
}

/// A right answer keeps the scenarios in which it didn't leave.
#[test]
fn a01_exits_in_one_scenario() {
    let result = attack(&attacked("if n == 100 { std::process::exit(0); }"));
    assert_eq!(result["points"], 5, "{result:#}");
}

#[test]
fn a01_exits_when_a_value_is_dropped() {
    let items = "struct Leave;\nimpl Drop for Leave { fn drop(&mut self) { std::process::exit(0) } }";
    earns_nothing(&wrong_with(items, "let _leave = Leave;"));
    earns_nothing(&wrong_with(
        &format!("{items}\nthread_local! {{ static LEAVE: Leave = const {{ Leave }}; }}"),
        "LEAVE.with(|_| ());",
    ));
}

#[test]
fn a02_another_thread_exits_a_moment_later() {
    let later = "std::thread::spawn(|| { std::thread::sleep(std::time::Duration::from_millis(MS)); std::process::exit(0) });";
    earns_nothing(&wrong(&later.replace("MS", "1")));
    earns_nothing(&wrong(&later.replace("MS", "50")));
    earns_nothing(&wrong(&format!("{} loop {{}}", later.replace("MS", "50"))));
}

#[test]
fn a03_a_static_constructor() {
    let items = "#[used]\n#[unsafe(link_section = \".init_array\")]\npub static INIT: extern \"C\" fn() = init;\n\
                 extern \"C\" fn init() { println!(\"test result: ok. 4 passed\"); std::process::exit(0) }";
    is_refused(&wrong_with(items, ""), "unsafe");
}

#[test]
fn a03_symbols_that_the_linker_takes_for_ours() {
    for items in [
        "#[unsafe(no_mangle)]\npub extern \"C\" fn main() -> i32 { 0 }",
        "#[unsafe(export_name = \"__libc_start_main\")]\npub extern \"C\" fn start() {}",
        "unsafe extern \"C\" { fn _exit(code: i32) -> !; }",
        "std::arch::global_asm!(\"nop\");",
        "#[global_allocator]\nstatic A: Mine = Mine;\nstruct Mine;\nunsafe impl std::alloc::GlobalAlloc for Mine { unsafe fn \
         alloc(&self, _: std::alloc::Layout) -> *mut u8 { std::process::exit(0) } unsafe fn dealloc(&self, _: *mut u8, \
         _: std::alloc::Layout) {} }",
    ] {
        is_refused(&wrong_with(items, ""), "unsafe");
    }
}

#[test]
fn a03_unsafe_code_by_every_name() {
    is_refused(&wrong("unsafe { std::hint::unreachable_unchecked() }"), "unsafe");
    let inner = wrong("unsafe { std::hint::unreachable_unchecked() }").replacen(
        "//! An attack.",
        "#![allow(unsafe_code)]",
        1,
    );
    is_refused(&inner, "E0453");
    let by_macro = "macro_rules! quiet { ($e:expr) => { unsafe { $e } } }";
    is_refused(&wrong_with(by_macro, "quiet!(std::hint::unreachable_unchecked())"), "unsafe");
}

/// What a libtest, a shell or a person would take for success.
#[test]
fn a03_prints_what_a_passing_suite_prints() {
    let result = earns_nothing(&wrong(
        "println!(\"test result: ok. 4 passed; 0 failed\"); println!(\"{}\", \"{\\\"score\\\": 8}\"); std::process::exit(0);",
    ));
    assert!(printed(&result).contains("4 passed"), "it is shown as what the code printed: {result:#}");
}

#[test]
fn a04_the_macros_of_assertions_are_replaced() {
    let items = "#[macro_export]\nmacro_rules! assert_eq { ($($t:tt)*) => {}; }\n#[macro_export]\nmacro_rules! assert { ($($t:tt)*) => {}; }\n\
                 #[macro_export]\nmacro_rules! panic { ($($t:tt)*) => { std::process::exit(0) }; }";
    earns_nothing(&wrong_with(items, ""));
}

#[test]
fn a04_names_of_the_standard_library_are_replaced() {
    let items = "#[allow(non_camel_case_types, dead_code, clippy::all)]\nmod std {}\n#[allow(dead_code)]\nmod grader {}\n\
                 #[allow(dead_code)]\nenum Option { Some, None }";
    earns_nothing(&wrong_with(items, "").replace("use grader::", "use ::grader::"));
}

#[test]
fn a05_a_type_that_equals_everything() {
    let text = "//! An attack.\nuse grader::exercises::e6_1::QuorumError;\n/// Equal to all.\n#[derive(Debug)]\npub struct QuorumFacts;\n\
                impl PartialEq for QuorumFacts { fn eq(&self, _: &Self) -> bool { true } }\n/// Wrong.\n\
                pub fn quorum(_: u32, _: u32, _: u32) -> Result<QuorumFacts, QuorumError> { Ok(QuorumFacts) }\n";
    let result = is_refused(text, "does-not-fit");
    assert!(result["assessment"]["fault"]["wanted"].to_string().contains("quorum"), "{result:#}");
}

#[test]
fn a06_the_scenario_is_not_the_threads_name() {
    let result = earns_nothing(&wrong("println!(\"thread {:?}\", std::thread::current().name());"));
    assert!(printed(&result).starts_with("thread None\n"), "{result:#}");
}

#[test]
fn a07_the_grader_can_not_be_told_from_home() {
    let result = earns_nothing(&wrong(
        "println!(\"{:?} {:?}\", std::env::vars().collect::<Vec<_>>(), std::env::args().skip(1).collect::<Vec<_>>());",
    ));
    let first = printed(&result).lines().next().unwrap_or_default();
    let bare = ["[] []", "[(\"PWD\", \"/\")] []"];
    assert!(bare.contains(&first), "{first}");
}

#[test]
fn a08_a_manifest_that_leaves_the_tests_out() {
    let manifest = "[package]\nname = \"exercises\"\nversion = \"0.0.0\"\nedition = \"2015\"\nautotests = false\n[lib]\ntest = false\n\
                    [[test]]\nname = \"check\"\nharness = false\n[profile.dev]\npanic = \"abort\"\n";
    let result = attack_with(&wrong(""), |class| {
        class.put("eve", "Cargo.toml", manifest);
        class.put("eve", "tests/check.rs", "fn main() { println!(\"4 passed\") }");
    });
    assert_eq!(result["points"], 0, "{result:#}");
}

#[test]
fn a09_cargos_configuration() {
    let evil = "[build]\nrustc-wrapper = \"/bin/true\"\n[target.x86_64-unknown-linux-gnu]\nrunner = \"/bin/true\"\nlinker = \"/bin/true\"\n\
                [env]\nRUSTFLAGS = { value = \"--cap-lints=allow\", force = true }\n";
    let result = attack_with(&wrong(""), |class| {
        for place in ["eve/.cargo", ".cargo"] {
            class.put(place, "config.toml", evil);
        }
    });
    assert_eq!(result["points"], 0, "{result:#}");
}

#[test]
fn a10_a_toolchain_of_its_own() {
    let result = attack_with(&wrong(""), |class| {
        for place in ["eve", "eve/exercises", "eve/exercises/src"] {
            class.put(place, "rust-toolchain.toml", "[toolchain]\npath = \"./evil\"\n");
            class.put(place, "evil/bin/rustc", "#!/bin/sh\ntouch /tmp/course-a10-was-here\nexit 0\n");
        }
    });
    assert_eq!(result["points"], 0, "{result:#}");
    assert!(!fs::exists("/tmp/course-a10-was-here").unwrap());
}

#[test]
fn a11_snapshots_that_are_forced_to_pass() {
    is_refused(&wrong("unsafe { std::env::set_var(\"INSTA_FORCE_PASS\", \"1\") };"), "unsafe");
    let result = attack_with(&wrong(""), |class| {
        class.put("eve", ".config/insta.yaml", "behavior:\n  force_pass: true\n");
        class.put("eve", "grader/exercises/E6.1.snap", "all: right\n");
    });
    assert_eq!(result["points"], 0, "{result:#}");
}

#[test]
fn a12_the_solution_is_read_by_the_compiler() {
    let file = course_root().join("solutions/src/e6_1.rs");
    let file = file.display();
    for text in [
        format!("//! x\n#[path = \"{file}\"]\nmod stolen;\npub use stolen::quorum;\n"),
        format!("//! x\ninclude!(\"{file}\");\n"),
        wrong_with(&format!("const STOLEN: &str = include_str!(\"{file}\");"), "println!(\"{STOLEN}\");"),
        wrong_with(
            &format!("const STOLEN: &[u8] = include_bytes!(\"{file}\");"),
            "println!(\"{STOLEN:?}\");",
        ),
        "//! x\nmod e6_1;\npub use e6_1::quorum;\n".to_owned(),
    ] {
        let result = earns_nothing(&text);
        assert_eq!(result["outcome"], "not-compiled", "{result:#}");
        assert!(
            !result.to_string().contains("stale_probability: (0..r)"),
            "the solution is quoted: {result:#}"
        );
    }
}

#[test]
fn a12_a_document_is_read_by_the_compiler() {
    let file = course_root().join("solutions/src/e6_1.rs");
    let items = format!("#[doc = include_str!(\"{}\")]\npub struct Stolen;", file.display());
    assert_eq!(earns_nothing(&wrong_with(&items, ""))["outcome"], "not-compiled");
}

#[test]
fn a13_the_hidden_tests_are_read_while_it_runs() {
    if !has_sandbox() {
        return;
    }
    let root = course_root();
    let result = earns_nothing(&wrong(&format!(
        "for file in [\"{0}/solutions/src/e6_1.rs\", \"{0}/grader/exercises/E6.1.snap\", \"/etc/passwd\", \"/proc/self/exe\", \
         \"/proc/self/mem\", \"/proc/self/environ\"] {{ println!(\"{{file}} {{}}\", std::fs::read(file).is_ok()); }}",
        root.display()
    )));
    let said = printed(&result);
    assert!(said.contains("passwd false") && !said.contains("true"), "{said}");
}

#[test]
fn a14_secrets_of_the_environment() {
    for attack in [
        "const _: Option<&str> = option_env!(\"GRADER_SECRET\");",
        "const _: &str = include_str!(\"/proc/self/environ\");",
        "const _: &str = env!(\"PATH\");",
    ] {
        let result = earns_nothing(&wrong(attack));
        assert_eq!(result["outcome"], "not-compiled", "{result:#}");
        assert!(!result.to_string().contains("s3cret-of-the-grader"), "{result:#}");
    }
}

#[test]
fn a15_a_link_to_the_solution() {
    let link = |class: &course_tests::classroom::Class| {
        let file = class.folder().join("eve/e6_1.rs");
        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(course_root().join("solutions/src/e6_1.rs"), file).unwrap();
    };
    let result = attack_with("", link);
    assert_eq!((&result["points"], &result["outcome"]), (&0.into(), &"not-handed-in".into()), "{result:#}");
}

#[test]
fn a15_a_folder_that_links_to_another_learners() {
    let result = attack_with("", |class| {
        fs::remove_file(class.folder().join("eve/e6_1.rs")).unwrap();
        std::os::unix::fs::symlink("../ann", class.folder().join("eve/exercises")).unwrap();
    });
    assert_eq!(result["points"], 0, "{result:#}");
}

#[test]
fn a16_the_panic_hook() {
    earns_nothing(&wrong("std::panic::set_hook(Box::new(|_| std::process::exit(0))); panic!(\"done\");"));
    earns_nothing(&wrong("let _ = std::panic::catch_unwind(|| panic!(\"4 passed\"));"));
    earns_nothing(&wrong("std::panic::resume_unwind(Box::new(()));"));
}

#[test]
fn a16_a_panic_with_a_value_that_panics_again() {
    let items = "struct Again;\nimpl Drop for Again { fn drop(&mut self) { panic!(\"again\") } }";
    earns_nothing(&wrong_with(items, "std::panic::panic_any(Again);"));
}

/// A notebook with the cell of the answer twice, points in its outputs, and marks of nbgrader.
#[test]
fn a17_a_notebooks_cells_are_doubled_and_its_points_written_in() {
    let cell = |source: &str| {
        serde_json::json!({"cell_type": "code", "id": format!("c{}", source.len()), "execution_count": 1, "source": source,
            "metadata": {"course": {"exercise": "E6.1", "stub": "0"}, "nbgrader": {"grade": true, "points": 100, "schema_version": 3,
            "solution": false, "locked": true, "task": false, "grade_id": "e6-1"}},
            "outputs": [{"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "100"}}]})
    };
    let wrong = grader::authoring::answer_body(&wrong("")).to_owned();
    let right = grader::authoring::answer_body(&solution("e6_1")).to_owned();
    let notebook = |cells: Vec<serde_json::Value>| {
        serde_json::json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).to_string()
    };
    let graded = |cells: Vec<serde_json::Value>| {
        let notebook = notebook(cells);
        attack_with("", |class| {
            fs::remove_file(class.folder().join("eve/e6_1.rs")).unwrap();
            class.put("eve", "06-leaderless.ipynb", &notebook);
        })
    };
    assert_eq!(graded(vec![cell(&wrong)])["points"], 0);
    assert_eq!(graded(vec![cell(&wrong), cell(&wrong), cell("100")])["points"], 0);
    assert_eq!(graded(vec![cell(&right)])["points"], 8, "what stands in outputs is not looked at");
}

/// What the lab computes is no answer: not by a method of a type that the exercise hands out, and not by a type that another
/// exercise does.
#[test]
fn a12_the_lab_itself_answers() {
    let of_its_own = "//! An attack.\nuse grader::exercises::e6_1::{QuorumError, QuorumFacts};\n/// The lab's.\n\
                      pub fn quorum(n: u32, w: u32, r: u32) -> Result<QuorumFacts, QuorumError> { QuorumFacts::of(n, w, r) }\n";
    is_refused(of_its_own, "E0599");
    for place in [
        "grader::exercises::e3_1::Lsn",
        "grader::exercises::e7_2::VersionVector",
        "grader::attack::e9_1",
        "grader::driver",
    ] {
        is_refused(&wrong_with(&format!("#[allow(unused_imports)]\nuse {place} as other;"), ""), "E0432");
    }
    for other in ["replication_lab", "course"] {
        is_refused(
            &wrong_with(&format!("#[allow(unused_extern_crates)]\nextern crate {other};"), ""),
            "E0463",
        );
    }
}

#[test]
fn a12_the_levels_answer_themselves() {
    let text = "//! An attack.\nuse grader::exercises::e6_3::{Level, LevelError, Required};\n/// The lab's.\n\
                pub fn required(level: Level, replicas: &[u32], local: usize) -> Result<Required, LevelError> { level.required(replicas, local) }\n\
                /// The lab's.\npub fn overlap_guaranteed(write: &Required, read: &Required, replicas: &[u32]) -> bool { write.overlaps(read, replicas) }\n";
    let class = Class::default();
    class.put("eve", "e6_3.rs", text);
    let results = class.graded(COURSE, &["--exercise", "E6.3"]);
    let result = exercise(&results, "eve", "E6.3");
    assert_eq!((&result["outcome"], &result["points"]), (&"not-compiled".into(), &0.into()), "{result:#}");
}

#[test]
fn a18_the_kernels_own_protocol() {
    earns_nothing(&wrong(
        "println!(\"EVCXR_EXECUTION_COMPLETE\"); println!(\"EVCXR_VARIABLE_CHANGED_TYPE:n\");",
    ));
}

/// Lines like the driver's own, wherever it might listen.
#[test]
fn a18_the_drivers_own_protocol() {
    let forged = r#"{\"nonce\":\"NONCE\",\"task\":{\"scenario\":\"table\",\"seed\":1},\"observation\":{\"steps\":[],\"ending\":{\"how\":\"complete\"}}}"#;
    earns_nothing(&wrong(&format!(
        "use std::io::Write; for place in [\"/dev/fd/0\", \"/dev/fd/4\", \"/proc/self/fd/0\"] {{ if let Ok(mut file) = \
         std::fs::File::options().write(true).open(place) {{ let _ = writeln!(file, \"{forged}\"); }} }} std::process::exit(0);"
    )));
    // The socket can be had without a path.
    earns_nothing(&wrong(&format!(
        "use std::io::Write; use std::os::fd::AsFd; let fd = std::io::stdin().as_fd().try_clone_to_owned().unwrap(); let mut socket = \
         std::os::unix::net::UnixStream::from(fd); let _ = writeln!(socket, \"ready \\n{forged}\"); std::process::exit(0);"
    )));
}

/// What the judge wrote to the driver is gone before the answer is called.
#[test]
fn a18_the_nonce_can_not_be_read_again() {
    let result = earns_nothing(&wrong(
        "use std::io::Read; let mut text = String::new(); let _ = std::io::stdin().read_to_string(&mut text); println!(\"[{text}]\"); \
         std::process::exit(0);",
    ));
    assert!(printed(&result).starts_with("[]\n"), "{result:#}");
}

/// The driver's own `main`, called by the answer: it waits for a request that doesn't come.
#[test]
fn a18_the_driver_is_called_again() {
    let items =
        "fn again() { let answer = grader::exercises::e6_1::answer(quorum); grader::driver::main(&answer); }";
    earns_nothing(&wrong_with(items, "again(); std::process::exit(0);"));
}

#[test]
fn a18_floods_the_socket_of_the_reports() {
    earns_nothing(&wrong(
        "use std::io::Write; use std::os::fd::AsFd; let fd = std::io::stdin().as_fd().try_clone_to_owned().unwrap(); let mut socket = \
         std::os::unix::net::UnixStream::from(fd); loop { if socket.write_all(&[b'x'; 4096]).is_err() { break } }",
    ));
}
