//! Attacks on the machine and on others.

use std::fs;
use std::time::{Duration, Instant};

use course_tests::classroom::{attacked, wrong, wrong_with};

use super::{attack, earns_nothing, has_sandbox, is_refused, printed};

/// An attack prints `true` where it got through, and only then.
fn gets_through_nowhere(tries: &[(&str, &str)]) {
    if !has_sandbox() {
        return;
    }
    let tried: String =
        tries.iter().map(|(name, attack)| format!("println!(\"{name} {{}}\", {{ {attack} }});\n")).collect();
    let result = earns_nothing(&wrong(&tried));
    let said = printed(&result);
    for (name, _) in tries {
        assert!(said.contains(&format!("{name} false")), "{name}: {said}\n{result:#}");
    }
}

#[test]
fn a19_build_scripts_and_macros_that_run_in_the_compiler() {
    let result = super::attack_with(&wrong(""), |class| {
        class.put(
            "eve",
            "build.rs",
            "fn main() { std::fs::write(\"/tmp/course-a19-was-here\", \"\").unwrap(); }",
        );
        class.put(
            "eve",
            "Cargo.toml",
            "[package]\nname = \"x\"\nversion = \"0.0.0\"\nbuild = \"build.rs\"\n",
        );
    });
    assert_eq!(result["points"], 0);
    assert!(!fs::exists("/tmp/course-a19-was-here").unwrap());
    let text = wrong_with(
        "extern crate proc_macro;\n/// Runs in the compiler.\n#[proc_macro]\npub fn now(_: proc_macro::TokenStream) -> \
         proc_macro::TokenStream { std::process::exit(0) }",
        "",
    );
    is_refused(&text, "proc_macro");
    is_refused(&text.replacen("//! An attack.", "//! An attack.\n#![crate_type = \"proc-macro\"]", 1), "");
}

#[test]
fn a19_other_kinds_of_crates() {
    for attribute in [
        "#![crate_type = \"bin\"]",
        "#![crate_type = \"cdylib\"]",
        "#![no_main]",
        "#![no_std]",
        "#![crate_name = \"grader\"]",
    ] {
        earns_nothing(&wrong("").replacen("//! An attack.", &format!("//! An attack.\n{attribute}"), 1));
    }
    for attribute in ["#![feature(start)]", "#![no_core]"] {
        is_refused(&wrong("").replacen("//! An attack.", &format!("//! An attack.\n{attribute}"), 1), "");
    }
}

#[test]
fn a20_endless_loops_and_deadlocks() {
    let begun = Instant::now();
    earns_nothing(&wrong("loop {}"));
    earns_nothing(&wrong("std::thread::sleep(std::time::Duration::from_secs(100_000));"));
    earns_nothing(&wrong(
        "let lock = std::sync::Mutex::new(()); let _first = lock.lock(); let _second = lock.lock();",
    ));
    assert!(begun.elapsed() < Duration::from_secs(400), "the limits hold");
}

#[test]
fn a20_endless_in_every_thread_and_when_dropped() {
    if !has_sandbox() {
        return;
    }
    let items = "struct Stay;\nimpl Drop for Stay { fn drop(&mut self) { loop {} } }";
    earns_nothing(&wrong_with(items, "let _stay = Stay; for _ in 0..4 { std::thread::spawn(|| loop {}); }"));
}

#[test]
fn a21_programs_and_threads_without_end() {
    if !has_sandbox() {
        return;
    }
    let begun = Instant::now();
    let result = earns_nothing(&wrong(
        "println!(\"started {}\", std::process::Command::new(\"/program\").spawn().is_ok());\n\
         loop { let more = std::thread::Builder::new().stack_size(16 * 1024).spawn(|| loop { std::thread::park() }); \
         if more.is_err() { println!(\"no more\"); std::process::exit(0) } }",
    ));
    let said = printed(&result);
    assert!(said.contains("started false") && said.contains("no more"), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(400));
}

#[test]
fn a22_memory_without_end() {
    if !has_sandbox() {
        return;
    }
    let begun = Instant::now();
    earns_nothing(&wrong("let mut all = Vec::new(); loop { all.push(vec![1_u8; 64 << 20]); }"));
    earns_nothing(&wrong("let mut text = String::new(); loop { text.push_str(&\"x\".repeat(1 << 20)); }"));
    earns_nothing(&wrong_with(
        "fn deeper(n: u64) -> u64 { 1 + deeper(n + 1).wrapping_mul(3) }",
        "println!(\"{}\", deeper(0));",
    ));
    assert!(begun.elapsed() < Duration::from_secs(400));
}

#[test]
fn a23_the_compiler_reads_without_end() {
    if !has_sandbox() {
        return;
    }
    let begun = Instant::now();
    let result = earns_nothing(&wrong_with("const ZERO: &[u8] = include_bytes!(\"/dev/zero\");", ""));
    assert_eq!(result["outcome"], "not-compiled");
    assert!(begun.elapsed() < Duration::from_secs(400));
}

#[test]
fn a24_a_constant_without_end() {
    let items = "const ENDLESS: () = loop {};\n/// Used.\npub const USED: () = ENDLESS;";
    assert_eq!(earns_nothing(&wrong_with(items, ""))["outcome"], "not-compiled");
    let allowed = wrong_with(items, "").replacen(
        "//! An attack.",
        "//! An attack.\n#![allow(long_running_const_eval)]",
        1,
    );
    // The compiler says E0453 only behind the constant, where it does not come.
    assert_eq!(earns_nothing(&allowed)["outcome"], "not-compiled");
}

#[test]
fn a25_types_and_macros_without_end() {
    if !has_sandbox() {
        return;
    }
    let begun = Instant::now();
    let types = "struct Deep<T>(T);\nfn deep<T>(n: u32, t: Deep<T>) -> u32 { if n == 0 { 0 } else { deep(n - 1, Deep(t)) } }";
    assert_eq!(earns_nothing(&wrong_with(types, "deep(9, Deep(1));"))["outcome"], "not-compiled");
    let macros = "macro_rules! more { ($($t:tt)*) => { more!($($t)* $($t)* x) } }";
    assert_eq!(earns_nothing(&wrong_with(macros, "more!(x);"))["outcome"], "not-compiled");
    let limit = "//! An attack.\n#![recursion_limit = \"100000000\"]";
    earns_nothing(&wrong_with(macros, "more!(x);").replacen("//! An attack.", limit, 1));
    assert!(begun.elapsed() < Duration::from_secs(400), "the compiler's limits hold");
}

#[test]
fn a25_a_source_that_is_too_long() {
    let result = earns_nothing(&format!("{}\n// {}", attacked(""), "x".repeat(300 * 1024)));
    assert_eq!(result["outcome"], "refused", "{result:#}");
}

#[test]
fn a26_files_without_end() {
    gets_through_nowhere(&[
        ("here", "std::fs::write(\"x\", [0; 4096]).is_ok()"),
        ("tmp", "std::fs::write(\"/tmp/course-a26\", [0; 4096]).is_ok()"),
        ("shm", "std::fs::write(\"/dev/shm/course-a26\", [0; 4096]).is_ok()"),
        ("folder", "std::fs::create_dir_all(\"/tmp/course-a26.d\").is_ok()"),
    ]);
}

#[test]
fn a27_output_without_end() {
    let result = earns_nothing(&wrong(
        "loop { println!(\"{}\", \"x\".repeat(4096)); eprintln!(\"{}\", \"y\".repeat(4096)); }",
    ));
    assert_eq!(result["assessment"]["printed"]["cut"], true, "{result:#}");
    assert!(result.to_string().len() < 100_000);
}

#[test]
fn a28_the_network() {
    gets_through_nowhere(&[
        ("connect", "std::net::TcpStream::connect(\"127.0.0.1:22\").is_ok()"),
        ("listen", "std::net::TcpListener::bind(\"127.0.0.1:0\").is_ok()"),
        ("datagram", "std::net::UdpSocket::bind(\"0.0.0.0:0\").is_ok()"),
        ("names", "std::net::ToSocketAddrs::to_socket_addrs(\"localhost:80\").is_ok()"),
        ("unix", "std::os::unix::net::UnixListener::bind(\"/tmp/s\").is_ok()"),
        ("abstract", "std::os::unix::net::UnixDatagram::unbound().is_ok()"),
    ]);
}

#[test]
fn a29_other_processes() {
    gets_through_nowhere(&[
        ("list", "std::fs::read_dir(\"/proc\").is_ok()"),
        ("parent", "std::os::unix::process::parent_id() > 2"),
        ("memory", "std::fs::File::open(\"/proc/self/mem\").is_ok()"),
        ("kill", "std::process::Command::new(\"/bin/kill\").arg(\"1\").spawn().is_ok()"),
    ]);
}

#[test]
fn a30_what_later_submissions_are_compiled_with() {
    gets_through_nowhere(&[
        ("home", "std::fs::write(\"/root/.cargo/config.toml\", \"\").is_ok()"),
        ("libraries", "std::fs::write(\"/usr/lib/libevil.so\", \"\").is_ok()"),
        ("program", "std::fs::write(\"/program\", \"\").is_ok()"),
        ("confine", "std::fs::remove_file(\"/confine\").is_ok()"),
        ("list", "std::fs::read_dir(\"/root\").is_ok() || std::fs::read_dir(\"/home\").is_ok()"),
    ]);
}

/// A process that its program left behind would still hold the socket and go on after the verdict.
#[test]
fn a31_what_goes_on_afterwards() {
    let begun = Instant::now();
    let result = attack(&attacked(
        "if n == 100 { std::thread::spawn(|| loop { std::hint::spin_loop() }); let _ = std::process::Command::new(\"/bin/sleep\").arg(\"1000\").spawn(); }",
    ));
    assert_eq!(result["points"], 8, "a thread left behind costs nothing: {result:#}");
    assert!(begun.elapsed() < Duration::from_secs(400));
}

#[test]
fn a32_locks_on_files_that_others_have_open_too() {
    gets_through_nowhere(&[
        ("exclusive", "std::fs::File::open(\"/program\").is_ok_and(|file| file.try_lock().is_ok())"),
        (
            "shared",
            "std::fs::File::open(\"/usr/lib/os-release\").is_ok_and(|file| file.try_lock_shared().is_ok())",
        ),
    ]);
}

#[test]
fn a27_messages_of_the_compiler_without_end() {
    let many: String = (0..5000).map(|n| format!("const X{n}: u8 = \"x\";\n")).collect();
    let long = format!("compile_error!(\"{}\");", "z".repeat(200_000));
    for items in [many, long] {
        let result = earns_nothing(&wrong_with(&items, ""));
        assert_eq!(result["outcome"], "not-compiled");
        assert!(result.to_string().len() < 500_000, "{} bytes", result.to_string().len());
    }
}
