//! What a delivery tells. Each protocol understands its own; here stands what the outbox has to
//! know: which queue it stands in, and what to call it.

use kyc_events::corepass::{CallbackContent, OrderNo};
use kyc_events::stellar::Status;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a delivery tells, by protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Something about an order.
    #[serde(rename = "corepass")]
    CorePass {
        /// Which of the stream's orders.
        order: OrderNo,
        /// What.
        told: CallbackContent,
    },
    /// Something about a customer.
    Stellar(StellarContent),
    /// Something about an identity.
    Neuro(NeuroContent),
}

/// What is told about a Stellar customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StellarContent {
    /// The client: the status is another one.
    Status {
        /// As which type.
        kind: String,
        /// The status it changed to.
        status: Status,
    },
    /// The anchor's platform: a transaction waits no longer.
    Transaction {
        /// The platform's id of it.
        transaction: String,
        /// What the customer is: accepted, or rejected for good.
        status: Status,
    },
    /// A verification provider: judge this customer. The delivery's id is that of the request.
    Check {
        /// As which type.
        kind: String,
        /// Which provider.
        provider: String,
    },
}

/// What is told about a Neuron identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeuroContent {
    /// A verification provider: judge this application. The delivery's id is that of the request.
    Check {
        /// In which run.
        run: Uuid,
        /// Which provider.
        provider: String,
    },
}

impl StellarContent {
    /// Queue of the status changes: one URL, and in order.
    pub(super) const STATUS: &'static str = "status";
}

impl Content {
    /// What kind of callback it is: `status`, `data`, `transaction` or `check`.
    pub fn channel(&self) -> &'static str {
        match self {
            Self::CorePass { told, .. } => match told {
                CallbackContent::Status { .. } => "status",
                CallbackContent::Data | CallbackContent::Error { .. } => "data",
            },
            Self::Stellar(told) => match told {
                StellarContent::Status { .. } => "status",
                StellarContent::Transaction { .. } => "transaction",
                StellarContent::Check { .. } => "check",
            },
            Self::Neuro(NeuroContent::Check { .. }) => "check",
        }
    }

    /// The verification provider that is asked, if one is.
    pub fn provider(&self) -> Option<&str> {
        match self {
            Self::Stellar(StellarContent::Check { provider, .. })
            | Self::Neuro(NeuroContent::Check { provider, .. }) => Some(provider),
            Self::CorePass { .. }
            | Self::Stellar(StellarContent::Status { .. } | StellarContent::Transaction { .. }) => {
                None
            }
        }
    }

    /// Which queue of its stream it stands in. An order has a receiver of its own for each
    /// channel, and so has a provider.
    pub(super) fn queue(&self) -> String {
        match self {
            Self::CorePass { order, .. } => format!("{order}-{}", self.channel()),
            Self::Stellar(StellarContent::Check { provider, .. })
            | Self::Neuro(NeuroContent::Check { provider, .. }) => format!("check-{provider}"),
            Self::Stellar(StellarContent::Status { .. }) => StellarContent::STATUS.to_owned(),
            Self::Stellar(StellarContent::Transaction { .. }) => self.channel().to_owned(),
        }
    }

    /// Whether its row is dropped once it was delivered: there may be a dozen of them per order,
    /// and the log keeps them.
    pub(super) fn is_minor(&self) -> bool {
        matches!(self, Self::CorePass { told: CallbackContent::Status { .. }, .. })
    }

    /// The order that has to learn what became of it: only the data callback's outcome is its
    /// business.
    pub(super) fn reports_to(&self) -> Option<OrderNo> {
        match self {
            Self::CorePass { order, told: CallbackContent::Data } => Some(*order),
            _ => None,
        }
    }
}
