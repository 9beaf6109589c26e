//! Wires the CorePass connector together from the configuration.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use anyhow::Context as _;
use zeroize::Zeroizing;

use super::listeners::{Routes, routes};
use crate::callbacks::egress::Policy;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::corepass::{CallbackEncoding, ContentType, Network as NetworkName};
use crate::config::corepass::{CorePass, SignatureScheme};
use crate::corepass::batch::Batch;
use crate::corepass::callback::CorePassRenderer;
use crate::corepass::callback_style::CallbackStyle;
use crate::corepass::chain::sandbox::SandboxChain;
use crate::corepass::core_id::{CoreId, Network};
use crate::corepass::driver::Driver;
use crate::corepass::error::Error;
use crate::corepass::service::Service;
use crate::corepass::signed::Encoding;
use crate::corepass::transfer::Transfer;
use crate::engine::{Handle, ReadModels};
use crate::http::Bearer;
use crate::signing::scheme::CallbackSigner;
use crate::signing::{ed448, secp256k1};
use crate::vault::MasterKeys;

/// The connector's own keys.
pub struct Keys {
    chain: ed448::PrivateKey,
    signer: CallbackSigner,
    requester: [u8; 57],
}

impl Keys {
    /// Reads them, or generates them in the sandbox, once, beside the master key.
    pub fn load(config: &Config, master: &mut MasterKeys) -> anyhow::Result<Option<Self>> {
        let Some(corepass) = &config.corepass else { return Ok(None) };
        let ed448_hex = hex_of(corepass.signing_key_file.as_ref(), || {
            // Bit 7 of the last byte would make it a key of the other kind.
            master.generated::<57>("corepass_ed448", |seed| seed[56] &= 0x7f)
        })?;
        let ed448 = || {
            ed448::PrivateKey::from_hex(ed448_hex.trim())
                .context("corepass.signing_key_file: not an Ed448 key")
        };
        let signer = match corepass.signature_scheme {
            SignatureScheme::Ed448 => CallbackSigner::Ed448(ed448()?),
            SignatureScheme::Secp256k1 => {
                let hex = hex_of(corepass.secp256k1_key_file.as_ref(), || {
                    master.generated::<32>("corepass_secp256k1", |_| {})
                })?;
                let key = secp256k1::PrivateKey::from_hex(hex.trim())
                    .context("corepass.secp256k1_key_file: not a secp256k1 key")?;
                CallbackSigner::Secp256k1(key)
            }
        };
        let chain = ed448()?;
        let requester = chain.public().to_bytes();
        Ok(Some(Self { chain, signer, requester }))
    }

    /// What a receiver pins: public key and Core ID of the callback signer.
    pub fn public(&self, corepass: &CorePass) -> (String, Option<CoreId>) {
        let id = matches!(self.signer, CallbackSigner::Ed448(_))
            .then(|| CoreId::from_public_key(&self.requester, network(corepass.network)));
        (self.signer.public_key_hex(), id)
    }
}

fn hex_of(
    file: Option<&PathBuf>,
    generated: impl FnOnce() -> Result<Zeroizing<String>, crate::vault::MasterKeysError>,
) -> anyhow::Result<Zeroizing<String>> {
    match file {
        Some(file) => std::fs::read_to_string(file)
            .map(Zeroizing::new)
            .with_context(|| format!("cannot read the key file {}", file.display())),
        None => Ok(generated()?),
    }
}

/// What the connector is made of.
pub struct Parts {
    /// The transfers.
    pub transfers: Handle<Transfer>,
    /// The read models.
    pub models: ReadModels,
    /// Keys and seals.
    pub vault: Arc<crate::vault::Vault>,
    /// What time it is.
    pub clock: Clock,
    /// Which URLs are called.
    pub policy: Arc<Policy>,
    /// Where the public listener listens.
    pub public: SocketAddr,
}

/// The connector and its simulated chain.
pub struct Connector {
    /// What its endpoints use.
    pub service: Service,
    /// The chain.
    pub chain: Arc<SandboxChain>,
}

/// Wires it together; `None` if it is not configured.
pub fn connect(
    config: &Config,
    keys: Option<Keys>,
    parts: Parts,
) -> anyhow::Result<Option<Connector>> {
    let (Some(corepass), Some(keys)) = (&config.corepass, keys) else { return Ok(None) };
    let network = network(corepass.network);
    let chain = Arc::new(SandboxChain::open(
        &config.data.dir.join("sandbox"),
        parts.clock.clone(),
        keys.chain,
        network_id(network),
        corepass.sandbox.block_time_ms,
    )?);
    let style = CallbackStyle {
        signer: keys.signer,
        encoding: match corepass.callback_encoding {
            CallbackEncoding::DocGo => Encoding::DocGo,
            CallbackEncoding::Wire => Encoding::Wire,
        },
        multipart: matches!(corepass.callback_content_type, ContentType::Multipart),
        schedule_ms: corepass.callback_schedule_ms(),
        status_schedule_ms: corepass.status_schedule_ms(),
    };
    let service = Service {
        transfers: parts.transfers,
        models: parts.models,
        vault: parts.vault,
        chain: chain.clone(),
        clock: parts.clock,
        network,
        signing: Arc::new(style),
        policy: parts.policy,
        public_url: config.server.public_url_at(parts.public).into(),
        requester: CoreId::from_public_key(&keys.requester, network),
        notify_pending: corepass.notify_pending,
    };
    Ok(Some(Connector { service, chain }))
}

impl Connector {
    /// What everybody's listener serves.
    pub fn offered(&self) -> Routes {
        let service = self.service.clone();
        routes(move |config| {
            config.app_data(Data::new(service.clone())).configure(crate::corepass::routes);
        })
    }

    /// How its callbacks look.
    pub fn renderer(&self) -> CorePassRenderer {
        CorePassRenderer { service: self.service.clone() }
    }

    /// Who carries its orders through the chain.
    pub fn driver(
        &self,
        config: &Config,
        batches: Handle<Batch>,
        turn: Arc<tokio::sync::Mutex<()>>,
    ) -> Driver {
        let corepass = config.corepass.as_ref();
        Driver {
            service: self.service.clone(),
            batches,
            batch_interval_ms: corepass.map_or(0, |c| c.sandbox.batch_interval_ms),
            confirmations: corepass.map_or(1, |c| c.sandbox.confirmations) as u64,
            data_timeout_ms: corepass.map_or(0, |c| c.data_timeout_s.saturating_mul(1000)),
            turn,
        }
    }
}

fn network(name: NetworkName) -> Network {
    match name {
        NetworkName::Mainnet => Network::Mainnet,
        NetworkName::Devin => Network::Devin,
        NetworkName::Private => Network::Private,
    }
}

fn network_id(network: Network) -> u64 {
    match network {
        Network::Mainnet => 1,
        Network::Devin => 3,
        Network::Private => 11,
    }
}

/// The connector's API key, if it asks for one.
#[derive(Clone)]
pub struct Door(Option<Bearer>);

impl Door {
    /// As configured.
    pub fn of(config: &Config) -> Self {
        let api_key = config.corepass.as_ref().and_then(|corepass| corepass.api_key.as_ref());
        Self(api_key.map(|key| Bearer::new(key.expose())))
    }
}

/// Lets nobody in without the API key, before anything of the body is read.
pub async fn door(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let shut = request
        .app_data::<Data<Door>>()
        .and_then(|door| door.0.as_ref())
        .is_some_and(|key| !key.admits(&request));
    // Wallets of Stellar have tokens of their own.
    let ours = request.path().starts_with("/api/");
    // The user's app signs what it sends and has no key of the requester's.
    let app = matches!(request.path(), "/api/v1/kyc/accept" | "/api/v1/kyc/transmit");
    if shut && ours && !app { Err(Error::Unauthorized.into()) } else { next.call(request).await }
}

/// Answers unknown paths.
pub async fn nothing_here() -> HttpResponse {
    HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("not found")
}
