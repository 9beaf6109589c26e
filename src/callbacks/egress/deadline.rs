//! One moment by which everything has to be over, shared by all the steps of a request.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::error::{Phase, SendError};

/// Longest time a single request can be given; also keeps the addition below from overflowing.
const TIMEOUT_MAX: Duration = Duration::from_secs(3600);

/// The moment a request has to be over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn after(timeout: Duration) -> Self {
        Self(Instant::now() + timeout.min(TIMEOUT_MAX))
    }

    /// Runs one step; `phase` names it should the deadline pass.
    pub(super) async fn within<T>(
        self,
        phase: Phase,
        step: impl Future<Output = T>,
    ) -> Result<T, SendError> {
        timeout_at(self.0, step).await.map_err(|_| SendError::Timeout(phase))
    }

    /// A nearer deadline: an equal share of the remaining time for the first of `steps`
    /// alternatives.
    pub(super) fn share(self, steps: usize) -> Self {
        let now = Instant::now();
        let left = self.0.saturating_duration_since(now);
        Self(now + left / u32::try_from(steps.max(1)).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_step_that_never_ends_is_named_when_the_deadline_passes() {
        let began = Instant::now();
        let deadline = Deadline::after(Duration::from_secs(10));
        let outcome = deadline.within(Phase::Tls, std::future::pending::<()>()).await;
        assert_eq!(outcome, Err(SendError::Timeout(Phase::Tls)));
        assert_eq!(began.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn alternatives_share_the_remaining_time() {
        let began = Instant::now();
        let deadline = Deadline::after(Duration::from_secs(9));
        for left in [3, 2, 1] {
            let _ = deadline.share(left).within(Phase::Connect, std::future::pending::<()>()).await;
        }
        assert_eq!(began.elapsed().as_secs(), 9);
    }

    #[tokio::test(start_paused = true)]
    async fn an_endless_timeout_is_an_hour() {
        let began = Instant::now();
        let _ =
            Deadline::after(Duration::MAX).within(Phase::Dns, std::future::pending::<()>()).await;
        assert_eq!(began.elapsed(), TIMEOUT_MAX);
    }
}
