//! A leader with consumers, to drive step by step.

use super::consumer::{Consumer, Delivered, delivered};
use super::leader::{Leader, Rows, SlotRefusal, SlotView, Transaction, published_rows};
use super::message::Node;
use super::setup::{Builder, CaptureError, Settings};
use crate::log::Lsn;
use crate::table_engine::Commit;
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::world::{DiskSettings, Effects, Fault, World};

/// A leader with consumers, in a world of its own.
#[derive(Clone, Debug)]
pub struct Capture {
    pub(super) world: World<Node>,
    settings: Settings,
}

impl Capture {
    /// A builder with the defaults of [`Settings`]: a table `users (id, name)`, one consumer.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(settings: Settings) -> Result<Self, CaptureError> {
        settings.validate()?;
        let leader = ("L".to_owned(), Node::Leader(Box::new(Leader::new(&settings)?)));
        let consumer = |name: &String| (name.clone(), Node::Consumer(Box::new(Consumer::new(&settings))));
        let nodes = std::iter::once(leader).chain(settings.consumers.iter().map(consumer)).collect();
        let mut world = World::new(settings.seed, nodes, settings.link.clone(), settings.trace)?;
        world.set_disk(NodeId(0), DiskSettings { capacity: settings.disk, ..DiskSettings::default() })?;
        for id in world.ids().skip(1).collect::<Vec<_>>() {
            world.set_disk(id, DiskSettings { sync: settings.sync.clone(), ..DiskSettings::default() })?;
        }
        Ok(Self { world, settings })
    }

    fn consumer_id(&self, name: &str) -> Result<NodeId, CaptureError> {
        let place = self.settings.consumers.iter().position(|consumer| consumer == name);
        place
            .map(|place| NodeId(place as u16 + 1))
            .ok_or_else(|| CaptureError::UnknownConsumer(name.to_owned(), self.settings.consumers.join(", ")))
    }

    /// The names of the consumers.
    pub fn consumers(&self) -> &[String] {
        &self.settings.consumers
    }

    /// Carries a statement out on the leader and sends it on.
    ///
    /// # Errors
    /// When the statement is none, the leader is down, or its disk is full. Nothing has been done then.
    pub fn execute(&mut self, sql: &str) -> Result<Commit, CaptureError> {
        if !self.world.is_running(NodeId(0)) {
            return Err(CaptureError::LeaderDown);
        }
        let mut done = Err(CaptureError::LeaderDown);
        self.world.act(NodeId(0), |node, out| {
            if let Node::Leader(leader) = node {
                done = leader.execute(sql, out);
            }
        });
        done
    }

    /// Removes a consumer's slot.
    ///
    /// # Errors
    /// When there is no such consumer.
    pub fn drop_slot(&mut self, consumer: &str) -> Result<&mut Self, CaptureError> {
        let id = self.consumer_id(consumer)?;
        self.world.act(NodeId(0), |node, out| {
            if let Node::Leader(leader) = node {
                leader.drop_slot(id, out);
            }
        });
        Ok(self)
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// Lets a span of time pass.
    pub fn run_for(&mut self, span: Time) -> &mut Self {
        self.world.run_until(self.now() + span);
        self
    }

    /// A consumer's machine crashes; or the leader's, L.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn crash(&mut self, name: &str) -> Result<&mut Self, CaptureError> {
        self.strike(name, Fault::Crash)
    }

    /// A crashed node comes back.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn restart(&mut self, name: &str) -> Result<&mut Self, CaptureError> {
        self.strike(name, Fault::Restart)
    }

    fn strike(&mut self, name: &str, fault: impl Fn(NodeId) -> Fault) -> Result<&mut Self, CaptureError> {
        let id = if name == "L" { NodeId(0) } else { self.consumer_id(name)? };
        self.world.strike(&fault(id))?;
        Ok(self)
    }

    /// The leader.
    pub fn leader(&self) -> &Leader {
        match self.world.node(NodeId(0)) {
            Node::Leader(leader) => leader,
            Node::Consumer(_) => unreachable!("the first node leads"),
        }
    }

    /// What the leader knows of a consumer.
    ///
    /// # Errors
    /// When there is no such consumer, or its slot was dropped.
    pub fn slot(&self, consumer: &str) -> Result<SlotView, CaptureError> {
        let id = self.consumer_id(consumer)?;
        self.leader().slot(id).ok_or_else(|| self.no_slot(consumer))
    }

    /// The transactions that the slot of a consumer holds, decoded. Nothing moves: asked again, it says the same
    /// again, and more when there is more. For a consumer outside the simulation, whose node here is down (PostgreSQL:
    /// `pg_logical_slot_peek_binary_changes`).
    ///
    /// # Errors
    /// When there is no such consumer or slot, the slot is lost, the consumer is connected, or the leader is down.
    pub fn peek(&mut self, consumer: &str) -> Result<Vec<Transaction>, CaptureError> {
        self.by_hand(consumer, |leader, id, _| leader.peek(id))
    }

    /// Confirms everything up to a position for a consumer that isn't connected (PostgreSQL:
    /// `pg_replication_slot_advance`). A position before the confirmed one changes nothing.
    ///
    /// # Errors
    /// As for [`peek`](Self::peek), and when the leader's log doesn't go that far.
    pub fn advance(&mut self, consumer: &str, to: Lsn) -> Result<(), CaptureError> {
        self.by_hand(consumer, |leader, id, out| leader.advance(id, to, out))
    }

    fn by_hand<T>(
        &mut self,
        consumer: &str,
        action: impl FnOnce(&mut Leader, NodeId, &mut Effects<'_, Node>) -> Result<T, SlotRefusal>,
    ) -> Result<T, CaptureError> {
        let id = self.consumer_id(consumer)?;
        if !self.world.is_running(NodeId(0)) {
            return Err(CaptureError::LeaderDown);
        }
        let mut done = None;
        self.world.act(NodeId(0), |node, out| {
            if let Node::Leader(leader) = node {
                done = Some(action(leader, id, out));
            }
        });
        done.ok_or(CaptureError::LeaderDown)?.map_err(|refusal| match refusal {
            SlotRefusal::None => self.no_slot(consumer),
            SlotRefusal::Active => CaptureError::SlotActive(consumer.to_owned()),
            SlotRefusal::Lost => CaptureError::SlotLost(consumer.to_owned()),
            SlotRefusal::Ahead(end) => CaptureError::BeyondTheLog { end },
        })
    }

    fn no_slot(&self, consumer: &str) -> CaptureError {
        CaptureError::UnknownConsumer(format!("{consumer}, with a slot"), "those with a slot".into())
    }

    /// What is on a consumer's disk.
    ///
    /// # Errors
    /// When there is no such consumer.
    pub fn delivered(&self, consumer: &str) -> Result<Delivered, CaptureError> {
        let id = self.consumer_id(consumer)?;
        Ok(delivered(self.world.disk(id).trusted()))
    }

    /// How many rows of a table a consumer has otherwise than the leader, or lacks, or has too many.
    ///
    /// # Errors
    /// When there is no such consumer, or no such table.
    pub fn differing_rows(&self, consumer: &str, table: &str) -> Result<usize, CaptureError> {
        let theirs = published_rows(self.leader().db(), table)?;
        let mine = self.delivered(consumer)?.rows.into_iter().filter(|((of, _), _)| of == table);
        let mine: Rows = mine.map(|((_, key), values)| (key, values)).collect();
        let keys: std::collections::BTreeSet<_> = mine.keys().chain(theirs.keys()).collect();
        Ok(keys.into_iter().filter(|key| mine.get(key) != theirs.get(key)).count())
    }

    /// What happened, unless the trace is switched off.
    pub fn trace(&self) -> Option<&Trace> {
        self.world.trace()
    }
}
