//! What clients sign with their passwords: HMAC-SHA256 over texts with colons between them.
//!
//! ```text
//! s1                = userName:Host:localName:namespace:keyId
//! keySignature      = base64(HMAC(password of the key, s1))
//! requestSignature  = base64(HMAC(password of the account, s1:keySignature:…))
//!
//! CreateKey           …nonce
//! ApplyId             …nonce:name:value:name:value…               in the order sent
//! AddIdAttachment     …nonce:base64:fileName:contentType:legalId
//! ReadyForApproval    …nonce:legalId
//!
//! Login    HMAC(password of the account, userName:Host:nonce)
//! Create   HMAC(secret of the API key, userName:Host:eMail[:phoneNr]:password:apiKey:nonce)
//! ```
//!
//! The server never learns the password of a key, so it cannot check a key signature: it is what
//! [`super::key`] opens the key with. Every text is taken as it was sent, and the host is that of
//! the request, with its port.
//!
//! Source: documentation of the Agent API; run against the published client in JavaScript.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::name::{KeyId, UserName};

/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 32;

/// A signature as it was sent. Wiped on drop and hidden, since a key signature is worth as much as
/// the password behind it.
#[derive(Clone)]
pub struct Signature {
    bytes: Zeroizing<[u8; SIGNATURE_BYTES]>,
    text: Zeroizing<String>,
}

/// A text is not 32 bytes in base64, in the one spelling there is. Never carries the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has to be 32 bytes in base64")]
pub struct InvalidSignature;

/// A row of texts that is signed. Debug output hides them: a password may be among them.
#[derive(Clone)]
pub struct Signed<'a>(Vec<&'a str>);

/// Whose key it is about, and where: what every signature with a key begins with.
#[derive(Clone, Copy, Debug)]
pub struct KeyScope<'a> {
    /// The account.
    pub user: &'a UserName,
    /// The header `Host`, with its port.
    pub host: &'a str,
    /// Local name of the algorithm.
    pub local_name: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// The key.
    pub key: &'a KeyId,
}

/// What is uploaded.
#[derive(Clone, Copy)]
pub struct Attachment<'a> {
    /// The content, in base64 as it was sent.
    pub base64: &'a str,
    /// Its name.
    pub file_name: &'a str,
    /// Its type.
    pub content_type: &'a str,
}

/// Who wants an account.
#[derive(Clone, Copy)]
pub struct Registration<'a> {
    /// The name asked for, as it was sent.
    pub user: &'a str,
    /// The header `Host`, with its port.
    pub host: &'a str,
    /// E-mail address.
    pub e_mail: &'a str,
    /// Phone number; an empty one is none.
    pub phone_nr: Option<&'a str>,
    /// The password of the account.
    pub password: &'a str,
    /// Whose secret signs.
    pub api_key: &'a str,
    /// The nonce.
    pub nonce: &'a str,
}

impl<'a> KeyScope<'a> {
    /// What the password of the key signs.
    pub fn key_text(&self) -> Signed<'a> {
        let [user, key] = [self.user.as_str(), self.key.as_str()];
        Signed(vec![user, self.host, self.local_name, self.namespace, key])
    }

    /// Crypto/CreateKey.
    pub fn create_key(&self, signature: &'a Signature, nonce: &'a str) -> Signed<'a> {
        self.request(signature, &[nonce])
    }

    /// Legal/ApplyId; the properties in the order sent.
    pub fn apply_id(
        &self,
        signature: &'a Signature,
        nonce: &'a str,
        properties: &'a [(String, String)],
    ) -> Signed<'a> {
        let mut signed = self.request(signature, &[nonce]);
        let texts = properties.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        signed.0.extend(texts);
        signed
    }

    /// Legal/AddIdAttachment. The id stands last.
    pub fn add_id_attachment(
        &self,
        signature: &'a Signature,
        nonce: &'a str,
        attachment: &Attachment<'a>,
        legal_id: &'a str,
    ) -> Signed<'a> {
        let Attachment { base64, file_name, content_type } = *attachment;
        self.request(signature, &[nonce, base64, file_name, content_type, legal_id])
    }

    /// Legal/ReadyForApproval.
    pub fn ready_for_approval(
        &self,
        signature: &'a Signature,
        nonce: &'a str,
        legal_id: &'a str,
    ) -> Signed<'a> {
        self.request(signature, &[nonce, legal_id])
    }

    fn request(&self, signature: &'a Signature, rest: &[&'a str]) -> Signed<'a> {
        let mut signed = self.key_text();
        signed.0.push(&signature.text);
        signed.0.extend_from_slice(rest);
        signed
    }
}

impl<'a> Registration<'a> {
    /// Account/Create.
    pub fn text(&self) -> Signed<'a> {
        let mut parts = vec![self.user, self.host, self.e_mail];
        parts.extend(self.phone_nr.filter(|number| !number.is_empty()));
        parts.extend([self.password, self.api_key, self.nonce]);
        Signed(parts)
    }
}

/// Account/Login.
pub fn login<'a>(user: &'a str, host: &'a str, nonce: &'a str) -> Signed<'a> {
    Signed(vec![user, host, nonce])
}

impl Signed<'_> {
    /// Its signature with a secret's UTF-8 bytes.
    pub fn sign(&self, secret: &str) -> Signature {
        Signature::of(self.mac(secret).finalize().into_bytes().into())
    }

    /// Whether this is its signature with the secret; in constant time.
    pub fn is_signed_by(&self, secret: &str, signature: &Signature) -> bool {
        self.mac(secret).verify_slice(signature.bytes.as_slice()).is_ok()
    }

    /// Piece by piece: an attachment may be among them.
    fn mac(&self, secret: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .expect("invariant: HMAC takes keys of any length");
        for (at, part) in self.0.iter().enumerate() {
            if at > 0 {
                mac.update(b":");
            }
            mac.update(part.as_bytes());
        }
        mac
    }
}

impl Signature {
    /// From what a client sent.
    pub fn parse(text: &str) -> Result<Self, InvalidSignature> {
        let mut bytes = Zeroizing::new([0; SIGNATURE_BYTES]);
        // The decoder wants padding, and the unused bits to be 0.
        match STANDARD.decode_slice(text, bytes.as_mut_slice()) {
            Ok(SIGNATURE_BYTES) => Ok(Self { bytes, text: Zeroizing::new(text.to_owned()) }),
            Ok(_) | Err(_) => Err(InvalidSignature),
        }
    }

    fn of(bytes: [u8; SIGNATURE_BYTES]) -> Self {
        Self { bytes: Zeroizing::new(bytes), text: Zeroizing::new(STANDARD.encode(bytes)) }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; SIGNATURE_BYTES] {
        &self.bytes
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(…)")
    }
}

impl fmt::Debug for Signed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signed(…)")
    }
}

#[cfg(test)]
mod tests;
