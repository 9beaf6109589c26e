//! What the endpoints share on the wire: reading a body, and the app's signature.

use actix_web::HttpRequest;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::sync::Semaphore;

use super::core_id::CoreId;
use super::error::Error;
use super::service::Service;
use crate::config::limits;
use crate::signing::{ed448, sha3_256};

/// The body of an endpoint, or why there is none.
pub type Body = Result<Bytes, actix_web::Error>;

/// Parses a body. Unknown members are ignored; nothing of the body is repeated in an error.
pub fn parse<T: DeserializeOwned>(body: Body) -> Result<T, Error> {
    let body = body.map_err(|error| match error.as_response_error().status_code().as_u16() {
        413 => Error::TooLarge,
        _ => Error::BadRequest("invalid request: the body could not be read".to_owned()),
    })?;
    serde_json::from_slice(&body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        let text = error.to_string();
        let what = match error.classify() {
            Category::Data if text.starts_with("missing field") => {
                let end = text.find(" at line").unwrap_or(text.len());
                return Error::BadRequest(format!("invalid request: {}", &text[..end]));
            }
            Category::Data => "wrong type or value at",
            Category::Syntax | Category::Eof | Category::Io => "malformed JSON at",
        };
        Error::BadRequest(format!("invalid request: {what} {place}"))
    })
}

/// A user and items, as several endpoints take them.
#[derive(Deserialize)]
pub struct UserAndItems {
    /// Core ID.
    pub user: String,
    /// Field names.
    pub items: Vec<String>,
}

/// One piece of data, as it comes in.
#[derive(Deserialize)]
pub struct RawInfo {
    /// Field name.
    #[serde(rename = "fieldID")]
    pub field_id: String,
    /// Value.
    #[serde(rename = "fieldValue")]
    pub field_value: String,
    /// Hex.
    pub pepper: String,
}

impl From<RawInfo> for kyc_events::corepass::Info {
    fn from(raw: RawInfo) -> Self {
        Self { field_id: raw.field_id, field_value: raw.field_value, pepper: raw.pepper }
    }
}

/// Checks that the fields are known, none twice, and that the peppers are hex.
pub fn check_infos(infos: &[RawInfo]) -> Result<(), Error> {
    let names: Vec<String> = infos.iter().map(|info| info.field_id.clone()).collect();
    Service::items(&names)?;
    let hex =
        |text: &str| text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if infos.iter().all(|info| hex(&info.pepper)) {
        Ok(())
    } else {
        Err(Error::BadRequest("invalid infos: a pepper is not hex".to_owned()))
    }
}

/// The app's signature over `message`: made by the key behind `user`, and not stale.
pub fn check_signature(
    service: &Service,
    user: &CoreId,
    deadline: i64,
    message: &[u8],
    signature: &str,
) -> Result<(), Error> {
    let attached =
        STANDARD.decode(signature).map_err(|_| Error::Forbidden("signature is invalid"))?;
    let key = ed448::verify_attached(&sha3_256(message), &attached)
        .map_err(|_| Error::Forbidden("signature is invalid"))?;
    if CoreId::from_public_key(&key.to_bytes(), service.network) != *user {
        return Err(Error::Forbidden("signature is not of this user"));
    }
    let left = deadline.saturating_sub(service.clock.now_s());
    if left < 0 {
        return Err(Error::Forbidden("deadline is passed"));
    }
    if left > limits::APP_DEADLINE_S_MAX {
        return Err(Error::Forbidden("deadline is too far ahead"));
    }
    Ok(())
}

/// Room for large bodies in memory, per worker thread.
pub struct Room(Semaphore);

impl Default for Room {
    fn default() -> Self {
        Self(Semaphore::new(limits::LARGE_BODIES_MAX))
    }
}

/// Takes room before the body is read; answers 503 if there is none, or if the body takes too
/// long to arrive.
pub async fn with_room(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let room = request.app_data::<Data<Room>>().cloned().ok_or(Error::Busy)?;
    let _place = room.0.try_acquire().map_err(|_| Error::Busy)?;
    tokio::time::timeout(limits::LARGE_BODY_WITHIN, next.call(request))
        .await
        .map_err(|_| Error::Busy)?
}

/// Answers every method but POST.
pub async fn wrong_method(_: HttpRequest) -> Result<&'static str, Error> {
    Err(Error::WrongMethod)
}
