//! A refusal that a client who is still sending gets to see.
//!
//! If the connection were closed at once, what the client has sent and nobody has read would make
//! its system throw the answer away (TCP reset). So the answer goes out whole, and then the body is
//! read on for a while. The connection is closed in any case: nobody knows where the body ends.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, SizedStream, to_bytes};
use actix_web::dev::Payload;
use actix_web::http::ConnectionType;
use actix_web::web::Bytes;
use futures_util::{StreamExt as _, stream};

use crate::config::limits;

/// The same answer; the rest of the body is read behind it.
pub(super) async fn lingering(answer: HttpResponse, payload: Payload) -> HttpResponse {
    let (mut head, body) = answer.into_parts();
    let body = to_bytes(body).await.unwrap_or_default();
    head.head_mut().set_connection_type(ConnectionType::Close);
    let bytes = body.len() as u64;
    let parts = stream::unfold(Step::Answer(body, payload), next);
    head.set_body(BoxBody::new(SizedStream::new(bytes, Box::pin(parts))))
}

enum Step {
    Answer(Bytes, Payload),
    Drain(Payload),
}

async fn next(step: Step) -> Option<(Result<Bytes, actix_web::Error>, Step)> {
    match step {
        Step::Answer(body, payload) if !body.is_empty() => Some((Ok(body), Step::Drain(payload))),
        Step::Answer(_, payload) | Step::Drain(payload) => {
            drain(payload).await;
            None
        }
    }
}

async fn drain(mut payload: Payload) {
    let mut left = limits::BULK_DRAIN_BYTES_MAX;
    let all = async {
        while let Some(Ok(piece)) = payload.next().await {
            match left.checked_sub(piece.len()) {
                Some(less) => left = less,
                None => return,
            }
        }
    };
    let within: Duration = limits::BULK_DRAIN_WITHIN;
    let _ = tokio::time::timeout(within, all).await;
}
