//! One HTTP/1.1 exchange over a connection that is already open. Called by the client, with TCP or
//! TLS beneath.

use std::pin::pin;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::deadline::Deadline;
use super::error::{Phase, ProtocolFault, SendError};
use super::message::{Request, Response};

/// Most bytes of status line and headers. hyper may have read as much again by the time it looks.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Most header lines.
const HEADERS_MAX: usize = 100;

/// Sends `request` and reads the answer, of its body at most `body_bytes_max`.
///
/// The connection is driven from here and not by a task of its own: when this future ends or is
/// dropped, the socket is closed.
pub(super) async fn exchange<S>(
    stream: S,
    request: &Request,
    body_bytes_max: usize,
    deadline: Deadline,
) -> Result<Response, SendError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let http = request.to_http()?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| SendError::from_hyper(&error))?;
    let answer = async {
        let head = deadline.within(Phase::Head, sender.send_request(http)).await?;
        read(head.map_err(|error| SendError::from_hyper(&error))?, body_bytes_max, deadline).await
    };
    let (mut answer, connection) = (pin!(answer), pin!(connection));
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        // The connection is done, well or badly; the answer learns of it and may still hold bytes
        // that have arrived.
        _ = connection => answer.await,
    }
}

/// hyper passes over 100, 102 and 103 by itself; what is left of 1xx is a change of protocol.
async fn read(
    response: hyper::Response<Incoming>,
    body_bytes_max: usize,
    deadline: Deadline,
) -> Result<Response, SendError> {
    let (head, body) = response.into_parts();
    if head.status.is_informational() {
        return Err(SendError::Protocol(ProtocolFault::Upgraded));
    }
    let (body, truncated) = deadline.within(Phase::Body, read_body(body, body_bytes_max)).await??;
    Ok(Response { status: head.status, headers: head.headers, body, truncated })
}

async fn read_body(body: Incoming, bytes_max: usize) -> Result<(Bytes, bool), SendError> {
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| SendError::from_hyper(&error))?;
        let Some(data) = frame.data_ref() else { continue }; // trailers
        let room = bytes_max - bytes.len();
        bytes.extend_from_slice(&data[..data.len().min(room)]);
        let more = data.len() > room || (data.len() == room && body.size_hint().lower() > 0);
        if more {
            return Ok((bytes.into(), true));
        }
    }
    Ok((bytes.into(), false))
}
