//! `GET /kyc-proof/{payment_target_uuid}?code=&state=`
//!
//! A user comes back from the provider with a code. Source: Taler docs, `api-exchange`, 6 October
//! 2021; RFC 6749 §4.1.2, RFC 7636.
//!
//! ```text
//! read path and query: 400 ─► no KYC here? 204 ─► row unknown? 404 ─► state of no open process? 401
//!   ─► ask the provider ─► known: 302 │ refused: 401, the process is over │ fault: 502, 504, it goes on
//! ```
//!
//! One question at a time for each account: a code is good once, and who reloads the page while the
//! first question is under way is told what came of that.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, LOCATION};
use actix_web::web::{Data, Path, ReqData};
use actix_web::{HttpRequest, HttpResponse};
use kyc_events::taler::{Fault, Refusal};
use kyc_projections::payment_targets::{Legitimation, Target};
use uuid::Uuid;

use super::error::{Code, ErrorDetail, prefers_html};
use super::h_payto::is_same;
use super::oauth2::Provider;
use super::payment_target::{Command, Outcome, Rejection};
use super::query::{Query, row_number};
use super::service::Service;
use crate::engine;
use crate::engine::handle::Origin;
use crate::http::RequestId;

/// Answers; errors as a page to whoever prefers one.
pub async fn handle(
    service: Data<Service>,
    http: HttpRequest,
    id: ReqData<RequestId>,
    segment: Path<String>,
) -> Result<HttpResponse, ErrorDetail> {
    let query = Query::of(http.query_string());
    let answer = prove(&service, &segment, &query, id.origin("public")).await;
    let accept = http.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    match answer {
        Err(error) if prefers_html(accept) => Ok(error.html_response()),
        answer => answer,
    }
}

async fn prove(
    service: &Service,
    segment: &str,
    query: &Query,
    origin: Origin,
) -> Result<HttpResponse, ErrorDetail> {
    let number = row_number(segment)?;
    // A user who says no at the provider comes back with an error instead (RFC 6749 §4.1.2.1).
    let denied = query.get("error").filter(|_| query.get("code").is_none());
    let code = match (query.get("code"), denied) {
        (None, None) => return Err(ErrorDetail::parameter_malformed("code")),
        (code, _) => code.unwrap_or_default(),
    };
    let Some(provider) = service.provider.clone() else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let unknown = || ErrorDetail::new(Code::KycProofRequestUnknown);
    let target = service.find(number).await?.ok_or_else(unknown)?;
    let _turn = service.proving.take(target.stream.as_str()).await;
    let target = service.find(number).await?.ok_or_else(unknown)?;
    let process = match process_of(service, &target, query.get("state"), &origin).await? {
        Came::Back(process) => process,
        Came::AfterSuccess => return Ok(done(service, &provider)),
    };
    let outcome = if let Some(error) = denied {
        let description = query.get("error_description").unwrap_or_default().to_owned();
        Outcome::Refused(Refusal { error: error.to_owned(), description })
    } else {
        let redirect_uri = service.redirect_uri(&target);
        let verifier = service.verifier(&target, process)?;
        let verifier = (!service.reference_2021).then_some(verifier.as_str());
        provider.ask(code, &redirect_uri, verifier).await
    };
    let answer = answer(service, &provider, &outcome);
    let command = Command::RecordProof { process, outcome };
    match service.targets.send(&target.stream, command, origin).await {
        Ok(reply) => service.caught_up(&reply).await?,
        // A review legitimized the account, or an erasure ended it, while the provider was asked.
        Err(engine::Error::Rejected(Rejection::ProcessOver)) => {
            let now = service.find(number).await?.ok_or_else(unknown)?;
            let is_good = now.legitimation.is_some();
            return if is_good { Ok(done(service, &provider)) } else { Err(refused(service)) };
        }
        Err(error) => return Err(error.into()),
    }
    answer
}

enum Came {
    Back(Uuid),
    /// To the process that legitimized the account; the provider is not asked again.
    AfterSuccess,
}

async fn process_of(
    service: &Service,
    target: &Target,
    state: Option<&str>,
    origin: &Origin,
) -> Result<Came, ErrorDetail> {
    let is_same_state = |process: Uuid| -> Result<bool, ErrorDetail> {
        let known = service.state(target, process)?;
        Ok(state.is_some_and(|state| is_same(known.as_bytes(), state.as_bytes())))
    };
    if let Some(legitimation) = target.legitimation {
        let is_back = match legitimation {
            Legitimation::Proof(process) => service.reference_2021 || is_same_state(process)?,
            Legitimation::Review(_) => service.reference_2021,
        };
        return if is_back { Ok(Came::AfterSuccess) } else { Err(refused(service)) };
    }
    if service.reference_2021 {
        let opened = service.open_process(target, origin.clone()).await?;
        return Ok(opened.map_or(Came::AfterSuccess, |process| Came::Back(process.id)));
    }
    let open = target.process.filter(|process| service.clock.now() < process.expires_at);
    match open {
        Some(process) if is_same_state(process.id)? => Ok(Came::Back(process.id)),
        Some(_) | None => Err(refused(service)),
    }
}

fn answer(
    service: &Service,
    provider: &Provider,
    outcome: &Outcome,
) -> Result<HttpResponse, ErrorDetail> {
    match outcome {
        Outcome::Accepted { .. } => Ok(done(service, provider)),
        Outcome::Refused(refusal) => {
            let why =
                if refusal.description.is_empty() { &refusal.error } else { &refusal.description };
            Err(refused(service).of(why))
        }
        Outcome::Unanswered(Fault::Timeout) if !service.reference_2021 => {
            Err(ErrorDetail::new(Code::KycProviderTimeout))
        }
        Outcome::Unanswered(Fault::Timeout | Fault::Unreachable | Fault::InvalidAnswer) => {
            Err(ErrorDetail::new(Code::KycProofBackendInvalidResponse))
        }
    }
}

/// 401 as documented; 403 as the reference server of 2021 had it.
fn refused(service: &Service) -> ErrorDetail {
    let status = if service.reference_2021 { 403 } else { 401 };
    ErrorDetail::new(Code::KycProofBackendAuthorizationFailed).status(status)
}

/// On to the page that the operator chose: 302 as documented, 303 as the reference server had it.
fn done(service: &Service, provider: &Provider) -> HttpResponse {
    let status = if service.reference_2021 { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
    HttpResponse::build(status)
        .insert_header((LOCATION, provider.post_url()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}
