//! Operational transformation: a text's change is rewritten so that it does the same after changes that its author had
//! not seen (Ellis & Gibbs, *Concurrency control in groupware systems*, SIGMOD 1989).
//!
//! - [`Op`], [`transform`], [`transform_lists`]: the rewriting;
//! - [`Server`], [`Client`]: a server puts all changes in one order, and clients rewrite their own against it until they
//!   have been acknowledged. So do Jupiter (Nichols, Curtis, Dixon & Lamping, *High-latency, low-bandwidth windowing in
//!   the Jupiter collaboration system*, UIST 1995) and Google Docs: not several leaders, but one for each document.
//!
//! The transformation satisfies TP1: for concurrent `a` and `b`, `a` and then `b` rewritten gives the same text as `b`
//! and then `a` rewritten. With a server that orders everything, this is enough: each client only ever compares two
//! histories, its own and the server's. It does *not* satisfy TP2, which replicas that send to each other directly would
//! need (Ressel, Nitsche-Ruhland & Gunzenhäuser, 1996): the test `without_a_server_three_sites_may_part` has the case.
//!
//! # Limits
//! Plain characters, one at a time: no ranges, formats or undo. The connection between a client and the server keeps
//! order and loses nothing, as TCP does; what comes out of order is refused. A client that reconnects must take a new
//! copy.
//!
//! # Examples
//! ```
//! use replication_lab::operational_transformation::{Op, apply, transform};
//!
//! let (a, b) = (Op::Insert { at: 1, ch: 'X', site: 1 }, Op::Delete { at: 4 });
//! let after_a = apply("HELLO", &a)?;
//! assert_eq!(apply(&after_a, &b)?, "HXELO", "the wrong letter is gone");
//! let rewritten = transform(b, a).unwrap();
//! assert_eq!(rewritten, Op::Delete { at: 5 });
//! assert_eq!(apply(&after_a, &rewritten)?, "HXELL");
//! # Ok::<(), replication_lab::operational_transformation::OtError>(())
//! ```

mod op;
mod server;

pub use op::{Op, OtError, apply, apply_all, transform, transform_lists};
pub use server::{Client, FromServer, Server, ToServer};
