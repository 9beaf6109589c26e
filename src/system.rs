//! Starts everything in order, watches it, and stops it in reverse.

pub mod corepass;
pub mod descriptors;
pub mod files;
mod foundation;
mod listeners;
pub mod neuro;
pub mod seal;
pub mod stellar;
pub mod taler;
mod watchman;

pub use foundation::{kept_master_keys, master_keys};

use std::collections::{BTreeMap, HashMap};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use actix_rt::Arbiter;
use actix_web::dev::ServerHandle;
use actix_web::web;
use anyhow::Context as _;
use kyc_events::corepass::TRANSFER;
use kyc_events::neuro::IDENTITY;
use kyc_events::stellar::CUSTOMER;
use kyc_projections::outbox::{self, Outbox};
use tokio::sync::watch;

use foundation::Foundation;
use listeners::Routes;
use watchman::Watchman;

use crate::callbacks::egress::{AllowEntry, Client, Policy};
use crate::callbacks::renderer::{Exporter, Renderer};
use crate::callbacks::{Delivery, Dispatcher};
use crate::config::{Config, limits};
use crate::corepass::batch::Batch;
use crate::corepass::transfer::{self, Transfer};
use crate::engine::Journal;
use crate::evidence::backup::Backups;
use crate::evidence::notary::Notary;
use crate::http::Bearer;
use crate::lockout::Lockout;
use crate::neuro::account::{self, Account};
use crate::neuro::api_key::ApiKey;
use crate::neuro::identity::{self, Identity};
use crate::operator::{self, Console};
use crate::providers::{self, Door};
use crate::review::Queue;
use crate::stellar::customer::{self, Customer};
use crate::stellar::endpoints;
use crate::stellar::sep10::used::Logged;
use crate::subject::Subject;
use crate::subject::eraser::{Eraser, closer};
use crate::taler::payment_target::{self, PaymentTarget};
use crate::taler::third_party::ThirdParty;
use crate::vault::Vault;
use crate::verification_code::Outgoing;

/// A running engine. Lives in an actix system.
pub struct System {
    /// Where the public listener listens.
    pub public: SocketAddr,
    /// Where the operator's listener listens.
    pub operator: SocketAddr,
    /// The operator's token.
    pub token: String,
    /// Hex of the key that callbacks are signed with, if CorePass is configured.
    pub callback_key: Option<String>,
    gone: watch::Receiver<bool>,
    stop: watch::Sender<bool>,
    servers: Vec<ServerHandle>,
    tasks: Vec<actix_rt::task::JoinHandle<()>>,
    arbiters: Vec<Arbiter>,
    journal: Journal,
    vault: Arc<Vault>,
    notary: Notary,
    threads: Vec<JoinHandle<()>>,
    projector_stop: Arc<AtomicBool>,
    _lock: std::fs::File,
}

impl System {
    /// Starts; returns when both listeners answer.
    pub async fn start(config: &Config) -> anyhow::Result<Self> {
        Self::launch(config, true).await
    }

    /// Starts without a dispatcher and a driver: nothing leaves, nothing moves on by itself.
    pub async fn start_quietly(config: &Config) -> anyhow::Result<Self> {
        Self::launch(config, false).await
    }

    #[expect(clippy::too_many_lines, reason = "everything in order, each part once")]
    async fn launch(config: &Config, active: bool) -> anyhow::Result<Self> {
        let dir = config.data.dir.as_path();
        let lock = files::own(dir)?;
        let public_socket = bind(config.server.listen, "server.listen")?;
        let operator_socket = bind(config.operator.listen, "operator.listen")?;
        let (public, operator) = (public_socket.local_addr()?, operator_socket.local_addr()?);

        let mut base = Foundation::open(config, active).await?;
        let transfers = base.live::<Transfer>();
        let batches = base.live::<Batch>();
        let deliveries = base.live::<Delivery>();
        let customers = base.live::<Customer>();
        let subjects = base.live::<Subject>();
        let targets = base.live::<PaymentTarget>();
        let third_parties = base.live::<ThirdParty>();
        let accounts = base.live::<Account>();
        let identities = base.live::<Identity>();
        let api_keys = base.live::<ApiKey>();
        let lockouts = base.live::<Lockout>();
        let Foundation { vault, clock, clock_file, metrics, models, journal, .. } = base;
        let Foundation {
            corepass_keys,
            stellar_keys,
            taler_keys,
            neuro_keys,
            notary,
            threads,
            projector_stop,
            arbiters,
            ..
        } = base;

        let policy = Arc::new(policy(config, vec![public, operator])?);
        let token = operator_token(config, dir)?;
        let (stop, stopped) = watch::channel(false);
        let degraded = Arc::new(AtomicBool::new(false));
        let (gone_sender, gone) = watch::channel(false);
        let watchman = Watchman {
            degraded: Arc::clone(&degraded),
            gone: Rc::new(gone_sender),
            stop: stopped.clone(),
        };
        // These two end last, so nobody waits for them.
        drop(watchman.watch("journal", journal.clone().ended()));
        drop(watchman.watch("projector", models.clone().lost()));
        let mut tasks = Vec::new();

        // Whether or not its protocol is configured now: who is erased is erased everywhere.
        let closers = [
            closer(&transfers, |generation| transfer::Command::Erase { generation }),
            closer(&customers, |generation| customer::Command::Erase { generation }),
            closer(&targets, |generation| payment_target::Command::Erase { generation }),
            closer(&accounts, |generation| account::Command::Erase { generation }),
            closer(&identities, |generation| identity::Command::Erase { generation }),
        ];
        let parts = corepass::Parts {
            transfers,
            models: models.clone(),
            vault: Arc::clone(&vault),
            clock: clock.clone(),
            policy: Arc::clone(&policy),
            public,
        };
        let connector = corepass::connect(config, corepass_keys, parts)?;
        let signing: Arc<tokio::sync::Mutex<()>> = Arc::default();
        if let Some(connector) = connector.as_ref().filter(|_| active) {
            let driver = connector.driver(config, batches, Arc::clone(&signing));
            tasks.push(watchman.watch("driver", driver.run(stopped.clone())));
        }
        let eraser = Eraser {
            subjects,
            models: models.clone(),
            vault: Arc::clone(&vault),
            clock: clock.clone(),
            close: Arc::new(HashMap::from(closers)),
            turn: Arc::default(),
            signing,
        };
        tasks.push(watchman.watch("eraser", eraser.clone().run(stopped.clone())));
        let exchange = taler::Parts {
            targets,
            third_parties,
            journal: journal.clone(),
            models: models.clone(),
            vault: Arc::clone(&vault),
            clock: clock.clone(),
            policy: Arc::clone(&policy),
            public,
            operator,
            stopping: stopped.clone(),
            metrics: metrics.clone(),
        };
        let exchange = taler::connect(config, taler_keys, exchange)?;
        let agent = neuro::Parts {
            accounts,
            identities,
            api_keys,
            lockouts,
            journal: journal.clone(),
            models: models.clone(),
            vault: Arc::clone(&vault),
            clock: clock.clone(),
            policy: Arc::clone(&policy),
            public,
        };
        let agent = neuro::connect(config, neuro_keys, agent);
        if let Some(agent) = agent.as_ref().filter(|_| active) {
            tasks.push(watchman.watch("reviewer", agent.reviewer().run(stopped.clone())));
        }
        let wallets = stellar::Parts {
            used: Arc::new(Logged { journal: journal.clone(), clock: clock.clone() }),
            clock: clock.clone(),
            policy: Arc::clone(&policy),
            public,
        };
        let wallets = stellar::connect(config, stellar_keys, wallets)?;
        let rooms = stellar::Rooms {
            customers: customers.clone(),
            models: models.clone(),
            vault: Arc::clone(&vault),
            clock: clock.clone(),
            policy: Arc::clone(&policy),
            public_url: config.server.public_url_at(public).into(),
        };
        let mut renderers: HashMap<&'static str, Rc<dyn Renderer>> = HashMap::new();
        let mut exporters: HashMap<&'static str, Arc<dyn Exporter>> = HashMap::new();
        if let Some(connector) = &connector {
            renderers.insert(TRANSFER, Rc::new(connector.renderer()));
            exporters.insert(TRANSFER, Arc::new(connector.renderer()));
        }
        let renderer = wallets.as_ref().and_then(|wallets| wallets.renderer(config, &rooms));
        if let Some(renderer) = renderer {
            renderers.insert(CUSTOMER, Rc::new(renderer.clone()));
            exporters.insert(CUSTOMER, Arc::new(renderer));
        }
        if let Some(agent) = &agent {
            renderers.insert(IDENTITY, Rc::new(agent.renderer()));
            exporters.insert(IDENTITY, Arc::new(agent.renderer()));
        }
        if active {
            let dispatcher = Dispatcher {
                models: models.clone(),
                journal: journal.clone(),
                deliveries: deliveries.clone(),
                renderers,
                client: Client::new((*policy).clone())?,
                clock: clock.clone(),
                metrics: metrics.clone(),
            };
            tasks.push(watchman.watch("dispatcher", dispatcher.run(stopped)));
        }
        let kyc = endpoints::Parts {
            customers,
            models: models.clone(),
            vault: Arc::clone(&vault),
            eraser: eraser.clone(),
            clock: clock.clone(),
            policy: Arc::clone(&policy),
        };
        let kyc = wallets.as_ref().and_then(|wallets| wallets.customers(config, kyc));
        // A protocol that is not configured asks nobody to decide.
        let mut reviews = BTreeMap::new();
        reviews.extend(wallets.as_ref().map(|_| stellar::Connector::reviews(&rooms)));
        reviews.extend(exchange.as_ref().map(taler::Exchange::reviews));
        reviews.extend(agent.as_ref().map(neuro::Agent::reviews));
        let review = (!reviews.is_empty()).then(|| operator::review::Desk {
            queue: Queue::of(models.clone(), reviews),
            subjects: eraser.subjects.clone(),
            models: models.clone(),
        });
        let mut deciders = HashMap::new();
        deciders.extend(wallets.as_ref().map(|_| stellar::Connector::decisions(&rooms)));
        deciders.extend(agent.as_ref().map(neuro::Agent::decisions));
        let providers = (!deciders.is_empty()).then(|| Door {
            providers: Arc::new(config.providers.clone()),
            models: models.clone(),
            clock: clock.clone(),
            deciders: Arc::new(deciders),
        });
        let mut offered: Vec<Routes> = Vec::new();
        offered.extend(connector.as_ref().map(corepass::Connector::offered));
        offered.extend(providers.map(|door| {
            let add = move |config: &mut web::ServiceConfig| {
                config.app_data(web::Data::new(door.clone())).configure(providers::routes);
            };
            listeners::routes(add)
        }));
        let mut desks: Vec<Routes> = Vec::new();
        desks.extend(review.map(|desk| {
            let add = move |config: &mut web::ServiceConfig| {
                config.app_data(web::Data::new(desk.clone())).configure(operator::review::routes);
            };
            listeners::routes(add)
        }));
        if let Some(wallets) = &wallets {
            offered.extend(kyc.as_ref().and_then(|kyc| wallets.offered(config, &rooms, kyc)));
            desks.extend(wallets.desks(config, &rooms));
        }
        if let Some(exchange) = &exchange {
            offered.push(exchange.offered());
            desks.push(exchange.desks());
        }
        let mut codes: Vec<Arc<dyn Outgoing>> = Vec::new();
        if let Some(kyc) = kyc.clone() {
            codes.push(Arc::new(kyc));
        }
        if let Some(agent) = &agent {
            offered.push(agent.offered());
            desks.push(agent.desks());
            codes.push(Arc::new(agent.service.clone()));
        }
        if !config.sandbox.enabled {
            codes.clear();
        }
        let console = Console {
            vault: Arc::clone(&vault),
            notary: notary.clone(),
            backups: Backups {
                data_dir: dir.into(),
                notary: notary.clone(),
                vault: Arc::clone(&vault),
                turn: Arc::clone(&eraser.turn),
            },
            eraser,
            retention: config.retention,
            token: Bearer::new(&token),
            journal: journal.clone(),
            models,
            deliveries,
            exporters: Arc::new(exporters),
            metrics,
            clock,
            corepass: connector.as_ref().map(|c| c.service.clone()),
            sandbox_chain: connector.as_ref().map(|c| Arc::clone(&c.chain)),
            sandbox_codes: codes.into(),
            clock_file,
            degraded,
        };
        finish_removals(&console).await?;
        let callback_key = connector.as_ref().map(|c| c.service.signing.signer.public_key_hex());
        let servers = vec![
            listeners::public(public_socket, corepass::Door::of(config), offered)?,
            listeners::operator(operator_socket, console, desks)?,
        ];
        files::write_private(&dir.join("operator.addr"), &operator.to_string())?;
        Ok(Self {
            public,
            operator,
            token,
            callback_key,
            gone,
            stop,
            servers,
            tasks,
            arbiters,
            journal,
            vault,
            notary,
            threads,
            projector_stop,
            _lock: lock,
        })
    }

    /// Returns when a part of the engine is gone that nothing works without.
    pub async fn degraded(&self) {
        let mut gone = self.gone.clone();
        let _ = gone.wait_for(|gone| *gone).await;
    }

    /// Stops accepting, finishes what runs, syncs and closes the log.
    pub async fn stop(self) {
        tracing::info!("stopping");
        let Self { stop, servers, tasks, arbiters, journal, vault, notary, threads, .. } = self;
        let projector_stop = self.projector_stop;
        let _ = stop.send(true);
        let give_up = tokio::time::Instant::now() + limits::STOP_WITHIN;
        // What waits for requests, callbacks and rounds waits for all of them at once.
        let mut running = tokio::task::JoinSet::new();
        for server in servers {
            running.spawn_local(async move { server.stop(true).await });
        }
        for task in tasks {
            running.spawn_local(async move { drop(task.await) });
        }
        let rest = limits::STOP_WITHIN / 8;
        let _ = tokio::time::timeout_at(give_up - 2 * rest, running.join_all()).await;
        journal.stop().await;
        projector_stop.store(true, Ordering::Relaxed);
        let ended = tokio::task::spawn_blocking(move || {
            let joined = threads.into_iter().all(|thread| thread.join().is_ok());
            if let Err(error) = notary.sign() {
                tracing::warn!(%error, "the last checkpoint was not written");
            }
            if let Err(error) = vault.close() {
                tracing::warn!(%error, "unused keys were not taken back");
            }
            joined
        });
        if !matches!(tokio::time::timeout_at(give_up, ended).await, Ok(Ok(true))) {
            tracing::error!("a thread did not end in time");
        }
        for arbiter in arbiters {
            arbiter.stop();
        }
    }
}

fn bind(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("{key}: cannot listen on {address}"))
}

fn policy(config: &Config, own_listeners: Vec<SocketAddr>) -> anyhow::Result<Policy> {
    let callbacks = &config.callbacks;
    let extra_roots_pem = callbacks
        .ca_file
        .as_ref()
        .map(|file| {
            std::fs::read(file)
                .with_context(|| format!("callbacks.ca_file: cannot read {}", file.display()))
        })
        .transpose()?;
    let allow_addresses = callbacks
        .allow_addresses
        .iter()
        .map(|entry| entry.parse::<AllowEntry>().context("callbacks.allow_addresses"))
        .collect::<Result<_, _>>()?;
    Ok(Policy {
        allow_addresses,
        allow_http: callbacks.allow_http,
        own_listeners,
        extra_roots_pem,
        timeout: std::time::Duration::from_millis(callbacks.timeout_ms),
        response_bytes_max: limits::CALLBACK_ANSWER_BYTES_MAX,
    })
}

fn operator_token(config: &Config, dir: &Path) -> anyhow::Result<String> {
    let file = dir.join("operator.token");
    let token = match &config.operator.token {
        Some(token) => token.expose().to_owned(),
        None => match std::fs::read_to_string(&file) {
            Ok(kept) if !kept.trim().is_empty() => kept.trim().to_owned(),
            _ => {
                let mut bytes = [0; 32];
                getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("{error}"))?;
                hex::encode(bytes)
            }
        },
    };
    files::write_private(&file, &token)?;
    Ok(token)
}

/// A removal that was cut short is ended.
async fn finish_removals(console: &Console) -> anyhow::Result<()> {
    for delivery in &console.models.of::<Outbox>().query(outbox::removed) {
        operator::callbacks::destroy(console, delivery).await?;
    }
    Ok(())
}
