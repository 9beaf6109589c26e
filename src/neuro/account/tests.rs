//! Accounts, in given, when, then.

use kyc_events::neuro::{Contact, Profile};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::aggregate::testing::{CountingKeys, Given, given};
use crate::config::limits;

const KEY: KeyId = KeyId([1; 16]);

fn registration(channels: &[Channel]) -> Registration {
    let contact = |channel: &Channel| Contact { channel: *channel, tag: Tag([3; 32]) };
    Registration {
        subject: Tag([2; 32]),
        key: KEY,
        profile: Profile {
            user_name: "alice.kyc".to_owned(),
            e_mail: "alice@example.org".to_owned(),
            phone_nr: Some("+46700000000".to_owned()),
            language: None,
        },
        contacts: channels.iter().map(contact).collect(),
        password: Uuid::from_u128(77),
        api_key: "k1".to_owned(),
    }
}

const BOTH: [Channel; 2] = [Channel::Email, Channel::Sms];

fn created(channels: &[Channel]) -> Given<Account> {
    let mut account = given::<Account>(0, []);
    account.when(0, &Command::Create(registration(channels))).unwrap();
    account
}

fn enabled() -> Given<Account> {
    let mut account = created(&[Channel::Email]);
    let code = code(&account, Channel::Email);
    account.when(0, &verify(Channel::Email, &code)).unwrap();
    account
}

/// The code that was sent last, or one of none.
fn code(account: &Given<Account>, channel: Channel) -> String {
    let contact = account.state().contact(channel);
    let id = contact.and_then(|contact| contact.code.as_ref()).map_or(Uuid::nil(), |code| code.id);
    let keys = CountingKeys(std::cell::Cell::new(0));
    code_of(&keys, KEY, id).expect("keys").expect("not erased")
}

fn wrong(code: &str) -> String {
    let last = if code.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &code[..5])
}

fn verify(channel: Channel, code: &str) -> Command {
    Command::Verify { channel, code: code.to_owned() }
}

fn key(name: &str) -> Command {
    Command::CreateKey(NewKey {
        key_id: name.to_owned(),
        local_name: "ed25519".to_owned(),
        namespace: "urn:nf:iot:e2e:1.0".to_owned(),
        public_key: "AAAA".to_owned(),
        secret: Uuid::from_u128(5),
    })
}

fn send(channels: &[Channel]) -> Command {
    Command::SendCodes { channels: channels.to_vec() }
}

#[test]
fn a_new_account_is_sent_a_code_for_each_contact_and_is_not_enabled() {
    let mut account = given::<Account>(0, []);
    let events = account.when(5, &Command::Create(registration(&BOTH))).unwrap();
    let requested = |number, channel| {
        let expires_at = 5 + limits::CODE_TTL_MS;
        VerificationRequested { channel, verification: Uuid::from_u128(number), expires_at }.into()
    };
    assert_eq!(events[1..], [requested(1, Channel::Email), requested(2, Channel::Sms)]);
    assert_eq!(account.state().enabled(), Err(Rejection::Disabled));
    assert_eq!(account.when(6, &key("a")), Err(Rejection::Disabled));
    let again = Command::Create(registration(&BOTH));
    assert_eq!(account.when(6, &again), Err(Rejection::NameTaken));
}

#[test]
fn an_account_is_enabled_when_the_last_contact_is_verified() {
    let mut account = created(&BOTH);
    let [by_mail, by_sms] = BOTH.map(|channel| code(&account, channel));
    assert_eq!(account.when(1, &verify(Channel::Sms, &by_sms)).unwrap().len(), 1);
    assert_eq!(account.state().enabled_at, None);
    let events = account.when(2, &verify(Channel::Email, &by_mail)).unwrap();
    assert_eq!(events[1..], [AccountEnabled {}.into()]);
    assert!(account.state().enabled().is_ok());
    assert_eq!(account.when(3, &verify(Channel::Email, &by_mail)), Ok(vec![]), "said again");
    let other = verify(Channel::Email, &wrong(&by_mail));
    assert_eq!(account.when(3, &other), Err(Rejection::NothingToVerify));
}

#[test]
fn a_code_is_worth_nothing_after_five_wrong_ones_or_ten_minutes() {
    let mut account = created(&[Channel::Email]);
    let right = code(&account, Channel::Email);
    let verification = Uuid::from_u128(1);
    let failed = VerificationFailed { channel: Channel::Email, verification };
    for _ in 0..limits::CODE_ATTEMPTS_MAX {
        let events = account.when(1, &verify(Channel::Email, &wrong(&right)));
        assert_eq!(events, Ok(vec![failed.clone().into()]));
    }
    let refused = account.when(1, &verify(Channel::Email, &right));
    assert_eq!(refused, Err(Rejection::TooManyWrongCodes));
    let now = limits::CODE_AGAIN_AFTER_MS;
    account.when(now, &send(&BOTH)).unwrap();
    let (right, late) = (code(&account, Channel::Email), now + limits::CODE_TTL_MS);
    let refused = account.when(late, &verify(Channel::Email, &right));
    assert_eq!(refused, Err(Rejection::CodeExpired));
    assert_eq!(account.when(late - 1, &verify(Channel::Email, &right)).unwrap().len(), 2);
}

#[test]
fn codes_are_not_sent_again_at_once_nor_again_and_again() {
    let mut account = created(&[Channel::Email]);
    let mut now = limits::CODE_AGAIN_AFTER_MS;
    assert_eq!(account.when(now - 1, &send(&BOTH)), Ok(vec![]));
    for _ in 1..limits::CODES_MAX {
        assert_eq!(account.when(now, &send(&BOTH)).unwrap().len(), 1);
        now += limits::CODE_AGAIN_AFTER_MS;
    }
    assert_eq!(account.when(now, &send(&BOTH)), Err(Rejection::TooManyCodes));
    assert_eq!(account.when(now, &send(&[Channel::Sms])), Ok(vec![]), "not asked for");
    let mut account = enabled();
    assert_eq!(account.when(limits::CODE_TTL_MS, &send(&BOTH)), Ok(vec![]), "it is verified");
}

#[test]
fn keys_are_called_differently_and_are_counted() {
    let mut account = enabled();
    assert_eq!(account.when(1, &key("a")).unwrap().len(), 1);
    assert_eq!(account.when(1, &key("a")), Err(Rejection::KeyExists));
    let keys = CountingKeys(std::cell::Cell::new(0));
    let tag = key_tag(&keys, KEY, "a").unwrap().unwrap();
    assert_eq!(account.state().key_by(tag).map(|key| key.number), Some(1));
    for number in 1..limits::NEURO_KEYS_MAX {
        account.when(1, &key(&number.to_string())).unwrap();
    }
    assert_eq!(account.when(1, &key("b")), Err(Rejection::TooManyKeys));
}

#[test]
fn no_two_take_the_same_messages() {
    let mut account = created(&BOTH);
    let pop = |from: Option<u64>, through: u64| Command::PopMessages {
        from: from.map(Position),
        through: Position(through),
    };
    assert_eq!(account.when(0, &pop(None, 7)).unwrap().len(), 1);
    assert_eq!(account.when(0, &pop(None, 9)), Err(Rejection::Popped));
    assert_eq!(account.when(0, &pop(Some(7), 7)), Ok(vec![]));
    assert_eq!(account.when(0, &pop(Some(7), 9)).unwrap().len(), 1);
    assert_eq!(account.state().popped, Some(Position(9)));
}

#[test]
fn of_an_erased_account_nothing_is_left() {
    let mut account = enabled();
    account.when(0, &key("a")).unwrap();
    let erase = Command::Erase { generation: 0 };
    assert_eq!(account.when(1, &erase), Ok(vec![AccountErased { generation: 0 }.into()]));
    assert_eq!(*account.state(), State { is_erased: true, ..State::default() });
    assert_eq!(account.when(1, &erase), Ok(vec![]));
    assert_eq!(account.when(1, &key("b")), Err(Rejection::Erased));
    let mut nobody = given::<Account>(0, []);
    assert_eq!(nobody.when(0, &erase), Ok(vec![]));
    assert_eq!(nobody.when(0, &send(&BOTH)), Err(Rejection::Unknown));
}

#[test]
fn an_account_without_contacts_is_enabled_at_once() {
    assert!(created(&[]).state().enabled().is_ok());
}

proptest! {
    #[test]
    fn decisions_make_legal_histories(steps in prop::collection::vec((0..9_u8, 0..3_u8, 0..400_000_i64), 1..60)) {
        let (mut account, mut now) = (given::<Account>(0, []), 0);
        for (what, which, wait) in steps {
            now += wait;
            let channel = BOTH[usize::from(which % 2)];
            let right = code(&account, channel);
            let command = match what {
                0 | 1 => Command::Create(registration(&BOTH[..usize::from(which)])),
                2 => send(&BOTH),
                3 | 4 => verify(channel, &right),
                5 => verify(channel, &wrong(&right)),
                6 => key(&which.to_string()),
                7 => Command::PopMessages {
                    from: account.state().popped,
                    through: Position(u64::from(which)),
                },
                _ if wait < 4_000 => Command::Erase { generation: 0 },
                _ => send(&[channel]),
            };
            let _ = account.when(now, &command);
        }
    }
}
