//! A small engine with customers, for the tests of what surrounds them.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kyc_events::engine::PolicyId;
use kyc_events::log::EventReader;
use kyc_events::log::memory::MemoryLog;
use kyc_events::sealed::Tag;
use kyc_events::stellar::{CUSTOMER, Decider, Identity, Requirement};
use kyc_events::{Millis, StreamId};
use kyc_projections::outbox::{self, Outbox};

use super::customer::{Command, Customer, Kind, Registration, State, Values};
use crate::aggregate::Keys as _;
use crate::clock::Clock;
use crate::config::{Provider, Providers};
use crate::engine::entity::Shared;
use crate::engine::handle::Origin;
use crate::engine::quarantine::Quarantine;
use crate::engine::wakes::Wakes;
use crate::engine::{Handle, Journal, ReadModels, registry};
use crate::metrics::Metrics;
use crate::signing::webhook;
use crate::vault::{MasterKeys, Vault};

/// When everything happens.
pub const NOW: Millis = 1_700_000_000_000;
/// The secret shared with the provider `acme`.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// See the module.
#[derive(Clone)]
pub struct Engine {
    /// The customers.
    pub customers: Handle<Customer>,
    /// The read models.
    pub models: ReadModels,
    /// Keys.
    pub vault: Arc<Vault>,
    /// Stands at [`NOW`].
    pub clock: Clock,
}

/// Runs a test on an engine of its own.
pub fn on_engine<F: Future>(test: impl FnOnce(Engine) -> F) -> F::Output {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = Vault::open(dir.path(), MasterKeys::for_tests()).expect("opens");
    let metrics = Metrics::default();
    let log = Arc::new(MemoryLog::new());
    let (journal, writer) = Journal::start(log.clone(), metrics.clone());
    let reader: Arc<dyn EventReader> = log;
    let stop = Arc::new(AtomicBool::new(false));
    let (models, projector) =
        ReadModels::start(Arc::clone(&reader), None, metrics.clone(), Arc::clone(&stop))
            .expect("starts");
    let quarantine = Quarantine::load(&*reader).expect("reads");
    let clock = Clock::standing_at(NOW);
    let shared = Arc::new(Shared {
        log: reader,
        journal: journal.clone(),
        vault: Arc::clone(&vault),
        clock: clock.clone(),
        policy: PolicyId::default(),
        wakes: Wakes::default(),
    });
    let outcome = actix_rt::System::new().block_on(async {
        let (customers, arbiters) = registry::start::<Customer>(&shared, &quarantine, &metrics);
        let outcome = test(Engine { customers, models, vault, clock }).await;
        for arbiter in arbiters {
            arbiter.stop();
        }
        journal.stop().await;
        outcome
    });
    writer.join().expect("the writer ends");
    stop.store(true, Ordering::Relaxed);
    projector.join().expect("the projector ends");
    outcome
}

impl Engine {
    /// Carries a command out.
    pub async fn send(&self, command: Command) -> Arc<State> {
        let sent = self.customers.send(&anna(), command, Origin::of("test")).await;
        sent.expect("carried out").state
    }

    /// `PUT /customer` with these values, as a type that needs `required`.
    pub async fn put(&self, name: &str, decider: Decider, texts: &[(&str, &str)]) -> Arc<State> {
        let known = self.customers.state(&anna()).await.expect("read").known().map(|one| one.key);
        let key = known.unwrap_or_else(|| self.vault.fresh().expect("a key"));
        let registration = Registration {
            subject: Tag([1; 32]),
            key: Some(key),
            owner: Tag([2; 32]),
            account: Tag([3; 32]),
            identity: Identity { account: "G…".to_owned(), memo: None },
        };
        let requirement = Requirement {
            required: vec!["first_name".to_owned(), "last_name".to_owned()],
            optional: vec!["city".to_owned()],
            verified: vec![],
            decider,
        };
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        let values = Values {
            kind: Kind { name: name.to_owned(), requirement },
            texts: texts.iter().map(owned).collect(),
            documents: BTreeMap::new(),
            files: BTreeMap::new(),
            codes: BTreeMap::new(),
            ignored: vec![],
        };
        self.send(Command::Put { registration: Some(registration), values }).await
    }

    /// What the outbox holds, oldest first.
    pub async fn deliveries(&self) -> Vec<outbox::Delivery> {
        assert!(self.models.wait_for_all().await, "in time");
        self.models.of::<Outbox>().query(|rows| outbox::list(rows, None, 100))
    }
}

/// The one customer's stream.
pub fn anna() -> StreamId {
    StreamId::new(CUSTOMER, "anna").expect("a name")
}

/// `acme` and nobody else.
pub fn providers() -> Providers {
    let url = "https://acme.example:8443/kyc?tenant=7".to_owned();
    let secret = webhook::Secret::parse(SECRET).expect("a secret");
    Providers::from([("acme".to_owned(), Provider { url, secret })])
}
