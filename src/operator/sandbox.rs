//! `POST /sandbox/corepass/vault`, `POST /sandbox/corepass/faults`, `GET /sandbox/codes?to=`,
//! `POST /sandbox/clock`
//!
//! Hands on the simulated counterparts; 404 where they are not simulated.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Json, Query};
use kyc_events::corepass::Info;
use serde::Deserialize;
use serde_json::Value;

use super::Console;
use super::problem::{self, Problem};
use crate::config::limits;
use crate::corepass::chain::sandbox::{Fault, FaultKind, FaultStage};
use crate::corepass::wire::{RawInfo, check_infos};

type Body = Result<Bytes, actix_web::Error>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vault {
    user: String,
    infos: Vec<RawInfo>,
}

fn not_simulated() -> Problem {
    Problem::not_found("CorePass is not simulated here")
}

/// Puts data into a user's simulated KYC vault.
pub async fn vault(console: Data<Console>, body: Body) -> Result<HttpResponse, Problem> {
    let chain = console.sandbox_chain.clone().ok_or_else(not_simulated)?;
    let service = console.corepass.as_ref().ok_or_else(not_simulated)?;
    let request: Vault = problem::parse(body)?;
    let text = |error: crate::corepass::error::Error| Problem::bad_request(error.to_string());
    let user = service.user(&request.user).map_err(text)?;
    check_infos(&request.infos).map_err(text)?;
    let infos: Vec<Info> = request.infos.into_iter().map(Info::from).collect();
    blocking(move || chain.put(&user, &infos)).await
}

/// Injects a fault.
pub async fn faults(console: Data<Console>, body: Body) -> Result<HttpResponse, Problem> {
    let chain = console.sandbox_chain.clone().ok_or_else(not_simulated)?;
    let fault: Fault = problem::parse(body)?;
    if fault.stage == FaultStage::Valid && fault.kind == FaultKind::Receipt0 {
        return Err(Problem::bad_request("the comparison of data has no receipt"));
    }
    blocking(move || chain.fault(fault)).await
}

async fn blocking(
    work: impl FnOnce() -> Result<(), crate::corepass::chain::ChainError> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(())) => Ok(HttpResponse::NoContent().finish()),
        Ok(Err(error)) => {
            tracing::error!(%error, "the sandbox failed");
            Err(Problem::unavailable())
        }
        Err(_) => Err(Problem::unavailable()),
    }
}

/// Whose codes.
#[derive(Deserialize)]
pub struct Addressee {
    to: Option<String>,
}

/// Verification codes that would have been sent, the newest first.
pub async fn codes(
    console: Data<Console>,
    whose: Query<Addressee>,
) -> Result<Json<Vec<Value>>, Problem> {
    if console.sandbox_codes.is_empty() {
        return Err(Problem::not_found("codes are not simulated here"));
    }
    let mut all = Vec::new();
    for protocol in &*console.sandbox_codes {
        let codes = protocol.codes().await.map_err(|error| {
            tracing::error!(error, "codes could not be shown");
            Problem::unavailable()
        })?;
        all.extend(codes);
    }
    all.sort_by_key(|code| std::cmp::Reverse(code.at));
    let wanted = all.into_iter().filter(|code| whose.to.as_ref().is_none_or(|to| code.to == *to));
    Ok(Json(wanted.map(|code| code.json()).collect()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_ms: i64,
}

/// Moves the virtual clock.
pub async fn clock(console: Data<Console>, body: Body) -> Result<HttpResponse, Problem> {
    let request: Advance = problem::parse(body)?;
    if !matches!(console.clock, crate::clock::Clock::Virtual(_)) {
        let detail = "the clock is real: sandbox.virtual_clock is not set";
        return Err(Problem::conflict(detail));
    }
    if !(0..=limits::ADVANCE_MS_MAX).contains(&request.advance_ms) {
        return Err(Problem::bad_request("advance_ms is between 0 and ten years"));
    }
    // Kept first: after a crash in between, the clock is ahead, never behind what is recorded.
    let then = console.clock.now().saturating_add(request.advance_ms);
    crate::system::files::write_private(&console.clock_file, &then.to_string()).map_err(
        |error| {
            tracing::error!(%error, "the clock could not be kept");
            Problem::unavailable()
        },
    )?;
    console.clock.advance(request.advance_ms);
    Ok(HttpResponse::NoContent().finish())
}
