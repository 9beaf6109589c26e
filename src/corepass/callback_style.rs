//! How callbacks are signed, wrapped and repeated.

use hyper::header::HeaderValue;

use super::signed::Encoding;
use crate::callbacks::renderer::Rendered;
use crate::signing::scheme::CallbackSigner;

/// How callbacks are signed, wrapped and repeated.
pub struct CallbackStyle {
    /// Whose signature.
    pub signer: CallbackSigner,
    /// What is signed in data and error callbacks.
    pub encoding: Encoding,
    /// Multipart, or the JSON object alone.
    pub multipart: bool,
    /// After each failure of a data or error callback.
    pub schedule_ms: Vec<i64>,
    /// After each failure of a status callback.
    pub status_schedule_ms: Vec<i64>,
}

impl CallbackStyle {
    /// Data or error as multipart: the parts, then deadline, expiration, signature and the whole
    /// object as `payload`; or the object alone.
    pub fn wrap(
        &self,
        parts: &[Part],
        deadline: i64,
        expiration: i64,
        signature: &str,
        whole: Vec<u8>,
    ) -> Rendered {
        if !self.multipart {
            return json(whole);
        }
        let boundary = format!("kycd-{}", uuid::Uuid::new_v4().simple());
        let tail = [
            Part::text("deadline", &deadline.to_string()),
            Part::text("expiration", &expiration.to_string()),
            Part::text("signature", signature),
            Part::json("payload", whole),
        ];
        let mut body = Vec::new();
        for part in parts.iter().chain(&tail) {
            body.extend_from_slice(
                format!(
                    "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\
                     Content-Type: {}\r\n\r\n",
                    part.name, part.content_type
                )
                .as_bytes(),
            );
            body.extend_from_slice(&part.bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={boundary}");
        Rendered {
            content_type: HeaderValue::from_str(&content_type)
                .expect("invariant: a boundary of letters and digits"),
            headers: Vec::new(),
            body: body.into(),
        }
    }
}

/// One part of a multipart body.
pub struct Part {
    name: &'static str,
    content_type: &'static str,
    bytes: Vec<u8>,
}

impl Part {
    /// Plain text.
    pub fn text(name: &'static str, text: &str) -> Self {
        let bytes = text.as_bytes().to_vec();
        Self { name, content_type: "text/plain; charset=utf-8", bytes }
    }

    /// JSON.
    pub fn json(name: &'static str, bytes: Vec<u8>) -> Self {
        Self { name, content_type: "application/json", bytes }
    }
}

/// A body that is JSON alone.
pub fn json(body: Vec<u8>) -> Rendered {
    let content_type = HeaderValue::from_static("application/json");
    Rendered { content_type, headers: Vec::new(), body: body.into() }
}
