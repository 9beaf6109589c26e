//! What is signed of an identity: its XML without a namespace of its own, which reads the same
//! wherever the identity is put.
//!
//! ```text
//! <identity id>                 server
//!   <clientPublicKey>           client, server      keeps the namespace of its key
//!   <property name value/>…     client, server
//!   <clientSignature>           server
//!   <attachment …/>…            server
//!   <status …/>                 server
//!   <serverSignature>           neither
//!   <attachmentRef/>…           neither
//! ```
//!
//! No white space between elements, attributes in alphabetical order, `& < > " '` as named
//! entities, NFC, UTF-8: [`crate::neuro::xml`] writes so, and [`super::document`] puts the
//! attributes in this order anyway.

use super::document::{Identity, said};
use super::property::Properties;
use crate::neuro::key::PublicKey;
use crate::neuro::xml::Element;

/// What the person's key signs.
pub fn client(key: &PublicKey, properties: &Properties) -> String {
    said(Element::new("identity", ""), key, properties).write()
}

/// What our key signs, anew after each change.
pub fn server(identity: &Identity) -> String {
    identity.signed("").write()
}
