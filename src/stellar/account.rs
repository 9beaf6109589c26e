//! Stellar accounts, memos, and whom the two together mean.
//!
//! ```text
//! G…       an account: an ed25519 key              AccountKey, Account::Key
//! M…       the same, with a number of its owner's   Account::Muxed
//! C…       a contract                               Account::Contract
//! ```
//!
//! All of this is personal data: nothing here has a `Display`, and Debug output hides it.

use std::fmt;
use std::str::FromStr;

use stellar_strkey::{Contract, Strkey, ed25519};

use super::memo::Memo;

/// The ed25519 key behind a classic account: `G…`, 56 characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey(pub [u8; 32]);

/// The text names no account. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a stellar account")]
pub struct InvalidAccount;

impl AccountKey {
    /// `G…`.
    pub fn text(&self) -> String {
        ed25519::PublicKey(self.0).to_string().as_str().to_owned()
    }

    /// The last four bytes, which a signature names its key by.
    pub fn hint(&self) -> [u8; 4] {
        let [.., a, b, c, d] = self.0;
        [a, b, c, d]
    }
}

impl FromStr for AccountKey {
    type Err = InvalidAccount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ed25519::PublicKey::from_string(text).map(|key| Self(key.0)).map_err(|_| InvalidAccount)
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountKey(G…)")
    }
}

/// An account as a client writes it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Account {
    /// `G…`.
    Key(AccountKey),
    /// `M…`: an account shared by many, and the number of one of them.
    Muxed(AccountKey, u64),
    /// `C…`.
    Contract([u8; 32]),
}

impl Account {
    /// `G…`, `M…` or `C…`; reads back as the same account.
    pub fn text(&self) -> String {
        match self {
            Self::Key(key) => key.text(),
            Self::Muxed(key, id) => {
                let muxed = ed25519::MuxedAccount { ed25519: key.0, id: *id };
                muxed.to_string().as_str().to_owned()
            }
            Self::Contract(hash) => Contract(*hash).to_string().as_str().to_owned(),
        }
    }

    /// The key that signs for it; a contract has none.
    pub fn key(&self) -> Option<AccountKey> {
        match self {
            Self::Key(key) | Self::Muxed(key, _) => Some(*key),
            Self::Contract(_) => None,
        }
    }
}

impl FromStr for Account {
    type Err = InvalidAccount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Strkey::from_string(text) {
            Ok(Strkey::PublicKeyEd25519(key)) => Ok(Self::Key(AccountKey(key.0))),
            Ok(Strkey::MuxedAccountEd25519(muxed)) => {
                Ok(Self::Muxed(AccountKey(muxed.ed25519), muxed.id))
            }
            Ok(Strkey::Contract(contract)) => Ok(Self::Contract(contract.0)),
            // Seeds, hashes and pools are strkeys too, and no accounts.
            Ok(_) | Err(_) => Err(InvalidAccount),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Account(G…)",
            Self::Muxed(..) => "Account(M…)",
            Self::Contract(_) => "Account(C…)",
        })
    }
}

/// One person: `M…` of `G…` and `n`, and `G…` with the id memo `n`, are the same one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    owner: Account,
    memo: Option<Memo>,
}

/// A memo where there can be none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MemoRefused {
    /// A muxed account carries its number already.
    #[error("a muxed account takes no memo")]
    Muxed,
    /// A contract has no memos.
    #[error("a contract account takes no memo")]
    Contract,
}

impl Identity {
    /// Whom account and memo mean.
    pub fn new(account: Account, memo: Option<Memo>) -> Result<Self, MemoRefused> {
        match (account, memo) {
            (Account::Key(_), memo) => Ok(Self { owner: account, memo }),
            (Account::Muxed(key, id), None) => {
                Ok(Self { owner: Account::Key(key), memo: Some(Memo::Id(id)) })
            }
            (Account::Contract(_), None) => Ok(Self { owner: account, memo: None }),
            (Account::Muxed(..), Some(_)) => Err(MemoRefused::Muxed),
            (Account::Contract(_), Some(_)) => Err(MemoRefused::Contract),
        }
    }

    /// The account without its number: `G…` or `C…`.
    pub fn owner(&self) -> Account {
        self.owner
    }

    /// The memo, or a muxed account's number.
    pub fn memo(&self) -> Option<&Memo> {
        self.memo.as_ref()
    }

    /// One text for one person, different for different ones: what look-up keys are made of.
    ///
    /// `G…`, `G…:id:42`, `G…:text:anything`, `G…:hash:64 hex digits` or `C…`.
    pub fn canonical(&self) -> String {
        let owner = self.owner.text();
        match &self.memo {
            None => owner,
            Some(memo) => format!("{owner}:{}:{}", memo.kind(), memo.canonical()),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use stellar_strkey::{HashX, PreAuthTx};

    use super::*;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../fixtures/stellar/vectors.json")).expect("JSON")
    }

    fn account(text: &str) -> Account {
        text.parse().expect("an account")
    }

    #[test]
    fn published_muxed_accounts_read_and_write() {
        let all = vectors();
        let all = &all["strkey_muxed"];
        let base: AccountKey = all["G"].as_str().expect("text").parse().expect("an account");
        for (name, id) in [("id 0", 0), ("id 9223372036854775808", 1 << 63)] {
            let text = all[name].as_str().expect("text");
            assert_eq!(account(text), Account::Muxed(base, id), "{name}");
            assert_eq!(Account::Muxed(base, id).text(), text, "{name}");
        }
        assert_eq!(base.text(), all["G"]);
    }

    #[test]
    fn keys_of_the_vectors_read_and_write() {
        let all = vectors();
        for name in ["server", "client", "client_domain"] {
            let text = all["keys"][name]["public"].as_str().expect("text");
            assert_eq!(account(text).text(), text, "{name}");
        }
        let muxed = all["keys"]["client"]["muxed_id_1234"].as_str().expect("text");
        let key = all["keys"]["client"]["public"].as_str().expect("text");
        assert_eq!(account(muxed), Account::Muxed(key.parse().expect("a key"), 1234));
    }

    #[test]
    fn a_contract_is_an_account_without_a_key() {
        let contract = Account::Contract([5; 32]);
        assert_eq!(account(&contract.text()), contract);
        assert!(contract.text().starts_with('C'));
        assert_eq!(contract.key(), None);
    }

    #[test]
    fn other_texts_are_no_accounts() {
        let all = vectors();
        let good = all["keys"]["client"]["public"].as_str().expect("text");
        let muxed = all["keys"]["client"]["muxed_id_1234"].as_str().expect("text");
        let secret = all["keys"]["client"]["secret"].as_str().expect("text");
        let swapped = format!("{}M", &good[..55]);
        let table = [
            "",
            "G",
            secret,
            &good.to_lowercase(),
            &good[..55],
            &format!("{good}A"),
            &format!("{good}===="),
            &format!(" {good}"),
            &format!("{good}:42"),
            &swapped,
            &format!("M{}", &good[1..]),
            &muxed[..68],
            // The last character's unused bits are set: the same bytes in another spelling.
            &format!("{}T", &muxed[..68]),
            &Strkey::PreAuthTx(PreAuthTx([1; 32])).to_string(),
            &Strkey::HashX(HashX([1; 32])).to_string(),
        ];
        for text in table {
            assert_eq!(text.parse::<Account>(), Err(InvalidAccount), "{text}");
        }
    }

    #[test]
    fn a_muxed_account_and_its_number_as_a_memo_are_one_person() {
        let key = AccountKey([9; 32]);
        let muxed = Identity::new(Account::Muxed(key, 42), None).expect("a person");
        let memo = Identity::new(Account::Key(key), Some(Memo::Id(42))).expect("a person");
        assert_eq!(muxed, memo);
        assert_eq!(muxed.canonical(), memo.canonical());
        assert_eq!(muxed.owner(), Account::Key(key));
    }

    #[test]
    fn different_people_have_different_texts() {
        let key = Account::Key(AccountKey([9; 32]));
        let memos = [
            None,
            Some(Memo::Id(7)),
            Some(Memo::Text("7".into())),
            Some(Memo::Text("id:7".into())),
            Some(Memo::Text(":id:7".into())),
            Some(Memo::Hash([7; 32])),
            Some(Memo::Hash([0; 32])),
        ];
        let mut texts: Vec<String> = memos
            .into_iter()
            .map(|memo| Identity::new(key, memo).expect("a person").canonical())
            .collect();
        let other = Identity::new(Account::Contract([9; 32]), None).expect("a person");
        texts.push(other.canonical());
        texts.sort();
        let count = texts.len();
        texts.dedup();
        assert_eq!(texts.len(), count);
    }

    #[test]
    fn muxed_and_contract_accounts_take_no_memo() {
        let refused = |account| Identity::new(account, Some(Memo::Id(1))).expect_err("refused");
        assert_eq!(refused(Account::Muxed(AccountKey([1; 32]), 1)), MemoRefused::Muxed);
        assert_eq!(refused(Account::Contract([1; 32])), MemoRefused::Contract);
    }

    #[test]
    fn nothing_printed_names_anybody() {
        let key = AccountKey([9; 32]);
        let person = Identity::new(Account::Key(key), Some(Memo::Id(4711))).expect("a person");
        let shown = format!("{key:?} {:?} {person:?} {:?}", Account::Key(key), person.memo());
        assert!(!shown.contains("GD") && !shown.contains("4711"), "{shown}");
    }
}
