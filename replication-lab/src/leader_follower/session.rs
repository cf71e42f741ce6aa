//! Users: who reads and writes through clients that many share.
//!
//! A client is an application server. What its router remembers, it remembers of every user by itself, and other
//! clients don't know of it, unless the user [carries](LeaderFollower::carry) it there.

use super::client::Outcome;
use super::cluster::LeaderFollower;
use super::message::Request;
use super::node::Member;
use super::routing::{Remembered, User};
use super::setup::SetupError;
use crate::log::Position;
use crate::trace::NodeId;

impl LeaderFollower {
    /// As [`write`](Self::write), for one of the client's users, who appears in the history as `u1`, `u2`, ….
    ///
    /// # Errors
    /// When there is no such client.
    pub fn write_as(
        &mut self,
        client: &str,
        user: u32,
        key: &str,
        value: &str,
    ) -> Result<Outcome, SetupError> {
        self.carry_out(client, Request::Put(key.into(), value.into()), None, Some(user))
    }

    /// As [`read`](Self::read), for one of the client's users.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn read_as(&mut self, client: &str, user: u32, key: &str) -> Result<Outcome, SetupError> {
        self.carry_out(client, Request::Get(key.into()), None, Some(user))
    }

    /// What a client's router remembers of a user; of the client itself, if nobody is named.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn remembered(&self, client: &str, user: Option<u32>) -> Result<Remembered, SetupError> {
        Ok(self.remembered_at(self.client_id(client)?, user))
    }

    pub(super) fn remembered_at(&self, client: NodeId, user: User) -> Remembered {
        match self.world.node(client) {
            Member::Client(client) => client.remembers(user),
            _ => Remembered::default(),
        }
    }

    /// A user brings along to a client what other machines remember: a cookie, an entry of the account.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn carry(
        &mut self,
        client: &str,
        user: Option<u32>,
        carried: Remembered,
    ) -> Result<&mut Self, SetupError> {
        self.carry_to(self.client_id(client)?, user, carried);
        Ok(self)
    }

    pub(super) fn carry_to(&mut self, client: NodeId, user: User, carried: Remembered) {
        self.world.change(client, |member| {
            if let Member::Client(client) = member {
                client.carries(user, carried);
            }
        });
    }

    /// A user gives a token to a client: [`carry`](Self::carry) for the position alone.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn carry_token(
        &mut self,
        client: &str,
        user: Option<u32>,
        token: Position,
    ) -> Result<&mut Self, SetupError> {
        self.carry(client, user, Remembered { token, ..Remembered::default() })
    }

    /// Inserts a row with an idempotency key of the caller's choice and waits for the outcome. Of all operations of
    /// a client with one key, the servers carry out one: the button is pressed a second time, and the form still has
    /// its hidden key.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn insert_with_key(&mut self, client: &str, row: &str, key: u32) -> Result<Outcome, SetupError> {
        let id = self.client_id(client)?;
        // Apart from the numbers that the client gives its own operations.
        let asked_as = 1 << 63 | u64::from(key);
        let mut number = 0;
        self.world.act(id, |member, out| {
            if let Member::Client(client) = member {
                number = client.begin_as(Request::Insert(row.into()), None, None, asked_as, out);
            }
        });
        self.listen();
        Ok(self.wait_for((id, number)))
    }
}
