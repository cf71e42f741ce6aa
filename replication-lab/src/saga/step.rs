//! What a coordinator hears, knows and orders.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the two banks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bank {
    /// Where the customer has an account.
    Home,
    /// Where the shop has one.
    Abroad,
}

/// Something that a bank is told to do for a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Home: set the amount aside. Refused if the account has too little, or the payment was released before.
    Hold,
    /// Abroad: give the amount to the shop. Refused if it is too much at once, or the payment was voided before.
    Credit,
    /// Home: what was held is spent for good. Refused if nothing is held.
    Capture,
    /// Abroad: never credit this payment. Refused if it is credited already.
    Void,
    /// Home: give back what is held, if anything is, and never hold for this payment again. Never refused.
    Release,
    /// Home: spend the amount at once, without a hold. Refused as a hold is, and after a refund.
    Debit,
    /// Home: pay back what was debited, and never debit for this payment again. Never refused.
    Refund,
}

impl Order {
    /// All orders.
    pub const ALL: [Order; 7] =
        [Self::Hold, Self::Credit, Self::Capture, Self::Void, Self::Release, Self::Debit, Self::Refund];

    /// Whose it is.
    pub fn bank(self) -> Bank {
        match self {
            Self::Credit | Self::Void => Bank::Abroad,
            Self::Hold | Self::Capture | Self::Release | Self::Debit | Self::Refund => Bank::Home,
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hold => "hold",
            Self::Credit => "credit",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Release => "release",
            Self::Debit => "debit",
            Self::Refund => "refund",
        })
    }
}

/// What a bank answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is done, now or before.
    Done,
    /// It is not done, and never will be.
    Refused,
    /// It is not done because of some trouble: it may well be, the next time.
    Failed,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed, try later",
        })
    }
}

/// Something that happens to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The customer asks for it. Impatient ones ask twice.
    Asked,
    /// A bank answers an order. Answers can come twice, and late.
    Answered(Order, Answer),
    /// The sweeper comes by, which looks at all payments now and then.
    Swept {
        /// How often it has come since the payment began, or the coordinator was last restarted; 1 is the first time.
        round: u32,
        /// Whether that is often enough to give the payment up.
        overdue: bool,
    },
    /// The coordinator is back after a crash, with the state that is in its log.
    Restarted,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked => f.write_str("asked"),
            Self::Answered(order, answer) => write!(f, "{order} {answer}"),
            Self::Swept { round, overdue: false } => write!(f, "sweep {round}"),
            Self::Swept { round, overdue: true } => write!(f, "sweep {round}, overdue"),
            Self::Restarted => f.write_str("restarted"),
        }
    }
}

/// How far a payment is, as the coordinator knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody has asked for it.
    #[default]
    New,
    /// The money is to be set aside.
    Holding,
    /// It is set aside; the shop is to be credited.
    Crediting,
    /// It took too long; the credit is to be made impossible.
    Voiding,
    /// The shop has the money; what is set aside is to be spent.
    Capturing,
    /// There will be no credit; what is set aside is to be given back.
    Releasing,
    /// The end: paid.
    Paid,
    /// The end: not paid, and nothing taken.
    Cancelled,
}

impl State {
    /// All states.
    pub const ALL: [State; 8] = [
        Self::New,
        Self::Holding,
        Self::Crediting,
        Self::Voiding,
        Self::Capturing,
        Self::Releasing,
        Self::Paid,
        Self::Cancelled,
    ];

    /// Whether nothing more is to be done.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Paid | Self::Cancelled)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Holding => "holding",
            Self::Crediting => "crediting",
            Self::Voiding => "voiding",
            Self::Capturing => "capturing",
            Self::Releasing => "releasing",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
        })
    }
}

/// What a customer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum News {
    /// It is under way.
    InProgress,
    /// It is paid.
    Paid,
    /// It is not paid, and nothing was taken.
    Cancelled,
}

impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InProgress => "in progress",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
        })
    }
}

/// Something that the coordinator does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// It sends an order to the bank whose it is. That bank does nothing for a key which it has seen before, and
    /// answers as it did then.
    Order(Order, String),
    /// It tells the customer.
    Tell(News),
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(order, key) => write!(f, "{order} [{key}]"),
            Self::Tell(news) => write!(f, "tell: {news}"),
        }
    }
}

/// What comes of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// The state from now on. It is in the coordinator's log before any command is carried out.
    pub state: State,
    /// What is to be done then.
    pub commands: Vec<Command>,
}

/// What a coordinator decides: the payment's number, its state and an event go in.
pub type Transition = fn(payment: u32, state: State, event: Event) -> Step;
