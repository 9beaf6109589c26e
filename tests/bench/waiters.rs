//! Long polls of kyc-check: what one costs while it waits, and how soon it is answered.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::process::{cpu_seconds, memory_mib};
use crate::servers::Server;
use crate::talk::{Connection, get, post};

/// Connections that are being opened at a time; a listener's queue holds 1,024.
const OPENING_MAX: usize = 256;
/// Users that come back from the provider at a time.
const PROVING: usize = 32;
/// How long everybody has waited before anything is measured, and again while nothing happens.
const SETTLED: Duration = Duration::from_secs(4);

/// What a connection of an empty handler costs, and when all are answered that ask at once: what
/// actix-web and the driver need of the figures below.
pub struct Bare {
    /// Memory of the server for each of them, KiB.
    pub kib_each: f64,
    /// From the first request to each answer, shortest first.
    pub answered: Vec<Duration>,
}

/// See [`Bare`].
pub async fn bare(connections: usize) -> anyhow::Result<Bare> {
    let server = Server::empty()?;
    let (address, process) = (server.address("public")?, server.child.id().to_string());
    let before = memory_mib(&process).0;
    let mut open = Vec::with_capacity(connections);
    for _ in 0..connections {
        open.push(Connection::open(&address).await?);
    }
    let kib_each = kib(memory_mib(&process).0 - before, connections);
    let (started, mut all) = (Instant::now(), JoinSet::new());
    for mut connection in open {
        all.spawn(async move {
            connection.call(&get("/")).await?.expect(&[200])?;
            anyhow::Ok(started.elapsed())
        });
    }
    let mut answered = all.join_all().await.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    answered.sort_unstable();
    Ok(Bare { kib_each, answered })
}

fn kib(mib: u64, each: usize) -> f64 {
    (mib * 1024) as f64 / each as f64
}

/// What the waiters cost and when they were answered.
pub struct Waited {
    /// Memory of the server for each of them, KiB.
    pub kib_each: f64,
    /// Share of one core that the server works while nothing happens.
    pub idle_cores: f64,
    /// From a target's proof to each waiter's 200, shortest first.
    pub answered: Vec<Duration>,
    /// From each proof to its own answer, shortest first.
    pub proven: Vec<Duration>,
    /// From the first proof to the last waiter's answer.
    pub all: Duration,
    /// What server and driver worked in this time, seconds.
    pub cpu: [f64; 2],
}

/// An account that has not been legitimized.
struct Target {
    wait: Vec<u8>,
    prove: Vec<u8>,
}

/// So many waiters, evenly over so many payment targets of a new server.
pub async fn measure(home: &Path, waiters: usize, targets: usize) -> anyhow::Result<Waited> {
    let data = home.join(format!("waiters-{targets}"));
    let server = Server::kycd(&data, &[])?;
    let public = server.address("public")?;
    let targets = Arc::new(registered(&server, &data, targets).await?);
    let process = server.child.id().to_string();
    let before = memory_mib(&process).0;
    let mut waiting = waiting(&public, waiters, &targets).await?;
    tokio::time::sleep(SETTLED).await;
    let worked = cpu_seconds(&process);
    tokio::time::sleep(SETTLED).await;
    let idle_cores = (cpu_seconds(&process) - worked) / SETTLED.as_secs_f64();
    let kib_each = kib(memory_mib(&process).0 - before, waiters);
    anyhow::ensure!(waiting.try_join_next().is_none(), "somebody was answered before the proof");

    let cpu = || [cpu_seconds(&process), cpu_seconds("self")];
    let (started, worked) = (Instant::now(), cpu());
    let proofs = proofs(&public, Arc::clone(&targets)).await?;
    let mut answered = Vec::with_capacity(waiters);
    let mut last = started;
    while let Some(one) = waiting.join_next().await {
        let (target, at) = one??;
        answered.push(at.duration_since(proofs[target].0));
        last = last.max(at);
    }
    let cpu = [0, 1].map(|at| cpu()[at] - worked[at]);
    let mut proven: Vec<Duration> = proofs.iter().map(|(sent, done)| *done - *sent).collect();
    answered.sort_unstable();
    proven.sort_unstable();
    Ok(Waited { kib_each, idle_cores, answered, proven, all: last - started, cpu })
}

async fn registered(server: &Server, data: &Path, count: usize) -> anyhow::Result<Vec<Target>> {
    let token = std::fs::read_to_string(data.join("operator.token"))?;
    let mut operator = Connection::open(&server.address("operator")?).await?;
    let mut public = Connection::open(&server.address("public")?).await?;
    let mut targets = Vec::with_capacity(count);
    for holder in 0..count {
        let payto = format!("payto://iban/DE75512108001245126199?receiver-name=Holder%20{holder}");
        let body = json!({ "payto_uri": payto });
        let answer = operator.call(&post("/taler/payment-targets", &token, &body)).await?;
        let known = answer.expect(&[201])?.json()?;
        let number = &known["payment_target_uuid"];
        let h_payto = known["h_payto"].as_str().context("no hash")?;
        let check = format!("/kyc-check/{number}?h_payto={h_payto}&timeout_ms=");
        let answer = public.call(&get(&format!("{check}0"))).await?.expect(&[202])?.json()?;
        let page = url::Url::parse(answer["kyc_url"].as_str().context("no page")?)?;
        let state = page.query_pairs().find(|(name, _)| name == "state").context("no state")?.1;
        let prove = get(&format!("/kyc-proof/{number}?code=pass&state={state}"));
        targets.push(Target { wait: get(&format!("{check}600000")), prove });
    }
    Ok(targets)
}

/// Each waits in a task that ends with the number of its target and the moment of its 200.
async fn waiting(
    address: &str,
    count: usize,
    targets: &Arc<Vec<Target>>,
) -> anyhow::Result<JoinSet<anyhow::Result<(usize, Instant)>>> {
    let (room, mut all) = (Arc::new(Semaphore::new(OPENING_MAX)), JoinSet::new());
    let (asked, mut asking) = mpsc::unbounded_channel();
    for waiter in 0..count {
        let turn = Arc::clone(&room).acquire_owned().await?;
        let (address, targets) = (address.to_owned(), Arc::clone(targets));
        let (target, asked) = (waiter % targets.len(), asked.clone());
        all.spawn(async move {
            let mut connection = Connection::open(&address).await?;
            connection.send(&targets[target].wait).await?;
            drop((turn, targets, address));
            asked.send(())?;
            let answer = connection.answer().await?;
            let at = Instant::now();
            answer.expect(&[200])?;
            Ok((target, at))
        });
    }
    drop(asked);
    for _ in 0..count {
        asking.recv().await.context("a waiter failed")?;
    }
    Ok(all)
}

/// Everybody comes back from the provider: when each was sent, and when it was answered.
async fn proofs(
    address: &str,
    targets: Arc<Vec<Target>>,
) -> anyhow::Result<Vec<(Instant, Instant)>> {
    let next = Arc::new(Mutex::new(0..targets.len()));
    let mut users = JoinSet::new();
    for _ in 0..PROVING.min(targets.len()) {
        let mut connection = Connection::open(address).await?;
        let (next, targets) = (Arc::clone(&next), Arc::clone(&targets));
        users.spawn(async move {
            let mut done = Vec::new();
            loop {
                let Some(target) = next.lock().await.next() else { return anyhow::Ok(done) };
                let sent = Instant::now();
                connection.call(&targets[target].prove).await?.expect(&[302])?;
                done.push((target, (sent, Instant::now())));
            }
        });
    }
    let now = Instant::now();
    let mut all = vec![(now, now); targets.len()];
    while let Some(done) = users.join_next().await {
        for (target, times) in done?? {
            all[target] = times;
        }
    }
    Ok(all)
}
