//! An engine in memory with Stellar customers on it, for tests of what stands around them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kyc_events::StreamId;
use kyc_events::engine::PolicyId;
use kyc_events::log::EventReader;
use kyc_events::log::memory::MemoryLog;
use kyc_events::sealed::Tag;
use kyc_events::stellar::{CUSTOMER, Document, Identity};
use uuid::Uuid;

use super::customer::{Command, Customer, Kind, Registration, State, Values};
use super::types::{self, Types};
use crate::clock::Clock;
use crate::engine::entity::Shared;
use crate::engine::handle::Origin;
use crate::engine::quarantine::Quarantine;
use crate::engine::wakes::Wakes;
use crate::engine::{Handle, Journal, ReadModels, registry};
use crate::metrics::Metrics;
use crate::subject::Subject;
use crate::vault::{MasterKeys, Vault};

/// When it all happens.
pub const NOW: kyc_events::Millis = 1_700_000_000_000;

/// See the module.
pub struct Stage {
    pub customers: Handle<Customer>,
    pub subjects: Handle<Subject>,
    pub models: ReadModels,
    pub vault: Arc<Vault>,
    pub clock: Clock,
    pub types: Arc<Types>,
    pub log: Arc<MemoryLog>,
}

/// Runs a test on a stage of its own.
pub fn on_stage<F: Future>(test: impl FnOnce(Arc<Stage>) -> F) -> F::Output {
    let dir = tempfile::tempdir().expect("a directory");
    let vault = Vault::open(dir.path(), MasterKeys::for_tests()).expect("opens");
    let metrics = Metrics::default();
    let log = Arc::new(MemoryLog::new());
    let (journal, writer) = Journal::start(log.clone(), metrics.clone());
    let reader: Arc<dyn EventReader> = log.clone();
    let stop = Arc::new(AtomicBool::new(false));
    let (models, projector) =
        ReadModels::start(reader.clone(), None, metrics.clone(), Arc::clone(&stop))
            .expect("starts");
    let quarantine = Quarantine::load(&*reader).expect("reads");
    let shared = Arc::new(Shared {
        log: reader,
        journal: journal.clone(),
        vault: Arc::clone(&vault),
        clock: Clock::standing_at(NOW),
        policy: PolicyId::default(),
        wakes: Wakes::default(),
    });
    let outcome = actix_rt::System::new().block_on(async {
        let (customers, mut arbiters) = registry::start::<Customer>(&shared, &quarantine, &metrics);
        let (subjects, more) = registry::start::<Subject>(&shared, &quarantine, &metrics);
        arbiters.extend(more);
        let types = Types::new([], types::DEFAULT).expect("shipped");
        let stage = Stage {
            customers,
            subjects,
            models,
            vault,
            clock: shared.clock.clone(),
            types: Arc::new(types),
            log,
        };
        let outcome = test(Arc::new(stage)).await;
        for arbiter in arbiters {
            arbiter.stop();
        }
        journal.stop().await;
        outcome
    });
    stop.store(true, Ordering::Relaxed);
    writer.join().expect("the writer ends");
    projector.join().expect("the projector ends");
    outcome
}

/// The stream of a customer.
pub fn stream(id: &str) -> StreamId {
    StreamId::new(CUSTOMER, id).expect("a name")
}

impl Stage {
    /// What somebody sends who is this type.
    pub fn values(&self, kind: &str, texts: &[(&str, &str)], documents: &[&str]) -> Values {
        let kind = Kind::from(self.types.find(Some(kind)).expect("a type"));
        let texts = texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let document = |(number, name): (usize, &&str)| {
            let file = Uuid::from_u128(number as u128 + 1);
            let tag = Tag([number as u8 + 1; 32]);
            let media_type = "image/png".to_owned();
            ((*name).to_owned(), Document { file, tag, media_type, bytes: 8 })
        };
        Values {
            kind,
            texts: texts.collect(),
            documents: documents.iter().enumerate().map(document).collect(),
            files: BTreeMap::new(),
            codes: BTreeMap::new(),
            ignored: Vec::new(),
        }
    }

    /// The customer sends values; registers on the first time.
    pub async fn put(&self, id: &str, values: Values) -> Arc<State> {
        let subject = self.vault.pseudonym("test", id.as_bytes());
        let registration = Registration {
            subject,
            key: Some(self.vault.key_for(subject, 0).expect("a key")),
            owner: subject,
            account: subject,
            identity: Identity { account: id.to_owned(), memo: None },
        };
        let command = Command::Put { registration: Some(registration), values };
        let reply = self.customers.send(&stream(id), command, Origin::of("test")).await;
        reply.expect("goes through").state
    }

    /// Anna waits for a review of her ID; the id of the review.
    pub async fn anna(&self) -> Uuid {
        let texts =
            [("first_name", "Anna"), ("last_name", "Schmidt"), ("email_address", "anna@x.example")];
        let values = self.values("sep12-review", &texts, &["photo_id_front", "photo_id_back"]);
        let state = self.put("anna", values).await;
        state.kinds["sep12-review"].review.as_ref().expect("a review waits").id
    }
}
