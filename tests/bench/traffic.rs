//! What a busy server writes: orders of some 35 events, 120 of them side by side, in transactions
//! of 60. One in a hundred goes wrong in one of the ways that orders do.

#[path = "../../projections/tests/fold/orders.rs"]
mod orders;

use kyc_events::Millis;
use kyc_events::corepass::Stage;
use kyc_events::log::Append;
use orders::{ENDS, End, Life, batch, wish};

/// Orders that run at the same time: two transactions full.
const SIDE_BY_SIDE: u64 = 120;
const PER_BATCH: u64 = 60;

/// See the module.
pub struct Traffic {
    order: u64,
    nonce: u64,
    now: Millis,
}

impl Traffic {
    /// From the first order on.
    pub fn new() -> Self {
        Self { order: 0, nonce: 0, now: 1_700_000_000_000 }
    }

    /// The next orders, from first to last event.
    pub fn wave(&mut self) -> Vec<Append> {
        let orders = self.order..self.order + SIDE_BY_SIDE;
        let mut lives: Vec<_> = orders
            .clone()
            .map(|number| {
                let odd = number % 100 == 99;
                let end = if odd { ENDS[(number / 100) as usize % 6] } else { End::Success };
                Life::of(number, end).into_iter()
            })
            .collect();
        for first in orders.step_by(PER_BATCH as usize) {
            for stage in [Stage::Initiate, Stage::Confirm] {
                lives.push(batch(self.nonce, stage, first..first + PER_BATCH).into_iter());
                self.nonce += 1;
            }
        }
        self.order += SIDE_BY_SIDE;
        let mut wishes = Vec::new();
        while !lives.is_empty() {
            lives.retain_mut(|life| {
                self.now += 1;
                life.next().map(|step| wishes.push(wish(step, self.now))).is_some()
            });
        }
        wishes
    }
}
