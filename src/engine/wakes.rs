//! Who waits for news of one stream: long polls.
//!
//! A wake carries no data and comes after the events are on disk and folded. Whoever waits
//! subscribes first, then reads the state, then waits: nothing that happens meanwhile is missed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kyc_events::StreamId;
use tokio::sync::watch;

/// See the module. Cheap to clone.
#[derive(Clone, Default)]
pub struct Wakes(Arc<Waiting>);

#[derive(Default)]
struct Waiting {
    /// How many wait, so that a stream that nobody waits for costs no lock.
    count: AtomicUsize,
    streams: Mutex<HashMap<StreamId, watch::Sender<()>>>,
}

/// One who waits; gone when it is dropped.
pub struct Watch {
    of: Arc<Waiting>,
    stream: StreamId,
    news: watch::Receiver<()>,
}

impl Wakes {
    /// Waits for news of a stream from here on.
    pub fn subscribe(&self, stream: &StreamId) -> Watch {
        self.0.count.fetch_add(1, Ordering::SeqCst);
        let news = {
            let mut streams = self.0.streams.lock().unwrap_or_else(PoisonError::into_inner);
            match streams.get(stream) {
                Some(sender) => sender.subscribe(),
                None => streams.entry(stream.clone()).or_default().subscribe(),
            }
        };
        Watch { of: Arc::clone(&self.0), stream: stream.clone(), news }
    }

    /// Tells everybody who waits for this stream.
    pub fn wake(&self, stream: &StreamId) {
        if self.0.count.load(Ordering::SeqCst) == 0 {
            return;
        }
        let streams = self.0.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = streams.get(stream) {
            sender.send_replace(());
        }
    }

    /// How many wait now.
    pub fn count(&self) -> usize {
        self.0.count.load(Ordering::SeqCst)
    }
}

impl Watch {
    /// Returns when something happened since it began to wait, or since this returned last.
    pub async fn changed(&mut self) {
        // The sender lives as long as somebody waits, so this cannot fail.
        let _ = self.news.changed().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut streams = self.of.streams.lock().unwrap_or_else(PoisonError::into_inner);
        // This one is still counted.
        if streams.get(&self.stream).is_some_and(|sender| sender.receiver_count() <= 1) {
            streams.remove(&self.stream);
        }
        self.of.count.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn stream(key: &str) -> StreamId {
        StreamId::new("t", key).expect("a name")
    }

    #[tokio::test]
    async fn everybody_who_waits_for_a_stream_is_woken_and_nobody_else() {
        let wakes = Wakes::default();
        let mut ones: Vec<_> = (0..100).map(|_| wakes.subscribe(&stream("a"))).collect();
        let mut other = wakes.subscribe(&stream("b"));
        wakes.wake(&stream("a"));
        for one in &mut ones {
            one.changed().await;
        }
        assert!(other.changed().now_or_never().is_none());
        assert!(ones[0].changed().now_or_never().is_none(), "once for one wake");
    }

    #[tokio::test]
    async fn a_wake_between_subscribing_and_waiting_is_not_missed() {
        let wakes = Wakes::default();
        let mut one = wakes.subscribe(&stream("a"));
        wakes.wake(&stream("a"));
        assert!(one.changed().now_or_never().is_some());
    }

    #[test]
    fn who_goes_away_leaves_nothing_behind() {
        let wakes = Wakes::default();
        let (one, two) = (wakes.subscribe(&stream("a")), wakes.subscribe(&stream("a")));
        drop(one);
        assert_eq!(wakes.count(), 1);
        assert_eq!(wakes.0.streams.lock().expect("whole").len(), 1);
        drop(two);
        assert_eq!(wakes.count(), 0);
        assert!(wakes.0.streams.lock().expect("whole").is_empty());
        wakes.wake(&stream("a"));
    }
}
