//! What everything else stands on: the log, the vault, the journal, the read models.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_rt::Arbiter;
use anyhow::Context as _;
use kyc_events::engine::{self, ConfigurationInForce, EngineEvent};
use kyc_events::log::EventReader;
use kyc_events::log::checkpoints::Checkpoints;
use kyc_events::log::segment::disk::{Disk, RealDisk};
use kyc_events::log::segment::{Options, SegmentLog};
use kyc_events::{Millis, Position};
use kyc_projections::neuro_accounts::{self, NeuroAccounts};
use kyc_projections::payment_targets::{self, PaymentTargets};
use kyc_projections::stellar_index::{self, StellarIndex};

use super::seal::Seal;
use super::{corepass, files, neuro, stellar, taler};
use crate::aggregate::Aggregate;
use crate::clock::{Clock, system_now};
use crate::config::Config;
use crate::engine::entity::Shared;
use crate::engine::quarantine::Quarantine;
use crate::engine::wakes::Wakes;
use crate::engine::{Handle, Journal, ReadModels, registry};
use crate::evidence::named_keys::named_keys;
use crate::evidence::notary::{Notary, Schedule};
use crate::metrics::Metrics;
use crate::vault::{MasterKeys, Vault};

/// See the module.
pub struct Foundation {
    pub vault: Arc<Vault>,
    pub clock: Clock,
    /// Where a virtual clock is kept.
    pub clock_file: Arc<Path>,
    pub metrics: Metrics,
    pub models: ReadModels,
    pub journal: Journal,
    pub shared: Arc<Shared>,
    pub quarantine: Quarantine,
    /// Checkpoints and proofs.
    pub notary: Notary,
    /// The connector's keys, if it is configured.
    pub corepass_keys: Option<corepass::Keys>,
    /// Stellar's keys, if it is configured.
    pub stellar_keys: Option<stellar::Keys>,
    /// Taler's key, if it is configured.
    pub taler_keys: Option<taler::Keys>,
    /// The Agent API's keys, if it is configured.
    pub neuro_keys: Option<neuro::Keys>,
    /// Writer, projector and notary.
    pub threads: Vec<JoinHandle<()>>,
    pub projector_stop: Arc<AtomicBool>,
    /// Threads of live aggregates.
    pub arbiters: Vec<Arbiter>,
}

impl Foundation {
    /// Opens everything and lets the read models catch up.
    pub async fn open(config: &Config, active: bool) -> anyhow::Result<Self> {
        let dir = config.data.dir.as_path();
        let mut master = master_keys(config)?;
        let corepass_keys = corepass::Keys::load(config, &mut master)?;
        let stellar_keys = stellar::Keys::load(config, &mut master)?;
        let taler_keys = taler::Keys::load(config, &mut master)?;
        let neuro_keys = neuro::Keys::load(config, &mut master)?;
        let seal = Seal::load(config, &mut master)?;
        let vault = Vault::open(&dir.join("vault"), master)?;

        let disk = log_disk(&dir.join("log"))?;
        let log = Arc::new(open_log(disk.clone())?);
        sweep_keys(&vault, &*log, &dir.join("log").join("torn"));
        let clock_file: Arc<Path> = dir.join("sandbox").join("clock").into();
        let clock = clock(config, &clock_file, &*log)?;
        let metrics = Metrics::default();
        let reader: Arc<dyn EventReader> = log.clone();
        let projector_stop = Arc::new(AtomicBool::new(false));
        let (models, projector) = ReadModels::start(
            reader.clone(),
            Some(dir.join("projections")),
            metrics.clone(),
            Arc::clone(&projector_stop),
        )?;
        catch_up(&models, &*log).await?;
        sweep(&vault, &models)?;
        let notary = open_notary(config, log.clone(), Checkpoints::on(disk), seal)?;
        let quarantine = Quarantine::load(&*reader)?;
        let (journal, writer) = Journal::start(log, metrics.clone());
        let in_force = config.in_force();
        let shared = Arc::new(Shared {
            log: reader,
            journal: journal.clone(),
            vault: Arc::clone(&vault),
            clock: clock.clone(),
            policy: in_force.digest.clone(),
            wakes: Wakes::default(),
        });
        if active {
            put_in_force(&journal, in_force, clock.now()).await?;
        }
        Ok(Self {
            vault,
            clock,
            clock_file,
            metrics,
            models,
            journal,
            shared,
            quarantine,
            corepass_keys,
            stellar_keys,
            taler_keys,
            neuro_keys,
            threads: vec![writer, projector, notary.start(Arc::clone(&projector_stop))],
            notary,
            projector_stop,
            arbiters: Vec::new(),
        })
    }

    /// Starts the shards of one kind of aggregate.
    pub fn live<A: Aggregate>(&mut self) -> Handle<A> {
        let (handle, more) = registry::start::<A>(&self.shared, &self.quarantine, &self.metrics);
        self.arbiters.extend(more);
        handle
    }
}

fn log_disk(dir: &Path) -> anyhow::Result<Arc<dyn Disk>> {
    let disk = RealDisk::lock(dir).with_context(|| format!("the log in {}", dir.display()))?;
    Ok(Arc::new(disk))
}

fn open_log(disk: Arc<dyn Disk>) -> anyhow::Result<SegmentLog> {
    let log = SegmentLog::open_on(disk, Options::default())?;
    for torn in log.recovered() {
        tracing::warn!(
            position = torn.position.0,
            segment = torn.segment,
            bytes = torn.bytes,
            saved = torn.saved,
            "an incomplete last batch was moved aside"
        );
    }
    tracing::info!(records = log.size().0, "the log is open");
    Ok(log)
}

/// A write that was cut short was moved aside, and what is sealed in it may be under keys that no
/// event names: no erasure would find them. So they go now.
fn sweep_keys(vault: &Vault, log: &dyn EventReader, torn: &Path) {
    let is_any_torn = std::fs::read_dir(torn).is_ok_and(|mut files| files.next().is_some());
    if !is_any_torn || !vault.was_left_open() {
        return;
    }
    let swept = named_keys(log)
        .map_err(|error| error.to_string())
        .and_then(|named| vault.sweep(&named).map_err(|error| error.to_string()));
    match swept {
        Ok(keys) => tracing::info!(keys, "keys that no event names were destroyed"),
        Err(error) => tracing::error!(error, "keys that no event names are still there"),
    }
}

async fn catch_up(models: &ReadModels, log: &dyn EventReader) -> anyhow::Result<()> {
    while !models.wait_for_all().await {
        anyhow::ensure!(models.is_following(), "the read models cannot follow the log");
        tracing::info!(at = models.applied().0, of = log.size().0, "folding the log");
    }
    Ok(())
}

/// Files and secrets that a crash left in the vault before an event named them are removed.
fn sweep(vault: &Vault, models: &ReadModels) -> anyhow::Result<()> {
    let (stellar, taler) = (models.of::<StellarIndex>(), models.of::<PaymentTargets>());
    let neuro = models.of::<NeuroAccounts>();
    let is_known = |file| {
        stellar.query(|rows| stellar_index::of_file(rows, file).is_some())
            || taler.query(|rows| payment_targets::of_file(rows, file).is_some())
            || neuro.query(|rows| neuro_accounts::of_file(rows, file).is_some())
    };
    let is_named = |secret| neuro.query(|rows| neuro_accounts::has_secret(rows, secret));
    let secrets = vault.sweep_secrets(&is_named)?;
    if secrets > 0 {
        tracing::info!(secrets, "secrets that nothing refers to were removed");
    }
    let swept = vault.sweep_documents(&is_known)?;
    if swept > 0 {
        tracing::info!(swept, "documents that nothing refers to were removed");
    }
    Ok(())
}

/// A virtual clock goes on where it stood.
fn clock(config: &Config, file: &Path, log: &dyn EventReader) -> anyhow::Result<Clock> {
    if !config.sandbox.virtual_clock {
        return Ok(Clock::System);
    }
    if let Some(parent) = file.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let kept = std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok());
    let recorded = match log.size() {
        Position(0) => None,
        Position(size) => log.read(Position(size - 1), 1)?.first().map(|last| last.recorded_at),
    };
    let start = kept.max(recorded).unwrap_or_else(system_now);
    files::write_private(file, &start.to_string())?;
    Ok(Clock::standing_at(start))
}

fn open_notary(
    config: &Config,
    log: Arc<SegmentLog>,
    files: Checkpoints,
    seal: Seal,
) -> anyhow::Result<Notary> {
    let schedule = Schedule {
        events: config.audit.checkpoint_events,
        every: Duration::from_secs(config.audit.checkpoint_seconds),
    };
    Ok(Notary::open(log, files, seal.key, seal.origin, schedule)?)
}

/// The keys that live outside the data directory; in the sandbox they are made if need be.
pub fn master_keys(config: &Config) -> anyhow::Result<MasterKeys> {
    load_master_keys(config, config.sandbox.enabled)
}

/// The same, which must be there.
pub fn kept_master_keys(config: &Config) -> anyhow::Result<MasterKeys> {
    load_master_keys(config, false)
}

fn load_master_keys(config: &Config, create: bool) -> anyhow::Result<MasterKeys> {
    use crate::config::data::MasterKey;
    Ok(match &config.data.master_key {
        MasterKey::File(file) => {
            let (at, dir) = (std::path::absolute(file)?, std::path::absolute(&config.data.dir)?);
            anyhow::ensure!(
                !at.starts_with(&dir),
                "data.master_key_file: {} lies inside the data directory; keys live outside it",
                file.display()
            );
            MasterKeys::from_file(file, create)?
        }
        MasterKey::Given(secret) => MasterKeys::from_hex(secret.expose())?,
    })
}

async fn put_in_force(
    journal: &Journal,
    configuration: ConfigurationInForce,
    now: Millis,
) -> anyhow::Result<()> {
    let event = EngineEvent::from(configuration);
    journal.note(engine::stream(), &event, "engine", now).await?;
    Ok(())
}
