//! Reading a challenge that came back: every rule but who signed it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stellar_xdr::{
    Limits, ManageDataOp, Memo, MuxedAccount, Operation, OperationBody, Preconditions, ReadXdr,
    TimeBounds, Transaction, TransactionEnvelope, TransactionV1Envelope,
};

use super::{CLIENT_DOMAIN, Challenge, Party, Refused, WEB_AUTH_DOMAIN, plain};
use crate::config::limits;
use crate::stellar::account::{Account, AccountKey};
use crate::stellar::signing_key::verify;

/// How deep a challenge's structure is, and some more. A transaction that is nested deeper is none.
const DEPTH_MAX: u32 = 20;

impl Party {
    /// Reads what a client sends back at `now_s`.
    pub fn read(&self, text: &str, now_s: u64) -> Result<Challenge, Refused> {
        let TransactionV1Envelope { tx, signatures } = parse(text)?;
        let server = self.key.account();
        if tx.source_account != plain(&server) {
            return Err(Refused::Source);
        }
        if tx.seq_num.0 != 0 {
            return Err(Refused::Sequence);
        }
        let expires_at_s = in_time(&tx.cond, now_s)?;
        let (first, rest) = tx.operations.split_first().ok_or(Refused::FirstOperation)?;
        let (client, client_key, home_domain) = self.first_operation(first)?;
        let memo = memo(&tx, &client)?;
        let client_domain = self.other_operations(rest)?;

        let hash = tx.hash(self.network_id()).map_err(|_| Refused::Malformed)?;
        let mut signatures = signatures.to_vec();
        let ours = signatures
            .iter()
            .position(|one| one.hint.0 == server.hint() && verify(&server, &hash, &one.signature));
        signatures.remove(ours.ok_or(Refused::ServerSignature)?);
        let (client_domain, client_domain_key) = client_domain.unzip();
        Ok(Challenge {
            hash,
            client,
            memo,
            home_domain,
            client_domain,
            expires_at_s,
            server,
            client_key,
            client_domain_key,
            signatures,
        })
    }

    fn first_operation(
        &self,
        operation: &Operation,
    ) -> Result<(Account, AccountKey, String), Refused> {
        let data = manage_data(operation).ok_or(Refused::FirstOperation)?;
        let (client, key) = match operation.source_account.as_ref() {
            Some(MuxedAccount::Ed25519(key)) => {
                (Account::Key(AccountKey(key.0)), AccountKey(key.0))
            }
            Some(MuxedAccount::MuxedEd25519(muxed)) => {
                let key = AccountKey(muxed.ed25519.0);
                (Account::Muxed(key, muxed.id), key)
            }
            None => return Err(Refused::FirstOperation),
        };
        let domain = name(data).strip_suffix(b" auth").ok_or(Refused::HomeDomain)?;
        let ours = |one: &&String| one.as_bytes() == domain;
        let domain = self.home_domains.iter().find(ours).ok_or(Refused::HomeDomain)?;
        let nonce = value(data).and_then(|value| STANDARD.decode(value).ok());
        match nonce {
            Some(nonce) if nonce.len() == 48 => Ok((client, key, domain.clone())),
            Some(_) | None => Err(Refused::Nonce),
        }
    }

    /// The client's domain and its key, if one is named.
    fn other_operations(
        &self,
        operations: &[Operation],
    ) -> Result<Option<(String, AccountKey)>, Refused> {
        let server = plain(&self.key.account());
        let (mut web_auth_domain, mut client_domain) = (false, None);
        for operation in operations {
            let data = manage_data(operation).ok_or(Refused::Operation)?;
            if name(data) == CLIENT_DOMAIN.as_bytes() {
                let named = named_domain(operation, data).ok_or(Refused::ClientDomain)?;
                if client_domain.replace(named).is_some() {
                    return Err(Refused::ClientDomain);
                }
                continue;
            }
            if operation.source_account.as_ref() != Some(&server) {
                return Err(Refused::OperationSource);
            }
            if name(data) == WEB_AUTH_DOMAIN.as_bytes() {
                if value(data) != Some(self.web_auth_domain.as_bytes()) {
                    return Err(Refused::WebAuthDomain);
                }
                web_auth_domain = true;
            }
        }
        // We put it in, so a challenge without one is not ours.
        if web_auth_domain { Ok(client_domain) } else { Err(Refused::WebAuthDomain) }
    }
}

fn parse(text: &str) -> Result<TransactionV1Envelope, Refused> {
    if text.len() > limits::CHALLENGE_CHARS_MAX {
        return Err(Refused::TooLong);
    }
    let bytes = STANDARD.decode(text).map_err(|_| Refused::Malformed)?;
    let limits = Limits { depth: DEPTH_MAX, len: bytes.len() };
    match TransactionEnvelope::from_xdr(&bytes, limits).map_err(|_| Refused::Malformed)? {
        TransactionEnvelope::Tx(envelope) => Ok(envelope),
        TransactionEnvelope::TxV0(_) | TransactionEnvelope::TxFeeBump(_) => Err(Refused::NotV1),
    }
}

/// The last second in which it is good.
fn in_time(preconditions: &Preconditions, now_s: u64) -> Result<u64, Refused> {
    let Preconditions::Time(TimeBounds { min_time, max_time }) = preconditions else {
        return Err(Refused::TimeBounds);
    };
    match max_time.0 {
        0 => Err(Refused::TimeBounds),
        _ if now_s < min_time.0 => Err(Refused::Early),
        last if now_s > last => Err(Refused::Expired),
        last => Ok(last),
    }
}

fn memo(tx: &Transaction, client: &Account) -> Result<Option<u64>, Refused> {
    match (&tx.memo, client) {
        (Memo::None, _) => Ok(None),
        (Memo::Id(_), Account::Muxed(..)) => Err(Refused::MemoBesideMuxed),
        (Memo::Id(id), Account::Key(_) | Account::Contract(_)) => Ok(Some(*id)),
        (Memo::Text(_) | Memo::Hash(_) | Memo::Return(_), _) => Err(Refused::Memo),
    }
}

fn named_domain(operation: &Operation, data: &ManageDataOp) -> Option<(String, AccountKey)> {
    let Some(MuxedAccount::Ed25519(key)) = operation.source_account.as_ref() else { return None };
    let domain = std::str::from_utf8(value(data)?).ok().filter(|domain| !domain.is_empty())?;
    Some((domain.to_owned(), AccountKey(key.0)))
}

fn manage_data(operation: &Operation) -> Option<&ManageDataOp> {
    match &operation.body {
        OperationBody::ManageData(data) => Some(data),
        // Every other kind of operation there is or will be.
        _ => None,
    }
}

fn name(data: &ManageDataOp) -> &[u8] {
    data.data_name.0.as_ref()
}

fn value(data: &ManageDataOp) -> Option<&[u8]> {
    data.data_value.as_ref().map(|value| value.0.as_ref())
}
