//! `POST /kyc-bulk/{extern_pub}`
//!
//! A third party uploads a document about the holder of an account. Source: Taler docs,
//! `core/exchange/post-kyc-bulk-EXTERN_PUB` (vIMPORT); the order is our choice.
//!
//! ```text
//! key: 400 ─► third party: 404 ─► length: 411, 413 ─► headers: 400 ─► signature over the claimed hash: 403
//!   ─► known already: 412 ─► ═══ only now the body is read ═══
//!   ─► hash, length, kind of file, archive: 400 ─► document durable ─► event: 204, or 412 if another was faster
//! ```
//!
//! The body is hashed, looked at and sealed while it arrives; there is never more of it in memory
//! than a few pieces. A refusal is answered at once and the rest of the body is read for a while and
//! thrown away, so that a client that is still sending gets to see it.

mod body;
mod refusal;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload, ReqData};
use actix_web::{HttpRequest, HttpResponse};
use kyc_events::sealed::{KeyId, Tag};
use kyc_events::taler::{Binding, Document};
use kyc_projections::payment_targets::Target;
use std::sync::Arc;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::bulk_headers::BulkHeaders;
use super::error::{BulkCodes, Code, ErrorDetail};
use super::message::{BulkBinding, PublicKey};
use super::payment_target::{Command, Rejection, Upload};
use super::service::Service;
use super::third_party::{self, ThirdParty};
use crate::aggregate::Keys as _;
use crate::engine::failpoint::pass;
use crate::engine::handle::Origin;
use crate::engine::{self, Handle};
use crate::http::RequestId;
use body::Received;

/// What uploads use beside the rest of the exchange. Cheap to clone.
#[derive(Clone)]
pub struct Bulk {
    /// The exchange.
    pub service: Service,
    /// Who may upload.
    pub third_parties: Handle<ThirdParty>,
    /// Bytes of one document.
    pub limit_bytes: u64,
    /// An operator looks at each of them.
    pub is_reviewed: bool,
    /// What third parties sign.
    pub binding: BulkBinding,
    /// Error codes without a number of their own.
    pub codes: BulkCodes,
    /// Uploads at a time.
    pub room: Arc<Semaphore>,
}

/// Why nothing is stored.
enum Refused {
    /// 412: it is known already.
    Known,
    /// Something else.
    Error(ErrorDetail),
}

impl<E: Into<ErrorDetail>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// Answers.
pub async fn handle(
    bulk: Data<Bulk>,
    http: HttpRequest,
    id: ReqData<RequestId>,
    segment: Path<String>,
    mut payload: Payload,
) -> HttpResponse {
    let taken = bulk.take(&http, &segment, &mut payload, id.origin("third-party")).await;
    let answer = match taken {
        Ok(()) => return HttpResponse::NoContent().finish(),
        Err(Refused::Known) => HttpResponse::build(StatusCode::PRECONDITION_FAILED).finish(),
        Err(Refused::Error(error)) => actix_web::ResponseError::error_response(&error),
    };
    refusal::lingering(answer, payload.into_inner()).await
}

/// An upload that may begin.
struct Admitted {
    third_party: PublicKey,
    headers: BulkHeaders,
    target: Target,
    tag: Tag,
}

impl Bulk {
    async fn take(
        &self,
        http: &HttpRequest,
        segment: &str,
        payload: &mut Payload,
        origin: Origin,
    ) -> Result<(), Refused> {
        let admitted = self.admit(http, segment, origin.clone()).await?;
        let busy = || ErrorDetail::new(Code::DbSoftFailure).status(503);
        let _room = self.room.try_acquire().map_err(|_| busy())?;
        let (key, file) = (admitted.target.key, Uuid::new_v4());
        let received = body::receive(&self.service.vault, (key, file), &admitted.headers, payload);
        let Received { media_type } = received.await?;
        pass("bulk.stored");
        let document =
            Document { file, tag: admitted.tag, media_type, bytes: admitted.headers.body_bytes };
        self.record(&admitted, document, origin).await
    }

    /// Everything that is judged before the body.
    async fn admit(
        &self,
        http: &HttpRequest,
        segment: &str,
        origin: Origin,
    ) -> Result<Admitted, Refused> {
        let third_party = PublicKey::parse(segment)
            .map_err(|_| ErrorDetail::parameter_malformed("extern_pub"))?;
        if !self.may_upload(&third_party).await? {
            return Err(ErrorDetail::new(self.codes.third_party_unknown()).into());
        }
        let header = |name: &str| {
            http.headers().get(name).map(actix_web::http::header::HeaderValue::as_bytes)
        };
        let headers = BulkHeaders::parse(header, self.limit_bytes).map_err(ErrorDetail::from);
        let headers = headers.inspect_err(|error| {
            if error.status == 413 {
                let bytes = header("Content-Length").map(String::from_utf8_lossy);
                tracing::warn!(%third_party, ?bytes, limit = self.limit_bytes, "an upload is too large");
            }
        })?;
        let message = self.binding.message(&headers.h_body, &headers.payto);
        if !third_party.verifies(&message, &headers.signature) {
            return Err(ErrorDetail::new(self.codes.bulk_signature_invalid()).into());
        }
        let target = self.service.register(&headers.payto, origin).await?;
        let tag = self.tag(target.key, &headers.h_body)?;
        if self.service.targets.state(&target.stream).await?.holds(tag) {
            return Err(Refused::Known);
        }
        Ok(Admitted { third_party, headers, target, tag })
    }

    async fn may_upload(&self, third_party: &PublicKey) -> Result<bool, ErrorDetail> {
        let stream = third_party::stream_of(third_party.as_bytes());
        // Whoever tries keys makes no actors.
        if !self.service.models.log_has(&stream) {
            return Ok(false);
        }
        let state = self
            .third_parties
            .state(&stream)
            .await
            .map_err(|error| ErrorDetail::internal(Code::DbFetchFailed, error.to_string()))?;
        Ok(state.name.is_some())
    }

    /// Recognises the document among those of its account.
    fn tag(&self, key: KeyId, h_body: &[u8; 64]) -> Result<Tag, ErrorDetail> {
        let text = [b"taler bulk\0".as_slice(), h_body].concat();
        let tag = self.service.vault.tag(key, &text);
        let tag =
            tag.map_err(|error| ErrorDetail::internal(Code::DbSetupFailed, error.to_string()))?;
        tag.ok_or_else(erased)
    }

    async fn record(
        &self,
        admitted: &Admitted,
        document: Document,
        origin: Origin,
    ) -> Result<(), Refused> {
        let Admitted { third_party, headers, target, .. } = admitted;
        let upload = Upload {
            document: document.clone(),
            third_party: hex::encode(third_party.as_bytes()),
            binding: Binding {
                sha512: hex::encode(headers.h_body),
                payto: headers.payto.as_str().to_owned(),
                signature: hex::encode(headers.signature.as_bytes()),
                layout: self.binding.layout.name().to_owned(),
                purpose: self.binding.purpose,
            },
            is_reviewed: self.is_reviewed,
        };
        let sent = self.service.targets.send(&target.stream, Command::Upload(upload), origin).await;
        let refused = match sent {
            Ok(reply) => return Ok(self.service.caught_up(&reply).await?),
            Err(engine::Error::Rejected(Rejection::AlreadyUploaded)) => Refused::Known,
            Err(engine::Error::Rejected(Rejection::TooManyDocuments)) => {
                ErrorDetail::upload_exceeds_limit().into()
            }
            Err(engine::Error::Rejected(Rejection::Erased)) => erased().into(),
            Err(engine::Error::Rejected(rejection)) => {
                ErrorDetail::internal(Code::KycAmlLogicBug, rejection.to_string()).into()
            }
            // Whether the event is there is not known for sure: the next start sweeps, if it is not.
            Err(error) => return Err(ErrorDetail::from(error).into()),
        };
        body::discard(&self.service.vault, target.key, document.file).await;
        Err(refused)
    }
}

/// The holder is erased at this moment; another try finds the next generation.
fn erased() -> ErrorDetail {
    ErrorDetail::new(Code::DbSoftFailure).status(503)
}
