//! E4.2 — The canary probe: write a row on the leader, and wait until a follower has it.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e4_2::{Failed, Ops, Outcome, Settings, Time};

/// One probe.
pub fn probe(settings: &Settings, key: &str, sequence: u64, ops: &mut dyn Ops) -> Outcome {
    // BEGIN SOLUTION let _ = ops;\ntodo!("write {sequence} into row {key}, and look for it by {settings:?}")
    let began = ops.monotonic();
    if ops.upsert(key, sequence).is_err() {
        return Outcome::NotWritten;
    }
    let mut answered = false;
    loop {
        let read = ops.read(key);
        ops.end();
        let elapsed = ops.monotonic() - began;
        match read {
            Ok(Some(seen)) if seen >= sequence => return Outcome::Lag(elapsed),
            Ok(_) => answered = true,
            Err(_) => {}
        }
        if elapsed >= settings.timeout {
            return if answered { Outcome::TimedOut } else { Outcome::Unreachable };
        }
        ops.sleep(settings.poll);
    }
    // END SOLUTION
}
