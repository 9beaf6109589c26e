//! Notices when a part that should run for ever is gone.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// See the module.
pub(super) struct Watchman {
    /// What `/readyz` says.
    pub degraded: Arc<AtomicBool>,
    /// Whoever runs the system is told.
    pub gone: Rc<watch::Sender<bool>>,
    /// From then on parts may end.
    pub stop: watch::Receiver<bool>,
}

impl Watchman {
    /// Runs a part.
    pub fn watch(
        &self,
        name: &'static str,
        work: impl Future<Output = ()> + 'static,
    ) -> actix_rt::task::JoinHandle<()> {
        let (degraded, gone, stop) =
            (Arc::clone(&self.degraded), Rc::clone(&self.gone), self.stop.clone());
        actix_rt::spawn(async move {
            let ended = actix_rt::spawn(work).await;
            if !*stop.borrow() {
                tracing::error!(part = name, panicked = ended.is_err(), "a part is gone; stopping");
                degraded.store(true, Ordering::Relaxed);
                let _ = gone.send(true);
            }
        })
    }
}
