//! Accounts and identities as the log tells of them.

use kyc_events::neuro::{
    AccountAdmitted, AccountEnabled, AccountErased, ApiKeyEvent, ApiKeyMade, By, Channel,
    ContactVerified, IdentityApproved, IdentityErased, IdentityObsoleted, KeyCreated, QuotaChanged,
    Status, VerificationRequested,
};
use kyc_events::sealed::{Sealed, Tag};

use super::*;
use crate::testing::neuro::{account as stream, identity as of};
use crate::testing::{Folded, KEY, START};

type Log = Folded<NeuroAccounts>;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

#[test]
fn an_account_is_found_by_its_contact_and_enabled_when_that_is_verified() {
    let (mut log, a, b) = (Log::default(), stream("a"), stream("b"));
    log.create(&a, 1);
    log.create(&b, 2);
    assert_eq!(by_contact(&log.rows, Tag([2; 32]), 9), std::slice::from_ref(&b));
    let (channel, verification) = (Channel::Email, id(5));
    log.account(&b, VerificationRequested { channel, verification, expires_at: 9 });
    let sent = SentCode { stream: b.clone(), channel, verification, at: START + 2 };
    assert_eq!(codes(&log.rows, 9), [sent]);
    log.account(&b, ContactVerified { channel, verification });
    log.account(&b, AccountEnabled {});
    assert_eq!(codes(&log.rows, 9), [], "nobody needs it any more");
    let found = account(&log.rows, &b).expect("known");
    assert_eq!((found.enabled_at, found.verified), (Some(START + 4), vec![Channel::Email]));
    assert_eq!(account(&log.rows, &a).expect("known").enabled_at, None);
}

#[test]
fn identities_come_newest_first_and_lead_to_their_account() {
    let (mut log, a) = (Log::default(), stream("a"));
    log.create(&a, 1);
    for number in [9, 3, 5] {
        log.apply(number, &a, 1, 100);
    }
    let ids = |offset, limit| {
        let found = identities(&log.rows, &a, offset, limit).into_iter();
        found.map(|identity| identity.id.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(ids(0, 9), [5, 3, 9]);
    assert_eq!(ids(1, 1), [3]);
    assert_eq!(count(&log.rows, &a), 3);
    assert_eq!(of_account(&log.rows, id(3)), Some(a));
    assert_eq!(of_account(&log.rows, id(4)), None);
    log.attach(3, 30);
    assert_eq!(of_file(&log.rows, id(30)), Some(of(3)));
}

#[test]
fn the_same_person_is_found_while_approved() {
    let (mut log, a) = (Log::default(), stream("a"));
    log.apply(3, &a, 1, 100);
    let found = |log: &Log| of_person(&log.rows, Tag([7; 32]), 9).len();
    assert_eq!(found(&log), 0);
    log.identity(3, IdentityApproved { by: By::Rules });
    assert_eq!(found(&log), 1);
    assert_eq!(identity(&log.rows, id(3)).map(|one| one.status), Some(Status::Approved));
    log.identity(3, IdentityObsoleted { key: KEY, by: By::Owner, reason: None });
    assert_eq!(found(&log), 0);
}

#[test]
fn secrets_are_known_as_long_as_an_event_needs_them() {
    let (mut log, a) = (Log::default(), stream("a"));
    log.create(&a, 1);
    let text = || Sealed::open_value(&String::new());
    let (key_id, public_key) = (text(), text());
    let (local_name, namespace, secret) = (String::new(), String::new(), id(77));
    let (number, key, tag) = (1, KEY, Tag([0; 32]));
    let created =
        KeyCreated { number, key, key_id, tag, local_name, namespace, public_key, secret };
    log.account(&a, created);
    let known = |log: &Log| [1, 77, 78].map(|secret| has_secret(&log.rows, id(secret)));
    assert_eq!(known(&log), [true, true, false]);
    log.account(&a, AccountErased { generation: 0 });
    assert_eq!(known(&log), [false; 3]);
}

#[test]
fn api_keys_are_listed_with_what_is_left_of_their_quota() {
    let mut log = Log::default();
    let k1 = StreamId::new(API_KEY, "k1").expect("a name");
    let mut tell = |event: ApiKeyEvent| {
        log.append_any(&k1, event);
        api_keys(&log.rows, 9).iter().map(|key| (key.quota, key.accounts)).collect::<Vec<_>>()
    };
    let (name, by) = (Sealed::open_value(&String::new()), String::new());
    let made = ApiKeyMade { key: KEY, secret: id(4), quota: 2, name, by: by.clone() };
    assert_eq!(tell(made.into()), [(2, 0)]);
    assert_eq!(tell(AccountAdmitted { account: Tag([1; 32]) }.into()), [(2, 1)]);
    assert_eq!(tell(QuotaChanged { quota: 5, by }.into()), [(5, 1)]);
    assert!(has_secret(&log.rows, id(4)));
    assert_eq!(api_key(&log.rows, &k1).map(|key| key.made_at), Some(START));
}

#[test]
fn who_was_erased_leaves_no_row() {
    let (mut log, a) = (Log::default(), stream("a"));
    log.create(&a, 1);
    let (channel, verification) = (Channel::Email, id(5));
    log.account(&a, VerificationRequested { channel, verification, expires_at: 9 });
    log.apply(3, &a, 1, 100);
    log.attach(3, 30);
    log.identity(3, IdentityApproved { by: By::Rules });
    log.account(&a, AccountErased { generation: 0 });
    log.identity(3, IdentityErased { generation: 0 });
    assert_eq!(log.count(), 0);
}
