//! A server that orders all changes of a text, and its clients.

use serde::{Deserialize, Serialize};

use super::{Op, OtError, apply_all, transform_lists};

/// A client's changes on their way to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToServer {
    /// Whose.
    pub site: u32,
    /// The last revision that the client had seen.
    pub base: u64,
    /// What it did on top of that.
    pub ops: Vec<Op>,
}

/// A revision on its way to a client. Every client gets every one, its own included: that is its acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromServer {
    /// Its number, from 1.
    pub revision: u64,
    /// Whose changes.
    pub site: u32,
    /// What to apply on top of the revision before.
    pub ops: Vec<Op>,
}

/// The server: one text, and all its revisions in one order.
///
/// # Limits
/// It keeps every revision; real servers drop those that all clients have seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    text: String,
    revisions: Vec<Vec<Op>>,
}

impl Server {
    /// A server with a text.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), revisions: Vec::new() }
    }

    /// Takes a client's changes and rewrites them against all revisions that it had not seen. Returns the revision for
    /// all clients.
    ///
    /// # Errors
    /// When they build on a revision that does not exist, or don't fit its text; then nothing changes.
    pub fn receive(&mut self, message: &ToServer) -> Result<FromServer, OtError> {
        let revision = self.revision();
        let base = usize::try_from(message.base).ok().filter(|base| *base <= self.revisions.len());
        let Some(base) = base else {
            return Err(OtError::Future { base: message.base, revision });
        };
        let since: Vec<Op> = self.revisions[base..].concat();
        let (ops, _) = transform_lists(&message.ops, &since);
        self.text = apply_all(&self.text, &ops)?;
        self.revisions.push(ops.clone());
        Ok(FromServer { revision: revision + 1, site: message.site, ops })
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of the last revision; 0 before the first.
    pub fn revision(&self) -> u64 {
        self.revisions.len() as u64
    }
}

/// A client: it shows its own changes at once, and rewrites what comes from the server against those that the server has
/// not acknowledged. At most one message of its own is on its way; what is typed meanwhile waits for the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    site: u32,
    text: String,
    revision: u64,
    on_the_way: Vec<Op>,
    /// Whether a message is on its way. Its changes may have come to nothing meanwhile.
    sent: bool,
    unsent: Vec<Op>,
}

impl Client {
    /// A client with a copy of a server's text at its present revision.
    pub fn new(site: u32, server: &Server) -> Self {
        Self {
            site,
            text: server.text.clone(),
            revision: server.revision(),
            on_the_way: Vec::new(),
            sent: false,
            unsent: Vec::new(),
        }
    }

    /// Changes the text here. Returns what to send, if nothing is on its way yet.
    ///
    /// # Errors
    /// When the change does not fit the text.
    pub fn local(&mut self, op: Op) -> Result<Option<ToServer>, OtError> {
        self.text = apply_all(&self.text, &[op])?;
        self.unsent.push(op);
        Ok(self.next())
    }

    /// Takes the next revision. Returns what to send now, if this acknowledged what was on its way.
    ///
    /// # Errors
    /// When it is not the revision that follows.
    pub fn receive(&mut self, message: &FromServer) -> Result<Option<ToServer>, OtError> {
        let expected = self.revision + 1;
        if message.revision != expected {
            return Err(OtError::OutOfOrder { expected, got: message.revision });
        }
        if message.site == self.site {
            self.on_the_way.clear();
            self.sent = false;
        } else {
            let (theirs, on_the_way) = transform_lists(&message.ops, &self.on_the_way);
            let (theirs, unsent) = transform_lists(&theirs, &self.unsent);
            self.text = apply_all(&self.text, &theirs)?;
            (self.on_the_way, self.unsent) = (on_the_way, unsent);
        }
        self.revision = expected;
        Ok(self.next())
    }

    /// The text, with this client's own changes.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The last revision that it has seen.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Its changes that the server has not acknowledged.
    pub fn pending(&self) -> Vec<Op> {
        [&self.on_the_way[..], &self.unsent].concat()
    }

    fn next(&mut self) -> Option<ToServer> {
        if self.sent || self.unsent.is_empty() {
            return None;
        }
        self.sent = true;
        self.on_the_way = std::mem::take(&mut self.unsent);
        Some(ToServer { site: self.site, base: self.revision, ops: self.on_the_way.clone() })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, VecDeque};

    use proptest::prelude::*;

    use super::*;

    fn insert(at: usize, ch: char, site: u32) -> Op {
        Op::Insert { at, ch, site }
    }

    #[test]
    fn two_clients_change_hello() {
        let mut server = Server::new("HELLO");
        let (mut ann, mut bob) = (Client::new(1, &server), Client::new(2, &server));
        let from_ann = ann.local(insert(1, 'X', 1)).unwrap().unwrap();
        let from_bob = bob.local(Op::Delete { at: 4 }).unwrap().unwrap();
        for message in [from_ann, from_bob] {
            let revision = server.receive(&message).unwrap();
            ann.receive(&revision).unwrap();
            bob.receive(&revision).unwrap();
        }
        assert_eq!([server.text(), ann.text(), bob.text()], ["HXELL"; 3]);
        assert_eq!((ann.revision(), ann.pending()), (2, vec![]));
    }

    #[test]
    fn what_is_typed_meanwhile_waits() {
        let mut server = Server::new("");
        let mut ann = Client::new(1, &server);
        let first = ann.local(insert(0, 'a', 1)).unwrap().unwrap();
        assert_eq!(ann.local(insert(1, 'b', 1)).unwrap(), None);
        assert_eq!(ann.local(insert(2, 'c', 1)).unwrap(), None);
        let next = ann.receive(&server.receive(&first).unwrap()).unwrap().unwrap();
        assert_eq!((next.base, next.ops.len()), (1, 2));
        ann.receive(&server.receive(&next).unwrap()).unwrap();
        assert_eq!((server.text(), ann.text()), ("abc", "abc"));
    }

    #[test]
    fn what_does_not_follow_is_refused() {
        let mut server = Server::new("");
        let mut ann = Client::new(1, &server);
        let late = ann.receive(&FromServer { revision: 2, site: 2, ops: vec![] }).unwrap_err();
        insta::assert_snapshot!(late, @"revision 2 has come where 1 would follow: a client needs every revision once and in order; take a new copy of the text");
        let future = server.receive(&ToServer { site: 1, base: 3, ops: vec![] }).unwrap_err();
        insta::assert_snapshot!(future, @"the changes build on revision 3, and the server is at 0: send what was made on a revision that this server gave out");
    }

    proptest! {
        /// Three clients type, delete and hear of each other when the network pleases. No two letters are the same, so
        /// that it shows whether every change did what its author meant.
        #[test]
        fn all_end_with_the_same_text_and_every_change_in_it(
            steps in prop::collection::vec((0..3usize, 0..4u8, 0..30usize), 0..80),
        ) {
            let mut server = Server::new("abc");
            let mut clients: Vec<Client> = (0..3).map(|site| Client::new(site, &server)).collect();
            let mut up: [VecDeque<ToServer>; 3] = Default::default();
            let mut down: [VecDeque<FromServer>; 3] = Default::default();
            let mut fresh = '一'..;
            let mut expected: BTreeSet<char> = "abc".chars().collect();
            let mut deleted = BTreeSet::new();
            let quiet = (0..3000usize).map(|n| (n % 3, 2 + (n / 3 % 2) as u8, 0));
            for (who, what, at) in steps.into_iter().chain(quiet) {
                let length = clients[who].text().chars().count();
                let reply = match what {
                    0 => {
                        let ch = fresh.next().unwrap();
                        expected.insert(ch);
                        clients[who].local(insert(at % (length + 1), ch, who as u32)).unwrap()
                    }
                    1 if length > 0 => {
                        deleted.insert(clients[who].text().chars().nth(at % length).unwrap());
                        clients[who].local(Op::Delete { at: at % length }).unwrap()
                    }
                    2 => {
                        if let Some(message) = up[who].pop_front() {
                            let revision = server.receive(&message).unwrap();
                            down.iter_mut().for_each(|queue| queue.push_back(revision.clone()));
                        }
                        None
                    }
                    _ => down[who].pop_front().and_then(|message| clients[who].receive(&message).unwrap()),
                };
                up[who].extend(reply);
            }
            for client in &clients {
                prop_assert_eq!(client.text(), server.text());
                prop_assert!(client.pending().is_empty());
            }
            let left: BTreeSet<char> = server.text().chars().collect();
            prop_assert_eq!(left.len(), server.text().chars().count());
            prop_assert_eq!(left, &expected - &deleted);
        }
    }
}
