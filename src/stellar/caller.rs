//! Whom a token speaks of, and whom its bearer may speak of.
//!
//! ```text
//! sub        G…   G…:42   M…   C…
//! ```

use std::fmt;
use std::str::FromStr;

use super::account::{Account, Identity};
use super::memo::{InvalidMemo, Memo, parse_id};

/// The subject of a token. Debug output hides it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The account, in the form in which it authenticated.
    pub account: Account,
    /// The memo; only beside `G…`.
    pub memo: Option<u64>,
}

/// The text is no subject. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a stellar subject")]
pub struct InvalidCaller;

/// Why a request's `account`, `memo` and `memo_type` mean nobody its sender may speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotMeant {
    /// 403.
    #[error("The account specified does not match authorization token")]
    Account,
    /// 403.
    #[error("The memo specified does not match the memo ID authorized via SEP-10")]
    Memo,
    /// 400.
    #[error(transparent)]
    Invalid(#[from] InvalidMemo),
    /// 400.
    #[error("a contract account takes no memo")]
    MemoOfContract,
}

impl Caller {
    /// As it stands in `sub`.
    pub fn text(&self) -> String {
        let account = self.account.text();
        self.memo.map_or(account.clone(), |memo| format!("{account}:{memo}"))
    }

    /// The person itself.
    pub fn identity(&self) -> Identity {
        let memo = match self.account {
            Account::Key(_) => self.memo.map(Memo::Id),
            Account::Muxed(..) | Account::Contract(_) => None,
        };
        Identity::new(self.account, memo)
            .expect("invariant: an account that takes no memo is given none")
    }

    /// Whom a request of this caller means by its `account`, `memo` and `memo_type`: itself if it
    /// says nothing, one of the people behind its own account if it has no memo itself.
    pub fn meant(
        &self,
        account: Option<&str>,
        memo: Option<&str>,
        memo_type: Option<&str>,
    ) -> Result<Identity, NotMeant> {
        let given = |text: Option<&'_ str>| text.is_some_and(|text| !text.is_empty());
        if given(memo_type) && !given(memo) {
            return Err(InvalidMemo.into());
        }
        let memo_type = memo_type.filter(|text| !text.is_empty());
        let memo = memo.filter(|text| !text.is_empty());
        self.check_account(account.filter(|text| !text.is_empty()), memo)?;
        let own = self.identity();
        match (memo, own.memo()) {
            (None, _) => Ok(own),
            (Some(memo), Some(Memo::Id(id))) => {
                let is_same = parse_id(memo) == Some(*id) && memo_type.is_none_or(|t| t == "id");
                if is_same { Ok(own) } else { Err(NotMeant::Memo) }
            }
            (Some(_), Some(Memo::Text(_) | Memo::Hash(_))) => Err(NotMeant::Memo),
            (Some(memo), None) => {
                let memo = Memo::of_request(Some(memo), memo_type)?;
                Identity::new(self.account, memo).map_err(|_| NotMeant::MemoOfContract)
            }
        }
    }

    /// The account has to be named in the form of the token; a muxed one may also be named by its
    /// owner and its number.
    fn check_account(&self, named: Option<&str>, memo: Option<&str>) -> Result<(), NotMeant> {
        let Some(named) = named else { return Ok(()) };
        let by_owner = match self.account {
            Account::Muxed(key, id) => named == key.text() && memo.and_then(parse_id) == Some(id),
            Account::Key(_) | Account::Contract(_) => false,
        };
        if by_owner || named == self.account.text() { Ok(()) } else { Err(NotMeant::Account) }
    }

    /// Whether this caller may act on `person`: itself, or, without a memo of its own, anybody
    /// behind its account.
    pub fn may_act_on(&self, person: &Identity) -> bool {
        let own = self.identity();
        if own.memo().is_some() { own == *person } else { own.owner() == person.owner() }
    }
}

impl FromStr for Caller {
    type Err = InvalidCaller;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (account, memo) = match text.split_once(':') {
            Some((account, memo)) => (account, Some(parse_id(memo).ok_or(InvalidCaller)?)),
            None => (text, None),
        };
        let account: Account = account.parse().map_err(|_| InvalidCaller)?;
        match (account, memo) {
            (Account::Muxed(..) | Account::Contract(_), Some(_)) => Err(InvalidCaller),
            (account, memo) => Ok(Self { account, memo }),
        }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Caller(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stellar::account::AccountKey;

    const KEY: AccountKey = AccountKey([9; 32]);

    fn plain(memo: Option<u64>) -> Caller {
        Caller { account: Account::Key(KEY), memo }
    }

    fn muxed(id: u64) -> Caller {
        Caller { account: Account::Muxed(KEY, id), memo: None }
    }

    fn contract() -> Caller {
        Caller { account: Account::Contract([9; 32]), memo: None }
    }

    fn person(memo: Option<Memo>) -> Identity {
        Identity::new(Account::Key(KEY), memo).expect("a person")
    }

    #[test]
    fn all_four_forms_read_and_write() {
        for caller in [plain(None), plain(Some(0)), plain(Some(u64::MAX)), muxed(42), contract()] {
            assert_eq!(caller.text().parse(), Ok(caller), "{}", caller.text());
        }
        assert_eq!(plain(Some(42)).text(), format!("{}:42", KEY.text()));
    }

    #[test]
    fn other_texts_are_no_subjects() {
        let (key, muxed, contract) = (KEY.text(), muxed(1).text(), contract().text());
        for text in [
            String::new(),
            format!("{key}:"),
            format!("{key}:-1"),
            format!("{key}:18446744073709551616"),
            format!("{key}:1:1"),
            format!("{muxed}:1"),
            format!("{contract}:1"),
            format!(":{key}"),
        ] {
            assert_eq!(text.parse::<Caller>(), Err(InvalidCaller), "{text}");
        }
    }

    #[test]
    fn a_request_that_names_nobody_means_its_caller() {
        for caller in [plain(None), plain(Some(7)), muxed(7), contract()] {
            assert_eq!(caller.meant(None, None, None), Ok(caller.identity()));
            assert_eq!(caller.meant(Some(""), Some(""), Some("")), Ok(caller.identity()));
            let text = caller.account.text();
            assert_eq!(caller.meant(Some(&text), None, None), Ok(caller.identity()));
        }
    }

    #[test]
    fn another_account_is_refused() {
        let other = AccountKey([1; 32]).text();
        for caller in [plain(None), plain(Some(7)), muxed(7), contract()] {
            assert_eq!(caller.meant(Some(&other), None, None), Err(NotMeant::Account));
            assert_eq!(caller.meant(Some("nonsense"), Some("7"), None), Err(NotMeant::Account));
        }
        // A muxed account is not its owner, nor the owner one of its numbers.
        let (base, number) = (KEY.text(), muxed(7).text());
        assert_eq!(muxed(7).meant(Some(&base), None, None), Err(NotMeant::Account));
        assert_eq!(muxed(7).meant(Some(&base), Some("8"), None), Err(NotMeant::Account));
        assert_eq!(plain(None).meant(Some(&number), None, None), Err(NotMeant::Account));
        let person = muxed(7).identity();
        assert_eq!(muxed(7).meant(Some(&base), Some("7"), None), Ok(person));
    }

    #[test]
    fn a_callers_own_memo_is_the_only_one_it_may_name() {
        for caller in [plain(Some(7)), muxed(7)] {
            for kind in [None, Some("id")] {
                assert_eq!(caller.meant(None, Some("7"), kind), Ok(caller.identity()));
                assert_eq!(caller.meant(None, Some("007"), kind), Ok(caller.identity()));
                assert_eq!(caller.meant(None, Some("8"), kind), Err(NotMeant::Memo));
                assert_eq!(caller.meant(None, Some("x"), kind), Err(NotMeant::Memo));
            }
            assert_eq!(caller.meant(None, Some("7"), Some("text")), Err(NotMeant::Memo));
        }
    }

    #[test]
    fn a_caller_without_a_memo_may_name_any() {
        let meant = |memo, kind| plain(None).meant(None, Some(memo), kind);
        assert_eq!(meant("7", None), Ok(person(Some(Memo::Id(7)))));
        assert_eq!(meant("7", Some("text")), Ok(person(Some(Memo::Text("7".into())))));
        assert_eq!(meant("x", None), Err(NotMeant::Invalid(InvalidMemo)));
        assert_eq!(contract().meant(None, Some("7"), None), Err(NotMeant::MemoOfContract));
    }

    #[test]
    fn a_memo_type_without_a_memo_is_refused() {
        for caller in [plain(None), plain(Some(7)), muxed(7), contract()] {
            let refused = caller.meant(None, Some(""), Some("id"));
            assert_eq!(refused, Err(NotMeant::Invalid(InvalidMemo)));
        }
    }

    #[test]
    fn a_memo_shuts_out_everybody_else_behind_the_account() {
        let (seven, eight) = (person(Some(Memo::Id(7))), person(Some(Memo::Id(8))));
        for caller in [plain(Some(7)), muxed(7)] {
            assert!(caller.may_act_on(&seven));
            assert!(!caller.may_act_on(&eight) && !caller.may_act_on(&person(None)));
        }
        for anybody in [&seven, &eight, &person(None), &person(Some(Memo::Hash([7; 32])))] {
            assert!(plain(None).may_act_on(anybody));
            assert!(!contract().may_act_on(anybody));
        }
        let stranger = Caller { account: Account::Key(AccountKey([1; 32])), memo: None };
        assert!(!stranger.may_act_on(&seven));
    }
}
