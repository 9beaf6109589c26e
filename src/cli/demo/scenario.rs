//! The three stories of the demo.

use std::collections::HashSet;
use std::time::Duration;

use hyper::Method;
use hyper::header::HeaderValue;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use super::receiver::{Call, Receiver};
use super::timeline::Timeline;
use super::wallet::Wallet;
use crate::callbacks::egress::{Client, Policy, Request, Response, Target};
use crate::cli::client::Operator;
use crate::clock::system_now;
use crate::system::System;

/// Where the stories play.
pub struct Stage {
    client: Client,
    public: String,
    operator: Operator,
    receiver: String,
}

impl Stage {
    /// Before this server, with this receiver.
    pub fn new(system: &System, receiver: &Receiver) -> anyhow::Result<Self> {
        Ok(Self {
            client: Client::new(Policy::unguarded(Duration::from_secs(10)))?,
            public: format!("http://{}", system.public),
            operator: Operator::at(format!("http://{}", system.operator), system.token.clone())?,
            receiver: format!("http://{}", receiver.address),
        })
    }

    pub(super) fn operator(&self) -> &Operator {
        &self.operator
    }

    pub(super) fn public(&self) -> &str {
        &self.public
    }

    /// What a browser gets; waits longer than a long poll does.
    pub(super) async fn fetch(&self, url: &str) -> anyhow::Result<Response> {
        let target = Target::parse(url, self.client.policy(), false)?;
        Ok(self.client.send(&Request::get(target), Some(Duration::from_secs(40))).await?)
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let target = Target::parse(&format!("{}{path}", self.public), self.client.policy(), false)?;
        let json = HeaderValue::from_static("application/json");
        let response =
            self.client.send(&Request::post(target, json, body.to_string()), None).await?;
        let text = String::from_utf8_lossy(&response.body);
        anyhow::ensure!(response.status.is_success(), "{path}: {} {text}", response.status);
        Ok(serde_json::from_slice(&response.body).unwrap_or(Value::Null))
    }
}

/// One story: a user, what is sent, and how it ends.
pub struct Scenario {
    name: &'static str,
    wallet: Wallet,
    lies: bool,
    ends: &'static str,
    failures: u32,
    letters: Mutex<mpsc::UnboundedReceiver<Call>>,
}

impl Scenario {
    /// Everything goes well.
    pub fn success(receiver: &Receiver) -> anyhow::Result<Self> {
        Self::new(receiver, "success", false, "FINISH_SUCCESS", 0)
    }

    /// The user sends other data than was verified.
    pub fn invalid_data(receiver: &Receiver) -> anyhow::Result<Self> {
        Self::new(receiver, "invalid-data", true, "FINISH_FAILED", 0)
    }

    /// The requester's receiver fails twice before it takes the data.
    pub fn flapping_receiver(receiver: &Receiver) -> anyhow::Result<Self> {
        Self::new(receiver, "flapping-receiver", false, "FINISH_SUCCESS", 2)
    }

    fn new(
        receiver: &Receiver,
        name: &'static str,
        lies: bool,
        ends: &'static str,
        failures: u32,
    ) -> anyhow::Result<Self> {
        let data = [("SH_EMAIL", "jane&joe@example.com"), ("SH_Passport_DOB", "1986-09-06")];
        let letters = Mutex::new(receiver.letterbox(name, failures));
        Ok(Self { name, wallet: Wallet::new(&data)?, lies, ends, failures, letters })
    }

    /// Plays it to the end.
    pub async fn play(&self, stage: &Stage, timeline: &Timeline) -> anyhow::Result<()> {
        let (user, items) = (self.wallet.user.as_str(), self.wallet.items());
        let vault = json!({ "user": user, "infos": self.wallet.infos });
        stage.operator.call(Method::POST, "/sandbox/corepass/vault", &vault).await?;
        let verified = json!({ "user": user, "items": items });
        let answer = stage.post("/api/v1/blockchain/verified", &verified).await?;
        timeline.line(self.name, "verified", &answer.to_string(), json!({}));

        let order = json!({
            "user": user,
            "items": items,
            "callback": format!("{}/{}/data", stage.receiver, self.name),
            "statusCallback": format!("{}/{}/status", stage.receiver, self.name),
            "expiration": system_now().div_euclid(1000) + 600,
        });
        let answer = stage.post("/api/v1/kyc/qrcode", &order).await?;
        let link = answer["link"].as_str().unwrap_or_default().to_owned();
        let id = link.rsplit_once("id=").map(|(_, id)| id.to_owned()).unwrap_or_default();
        timeline.line(self.name, "link", &link, json!({ "link": link }));
        if self.failures == 0 && !self.lies {
            let code = QrCode::new(&link)?.render::<Dense1x2>().quiet_zone(true).build();
            timeline.picture(&code);
        }
        let accept = self.wallet.accept(&id, deadline());
        stage.post("/api/v1/kyc/accept", &accept).await?;
        timeline.line(self.name, "wallet accepted", "signed with the user's key", json!({}));
        self.follow(stage, timeline, &id).await
    }

    /// Answers what the callbacks tell, until everything has arrived.
    async fn follow(&self, stage: &Stage, timeline: &Timeline, id: &str) -> anyhow::Result<()> {
        let mut letters = self.letters.lock().await;
        let mut deliveries = HashSet::new();
        let (mut ended, mut attempts, mut content) = (false, 0, None);
        while !ended || content.is_none() {
            let call = letters.recv().await.ok_or_else(|| anyhow::anyhow!("no more callbacks"))?;
            self.print(timeline, &call);
            anyhow::ensure!(call.verified, "{}: a signature did not verify", self.name);
            if call.channel == "data" {
                attempts += 1;
                deliveries.insert(call.delivery.clone());
                if call.answered == 200 {
                    content = Some(call.body);
                }
                continue;
            }
            match call.body["status"].as_str() {
                Some("INITIATED") => {
                    let mut infos = self.wallet.infos.clone();
                    if self.lies {
                        infos[0].value.push_str(".invalid");
                    }
                    let transmit = self.wallet.transmit(id, infos, deadline());
                    stage.post("/api/v1/kyc/transmit", &transmit).await?;
                    timeline.line(self.name, "wallet sent data", "signed", json!({}));
                }
                Some(status) if status.starts_with("FINISH_") => {
                    anyhow::ensure!(status == self.ends, "{}: ended as {status}", self.name);
                    ended = true;
                }
                _ => {}
            }
        }
        let content = content.unwrap_or_default();
        anyhow::ensure!(deliveries.len() == 1, "{}: the delivery id changed", self.name);
        anyhow::ensure!(attempts == self.failures + 1, "{}: {attempts} attempts", self.name);
        let right = if self.lies {
            content["error"] == "VALIDITY_FAILED"
        } else {
            content["infos"] == json!(self.wallet.infos)
        };
        anyhow::ensure!(right, "{}: other content than expected", self.name);
        timeline.line(self.name, "arrived", "content is right", json!({ "ok": true }));
        Ok(())
    }

    fn print(&self, timeline: &Timeline, call: &Call) {
        let signature = if call.verified { "signature verified" } else { "BAD SIGNATURE" };
        let what = call.body["status"]
            .as_str()
            .or_else(|| call.body["error"].as_str())
            .unwrap_or("data callback");
        let hash = call.body["tx_hash"].as_str().map(|hash| format!("tx {}…", &hash[..10]));
        let text = format!(
            "{} callback, answered {}, {signature} {}",
            call.channel,
            call.answered,
            hash.unwrap_or_default()
        );
        let more = json!({
            "channel": call.channel, "answered": call.answered, "verified": call.verified,
            "delivery": call.delivery, "tx_hash": call.body["tx_hash"],
        });
        timeline.line(self.name, what, text.trim_end(), more);
    }
}

fn deadline() -> i64 {
    system_now().div_euclid(1000) + 120
}
