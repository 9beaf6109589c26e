//! The Agent API, wired together.

use std::sync::Arc;

use kyc_events::neuro::{ACCOUNT, IDENTITY};

use crate::engine::Handle;
use crate::engine::handle::Origin;
use crate::neuro::account::{self, Account};
use crate::neuro::identity::{self, Identity};
use crate::subject::eraser::Close;

/// How streams of accounts and identities are closed when a person is erased, whether or not the
/// Agent API is configured now.
pub fn closers(
    accounts: &Handle<Account>,
    identities: &Handle<Identity>,
) -> [(&'static str, Close); 2] {
    let (accounts, identities) = (accounts.clone(), identities.clone());
    let account: Close = Arc::new(move |stream, generation| {
        let accounts = accounts.clone();
        Box::pin(async move {
            let command = account::Command::Erase { generation };
            let sent = accounts.send(&stream, command, Origin::of("eraser")).await;
            sent.map(drop).map_err(|error| error.to_string())
        })
    });
    let identity: Close = Arc::new(move |stream, generation| {
        let identities = identities.clone();
        Box::pin(async move {
            let command = identity::Command::Erase { generation };
            let sent = identities.send(&stream, command, Origin::of("eraser")).await;
            sent.map(drop).map_err(|error| error.to_string())
        })
    });
    [(ACCOUNT, account), (IDENTITY, identity)]
}
