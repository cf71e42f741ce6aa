//! E3.1 — A consumer of changes: from a leader's log into another store, nothing lost and nothing twice.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e3_1::{
    Consumer, Copied, Created, Decoder, Event, KeyedChange, Leader, Lsn, Message, Options, Relation, Sink,
    SnapshotId, Stopped, TABLES, Value,
};

/// Follows a leader's changes into a sink.
#[derive(Debug)]
pub struct Follower;

impl Consumer for Follower {
    fn run(leader: &mut dyn Leader, sink: &mut dyn Sink) -> Result<(), Stopped> {
        // BEGIN SOLUTION let _ = (leader, sink);\ntodo!("publication, slot, copy if there is none, then the stream")
        if !leader.has_publication()? {
            leader.create_publication()?;
        }
        let slot = leader.has_slot()?;
        let mut durable = match sink.position()? {
            Some(position) if slot => position,
            _ => {
                if slot {
                    leader.drop_slot()?;
                }
                copy(leader, sink)?
            }
        };
        leader.start(Options { proto_version: 1, publication: true })?;
        let mut decoder = Decoder::default();
        let mut under_way: Option<Vec<Message>> = None;
        loop {
            let bytes = match leader.receive()? {
                Event::ShutDown => return Ok(()),
                Event::KeepAlive { end } => {
                    leader.confirm(if under_way.is_some() { durable } else { end })?;
                    continue;
                }
                Event::Data(bytes) => bytes,
            };
            for message in decoder.decode(&bytes)? {
                match message {
                    Message::Begin { .. } => under_way = Some(Vec::new()),
                    Message::Commit { end, .. } => {
                        let messages = under_way.take().unwrap_or_default();
                        if end > durable {
                            deliver(sink, &messages, end)?;
                            durable = end;
                        }
                        leader.confirm(end)?;
                    }
                    message => under_way.get_or_insert_default().push(message),
                }
            }
        }
        // END SOLUTION
    }

    fn retire(leader: &mut dyn Leader) -> Result<(), Stopped> {
        // BEGIN SOLUTION let _ = leader;\ntodo!("nothing may hold log on the leader")
        if leader.has_slot()? {
            leader.drop_slot()?;
        }
        Ok(())
        // END SOLUTION
    }
}
// BEGIN SOLUTION

/// A slot, and a copy of all tables that ends where it begins.
fn copy(leader: &mut dyn Leader, sink: &mut dyn Sink) -> Result<Lsn, Stopped> {
    let Created { at, snapshot } = leader.create_slot()?;
    sink.begin()?;
    sink.clear()?;
    for table in TABLES {
        let Copied { relation, rows } = leader.copy(table, Some(snapshot))?;
        sink.define(&relation)?;
        for row in &rows {
            sink.apply(row)?;
        }
    }
    sink.set_position(at)?;
    sink.commit()?;
    Ok(at)
}

/// A whole transaction, with its position.
fn deliver(sink: &mut dyn Sink, messages: &[Message], end: Lsn) -> Result<(), Stopped> {
    sink.begin()?;
    for message in messages {
        match message {
            Message::Relation(relation) => sink.define(relation)?,
            Message::Row { change, .. } => sink.apply(change)?,
            Message::Begin { .. } | Message::Commit { .. } => {}
        }
    }
    sink.set_position(end)?;
    sink.commit()
}
// END SOLUTION
