//! Sends what is due. Asks the outbox, never remembers: after a crash the same question gives
//! the same answer.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use hyper::header::{HeaderName, HeaderValue};
use kyc_events::callback::DELIVERY;
use kyc_events::{Millis, StreamId};
use kyc_projections::Rows;
use kyc_projections::outbox::{self, Outbox};
use tokio::sync::{Notify, Semaphore, watch};
use uuid::Uuid;

use super::delivery::{Command, Delivery};
use super::egress::{Client, Request, Target};
use super::renderer::{RenderError, Renderer};
use crate::clock::Clock;
use crate::config::limits;
use crate::engine::handle::Origin;
use crate::engine::{Handle, Journal, ReadModels};
use crate::metrics::Metrics;

/// See the module.
pub struct Dispatcher {
    /// Where what is due is found.
    pub models: ReadModels,
    /// Without a log that takes outcomes nothing is sent.
    pub journal: Journal,
    /// Where outcomes are recorded.
    pub deliveries: Handle<Delivery>,
    /// How callbacks look, by the kind of the streams that ask for them. Those of other streams
    /// wait until their protocol is configured again.
    pub renderers: HashMap<&'static str, Rc<dyn Renderer>>,
    /// How they leave.
    pub client: Client,
    /// What time it is.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Metrics,
}

/// Deliveries being sent, and the room for more.
struct Flight {
    busy: RefCell<HashSet<Uuid>>,
    hosts: RefCell<HashMap<String, Arc<Semaphore>>>,
    all: Arc<Semaphore>,
    landed: Notify,
    stop: watch::Receiver<bool>,
}

impl Dispatcher {
    /// Sends until `stop` says so; returns when nothing is in flight any more.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let this = Rc::new(self);
        let flight = Rc::new(Flight {
            busy: RefCell::default(),
            hosts: RefCell::default(),
            all: Arc::new(Semaphore::new(limits::CALLBACKS_IN_FLIGHT_MAX)),
            landed: Notify::new(),
            stop: stop.clone(),
        });
        let mut news = this.models.news();
        while !*stop.borrow() {
            let now = this.clock.now();
            let (due, next) = this.models.of::<Outbox>().query(|rows| {
                let due = this.due(&flight, rows, now);
                (due, outbox::next_after(rows, now))
            });
            for delivery in due {
                if flight.busy.borrow_mut().insert(delivery.id) {
                    let (this, flight) = (Rc::clone(&this), Rc::clone(&flight));
                    actix_rt::spawn(async move {
                        let id = delivery.id;
                        this.deliver(&flight, delivery).await;
                        flight.busy.borrow_mut().remove(&id);
                        flight.landed.notify_one();
                    });
                }
            }
            let look_again = now.saturating_add(limits::LOOK_AGAIN_MS);
            let wake_at = next.unwrap_or(look_again).min(look_again);
            tokio::select! {
                changed = news.changed() => if changed.is_err() { break },
                () = this.clock.sleep_until(wake_at) => {}
                () = flight.landed.notified() => {}
                _ = stop.changed() => break,
            }
        }
        // Room is no longer given: who waits for it gives up, who sends ends.
        flight.all.close();
        while !flight.busy.borrow().is_empty() {
            flight.landed.notified().await;
        }
    }

    /// What may be sent now: nothing, if its outcome could not be recorded.
    fn due(&self, flight: &Flight, rows: &Rows, now: Millis) -> Vec<outbox::Delivery> {
        let busy = flight.busy.borrow();
        if busy.len() >= limits::CALLBACKS_WAITING_MAX
            || !self.journal.is_writable()
            || !self.models.is_following()
        {
            return Vec::new();
        }
        let wanted = |one: &outbox::Delivery| {
            self.renderers.contains_key(one.stream.kind()) && !busy.contains(&one.id)
        };
        outbox::due(rows, now, limits::CALLBACKS_PER_ROUND, wanted)
    }

    async fn deliver(&self, flight: &Flight, delivery: outbox::Delivery) {
        let Some(renderer) = self.renderers.get(delivery.stream.kind()) else { return };
        let renderer = &**renderer;
        let target = match renderer.target(&delivery).await {
            Ok(target) => target,
            Err(error) => return self.not_sent(flight, renderer, &delivery, error).await,
        };
        let host = host_room(flight, &target);
        let Ok(_host) = host.acquire().await else { return };
        let Ok(_room) = flight.all.acquire().await else { return };
        let look = match renderer.render(&delivery).await {
            Ok(look) => look,
            Err(error) => return self.not_sent(flight, renderer, &delivery, error).await,
        };
        let mut request = Request::post(target, look.content_type, look.body);
        request.headers.extend(look.headers);
        if let Ok(id) = HeaderValue::from_str(&delivery.id.to_string()) {
            request.headers.insert(HeaderName::from_static("kycd-delivery-id"), id);
        }
        let started = Instant::now();
        let answer = self.client.send(&request, None).await;
        let took_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        let (success, status, kind) = match answer {
            Ok(response) => {
                let status = response.status.as_u16();
                (renderer.is_success(status), Some(status), "status".to_owned())
            }
            Err(error) => (false, None, error.kind().to_owned()),
        };
        let schedule_ms = renderer.schedule_ms(&delivery);
        let command = Command::Record {
            attempt: delivery.attempts + 1,
            success,
            status,
            kind,
            took_ms,
            schedule_ms,
        };
        self.record(flight, &delivery, command).await;
    }

    async fn not_sent(
        &self,
        flight: &Flight,
        renderer: &dyn Renderer,
        delivery: &outbox::Delivery,
        error: RenderError,
    ) {
        let (kind, schedule_ms) = match error {
            RenderError::Erased => ("erased", Vec::new()),
            RenderError::Refused(_) => ("refused", renderer.schedule_ms(delivery)),
            RenderError::NoReceiver(_) => ("no receiver", Vec::new()),
            RenderError::Unavailable(what) => {
                tracing::warn!(delivery = %delivery.id, what, "a callback cannot be rendered now");
                return pause(flight).await;
            }
        };
        let command = Command::Record {
            attempt: delivery.attempts + 1,
            success: false,
            status: None,
            kind: kind.to_owned(),
            took_ms: 0,
            schedule_ms,
        };
        self.record(flight, delivery, command).await;
    }

    /// Records an outcome, however long that takes: an attempt that is not recorded would be
    /// made again.
    async fn record(&self, flight: &Flight, delivery: &outbox::Delivery, command: Command) {
        if let Command::Record { attempt, success, status, kind, took_ms, .. } = &command {
            let (channel, outcome) =
                (delivery.channel(), if *success { "delivered" } else { "failed" });
            self.metrics.deliveries.with_label_values(&[channel, outcome]).inc();
            tracing::info!(
                delivery = %delivery.id, channel, attempt, status, kind, took_ms,
                "callback {outcome}"
            );
        }
        let stream = stream_of(delivery.id);
        while !*flight.stop.borrow() || self.journal.is_writable() {
            let origin = Origin { causation: Some(delivery.cause), ..Origin::of("dispatcher") };
            match self.deliveries.send(&stream, command.clone(), origin).await {
                // Only when the outbox knows it does the delivery stop being busy.
                Ok(_) => {
                    while !self.models.wait_for_stream(&stream).await && !*flight.stop.borrow() {}
                    return;
                }
                Err(error) => {
                    tracing::error!(delivery = %delivery.id, %error, "an outcome is not recorded");
                    tokio::time::sleep(limits::PAUSE).await;
                }
            }
        }
    }
}

/// Waits a little, by the real clock, or until the end.
async fn pause(flight: &Flight) {
    let mut stop = flight.stop.clone();
    let _ = tokio::time::timeout(limits::PAUSE, stop.wait_for(|stop| *stop)).await;
}

/// The stream of a delivery.
pub fn stream_of(id: Uuid) -> StreamId {
    StreamId::new(DELIVERY, &id.simple().to_string()).expect("invariant: hex is a good key")
}

/// The room of one host; hosts nobody waits for are forgotten.
fn host_room(flight: &Flight, target: &Target) -> Arc<Semaphore> {
    let mut hosts = flight.hosts.borrow_mut();
    hosts.retain(|_, room| Arc::strong_count(room) > 1);
    let name = format!("{}:{}", target.host(), target.port());
    let room = || Arc::new(Semaphore::new(limits::CALLBACKS_PER_HOST_MAX));
    Arc::clone(hosts.entry(name).or_insert_with(room))
}
