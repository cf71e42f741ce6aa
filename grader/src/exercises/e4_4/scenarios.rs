//! The scenarios of E4.4.

use std::collections::BTreeMap;

use super::{FollowerState, NodeId, Position, Route, Router, Time, View, weight};
use crate::exercise::{Recorder, Task};
use crate::exercises::routing::{F1, F2, F3, F4, Routed, Run, at, led, name};

/// Why a run can't fail.
const OURS: &str = "the nodes of a scenario are its own";

const PATIENCE: Time = Time::ms(100);

pub(super) fn drive<R: Router + 'static>(task: &Task, notes: &Recorder) {
    let bench = || Bench { router: R::new(PATIENCE), notes };
    match task.scenario.as_str() {
        "home" => bench().home(),
        "leaves" => bench().leaves(),
        "joins" => bench().joins(),
        "own-write" => bench().own_write(),
        "stand-ins" => bench().stand_ins(),
        "token" => bench().token(),
        "replayed" => bench().replayed(),
        "epochs" => bench().epochs(),
        "leader" => bench().leader(),
        "refresh" => {
            let (ann, bob) = (user_of(&[F2, F3, F1]), user_of(&[F1, F2, F3]));
            let mut run = run::<R>(task.seed, &[5, 300, 600], notes);
            run.until(100).write(&bob).until(200).read(&bob).read(&ann).until(300).read(&bob).read(&ann);
            run.until(500).read(&bob).read(&ann).until(800).read(&bob).read(&ann);
        }
        "comment" => {
            let ann = user_of(&[F2, F3, F1]);
            let mut run = run::<R>(task.seed, &[60, 400, 600], notes);
            run.until(100).write(&ann).read(&ann).until(200).read(&ann).until(600).read(&ann);
            run.delay(F1, 60_000).until(700).write(&ann).read(&ann).until(2_000).read(&ann);
        }
        "death" => {
            let ann = user_of(&[F1, F3, F2]);
            let mut run = run::<R>(task.seed, &[5, 150, 60_000], notes);
            run.until(100).write("bob").until(200).read(&ann).fault("F1 crashes").read(&ann);
            run.until(300).read(&ann).until(400).write("bob").fault("F1 restarts").read(&ann);
            run.until(500).write("bob").until(600).read(&ann).fault("F1 crashes").read(&ann);
            run.fault("F2 crashes").read(&ann);
        }
        "failover" => {
            let (ann, bob) = (user_of(&[F1, F2, F3]), user_of(&[F3, F1, F2]));
            let mut run = run::<R>(task.seed, &[5, 10, 60_000], notes);
            run.until(100).write(&ann).write(&bob).until(200).read(&ann).read(&bob);
            run.fault("partition: L | F2").write(&ann).until(300).read(&ann).fault("L crashes");
            run.read(&ann).until(400).promote(F2, 2).read(&ann).until(500).write(&ann);
            run.until(600).read(&ann).read(&bob).fault("F1 crashes").read(&ann);
        }
        other => panic!("E4.4 has no scenario {other:?}"),
    }
}

/// A learner's router, and the users' browsers, which keep their tokens.
struct Browsers<R> {
    router: R,
    tokens: BTreeMap<String, Position>,
}

impl<R: Router> Browsers<R> {
    fn answered(&mut self, user: &str, at: Position) {
        let token = self.tokens.entry(user.to_owned()).or_default();
        *token = self.router.next_token(*token, at);
    }
}

impl<R: Router> Routed for Browsers<R> {
    fn route(&mut self, user: &str, waited: Time, view: &View) -> Route {
        let token = self.tokens.get(user).copied().unwrap_or_default();
        self.router.route(user, token, waited, view)
    }

    fn wrote(&mut self, user: &str, at: Position) {
        self.answered(user, at);
    }

    fn saw(&mut self, user: &str, at: Position) {
        self.answered(user, at);
    }
}

fn run<'a, R: Router>(seed: u64, delays: &[u64], notes: &'a Recorder) -> Run<'a, Browsers<R>> {
    let browsers = Browsers { router: R::new(PATIENCE), tokens: BTreeMap::new() };
    Run::new(seed, browsers, delays, notes).expect(OURS)
}

/// A user to whom these followers belong in this order.
fn user_of(order: &[NodeId]) -> String {
    let weights = |user: &str| order.iter().map(|node| weight(user, *node)).collect::<Vec<_>>();
    let fits = |user: &String| weights(user).is_sorted_by(|a, b| a > b);
    (1..).map(|number| format!("user{number}")).find(fits).unwrap_or_default()
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

const USERS: u32 = 1_000;

fn shown(node: Option<NodeId>) -> &'static str {
    node.map_or("nobody", name)
}

/// Followers that are level.
fn level(nodes: &[NodeId]) -> Vec<FollowerState> {
    nodes.iter().map(|node| at(*node, one(20))).collect()
}

impl<R: Router> Bench<'_, R> {
    fn homes(&self, view: &View) -> Vec<Option<NodeId>> {
        (1..=USERS).map(|user| self.router.home(&format!("user{user}"), view)).collect()
    }

    fn shares(&self, what: &str, homes: &[Option<NodeId>]) {
        let mut shares = BTreeMap::<&str, u32>::new();
        for home in homes {
            *shares.entry(shown(*home)).or_default() += 1;
        }
        self.notes.step(what, shares);
    }

    /// Notes whose homes have changed, from where to where.
    fn moves(&self, what: &str, before: &[Option<NodeId>], after: &[Option<NodeId>]) {
        let mut moves = BTreeMap::<String, u32>::new();
        for (from, to) in before.iter().zip(after).filter(|(from, to)| from != to) {
            *moves.entry(format!("{} to {}", shown(*from), shown(*to))).or_default() += 1;
        }
        self.notes.step(what, moves);
    }

    fn home(&self) {
        let view = led(one(20), &level(&[F1, F2, F3, F4]));
        for user in ["ann", "bob", "carol", "dave"] {
            self.notes.step(format!("home of {user}"), shown(self.router.home(user, &view)));
        }
        let homes = self.homes(&view);
        self.shares("users at home", &homes);
        let shuffled = led(one(20), &level(&[F4, F2, F1, F3]));
        self.moves("who moves when the list is in another order", &homes, &self.homes(&shuffled));
        let nobody = self.router.home("ann", &led(one(20), &[]));
        self.notes.step("home of ann without followers", shown(nobody));
    }

    fn leaves(&self) {
        let view = led(one(20), &level(&[F1, F2, F3, F4]));
        let mut down = view.clone();
        down.followers[1].up = false;
        let (before, after) = (self.homes(&view), self.homes(&down));
        self.moves("who moves when F2 is down", &before, &after);
        self.shares("users at home then", &after);
        let gone = led(one(20), &level(&[F1, F3, F4]));
        self.moves("who moves when F2 is taken off the list", &after, &self.homes(&gone));
        self.moves("who moves when F2 is back", &after, &self.homes(&view));
    }

    fn joins(&self) {
        let before = self.homes(&led(one(20), &level(&[F1, F2, F3])));
        let after = self.homes(&led(one(20), &level(&[F4, F1, F2, F3])));
        self.moves("who moves when F4 is added", &before, &after);
        self.shares("users at home then", &after);
    }

    fn routes(&self, what: &str, user: &str, token: Position, waited: u64, view: &View) {
        let route = self.router.route(user, token, Time::ms(waited), view);
        self.notes.step(format!("{what}: a read that needs {token}, after {waited} ms"), route.to_string());
    }

    fn own_write(&self) {
        let ann = user_of(&[F1, F2]);
        let state = |first, second| led(one(20), &[at(F1, one(first)), at(F2, one(second))]);
        self.routes("home F1 at 5, F2 at 5", &ann, Position::default(), 0, &state(5, 5));
        self.routes("home F1 at 8, F2 at 9", &ann, one(8), 0, &state(8, 9));
        self.routes("home F1 at 7, F2 at 9", &ann, one(8), 0, &state(7, 9));
        for waited in [0, 90, 100, 110] {
            self.routes("home F1 at 7, F2 at 6", &ann, one(8), waited, &state(7, 6));
        }
        self.routes("home F1 at 8, F2 at 6", &ann, one(8), 50, &state(8, 6));
        let mut down = state(20, 6);
        down.followers[0].up = false;
        self.routes("home F1 is down, F2 at 6", &ann, one(8), 0, &down);
        self.routes("home F1 is down, F2 at 6", &ann, one(8), 100, &down);
        self.routes("home F1 is down, F2 at 6", &ann, one(6), 0, &down);
    }

    /// Three followers have the token, and the home has not.
    fn stand_ins(&self) {
        for order in [[F2, F1, F3, F4], [F2, F3, F4, F1], [F2, F4, F1, F3]] {
            let user = user_of(&order);
            let states = [at(F1, one(10)), at(F2, one(7)), at(F3, one(9)), at(F4, one(20))];
            let order = order.map(name).join(", ");
            self.routes(
                &format!("in the order {order}; only F2 lacks it"),
                &user,
                one(8),
                0,
                &led(one(20), &states),
            );
            let mut down = led(one(20), &states);
            down.followers[0].up = false;
            self.routes(&format!("in the order {order}; F1 is down"), &user, one(8), 0, &down);
        }
    }

    fn token(&self) {
        let mut token = Position::default();
        for (what, at) in [
            ("a read of 4", one(4)),
            ("a write at 8", one(8)),
            ("the answer to an earlier read of 5", one(5)),
            ("a read of 8", one(8)),
            ("a read of 12", one(12)),
            ("a write at 11 in epoch 2", two(11)),
            ("the answer to an earlier read of 15 in epoch 1", one(15)),
        ] {
            token = self.router.next_token(token, at);
            self.notes.step(format!("{what}: the token is"), token.to_string());
        }
    }

    fn replayed(&self) {
        let ann = user_of(&[F1, F2]);
        let busy = FollowerState { received: one(20), ..at(F1, one(5)) };
        let view = led(one(20), &[busy, at(F2, one(8))]);
        self.routes("home F1 has received 20 and replayed 5, F2 at 8", &ann, one(8), 0, &view);
        let view = led(one(20), &[busy, at(F2, one(6))]);
        self.routes("home F1 has received 20 and replayed 5, F2 at 6", &ann, one(8), 0, &view);
    }

    fn epochs(&self) {
        let ann = user_of(&[F1, F2]);
        let view = led(two(5_100), &[at(F1, one(5_050)), at(F2, two(4_996))]);
        let what = "home F1 at 5050 of epoch 1, F2 at 4996 of epoch 2";
        self.routes(what, &ann, two(4_995), 0, &view);
        self.routes(what, &ann, one(5_000), 0, &view);
        let view = led(two(5_100), &[at(F1, two(4_991)), at(F2, one(4_990))]);
        let what = "home F1 at 4991 of epoch 2, F2 at 4990 of epoch 1";
        self.routes(what, &ann, one(5_000), 0, &view);
        self.routes(what, &ann, two(4_995), 100, &view);
    }

    fn leader(&self) {
        let behind = [at(F1, one(5))];
        for waited in [0, 100] {
            self.routes("L at 20, F1 at 5", "ann", one(8), waited, &led(one(20), &behind));
            self.routes("L at 20, no followers", "ann", one(8), waited, &led(one(20), &[]));
            self.routes("L was deposed at 20, F1 at 5", "ann", two(12), waited, &led(one(20), &behind));
            self.routes("L was deposed at 20, no followers", "ann", two(12), waited, &led(one(20), &[]));
            let none = View { leader: None, followers: behind.to_vec() };
            self.routes("there is no leader, F1 at 5", "ann", one(8), waited, &none);
            self.routes("there is no leader, F1 at 5", "ann", one(5), waited, &none);
        }
        let mut down = led(one(20), &behind);
        down.followers[0].up = false;
        self.routes("L at 20, F1 is down", "ann", one(5), 0, &down);
        self.routes("nobody is there", "ann", one(8), 0, &View::default());
        self.routes("nobody is there", "ann", one(8), 100, &View::default());
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
