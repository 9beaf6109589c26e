//! An identity as its XML says it, whole or as far as it is signed.
//!
//! ```xml
//! <identity id="…@legal.DOMAIN" xmlns="urn:nf:iot:leg:id:1.0">
//!   <clientPublicKey><ed25519 pub="…" xmlns="urn:nf:iot:e2e:1.0"/></clientPublicKey>
//!   <property name="FIRST" value="Alice"/>…
//!   <clientSignature>…</clientSignature>
//!   <attachment contentType fileName id s timestamp/>…
//!   <status created from provider state to updated/>
//!   <serverSignature>…</serverSignature>
//!   <attachmentRef attachmentId url/>…
//! </identity>
//! ```
//!
//! Clients that speak JSON get [`Element::to_json`] of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyc_events::neuro::Status as Standing;

use super::canonical;
use super::{Attachment, LegalId, Properties};
use crate::neuro::instant;
use crate::neuro::key::{PrivateKey, PublicKey};
use crate::neuro::xml::Element;

/// Namespace of identities: the one that current clients know, of three generations.
pub const NAMESPACE: &str = "urn:nf:iot:leg:id:1.0";

/// An identity. Debug output shows its id and state.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: LegalId,
    /// The person's.
    pub key: PublicKey,
    /// Those of the client and those of the server, in the order signed.
    pub properties: Properties,
    /// Of the person's key, in base64.
    pub client_signature: String,
    /// In the order in which they came.
    pub attachments: Vec<Attachment>,
    /// What we say about it.
    pub status: Status,
}

/// What we say about an identity. Instants in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The component that vouches: `legal.DOMAIN`.
    pub provider: String,
    /// How it stands.
    pub state: Standing,
    /// When it was applied for.
    pub created_at_ms: i64,
    /// When something of it changed, if it did.
    pub updated_at_ms: Option<i64>,
    /// Valid from then, the beginning of a day.
    pub from_ms: i64,
    /// Valid until then, the beginning of a day.
    pub to_ms: i64,
}

impl Identity {
    /// The person's signature: over their key and the properties.
    pub fn client_signature(key: &PrivateKey, properties: &Properties) -> String {
        STANDARD.encode(key.sign(canonical::client(&key.public(), properties).as_bytes()))
    }

    /// Our signature over it as it is now, in base64.
    pub fn server_signature(&self, key: &PrivateKey) -> String {
        STANDARD.encode(key.sign(canonical::server(self).as_bytes()))
    }

    /// Whether both signatures are good: the person's, and this one of ours.
    pub fn is_genuine(&self, server: &PublicKey, server_signature: &str) -> bool {
        let verifies = |key: &PublicKey, message: String, signature: &str| {
            STANDARD
                .decode(signature)
                .is_ok_and(|signature| key.verifies(message.as_bytes(), &signature))
        };
        let said = canonical::client(&self.key, &self.properties);
        verifies(&self.key, said, &self.client_signature)
            && verifies(server, canonical::server(self), server_signature)
    }

    /// The whole of it. `url` says where an attachment can be had.
    pub fn element(&self, server_signature: &str, url: impl Fn(&LegalId) -> String) -> Element {
        let signed = self
            .signed(NAMESPACE)
            .child(Element::new("serverSignature", NAMESPACE).text(server_signature));
        let refer = |attachment: &Attachment| {
            Element::new("attachmentRef", NAMESPACE)
                .attribute("attachmentId", attachment.id.to_string())
                .attribute("url", url(&attachment.id))
        };
        self.attachments.iter().map(refer).fold(signed, Element::child)
    }
    /// All that our key signs, in a namespace.
    pub(super) fn signed(&self, namespace: &str) -> Element {
        let root = Element::new("identity", namespace).attribute("id", self.id.to_string());
        let signature = Element::new("clientSignature", namespace).text(&*self.client_signature);
        let said = said(root, &self.key, &self.properties).child(signature);
        let attached = self.attachments.iter().map(|one| one.element(namespace));
        attached.fold(said, Element::child).child(self.status.element(namespace))
    }
}

impl Status {
    fn element(&self, namespace: &str) -> Element {
        let status = Element::new("status", namespace)
            .attribute("created", instant::text(self.created_at_ms))
            .attribute("from", instant::text(self.from_ms))
            .attribute("provider", self.provider.clone())
            .attribute("state", self.state.word())
            .attribute("to", instant::text(self.to_ms));
        match self.updated_at_ms {
            Some(at_ms) => status.attribute("updated", instant::text(at_ms)),
            None => status,
        }
    }
}

/// What the person says, put into `root`: their key and the properties.
pub(super) fn said(root: Element, key: &PublicKey, properties: &Properties) -> Element {
    let namespace = root.namespace.clone();
    let root = root.child(Element::new("clientPublicKey", &namespace).child(key.element()));
    let property = |(name, value): (&str, &str)| {
        Element::new("property", &namespace).attribute("name", name).attribute("value", value)
    };
    properties.iter().map(property).fold(root, Element::child)
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({}, {} …)", self.id, self.status.state.word())
    }
}

#[cfg(test)]
mod tests;
