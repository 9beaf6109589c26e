//! Making a challenge.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stellar_xdr::{
    DataValue, DecoratedSignature, Limits, ManageDataOp, Memo, MuxedAccount, Operation,
    OperationBody, Preconditions, SequenceNumber, Signature, SignatureHint, StringM, TimeBounds,
    TimePoint, Transaction, TransactionEnvelope, TransactionExt, TransactionV1Envelope, WriteXdr,
};

use super::{CLIENT_DOMAIN, Party, WEB_AUTH_DOMAIN, plain, to_xdr};
use crate::config::limits;
use crate::stellar::account::{Account, AccountKey, MemoRefused};

/// What every network charges at least, per operation. Nobody pays it.
const FEE: u32 = 100;

/// What a client asks for.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Who wants in.
    pub account: Account,
    /// Which of the people behind it.
    pub memo: Option<u64>,
    /// One of the party's.
    pub home_domain: &'a str,
    /// The wallet's domain and the `SIGNING_KEY` it publishes.
    pub client_domain: Option<(&'a str, AccountKey)>,
}

/// Why there is no challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotIssue {
    /// Contracts authenticate by SEP-45.
    #[error("a contract account cannot sign a challenge")]
    Contract,
    /// Only `G…` takes one.
    #[error(transparent)]
    Memo(#[from] MemoRefused),
    /// A domain does not fit into an operation.
    #[error("a domain is too long")]
    TooLong,
}

impl Asked<'_> {
    /// Whether there can be such a challenge at all.
    pub fn check(&self) -> Result<(), CannotIssue> {
        match (self.account, self.memo) {
            (Account::Contract(_), _) => Err(CannotIssue::Contract),
            (Account::Muxed(..), Some(_)) => Err(MemoRefused::Muxed.into()),
            (Account::Muxed(..), None) | (Account::Key(_), _) => Ok(()),
        }
    }
}

impl Party {
    /// A challenge, signed by us, as the base64 of its envelope. Good from `now_s` for 900 seconds.
    pub fn issue(
        &self,
        asked: &Asked<'_>,
        now_s: u64,
        nonce: &[u8; 48],
    ) -> Result<String, CannotIssue> {
        asked.check()?;
        let client = to_xdr(&asked.account).ok_or(CannotIssue::Contract)?;
        let tx = self.transaction(asked, client, now_s, nonce)?;
        let too_long = |_| CannotIssue::TooLong;
        let hash = tx.hash(self.network_id()).map_err(too_long)?;
        let signature = self.key.sign(&hash);
        let signature = DecoratedSignature {
            hint: SignatureHint(self.key.account().hint()),
            signature: Signature(signature.try_into().map_err(too_long)?),
        };
        let signatures = [signature].try_into().map_err(too_long)?;
        let envelope = TransactionEnvelope::Tx(TransactionV1Envelope { tx, signatures });
        Ok(STANDARD.encode(envelope.to_xdr(Limits::none()).map_err(too_long)?))
    }

    fn transaction(
        &self,
        asked: &Asked<'_>,
        client: MuxedAccount,
        now_s: u64,
        nonce: &[u8; 48],
    ) -> Result<Transaction, CannotIssue> {
        let server = plain(&self.key.account());
        let nonce = STANDARD.encode(nonce);
        let mut operations = vec![
            manage_data(client, &format!("{} auth", asked.home_domain), &nonce)?,
            manage_data(server.clone(), WEB_AUTH_DOMAIN, &self.web_auth_domain)?,
        ];
        if let Some((domain, key)) = &asked.client_domain {
            operations.push(manage_data(plain(key), CLIENT_DOMAIN, domain)?);
        }
        let bounds = TimeBounds {
            min_time: TimePoint(now_s),
            max_time: TimePoint(now_s.saturating_add(limits::CHALLENGE_S)),
        };
        Ok(Transaction {
            source_account: server,
            fee: FEE * operations.len() as u32,
            seq_num: SequenceNumber(0),
            cond: Preconditions::Time(bounds),
            memo: asked.memo.map_or(Memo::None, Memo::Id),
            operations: operations.try_into().map_err(|_| CannotIssue::TooLong)?,
            ext: TransactionExt::V0,
        })
    }
}

fn manage_data(source: MuxedAccount, name: &str, value: &str) -> Result<Operation, CannotIssue> {
    let name = StringM::try_from(name).map_err(|_| CannotIssue::TooLong)?;
    let value = value.as_bytes().try_into().map_err(|_| CannotIssue::TooLong)?;
    Ok(Operation {
        source_account: Some(source),
        body: OperationBody::ManageData(ManageDataOp {
            data_name: name.into(),
            data_value: Some(DataValue(value)),
        }),
    })
}
