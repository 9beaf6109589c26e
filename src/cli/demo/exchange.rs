//! The demo's story of a Taler exchange: an account, its holder at the simulated provider, and an
//! answer whose signature is checked.

use hyper::Method;
use hyper::header::LOCATION;
use serde_json::{Value, json};

use super::scenario::Stage;
use super::timeline::Timeline;
use crate::taler::h_payto::HPayto;
use crate::taler::message::{Message, PublicKey, Signature};
use crate::taler::timestamp::Timestamp;

const NAME: &str = "taler";
const PAYTO: &str = "payto://iban/DE75512108001245126199?receiver-name=John%20Doe";

/// Plays it to the end.
pub async fn play(stage: &Stage, timeline: &Timeline) -> anyhow::Result<()> {
    let body = json!({ "payto_uri": PAYTO });
    let known = stage.operator().call(Method::POST, "/taler/payment-targets", &body).await?;
    let (row, h_payto) = (&known["payment_target_uuid"], text(&known, "h_payto")?);
    timeline.line(NAME, "registered", &format!("row {row}"), json!({}));
    let check = format!("/kyc-check/{row}?h_payto={h_payto}");
    let (status, answer) = stage.get(&check).await?;
    anyhow::ensure!(status == 202, "kyc-check: {status}, not 202");
    let kyc_url = text(&answer, "kyc_url")?;
    timeline.line(NAME, "kyc-check 202", kyc_url, json!({ "kyc_url": kyc_url }));

    let patient = format!("{check}&timeout_ms=30000");
    let waiting = stage.get(&patient);
    let holder = async {
        let back = stage.redirect(kyc_url).await?;
        timeline.line(NAME, "provider agrees", "back with a code", json!({}));
        let page = stage.redirect(&back).await?;
        timeline.line(NAME, "kyc-proof 302", &page, json!({}));
        anyhow::Ok(())
    };
    let ((status, answer), ()) = tokio::try_join!(waiting, holder)?;
    anyhow::ensure!(status == 200, "the long poll: {status}, not 200");
    verify(&answer, h_payto)?;
    timeline.line(NAME, "kyc-check 200", "woken by the proof; the signature verifies", answer);
    Ok(())
}

fn text<'a>(answer: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    answer[name].as_str().ok_or_else(|| anyhow::anyhow!("no {name} in {answer}"))
}

fn verify(answer: &Value, h_payto: &str) -> anyhow::Result<()> {
    let now: Timestamp = serde_json::from_value(answer["now"].clone())?;
    let message = Message::account_setup_success(&HPayto::parse(h_payto)?, now);
    let key = PublicKey::parse(text(answer, "exchange_pub")?)?;
    let signature = Signature::parse(text(answer, "exchange_sig")?)?;
    anyhow::ensure!(key.verifies(&message, &signature), "the exchange's signature is not good");
    Ok(())
}

impl Stage {
    async fn get(&self, path: &str) -> anyhow::Result<(u16, Value)> {
        let response = self.fetch(&format!("{}{path}", self.public())).await?;
        let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        Ok((response.status.as_u16(), body))
    }

    async fn redirect(&self, url: &str) -> anyhow::Result<String> {
        let response = self.fetch(url).await?;
        let to = response.headers.get(LOCATION).and_then(|to| to.to_str().ok());
        to.map(str::to_owned).ok_or_else(|| anyhow::anyhow!("no redirect but {}", response.status))
    }
}
