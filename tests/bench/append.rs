//! Durable append: events of 300 bytes through [`SegmentLog`], beside the file beneath it.
//!
//! ```sh
//! cargo bench --bench append
//! ```
//!
//! Every iteration is one call of `append`: encoded, checked against the expected version, on
//! disk, visible to readers. Wishes are made before the clock runs. Both live below the target
//! directory, not in the system's folder for temporary files, which is often kept in memory.

mod baseline;

use std::time::{Duration, Instant};

use baseline::Baseline;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use kyc_events::log::segment::{Options, SegmentLog};
use kyc_events::log::{Append, EventLog};
use kyc_events::{ExpectedVersion, NewEvent, StreamId, Version};
use uuid::Uuid;

const BATCHES: [usize; 3] = [1, 64, 512];
/// One frame: prefix and fixed fields 99, stream 50, name 21, actor 6, the rest payload.
const EVENT_BYTES: usize = 300;
const PAYLOAD_BYTES: usize = EVENT_BYTES - 99 - 50 - 21 - 6;

/// The first event of a stream of its own: what an order's request is.
fn wish(number: u64) -> Append {
    let key = format!("{number:032x}");
    Append {
        stream: StreamId::new("corepass.transfer", &key).expect("hex is a good key"),
        expected: ExpectedVersion::Exact(Version::NONE),
        now: 1,
        events: vec![NewEvent {
            event_id: Uuid::from_u128(number.into()),
            name: "corepass.DataReceived".into(),
            schema_version: 1,
            actor: "public".into(),
            causation: None,
            correlation: Uuid::from_u128(7),
            payload: vec![number as u8; PAYLOAD_BYTES],
        }],
    }
}

fn log(group: &mut BenchmarkGroup<WallTime>, events: usize) {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let log = SegmentLog::open(dir.path(), Options::default()).expect("a log");
    let mut numbers = 0_u64..;
    group.bench_function(format!("log/{events}"), |bencher| {
        bencher.iter_custom(|iterations| {
            let mut spent = Duration::ZERO;
            for _ in 0..iterations {
                let batch: Vec<Append> = numbers.by_ref().take(events).map(wish).collect();
                let started = Instant::now();
                let answers = log.append(&batch).expect("appended");
                spent += started.elapsed();
                assert!(answers.iter().all(Result::is_ok));
            }
            spent
        });
    });
}

fn file(group: &mut BenchmarkGroup<WallTime>, events: usize) {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let mut file = Baseline::create(dir.path()).expect("a file");
    let bytes = vec![7; events * EVENT_BYTES];
    group.bench_function(format!("file/{events}"), |bencher| {
        bencher.iter(|| file.write(&bytes).expect("written"));
    });
}

fn append(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append");
    for events in BATCHES {
        group.throughput(Throughput::Elements(events as u64));
        file(&mut group, events);
        log(&mut group, events);
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    targets = append
}
criterion_main!(benches);
