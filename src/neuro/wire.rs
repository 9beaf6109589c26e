//! What goes over the wire: JSON or XML, either way the same request and the same reply.
//!
//! ```text
//! Content-Type ─> Format ─> Form      scalars: members or attributes; lists: arrays or children
//! Accept       ─> Format <─ Reply     instants: seconds or yyyy-MM-ddTHH:mm:ss.fffZ
//! ```
//!
//! An endpoint sees a [`Form`] and makes a [`Reply`]; it never asks which encoding it is.

mod form;
mod json;
mod negotiation;
mod reply;
#[cfg(test)]
mod tests;

pub use form::Form;
pub use negotiation::Format;
pub use reply::{Item, Reply};

/// Namespace of every envelope.
pub const NAMESPACE: &str = "https://waher.se/Schema/BrokerAgent.xsd";
