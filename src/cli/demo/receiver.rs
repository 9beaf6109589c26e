//! A simulated requester: takes callbacks, checks every signature, and fails when told to.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::ServerHandle;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::corepass::go_json;
use crate::signing::{ed448, sha3_256};

/// One call that came in.
pub struct Call {
    /// `status` or `data`.
    pub channel: String,
    /// The JSON object in it.
    pub body: Value,
    /// What was answered.
    pub answered: u16,
    /// Whether the signature verified with the pinned key.
    pub verified: bool,
    /// `Kycd-Delivery-Id`.
    pub delivery: String,
}

#[derive(Clone)]
struct Desk {
    key: Arc<str>,
    boxes: Arc<Mutex<HashMap<String, Letterbox>>>,
}

struct Letterbox {
    failures_left: u32,
    calls: mpsc::UnboundedSender<Call>,
}

/// The receiver.
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    desk: Desk,
    server: ServerHandle,
}

impl Receiver {
    /// Listens, and pins the connector's key.
    pub fn start(key_hex: &str) -> anyhow::Result<Self> {
        let socket = TcpListener::bind("127.0.0.1:0")?;
        let address = socket.local_addr()?;
        let desk = Desk { key: key_hex.into(), boxes: Arc::default() };
        let shared = desk.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(Data::new(shared.clone()))
                .app_data(web::PayloadConfig::new(4 << 20))
                .route("/{name}/{channel}", web::post().to(take))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(socket)?
        .run();
        let handle = server.handle();
        actix_rt::spawn(server);
        Ok(Self { address, desk, server: handle })
    }

    /// A letterbox; the first `failures` data callbacks are answered with 503.
    pub fn letterbox(&self, name: &str, failures: u32) -> mpsc::UnboundedReceiver<Call> {
        let (calls, receiver) = mpsc::unbounded_channel();
        let mut boxes = self.desk.boxes.lock().unwrap_or_else(PoisonError::into_inner);
        boxes.insert(name.to_owned(), Letterbox { failures_left: failures, calls });
        receiver
    }

    /// Stops listening.
    pub async fn stop(self) {
        self.server.stop(false).await;
    }
}

async fn take(
    desk: Data<Desk>,
    request: HttpRequest,
    path: Path<(String, String)>,
    body: Bytes,
) -> HttpResponse {
    let (name, channel) = path.into_inner();
    let content_type =
        request.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let delivery =
        request.headers().get("kycd-delivery-id").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let body: Value = payload(content_type, &body)
        .and_then(|payload| serde_json::from_slice(payload).ok())
        .unwrap_or(Value::Null);
    let verified = verify(&body, &desk.key).is_some();
    let mut boxes = desk.boxes.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(letterbox) = boxes.get_mut(&name) else {
        return HttpResponse::NotFound().finish();
    };
    let fails = channel == "data" && letterbox.failures_left > 0;
    if fails {
        letterbox.failures_left -= 1;
    }
    let answered = if fails { 503 } else { 200 };
    let call = Call { channel, body, answered, verified, delivery: delivery.to_owned() };
    let _ = letterbox.calls.send(call);
    if fails { HttpResponse::ServiceUnavailable().finish() } else { HttpResponse::Ok().finish() }
}

/// The JSON object of a body: all of it, or the part `payload` of a multipart one.
fn payload<'a>(content_type: &str, body: &'a [u8]) -> Option<&'a [u8]> {
    let Some((_, boundary)) = content_type.split_once("boundary=") else { return Some(body) };
    let text = std::str::from_utf8(body).ok()?;
    let part = text.split(&format!("--{boundary}")).find(|p| p.contains("name=\"payload\""))?;
    let (_, content) = part.split_once("\r\n\r\n")?;
    Some(content.strip_suffix("\r\n")?.as_bytes())
}

/// Rebuilds what was signed and checks it, as a receiver has to: `None` if anything is off.
pub fn verify(body: &Value, key_hex: &str) -> Option<()> {
    let attached = STANDARD.decode(body["signature"].as_str()?).ok()?;
    let message = if body.get("status").is_some() {
        let mut unsigned = body.as_object()?.clone();
        unsigned.shift_remove("signature");
        go_json::to_vec(&unsigned)
    } else {
        let named = if body.get("infos").is_some() {
            json!({
                "User": body["user"], "Infos": body["infos"],
                "Deadline": body["deadline"], "Expiration": body["expiration"],
            })
        } else {
            json!({
                "User": body["user"], "Items": body["items"], "Error": body["error"],
                "Deadline": body["deadline"], "Expiration": body["expiration"],
            })
        };
        let mut message = go_json::to_vec(&named);
        message.push(b'\n');
        message
    };
    let key = ed448::verify_attached(&sha3_256(&message), &attached).ok()?;
    (hex::encode(key.to_bytes()) == key_hex).then_some(())
}
