//! The clusters: right ones, and such as have a fault that was planted.

use replication_lab::detector::Timeout;
use replication_lab::leader_follower::{Builder, Costs, LeaderFollower, Retention, Returning, Spike};
use replication_lab::network::Latency;

use super::{Mode, Promise, Test, Time};

/// A cluster to test, and what it promises.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    pub(super) promise: Promise,
    pub(super) builder: Builder,
    /// Whether those who watch the leader are cut off from it together with the followers.
    pub(super) watched_from_afar: bool,
    /// Whether faults and their ends do nothing.
    pub(super) toothless: bool,
    /// The test in which it shows best what is wrong.
    pub(super) shows: Test,
    /// The seeds with which it is tested.
    pub(super) seeds: u64,
}

const RPO: Time = Time::s(1);
const PROMISE: Promise = Promise {
    mode: Mode::Asynchronous { may_lose: RPO },
    recovers_within: Time::s(10),
    load: 200,
    most_lag: Time::s(1),
};

impl Cluster {
    fn of(mode: Mode) -> Self {
        let builder = LeaderFollower::builder().latency(Latency::Constant(Time::ms(5))).trace(false);
        let builder = builder.costs(Costs { replay: Time::ms(1), ..Costs::default() });
        let builder = builder.change_failover(|failover| {
            failover.observers = 3;
            failover.heartbeat = Time::ms(100);
            failover.detector = Box::new(Timeout::new(Time::ms(500)));
        });
        Self {
            promise: Promise { mode, ..PROMISE },
            builder,
            watched_from_afar: mode == Mode::Majority,
            toothless: false,
            shows: Test::LeaderKill,
            seeds: 1,
        }
    }

    /// What is acknowledged reaches the followers 200 ms later.
    fn asynchronous() -> Self {
        let cluster = Self::of(PROMISE.mode);
        cluster.both(|server| server.ship_after = Time::ms(200))
    }

    fn semi_synchronous() -> Self {
        Self::of(Mode::SemiSynchronous).with(|builder| builder.acknowledge("ANY 1 (L, F1, F2)"))
    }

    fn majority() -> Self {
        let cluster = Self::of(Mode::Majority).with(|builder| builder.acknowledge("ANY 1 (L, F1, F2)"));
        cluster.with(|builder| builder.change_failover(|failover| failover.lease = Some(Time::ms(400))))
    }

    fn with(mut self, change: impl FnOnce(Builder) -> Builder) -> Self {
        self.builder = change(self.builder);
        self
    }

    fn both(self, change: impl Fn(&mut replication_lab::leader_follower::ServerSettings)) -> Self {
        self.with(|builder| builder.server("F1", &change).server("F2", &change))
    }

    fn replay(self, replay: Time) -> Self {
        let costs = Costs { replay, ..Costs::default() };
        // So slow that they can't be told from others by how long they need to catch up.
        let patient = self.promising(|promise| promise.recovers_within = Time::s(30));
        patient.shown_by(Test::Load).with(|builder| builder.costs(costs))
    }

    fn promising(mut self, change: impl FnOnce(&mut Promise)) -> Self {
        change(&mut self.promise);
        self
    }

    fn shown_by(self, shows: Test) -> Self {
        Self { shows, ..self }
    }
}

/// The cluster of a scenario; nothing for a name that is none.
pub(super) fn cluster(scenario: &str) -> Option<Cluster> {
    Some(match scenario {
        "asynchronous" => Cluster::asynchronous(),
        "semi-synchronous" => Cluster::semi_synchronous(),
        "majority" => Cluster::majority(),
        // Its watchers are patient.
        "slow-failover" => Cluster::asynchronous()
            .promising(|promise| promise.recovers_within = Time::s(20))
            .with(|builder| {
                builder.change_failover(|failover| failover.detector = Box::new(Timeout::new(Time::s(9))))
            }),
        // What was imported before the test began arrives three seconds late.
        "import" => Cluster::asynchronous().both(|server| {
            server.spikes = vec![Spike { from: Time::ZERO, until: Time::s(3), lag: Time::s(3) }];
        }),
        "beyond-rpo" => Cluster::asynchronous()
            .promising(|promise| promise.most_lag = Time::s(5))
            .both(|server| server.ship_after = Time::ms(2_500)),
        "by-seed" => Cluster {
            seeds: 8,
            ..Cluster::asynchronous().promising(|promise| promise.most_lag = Time::s(5)).both(|server| {
                server.ship_after = Time::ZERO;
                server.jitter = Latency::Uniform(Time::ZERO, Time::ms(2_200));
            })
        },
        "in-name-only" => Cluster::semi_synchronous()
            .with(|builder| builder.acknowledge(""))
            .both(|server| server.ship_after = Time::ms(200)),
        "falls-back" => Cluster::semi_synchronous()
            .shown_by(Test::Partition)
            .with(|builder| builder.fall_back(Some(Time::ms(800)))),
        "old-leader-writes" => Cluster::asynchronous().with(|builder| {
            builder.change_failover(|failover| {
                failover.returning = Returning::Leads;
                failover.epochs = false;
            })
        }),
        "old-leader-keeps" => Cluster::asynchronous()
            .with(|builder| builder.change_failover(|failover| failover.epochs = false)),
        "follower-writes" => Cluster::semi_synchronous()
            .shown_by(Test::FollowerKill)
            .with(|builder| builder.server("F2", |server| server.writable = true)),
        "second-leader" => Cluster {
            watched_from_afar: true,
            ..Cluster::asynchronous().shown_by(Test::Partition).both(|server| server.ship_after = Time::ZERO)
        },
        "log-gone" => Cluster::semi_synchronous()
            .shown_by(Test::FollowerKill)
            .with(|builder| builder.retention(Retention::Last(20))),
        "far-too-slow" => Cluster::asynchronous().replay(Time::ms(20)),
        "a-little-too-slow" => Cluster::asynchronous().replay(Time::ms(8)),
        "toothless" => Cluster { toothless: true, ..Cluster::asynchronous() },
        _ => return None,
    })
}
