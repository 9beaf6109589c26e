//! `GET /kyc-check/{payment_target_uuid}?h_payto=&timeout_ms=`
//!
//! Whether an account is legitimized, and if not, where its holder can change that. Source: Taler
//! docs, `api-exchange`, 6 October 2021.
//!
//! ```text
//! read path and query: 400 ─► no KYC here? 204 ─► row unknown? 404 ─► hash differs? 401 ─► wait ─► 200, 202
//! ```

use actix_web::web::{Data, Path, ReqData};
use actix_web::{HttpRequest, HttpResponse};
use kyc_projections::payment_targets::Target;
use serde_json::json;

use super::error::{Code, ErrorDetail};
use super::h_payto::HPayto;
use super::message::Message;
use super::oauth2::Provider;
use super::query::{Query, row_number};
use super::service::Service;
use super::timestamp::Timestamp;
use crate::config::limits;
use crate::http::RequestId;

/// Answers.
pub async fn handle(
    service: Data<Service>,
    http: HttpRequest,
    id: ReqData<RequestId>,
    segment: Path<String>,
) -> Result<HttpResponse, ErrorDetail> {
    let number = row_number(&segment)?;
    let query = Query::of(http.query_string());
    let timeout_ms = query.timeout_ms()?;
    let h_payto = query.get("h_payto").ok_or_else(|| ErrorDetail::parameter_missing("h_payto"))?;
    let h_payto =
        HPayto::parse(h_payto).map_err(|_| ErrorDetail::parameter_malformed("h_payto"))?;
    let Some(provider) = service.provider.clone() else {
        return Ok(HttpResponse::NoContent().finish());
    };
    let target = service.find(number).await?.ok_or_else(|| unknown(&service))?;
    if !service.is_authorised(&target, &h_payto) {
        return Err(unauthorised());
    }
    let target = waited(&service, target, timeout_ms).await?;
    if target.legitimation.is_some() {
        return Ok(legitimized(&service, &h_payto));
    }
    match service.open_process(&target, id.origin("public")).await? {
        Some(process) => redirect(&service, &provider, &target, process.id),
        // It was legitimized at this very moment.
        None => Ok(legitimized(&service, &h_payto)),
    }
}

/// The reference server compared with a hash of zeros where there was no row.
fn unknown(service: &Service) -> ErrorDetail {
    if service.reference_2021 {
        return unauthorised();
    }
    ErrorDetail::new(Code::KycCheckRequestUnknown)
}

fn unauthorised() -> ErrorDetail {
    ErrorDetail::new(Code::KycCheckAuthorizationFailed).status(401).of("h_payto")
}

/// How the payment target stands once it is legitimized or the time is over.
async fn waited(service: &Service, target: Target, timeout_ms: u64) -> Result<Target, ErrorDetail> {
    if target.legitimation.is_some() || timeout_ms == 0 {
        return Ok(target);
    }
    let wait_ms = i64::try_from(timeout_ms).unwrap_or(i64::MAX).min(limits::LONG_POLL_MS_MAX);
    let until = service.clock.now().saturating_add(wait_ms);
    let mut watch = service.targets.watch(&target.stream);
    let _place = service.place()?;
    let mut stopping = service.stopping.clone();
    loop {
        let gone = || ErrorDetail::new(Code::KycCheckRequestUnknown);
        let target = service.find(target.number).await?.ok_or_else(gone)?;
        if target.legitimation.is_some() || service.clock.now() >= until || *stopping.borrow() {
            return Ok(target);
        }
        tokio::select! {
            () = watch.changed() => {}
            () = service.clock.sleep_until(until) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    }
}

fn legitimized(service: &Service, h_payto: &HPayto) -> HttpResponse {
    let now = Timestamp::from_unix_ms(service.clock.now());
    let signature = service.key.sign(&Message::account_setup_success(h_payto, now));
    HttpResponse::Ok().json(json!({
        "exchange_sig": signature,
        "exchange_pub": service.key.public_key(),
        "now": now,
    }))
}

fn redirect(
    service: &Service,
    provider: &Provider,
    target: &Target,
    process: uuid::Uuid,
) -> Result<HttpResponse, ErrorDetail> {
    let redirect_uri = service.redirect_uri(target);
    let kyc_url = if service.reference_2021 {
        provider.authorize_url(&redirect_uri, None)
    } else {
        let secrets = (service.state(target, process)?, service.verifier(target, process)?);
        provider.authorize_url(&redirect_uri, Some((&secrets.0, &secrets.1)))
    };
    Ok(HttpResponse::Accepted().json(json!({ "kyc_url": kyc_url })))
}
