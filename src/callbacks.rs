//! Callbacks: what is due is rendered, signed, sent and recorded; then it is somebody else's turn.
//!
//! That a callback has to be made is a fact of its aggregate; what was tried is a fact of its
//! delivery's own stream. What counts as success and which schedule runs is the protocol's
//! business ([`renderer`]), not this module's.

pub mod check;
pub mod delivery;
pub mod dispatcher;
pub mod egress;
pub mod renderer;

pub use delivery::Delivery;
pub use dispatcher::Dispatcher;
