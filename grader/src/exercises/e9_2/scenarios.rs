//! The scenarios of E9.2.

use std::collections::BTreeMap;

use replication_lab::rng::{Rng, Stream};

use super::{FollowerState, LeaderState, Position, Route, Router, Settings, Time, View};
use crate::exercise::{Recorder, Task};
use crate::exercises::routing::{F1, F2, F3, F4, L, Routed, Run, at, led};

/// Why a run can't fail.
const OURS: &str = "the nodes of a scenario are its own";

pub(super) const SETTINGS: Settings = Settings { patience: Time::ms(100), near: 3, leader_reads: 10 };

pub(super) fn drive<R: Router + 'static>(task: &Task, notes: &Recorder) {
    let bench = || Bench { router: R::new(SETTINGS), notes };
    match task.scenario.as_str() {
        "w9-4" => bench().w9_4(),
        "highest" => bench().highest(),
        "spread" => bench().spread(task.seed),
        "replayed" => bench().replayed(),
        "epochs" => bench().epochs(),
        "near" => bench().near(),
        "leader-busy" => bench().leader_busy(),
        "no-followers" => bench().no_followers(),
        "forgets" => bench().forgets(),
        "newcomer" => bench().newcomer(),
        "devices" => bench().devices(),
        "lag-of-minutes" => {
            let mut run = run::<R>(task.seed, &[20, 90_000, 90_000], notes);
            run.until(100).write("ann").until(104).read("ann").until(150).read("ann");
            run.until(8_000).read("ann").read("ann").read("ann").read("bob").read("bob");
            // From now on, F1 is as slow as the others.
            run.delay(F1, 90_000).until(8_100).write("ann").until(20_000).read("ann");
            run.load(SETTINGS.leader_reads).until(21_000).read("ann").read("bob");
        }
        "refresh" => {
            let mut run = run::<R>(task.seed, &[5, 600, 1_200], notes);
            run.until(100).write("bob").until(200);
            for second in 2..6 {
                run.read("ann").read("ann").read("ann").until(second * 200);
            }
            run.until(2_000).read("ann").read("ann");
        }
        "failover" => {
            let mut run = run::<R>(task.seed, &[5, 100, 100], notes);
            run.until(100).write("ann").write("bob").until(300).delay(F1, 60_000).delay(F3, 60_000);
            run.write("ann").until(350).fault("L crashes").read("bob").until(500).read("ann");
            run.until(600).promote(F2, 2).read("ann").until(700).delay(F1, 50).write("bob");
            run.until(710).read("bob").until(900).read("bob").read("ann").read("ann");
        }
        other => panic!("E9.2 has no scenario {other:?}"),
    }
}

/// A learner's router, and the random numbers that are drawn for it.
struct Drawn<R> {
    router: R,
    rng: Rng,
}

impl<R: Router> Routed for Drawn<R> {
    fn route(&mut self, user: &str, waited: Time, view: &View) -> Route {
        self.router.route_read(user, waited, view, self.rng.bits())
    }

    fn wrote(&mut self, user: &str, at: Position) {
        self.router.record_write(user, at);
    }

    fn saw(&mut self, user: &str, at: Position) {
        self.router.record_read(user, at);
    }
}

fn run<'a, R: Router>(seed: u64, delays: &[u64], notes: &'a Recorder) -> Run<'a, Drawn<R>> {
    let router = Drawn { router: R::new(SETTINGS), rng: Rng::new(seed, Stream::Workload) };
    Run::new(seed, router, delays, notes).expect(OURS)
}

/// A router without servers: views are made up.
struct Bench<'a, R> {
    router: R,
    notes: &'a Recorder,
}

const fn one(lsn: u64) -> Position {
    Position::new(1, lsn)
}

const fn two(lsn: u64) -> Position {
    Position::new(2, lsn)
}

impl<R: Router> Bench<'_, R> {
    fn wrote(&mut self, user: &str, at: Position) {
        self.router.record_write(user, at);
        self.notes.step(format!("{user} wrote {at}"), format!("needs {}", self.router.token(user)));
    }

    fn read(&mut self, user: &str, at: Position) {
        self.router.record_read(user, at);
        self.notes.step(format!("{user} saw {at}"), format!("needs {}", self.router.token(user)));
    }

    fn routes(&mut self, what: &str, user: &str, waited: u64, view: &View, draw: u64) {
        let route = self.router.route_read(user, Time::ms(waited), view, draw);
        self.notes.step(format!("{what}: {user} reads, after {waited} ms"), route.to_string());
    }

    fn w9_4(&mut self) {
        self.wrote("ann", one(8));
        let view = led(one(20), &[at(F1, one(5)), at(F2, one(9))]);
        for draw in 0..3 {
            self.routes("F1 at 5, F2 at 9", "ann", 0, &view, draw);
        }
        let view = led(one(20), &[at(F1, one(4)), at(F2, one(3))]);
        self.routes("F1 at 4, F2 at 3", "ann", 0, &view, 0);
        let view = led(one(20), &[at(F1, one(4)), at(F2, one(8))]);
        self.routes("F1 at 4, F2 just at 8", "ann", 0, &view, 0);
    }

    fn highest(&mut self) {
        self.wrote("ann", one(8));
        self.wrote("ann", one(3));
        self.routes("F1 at 5", "ann", 0, &led(one(20), &[at(F1, one(4))]), 0);
        self.read("ann", one(12));
        self.read("ann", one(9));
        self.wrote("ann", one(10));
        self.routes("F1 at 11, F2 at 12", "ann", 0, &led(one(20), &[at(F1, one(11)), at(F2, one(12))]), 0);
        self.routes("F1 at 11, F2 at 12", "bob", 0, &led(one(20), &[at(F1, one(11)), at(F2, one(12))]), 0);
    }

    /// A thousand reads over those that have replayed enough.
    fn spread(&mut self, seed: u64) {
        let mut rng = Rng::new(seed, Stream::Workload);
        self.wrote("ann", one(8));
        let followers = [at(F1, one(9)), at(F2, one(7)), at(F3, one(8)), at(F4, one(20))];
        let view = led(one(20), &followers);
        for user in ["ann", "bob"] {
            let mut reads = BTreeMap::<String, u32>::new();
            for _ in 0..1_000 {
                let route = self.router.route_read(user, Time::ZERO, &view, rng.bits());
                *reads.entry(route.to_string()).or_default() += 1;
            }
            self.notes.step(format!("where 1000 reads of {user} go"), reads);
        }
        let mut down = view;
        down.followers[2].up = false;
        for draw in 0..3 {
            self.routes("F3 is down", "ann", 0, &down, draw);
        }
    }

    fn replayed(&mut self) {
        self.wrote("ann", one(8));
        let busy = FollowerState { received: one(20), ..at(F1, one(4)) };
        self.routes("F1 has received 20 and replayed 4", "ann", 0, &led(one(20), &[busy]), 0);
        let near = FollowerState { received: one(20), ..at(F1, one(6)) };
        self.routes("F1 has received 20 and replayed 6", "ann", 0, &led(one(20), &[near]), 0);
    }

    fn epochs(&mut self) {
        self.wrote("ann", one(5_000));
        let new = led(two(4_992), &[at(F1, two(4_991))]);
        self.routes("F1 at 4991 of epoch 2", "ann", 0, &new, 0);
        self.wrote("ann", two(4_995));
        let view = led(two(5_100), &[at(F1, one(5_050)), at(F2, two(4_990))]);
        self.routes("F1 at 5050 of epoch 1, F2 at 4990 of epoch 2", "ann", 0, &view, 0);
        let view = led(two(5_100), &[at(F1, one(4_993))]);
        self.routes("F1 at 4993 of epoch 1", "ann", 0, &view, 0);
        let old = led(one(5_200), &[]);
        self.routes("the leader is at 5200 of epoch 1", "ann", 0, &old, 0);
        self.routes("the leader is at 5200 of epoch 1", "ann", 100, &old, 0);
    }

    fn near(&mut self) {
        self.wrote("ann", one(8));
        for (lsn, waited) in [(5, 0), (4, 0), (5, 90), (5, 100), (5, 110), (8, 110)] {
            self.routes(&format!("F1 at {lsn}"), "ann", waited, &led(one(20), &[at(F1, one(lsn))]), 0);
        }
        let mut down = led(one(20), &[at(F1, one(7)), at(F2, one(2))]);
        down.followers[0].up = false;
        self.routes("F1 at 7 is down, F2 at 2", "ann", 0, &down, 0);
    }

    fn leader_busy(&mut self) {
        self.wrote("ann", one(8));
        let busy = |reads, lsn| View {
            leader: Some(LeaderState { node: L, at: one(20), reads }),
            followers: vec![at(F1, one(lsn))],
        };
        for (reads, waited) in [(9, 0), (10, 0), (10, 90), (10, 100), (9, 100)] {
            let what = format!("the leader serves {reads} reads, F1 at 1");
            self.routes(&what, "ann", waited, &busy(reads, 1), 0);
        }
        self.routes("the leader serves 10 reads, F1 at 8", "ann", 100, &busy(10, 8), 0);
        let none = View { leader: None, followers: vec![at(F1, one(1))] };
        self.routes("there is no leader, F1 at 1", "ann", 0, &none, 0);
        self.routes("there is no leader, F1 at 1", "ann", 100, &none, 0);
        self.routes("there is no leader, F1 at 1", "bob", 0, &none, 0);
    }

    fn no_followers(&mut self) {
        for user in ["ann", "bob"] {
            if user == "ann" {
                self.wrote(user, one(8));
            }
            self.routes("no followers", user, 0, &led(one(20), &[]), 7);
            let mut down = led(one(20), &[at(F1, one(20))]);
            down.followers[0].up = false;
            self.routes("the only follower is down", user, 0, &down, 7);
            self.routes("no servers", user, 0, &View::default(), 7);
            self.routes("no servers", user, 100, &View::default(), 7);
        }
    }

    fn remembered(&mut self, what: &str, view: &View) {
        self.router.forget_replicated(view);
        self.notes.step(format!("{what}: it remembers users"), self.router.remembered());
    }

    fn forgets(&mut self) {
        for user in 1..=1_000 {
            self.router.record_write(&format!("user{user}"), one(user));
        }
        self.router.record_read("reader", one(400));
        self.notes.step("after 1000 writes and a read: it remembers users", self.router.remembered());
        let view = |first, second| led(one(1_000), &[at(F1, one(first)), at(F2, one(second))]);
        self.remembered("F1 at 900, F2 at 300", &view(900, 300));
        self.routes("F1 at 900, F2 at 300", "user301", 0, &view(900, 300), 0);
        self.routes("F1 at 900, F2 at 300", "user300", 0, &view(900, 300), 1);
        let mut down = view(900, 300);
        down.followers[1].up = false;
        self.remembered("F2 is down at 300", &down);
        let received = FollowerState { received: one(1_000), ..at(F2, one(500)) };
        self.remembered(
            "F2 has received 1000 and replayed 500",
            &led(one(1_000), &[at(F1, one(900)), received]),
        );
        self.remembered("F1 and F2 at 1000", &view(1_000, 1_000));
    }

    /// What everybody had, one that comes later may not.
    fn newcomer(&mut self) {
        self.wrote("ann", one(8));
        self.wrote("ann", one(9));
        self.remembered("F1 at 12", &led(one(20), &[at(F1, one(12))]));
        let view = led(one(20), &[at(F1, one(12)), at(F2, one(2))]);
        for draw in 0..2 {
            self.routes("F1 at 12, and new is F2, at 2", "ann", 0, &view, draw);
        }
        let view = led(one(20), &[at(F1, one(12)), at(F2, one(9))]);
        for draw in 0..2 {
            self.routes("F1 at 12, and F2 at 9", "ann", 0, &view, draw);
        }
    }

    fn devices(&mut self) {
        self.wrote("ann", one(8));
        let mut phone = R::new(SETTINGS);
        let view = led(one(20), &[at(F1, one(4)), at(F2, one(9))]);
        let ask = |phone: &mut R, what: &str, draw| {
            let got = phone.route_read("ann", Time::ZERO, &view, draw).to_string();
            self.notes.step(format!("{what}, F1 at 4, F2 at 9: the phone's router sends ann"), got);
        };
        ask(&mut phone, "without a token", 0);
        phone.with_token("ann", self.router.token("ann"));
        for draw in 0..2 {
            ask(&mut phone, "with her token", draw);
        }
        phone.with_token("ann", one(3));
        ask(&mut phone, "with an older token besides", 0);
        self.notes.step("the phone's router: ann needs", phone.token("ann").to_string());
        self.notes.step("the phone's router: bob needs", phone.token("bob").to_string());
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::exercises::routing::broken_guarantees;
    use crate::judge::Violation;

    /// What holds for every router.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        broken_guarantees(seen)
    }
}
