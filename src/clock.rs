//! The one clock. Everything that waits for an instant or writes one asks here, so that a
//! sandbox can drive timers, deadlines and tokens by hand.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kyc_events::Millis;
use tokio::sync::watch;

/// Real time, or time that only moves when told to.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The operating system's.
    System,
    /// Stands still until [`advance`](Clock::advance)d.
    Virtual(Arc<watch::Sender<Millis>>),
}

impl Clock {
    /// A clock that stands at `start`.
    pub fn standing_at(start: Millis) -> Self {
        Self::Virtual(Arc::new(watch::Sender::new(start)))
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> Millis {
        match self {
            Self::System => system_now(),
            Self::Virtual(now) => *now.borrow(),
        }
    }

    /// Seconds since 1970.
    pub fn now_s(&self) -> i64 {
        self.now().div_euclid(1000)
    }

    /// Moves a virtual clock; `None` for the real one.
    pub fn advance(&self, by: Millis) -> Option<Millis> {
        let Self::Virtual(now) = self else { return None };
        now.send_modify(|now| *now = now.saturating_add(by));
        Some(*now.borrow())
    }

    /// Returns when it is `at` or later.
    pub async fn sleep_until(&self, at: Millis) {
        match self {
            Self::System => {
                // In slices, so that a step of the system's clock is noticed.
                const SLICE_MS: u64 = 1000;
                loop {
                    let left = at.saturating_sub(system_now());
                    let Ok(left @ 1..) = u64::try_from(left) else { return };
                    tokio::time::sleep(Duration::from_millis(left.min(SLICE_MS))).await;
                }
            }
            Self::Virtual(now) => {
                let mut moves = now.subscribe();
                // The sender lives in `self`, so waiting cannot fail.
                let _ = moves.wait_for(|now| *now >= at).await;
            }
        }
    }
}

/// The operating system's time.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks for it")]
pub fn system_now() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX))
}
