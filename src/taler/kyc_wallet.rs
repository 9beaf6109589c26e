//! `POST /kyc-wallet` `{reserve_pub, reserve_sig}`
//!
//! A wallet asks for its row number. Source: exchange of October 2021; the signature, purpose 1205
//! over nothing, proves that the wallet has the reserve's key.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, ReqData};
use serde_json::{Value, json};

use super::error::{Code, ErrorDetail};
use super::message::{Message, PublicKey, Signature};
use super::payto::Payto;
use super::service::Service;
use crate::http::RequestId;

/// Answers.
pub async fn handle(
    service: Data<Service>,
    id: ReqData<RequestId>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, ErrorDetail> {
    let body = body.map_err(|error| unreadable(&error))?;
    let body: Value = serde_json::from_slice(&body)
        .map_err(|error| ErrorDetail::json_invalid("").with("line", json!(error.line())))?;
    let member = |name: &str| body.get(name).and_then(Value::as_str);
    let invalid = |name: &str| ErrorDetail::json_invalid(name).with("line", json!(1));
    if body.get("balance").is_some() {
        // Today's form, which this exchange does not speak.
        return Err(invalid("balance"));
    }
    let signature = member("reserve_sig").and_then(|text| Signature::parse(text).ok());
    let signature = signature.ok_or_else(|| invalid("reserve_sig"))?;
    let reserve = member("reserve_pub").and_then(|text| PublicKey::parse(text).ok());
    let reserve = reserve.ok_or_else(|| invalid("reserve_pub"))?;
    if !reserve.verifies(&Message::wallet_account_setup(None), &signature) {
        return Err(ErrorDetail::new(Code::KycWalletSignatureInvalid));
    }
    if service.provider.is_none() {
        return Ok(HttpResponse::NoContent().finish());
    }
    let payto = Payto::wallet_2021(&service.public_url, &reserve)
        .map_err(|error| ErrorDetail::internal(Code::BadConfiguration, error.to_string()))?;
    let target = service.register(&payto, id.origin("public")).await?;
    Ok(HttpResponse::Ok().json(json!({ "payment_target_uuid": target.number })))
}

fn unreadable(error: &actix_web::Error) -> ErrorDetail {
    match error.as_response_error().status_code().as_u16() {
        413 => ErrorDetail::upload_exceeds_limit(),
        _ => ErrorDetail::json_invalid(""),
    }
}
