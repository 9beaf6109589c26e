//! Wires Stellar together: its keys, SEP-1, SEP-10 and SEP-12.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::web;
use anyhow::Context as _;
use kyc_events::StreamId;
use kyc_events::stellar::{CUSTOMER, Document};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::listeners::{Routes, routes};
use crate::callbacks::egress::Policy;
use crate::clock::Clock;
use crate::config::{Config, limits};
use crate::engine::{Handle, ReadModels};
use crate::operator;
use crate::operator::more_info::MoreInfo;
use crate::pages::link::Links;
use crate::pages::stellar as page;
use crate::providers::{Decides, StellarDecisions};
use crate::review::Pieces;
use crate::review::Reviews;
use crate::stellar::callback::StellarRenderer;
use crate::stellar::customer::Customer;
use crate::stellar::review::{CustomerReviews, Documents, Opened};
use crate::stellar::sep10::Room;
use crate::stellar::sep10::challenge::{HOME_DOMAIN_BYTES_MAX, NAME_BYTES_MAX, Party};
use crate::stellar::sep10::client_domain::ClientDomains;
use crate::stellar::sep10::horizon::Horizon;
use crate::stellar::sep10::service::{Ledger, Service, UsedChallenges};
use crate::stellar::sep10::token::Tokens;
use crate::stellar::signing_key::SigningKey;
use crate::stellar::transaction::Transactions;
use crate::stellar::{endpoints, sep1, sep10};
use crate::vault::{MasterKeys, Vault};

/// The server's own keys.
pub struct Keys {
    signing: SigningKey,
    jwt_secret: Zeroizing<String>,
}

impl Keys {
    /// Takes them from the configuration, or generates them in the sandbox, once, beside the master
    /// key: a token outlives a restart.
    pub fn load(config: &Config, master: &mut MasterKeys) -> anyhow::Result<Option<Self>> {
        let Some(stellar) = &config.stellar else { return Ok(None) };
        let signing = if let Some(seed) = &stellar.signing_seed {
            SigningKey::from_seed(seed.expose()).context("stellar.signing_seed")?
        } else {
            let hex = master.generated::<32>("stellar_ed25519", |_| {})?;
            let mut seed = Zeroizing::new([0; 32]);
            hex::decode_to_slice(hex.as_str(), seed.as_mut_slice())
                .context("stellar_ed25519 beside the master key")?;
            SigningKey::from_bytes(&seed)
        };
        let jwt_secret = match &stellar.jwt_secret {
            Some(secret) => Zeroizing::new(secret.expose().to_owned()),
            None => master.generated::<32>("stellar_jwt", |_| {})?,
        };
        Ok(Some(Self { signing, jwt_secret }))
    }
}

/// What web authentication is made of.
pub struct Parts {
    /// Who knows which challenges gave a token.
    pub used: Arc<dyn UsedChallenges>,
    /// What time it is.
    pub clock: Clock,
    /// Which URLs are called.
    pub policy: Arc<Policy>,
    /// Where the public listener listens.
    pub public: SocketAddr,
}

/// What Stellar's other doors are made of.
pub struct Rooms {
    /// The customers.
    pub customers: Handle<Customer>,
    /// Read models.
    pub models: ReadModels,
    /// Keys, values and documents.
    pub vault: Arc<Vault>,
    /// What time it is.
    pub clock: Clock,
    /// Which URLs are called.
    pub policy: Arc<Policy>,
    /// How the outside reaches the public listener.
    pub public_url: Arc<str>,
}

/// Reads documents out of the vault.
struct Shelf {
    customers: Handle<Customer>,
    vault: Arc<Vault>,
}

impl Documents for Shelf {
    fn open<'a>(&'a self, customer: &'a StreamId, document: &'a Document) -> Opened<'a> {
        Box::pin(async move {
            let state = self.customers.state(customer).await.map_err(|error| error.to_string())?;
            let Some(key) = state.known().map(|owner| owner.key) else { return Ok(None) };
            let (vault, file) = (Arc::clone(&self.vault), document.file);
            let open = move || vault.open_document(key, file);
            let opened =
                tokio::task::spawn_blocking(open).await.map_err(|error| error.to_string())?;
            let opened = opened.map_err(|error| error.to_string())?;
            Ok(opened.map(|chunks| {
                Box::new(chunks.map(|chunk| chunk.map_err(|error| error.to_string()))) as Pieces
            }))
        })
    }
}

/// What the public listener serves.
#[derive(Clone)]
pub struct Connector {
    /// For `/auth`, and for whoever asks for a token.
    pub service: Service,
    /// For `/.well-known/stellar.toml`.
    pub info: sep1::File,
}

/// Wires it together; `None` if it is not configured.
pub fn connect(
    config: &Config,
    keys: Option<Keys>,
    parts: Parts,
) -> anyhow::Result<Option<Connector>> {
    let (Some(stellar), Some(keys)) = (&config.stellar, keys) else { return Ok(None) };
    let public_url = config.server.public_url_at(parts.public);
    let endpoint = format!("{public_url}/auth");
    let home_domains = stellar.home_domains_at(&public_url);
    let web_auth_domain = stellar.web_auth_domain_at(&public_url);
    // Those of the configuration fit; the public URL's may be longer.
    let fits = home_domains.iter().all(|domain| domain.len() <= HOME_DOMAIN_BYTES_MAX)
        && web_auth_domain.len() <= NAME_BYTES_MAX;
    anyhow::ensure!(
        fits,
        "the host of server.public_url is too long for SEP-10; set stellar.home_domain and stellar.web_auth_domain"
    );
    let ledger = match &stellar.horizon_url {
        Some(url) if !stellar.master_key_only => {
            let horizon = Horizon::new(url, &parts.policy, Room::default());
            Ledger::Horizon(horizon.context("stellar.horizon_url")?)
        }
        None if config.sandbox.enabled => Ledger::MasterKeyOnly,
        Some(_) | None => {
            tracing::warn!(
                "stellar.master_key_only: nobody is asked who may sign for an account, and a key whose power was taken away still gets in"
            );
            Ledger::MasterKeyOnly
        }
    };
    let info = sep1::Info {
        network_passphrase: stellar.network_passphrase.clone(),
        signing_key: keys.signing.account(),
        web_auth_endpoint: endpoint.clone(),
        kyc_server: format!("{public_url}/kyc"),
        accounts: Vec::new(),
        org_name: None,
        org_url: None,
    };
    let tokens = Tokens::new(&keys.jwt_secret, endpoint, home_domains.clone());
    let challenger = Party {
        key: keys.signing,
        network_passphrase: stellar.network_passphrase.clone(),
        home_domains,
        web_auth_domain,
    };
    let service = Service {
        party: Arc::new(challenger),
        tokens: Arc::new(tokens),
        ledger,
        // Room of its own: a wallet's slow server must not keep others from logging in.
        client_domains: ClientDomains::new(&parts.policy, Room::default())?,
        used: parts.used,
        clock: parts.clock,
    };
    Ok(Some(Connector { service, info: info.render() }))
}

impl Connector {
    /// How callbacks about customers look.
    pub fn renderer(&self, config: &Config, rooms: &Rooms) -> Option<StellarRenderer> {
        let stellar = config.stellar.as_ref()?;
        Some(StellarRenderer {
            customers: rooms.customers.clone(),
            log: rooms.models.log(),
            vault: Arc::clone(&rooms.vault),
            types: Arc::new(stellar.types.clone()),
            key: self.service.party.key.clone(),
            clock: rooms.clock.clone(),
            policy: Arc::clone(&rooms.policy),
            schedule_ms: stellar
                .callback_intervals_s
                .iter()
                .map(|s| s.saturating_mul(1000))
                .collect(),
            platform_url: stellar.platform_callback_url.clone(),
            providers: Arc::new(config.providers.clone()),
        })
    }

    /// Customers in the operator's queue of reviews.
    pub fn reviews(rooms: &Rooms) -> (&'static str, Arc<dyn Reviews>) {
        let reviews = CustomerReviews {
            customers: rooms.customers.clone(),
            models: rooms.models.clone(),
            vault: Arc::clone(&rooms.vault),
            documents: Arc::new(Shelf {
                customers: rooms.customers.clone(),
                vault: Arc::clone(&rooms.vault),
            }),
        };
        (CUSTOMER, Arc::new(reviews))
    }

    /// What everybody's listener serves.
    pub fn offered(
        &self,
        config: &Config,
        rooms: &Rooms,
        kyc: &endpoints::Service,
    ) -> Option<Routes> {
        let page = Self::page(config, rooms, kyc)?;
        let (service, info, kyc) = (self.service.clone(), self.info.clone(), kyc.clone());
        Some(routes(move |config| {
            config
                .app_data(web::Data::new(info.clone()))
                .app_data(web::Data::new(service.clone()))
                .app_data(web::Data::new(kyc.clone()))
                .app_data(web::Data::new(page.clone()))
                .configure(sep1::routes)
                .configure(sep10::endpoint::routes)
                .configure(page::routes)
                .configure(endpoints::routes);
        }))
    }

    /// What the operator's listener serves, beside reviews.
    pub fn desks(&self, config: &Config, rooms: &Rooms) -> Option<Routes> {
        let types = Arc::new(config.stellar.as_ref()?.types.clone());
        let transactions = Transactions {
            customers: rooms.customers.clone(),
            models: rooms.models.clone(),
            types: Arc::clone(&types),
            turn: Arc::default(),
        };
        let more_info = MoreInfo {
            models: rooms.models.clone(),
            links: Links::new(Arc::clone(&rooms.vault)),
            clock: rooms.clock.clone(),
            types,
            public_url: Arc::clone(&rooms.public_url),
        };
        Some(routes(move |config| {
            config
                .app_data(web::Data::new(transactions.clone()))
                .app_data(web::Data::new(more_info.clone()))
                .configure(operator::transactions::routes)
                .configure(operator::more_info::routes);
        }))
    }

    fn page(config: &Config, rooms: &Rooms, kyc: &endpoints::Service) -> Option<page::Desk> {
        Some(page::Desk {
            customers: rooms.customers.clone(),
            vault: Arc::clone(&rooms.vault),
            links: Links::new(Arc::clone(&rooms.vault)),
            types: Arc::new(config.stellar.as_ref()?.types.clone()),
            clock: rooms.clock.clone(),
            put: Arc::new(kyc.clone()),
            room: Arc::new(Semaphore::new(limits::PAGE_FORMS_MAX)),
        })
    }

    /// Who takes what providers answer about customers.
    pub fn decisions(rooms: &Rooms) -> (&'static str, Arc<dyn Decides>) {
        (CUSTOMER, Arc::new(StellarDecisions(rooms.customers.clone())))
    }

    /// SEP-12's endpoints.
    pub fn customers(
        &self,
        config: &Config,
        parts: endpoints::Parts,
    ) -> Option<endpoints::Service> {
        let stellar = config.stellar.as_ref()?;
        let offers = (stellar.callbacks, stellar.verification);
        Some(endpoints::Service::new(parts, self.service.clone(), stellar.types.clone(), offers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;
    use crate::stellar::sep10::service::FirstUse;

    struct Never;

    impl UsedChallenges for Never {
        fn consume(&self, _: [u8; 32], _: kyc_events::Millis) -> FirstUse<'_> {
            Box::pin(async { Ok(false) })
        }
    }

    fn config(file: &str) -> Config {
        let file = ("kycd.toml".to_owned(), file.to_owned());
        Config::load(Sources { file: Some(file), ..Sources::default() }).expect("valid")
    }

    fn connected(config: &Config, master: &mut MasterKeys) -> anyhow::Result<Connector> {
        let keys = Keys::load(config, master)?;
        let parts = Parts {
            used: Arc::new(Never),
            clock: Clock::standing_at(0),
            policy: Arc::new(Policy::default()),
            public: ([127, 0, 0, 1], 4711).into(),
        };
        Ok(connect(config, keys, parts)?.expect("configured"))
    }

    #[test]
    fn the_sandbox_speaks_for_the_address_it_listens_on() {
        let connector =
            connected(&config(""), &mut MasterKeys::for_tests()).expect("no more is needed");
        let party = &connector.service.party;
        assert_eq!(party.home_domains, ["127.0.0.1:4711"]);
        assert_eq!(party.web_auth_domain, "127.0.0.1:4711");
        assert!(matches!(connector.service.ledger, Ledger::MasterKeyOnly));
    }

    #[test]
    fn generated_keys_are_kept_and_differ_from_directory_to_directory() {
        let dir = tempfile::tempdir().expect("a directory");
        let keys_in = |name: &str| {
            let mut master = MasterKeys::from_file(&dir.path().join(name), true).expect("a file");
            let keys = Keys::load(&config(""), &mut master).expect("keys").expect("configured");
            (keys.signing.account(), keys.jwt_secret.to_string())
        };
        let (first, again, other) = (keys_in("a"), keys_in("a"), keys_in("b"));
        assert_eq!(first, again);
        assert!(first.0 != other.0 && first.1 != other.1);
    }

    #[test]
    fn configured_keys_are_taken() {
        let file = "stellar.signing_seed = \"SADQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQOBYHA4DQP54X\"\n\
                    stellar.horizon_url = \"http://10.0.0.1:8000\"";
        let connector = connected(&config(file), &mut MasterKeys::for_tests()).expect("configured");
        let account = connector.service.party.key.account().text();
        assert_eq!(account, "GDVEU3DD4KOFECV66VIHWEZOYX4ZKR3WV27L464SIIPOU2IUI3JCZA57");
        assert!(matches!(connector.service.ledger, Ledger::Horizon(_)));
    }

    #[test]
    fn a_public_host_too_long_for_a_challenge_is_said_at_start() {
        let url = format!("server.public_url = \"https://{}.example\"", "a".repeat(60));
        assert!(connected(&config(&url), &mut MasterKeys::for_tests()).is_err());
        let file = format!(
            "{url}\nstellar.home_domain = \"a.example\"\nstellar.web_auth_domain = \"a.example\""
        );
        assert!(connected(&config(&file), &mut MasterKeys::for_tests()).is_ok());
    }

    #[test]
    fn what_is_not_configured_is_not_served() {
        let file = "sandbox.enabled = false\ndata.master_key_file = \"k\"";
        let keys = Keys::load(&config(file), &mut MasterKeys::for_tests()).expect("none needed");
        assert!(keys.is_none());
    }
}
