//! Whom a request means (four lines: `sub` of the token, `account`, `memo`, `memo_type`): no text
//! panics, names read back, and nobody ever means somebody behind another account or memo.

use kycd::stellar::account::Account;
use kycd::stellar::caller::Caller;
use kycd::stellar::memo::{Memo, parse_id};

/// Whether the request means anybody.
pub fn check(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut lines = text.split('\n');
    let (subject, rest) = (lines.next().unwrap_or_default(), [(); 3].map(|()| lines.next()));
    for text in text.split('\n') {
        if let Ok(account) = text.parse::<Account>() {
            assert_eq!(account.text(), text, "there is one spelling");
        }
        if let Some(id) = parse_id(text) {
            assert_eq!(parse_id(&id.to_string()), Some(id));
        }
    }
    let Ok(caller) = subject.parse::<Caller>() else { return false };
    assert!(caller.text().parse::<Caller>() == Ok(caller));
    let [account, memo, memo_type] = rest;
    let Ok(person) = caller.meant(account, memo, memo_type) else { return false };
    assert!(caller.may_act_on(&person), "of somebody else");
    let own = caller.identity();
    assert!(own.memo().is_none() || own == person);
    if let Ok(Some(memo)) = Memo::of_request(memo, memo_type) {
        assert!(person.memo() == Some(&memo), "{}", memo.kind());
    }
    true
}
