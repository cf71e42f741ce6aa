//! What each routing policy costs, and what it spares users: all of them under the same load and the same faults.

use super::builder::Builder;
use super::cluster::LeaderFollower;
use super::routing::ReadFrom;
use super::session_measures::{Guarantee, SessionMeasures};
use super::setup::{Costs, SetupError, Spike};
use super::users::Users;
use crate::detector::Timeout;
use crate::explore::in_parallel;
use crate::network::Latency;
use crate::time::Time;
use crate::trace::NodeId;
use crate::view::{Chart, Figure, Table};
use crate::world::{Fault, Plan};

/// A cluster, its users and its faults, under which routing policies are compared.
///
/// All begin from one cluster: a leader and four followers, whose lag is log-normal with medians of 20, 50, 200 and
/// 1,500 ms: the last is a loaded one. A read takes 500 µs of a server's processor, a write 900 µs: with 10,000 users the leader is well used, with 1,000 it is idle. There are four clients,
/// application servers, on links of half a millisecond to two; they wait 200 ms for an answer.
#[derive(Clone, Debug)]
pub struct RoutingScenario {
    /// Its name.
    pub name: String,
    /// The cluster; where reads go is set by the policy.
    pub builder: Builder,
    /// The users.
    pub users: Users,
    /// The faults.
    pub faults: Plan,
    /// The policies.
    pub policies: Vec<ReadFrom>,
}

impl RoutingScenario {
    /// Nothing goes wrong: so many users, a second's pause between what they do, one in five operations a write.
    pub fn plain(users: u32) -> Self {
        let lag = |ms| Latency::LogNormal { median: Time::ms(ms), sigma: 0.6 };
        let mut builder = LeaderFollower::builder()
            .followers(4)
            .clients(4)
            .trace(false)
            .timeout(Time::ms(200))
            .costs(Costs { read: Time::us(500), write: Time::us(900), ..Costs::default() });
        for (name, ms) in [("F1", 20), ("F2", 50), ("F3", 200), ("F4", 1_500)] {
            builder = builder.server(name, |server| server.jitter = lag(ms));
        }
        Self {
            name: "nothing goes wrong".into(),
            builder,
            users: Users { users, ..Users::default() },
            faults: Plan::none(),
            policies: ReadFrom::COMPARED.to_vec(),
        }
    }

    fn named(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The quickest follower dies in the middle, while the others are up to four seconds behind.
    pub fn follower_dies(users: u32) -> Self {
        let mut scenario = Self::plain(users).named("the quickest follower dies, the others are behind");
        let spike = Spike { from: Time::s(26), until: Time::s(34), lag: Time::s(4) };
        for name in ["F2", "F3", "F4"] {
            scenario.builder = scenario.builder.server(name, |server| server.spikes.push(spike));
        }
        scenario.faults = Plan::none().and(Time::s(30), Fault::Crash(NodeId(1)));
        scenario
    }

    /// For ten seconds every follower falls behind, up to eight seconds: a batch import.
    pub fn lag_spike(users: u32) -> Self {
        let mut scenario = Self::plain(users).named("lag of 8 s for a while");
        let spike = Spike { from: Time::s(20), until: Time::s(30), lag: Time::s(8) };
        for name in ["F1", "F2", "F3", "F4"] {
            scenario.builder = scenario.builder.server(name, |server| server.spikes.push(spike));
        }
        scenario
    }

    /// The leader's machine dies in the middle, and with it the last second of its log, which no follower has: all are
    /// sent it a second later than else. A follower leads a second after the death.
    pub fn leader_fails(users: u32) -> Self {
        let mut scenario = Self::plain(users).named("the leader dies, and a tail is lost");
        for name in ["F1", "F2", "F3", "F4"] {
            scenario.builder = scenario.builder.server(name, |server| server.ship_after = Time::s(1));
        }
        scenario.builder = scenario.builder.change_failover(|failover| {
            failover.observers = 3;
            failover.heartbeat = Time::ms(250);
            failover.detector = Box::new(Timeout::new(Time::s(1)));
        });
        scenario.faults = Plan::none().and(Time::s(30), Fault::Crash(NodeId(0)));
        scenario
    }

    /// Every user has two devices, served by different clients; `shared` says whether what a router remembers travels
    /// with the user.
    pub fn two_devices(users: u32, shared: bool) -> Self {
        let name = if shared { "two devices that share tokens" } else { "two devices" };
        let mut scenario = Self::plain(users).named(name);
        (scenario.users.devices, scenario.users.shared) = (2, shared);
        scenario
    }

    /// Every second operation is a write.
    pub fn write_heavy(users: u32) -> Self {
        let mut scenario = Self::plain(users).named("every second operation is a write");
        scenario.users.writes = 0.5;
        scenario
    }

    /// All of them.
    pub fn all(users: u32) -> Vec<Self> {
        vec![
            Self::plain(users),
            Self::write_heavy(users),
            Self::follower_dies(users),
            Self::lag_spike(users),
            Self::leader_fails(users),
            Self::two_devices(users, false),
            Self::two_devices(users, true),
        ]
    }

    /// The run under one policy, when its users have left.
    ///
    /// # Errors
    /// When the settings don't fit.
    pub fn run(&self, policy: ReadFrom) -> Result<LeaderFollower, SetupError> {
        let mut cluster = self.builder.clone().read_from(policy).build()?;
        cluster.plan(&self.faults)?.users(self.users.clone())?.run_users();
        Ok(cluster)
    }
}

/// What a policy costs in a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutingCost {
    /// The policy.
    pub policy: ReadFrom,
    /// What was measured.
    pub measures: SessionMeasures,
}

/// Runs all policies of a scenario under the same load, seed and faults.
///
/// # Errors
/// When the settings don't fit.
///
/// # Examples
/// ```
/// use replication_lab::leader_follower::{Guarantee::*, RoutingScenario, compare_routing, routing_table};
/// let costs = compare_routing(&RoutingScenario::plain(300))?;
/// let token = costs.last().unwrap();
/// assert_eq!(token.measures.broken(ReadYourWrites).operations, 0);
/// println!("{}", routing_table(&costs));
/// # Ok::<(), replication_lab::leader_follower::SetupError>(())
/// ```
pub fn compare_routing(scenario: &RoutingScenario) -> Result<Vec<RoutingCost>, SetupError> {
    let cost = |policy: &ReadFrom| {
        let measures = scenario.run(*policy)?.session_measures();
        Ok(RoutingCost { policy: *policy, measures })
    };
    in_parallel(&scenario.policies, cost).into_iter().collect()
}

/// The policies side by side: of 10,000 sessions, those that broke a guarantee; where reads went; how long they took.
pub fn routing_table(costs: &[RoutingCost]) -> Figure {
    let mut table = Table::new([
        "reads from",
        "read your writes",
        "monotonic reads",
        "monotonic writes",
        "writes follow reads",
        "on the leader",
        "median",
        "99 %",
        "waited",
        "refused",
        "told: lost",
        "no answer",
    ]);
    for RoutingCost { policy, measures } in costs {
        let broken = Guarantee::ALL.map(|guarantee| format!("{:.0}", measures.per_10_000(guarantee)));
        let ms = |share| {
            measures.read_latency(share).map_or("–".to_owned(), |time| format!("{:.1} ms", time.as_ms()))
        };
        let rest = [
            format!("{:.1} %", 100.0 * measures.leader_share()),
            ms(0.5),
            ms(0.99),
            measures.waited.to_string(),
            measures.refused.to_string(),
            measures.told_lost.to_string(),
            measures.unanswered.to_string(),
        ];
        table = table.row(std::iter::once(policy.to_string()).chain(broken).chain(rest));
    }
    table.figure()
}

/// What is bought with reads on the leader: a point for each policy.
pub fn routing_chart(title: &str, costs: &[RoutingCost]) -> Figure {
    let mut chart =
        Chart::new(title, "reads on the leader, %", "sessions of 10,000 that saw something too old");
    for RoutingCost { policy, measures } in costs {
        let worst = measures
            .per_10_000(Guarantee::ReadYourWrites)
            .max(measures.per_10_000(Guarantee::MonotonicReads));
        chart = chart.line(policy.to_string(), [(100.0 * measures.leader_share(), worst)]);
    }
    chart.figure()
}

/// The same comparison for every lag of a list: all followers are so far behind, always the same.
///
/// # Errors
/// When the settings don't fit.
pub fn compare_routing_by_lag(
    users: u32,
    lags: &[Time],
) -> Result<Vec<(Time, Vec<RoutingCost>)>, SetupError> {
    let of_lag = |lag: &Time| {
        let mut scenario = RoutingScenario::plain(users);
        for name in ["F1", "F2", "F3", "F4"] {
            scenario.builder = scenario.builder.server(name, |server| {
                server.ship_after = *lag;
                server.jitter = Latency::Constant(Time::ZERO);
            });
        }
        Ok((*lag, compare_routing(&scenario)?))
    };
    lags.iter().map(of_lag).collect()
}

/// How often a guarantee is broken, by lag: a line for each policy.
pub fn routing_by_lag_chart(by_lag: &[(Time, Vec<RoutingCost>)], guarantee: Guarantee) -> Figure {
    let title = format!("Sessions of 10,000 that broke “{guarantee}”");
    let policies = by_lag.first().map_or(&[][..], |(_, costs)| costs.as_slice());
    let chart = Chart::new(title, "lag of every follower, s", "sessions of 10,000");
    let chart = policies.iter().enumerate().fold(chart, |chart, (place, cost)| {
        let points = by_lag.iter().filter_map(|(lag, costs)| {
            Some((lag.as_ms() / 1_000.0, costs.get(place)?.measures.per_10_000(guarantee)))
        });
        chart.line(cost.policy.to_string(), points.collect::<Vec<_>>())
    });
    chart.figure()
}
