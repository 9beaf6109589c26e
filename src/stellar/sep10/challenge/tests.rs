//! Challenges made, altered and signed by all sorts of people.

use stellar_xdr::{
    FeeBumpTransaction, FeeBumpTransactionEnvelope, FeeBumpTransactionExt,
    FeeBumpTransactionInnerTx, Hash, Memo, MuxedAccount, Operation, OperationBody, Preconditions,
    PreconditionsV2, SequenceNumber, TimeBounds, TimePoint, Transaction, TransactionEnvelope,
    TransactionV0, TransactionV0Envelope, TransactionV0Ext, Uint256,
};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::testing::*;
use super::*;

const DOMAIN: &str = "wallet.example.com";

fn asked(account: Account) -> Asked<'static> {
    Asked { account, memo: None, home_domain: "localhost:8080", client_domain: None }
}

fn client() -> Account {
    Account::Key(key("client").account())
}

fn issue(asked: &Asked<'_>) -> String {
    party().issue(asked, NOW_S, &[3; 48]).expect("a challenge")
}

fn with_domain() -> Asked<'static> {
    let client_domain = Some((DOMAIN, key("client_domain").account()));
    Asked { client_domain, ..asked(client()) }
}

fn read(text: &str) -> Result<Challenge, Refused> {
    party().read(text, NOW_S)
}

/// Why a challenge changed in this way, and signed by us and the client, is refused.
fn altered(change: impl FnOnce(&mut Transaction)) -> Refused {
    let mut tx = open(&issue(&with_domain())).tx;
    change(&mut tx);
    read(&sealed(tx, &[&party().key, &key("client"), &key("client_domain")])).expect_err("altered")
}

fn with_operations(change: impl FnOnce(&mut Vec<Operation>)) -> Refused {
    altered(|tx| {
        let mut operations = tx.operations.to_vec();
        change(&mut operations);
        tx.operations = operations.try_into().expect("at most 100");
    })
}

fn data(operation: &mut Operation) -> &mut stellar_xdr::ManageDataOp {
    match &mut operation.body {
        OperationBody::ManageData(data) => data,
        _ => panic!("manage data"),
    }
}

fn set_name(operation: &mut Operation, name: &str) {
    data(operation).data_name = stellar_xdr::StringM::try_from(name).expect("short").into();
}

fn set_value(operation: &mut Operation, value: &str) {
    let value = value.as_bytes().to_vec().try_into().expect("short");
    data(operation).data_value = Some(stellar_xdr::DataValue(value));
}

/// Who signed, by whose authority, and with what result.
fn judged(asked: &Asked<'_>, keys: &[&SigningKey], authority: &Authority) -> Result<(), Refused> {
    let challenge = read(&cosigned(&issue(asked), keys)).expect("well formed");
    challenge.check_signatures(authority)
}

fn signers(medium_threshold: u32, of: &[(&SigningKey, u32)]) -> Authority {
    let signers = of.iter().map(|(key, weight)| (key.account(), *weight)).collect();
    Authority::Signers { medium_threshold, signers }
}

// ---- the vectors ----

fn vector_asked(name: &str) -> Asked<'static> {
    match name {
        "A plain" => asked(client()),
        "B memo 42" => Asked { memo: Some(42), ..asked(client()) },
        "C muxed" => asked(Account::Muxed(key("client").account(), 1234)),
        "D client_domain" => with_domain(),
        _ => panic!("a new vector: {name}"),
    }
}

#[test]
fn challenges_of_the_vectors_come_out_byte_for_byte() {
    let all = vectors();
    for (name, vector) in all["challenges"].as_object().expect("an object") {
        assert_eq!(issue(&vector_asked(name)), vector["challenge_xdr"], "{name}");
    }
}

#[test]
fn signed_challenges_of_the_vectors_are_good() {
    let all = vectors();
    for (name, vector) in all["challenges"].as_object().expect("an object") {
        let text = vector["signed_by_client_xdr"].as_str().expect("text");
        let challenge = read(text).expect("well formed");
        assert_eq!(hex::encode(challenge.hash), vector["tx_hash_hex"], "{name}");
        assert_eq!(challenge.caller().text(), vector["expected_sub"], "{name}");
        assert_eq!(
            challenge.client_domain.as_deref(),
            vector["expected_client_domain_claim"].as_str()
        );
        assert_eq!(challenge.home_domain, "localhost:8080");
        assert_eq!(challenge.expires_at_s, NOW_S + 900);
        assert_eq!(challenge.check_signatures(&Authority::MasterKey), Ok(()), "{name}");
        let unsigned = read(vector["challenge_xdr"].as_str().expect("text")).expect("ours");
        assert!(!unsigned.is_signed());
        let refused = unsigned.check_signatures(&Authority::MasterKey);
        assert_eq!(refused, Err(Refused::ClientSignature), "{name}");
    }
}

#[test]
fn the_network_of_the_vectors_has_the_published_id() {
    assert_eq!(hex::encode(party().network_id()), vectors()["network_id_hex"]);
}

// ---- what is issued ----

#[test]
fn every_home_domain_of_ours_has_its_challenges() {
    let text = issue(&Asked { home_domain: "second.example", ..asked(client()) });
    let challenge = read(&cosigned(&text, &[&key("client")])).expect("well formed");
    assert_eq!(challenge.home_domain, "second.example");
    assert_eq!(party().home_domain(None), Some("localhost:8080"));
    assert_eq!(party().home_domain(Some("second.example")), Some("second.example"));
    assert_eq!(party().home_domain(Some("third.example")), None);
}

#[test]
fn what_cannot_be_a_challenge_is_not_issued() {
    let refused =
        |asked: &Asked<'_>| party().issue(asked, NOW_S, &[3; 48]).expect_err("no challenge");
    assert_eq!(refused(&asked(Account::Contract([1; 32]))), CannotIssue::Contract);
    let muxed = Account::Muxed(key("client").account(), 1);
    assert!(matches!(refused(&Asked { memo: Some(1), ..asked(muxed) }), CannotIssue::Memo(_)));
    let long = "a".repeat(HOME_DOMAIN_BYTES_MAX + 1);
    assert_eq!(refused(&Asked { home_domain: &long, ..asked(client()) }), CannotIssue::TooLong);
    let long = "a".repeat(NAME_BYTES_MAX + 1);
    let client_domain = Some((long.as_str(), key("client_domain").account()));
    assert_eq!(refused(&Asked { client_domain, ..asked(client()) }), CannotIssue::TooLong);
}

#[test]
fn domains_may_be_as_long_as_an_operation_allows() {
    let long = "a".repeat(HOME_DOMAIN_BYTES_MAX);
    let party = Party {
        home_domains: vec![long.clone()],
        web_auth_domain: "b".repeat(NAME_BYTES_MAX),
        ..party()
    };
    let asked = Asked { home_domain: &long, ..asked(client()) };
    let text = party.issue(&asked, NOW_S, &[3; 48]).expect("a challenge");
    assert_eq!(party.read(&text, NOW_S).expect("ours").home_domain, long);
}

// ---- what is read ----

#[test]
fn a_challenge_is_good_from_its_first_to_its_last_second() {
    let text = issue(&asked(client()));
    let at = |now_s| party().read(&text, now_s).map(drop);
    assert_eq!(at(NOW_S - 1), Err(Refused::Early));
    assert_eq!(at(NOW_S), Ok(()));
    assert_eq!(at(NOW_S + 900), Ok(()));
    assert_eq!(at(NOW_S + 901), Err(Refused::Expired));
}

#[test]
fn texts_that_are_no_transaction_are_refused() {
    let good = issue(&asked(client()));
    let long = "A".repeat(crate::config::limits::CHALLENGE_CHARS_MAX + 1);
    assert_eq!(read(&long).expect_err("long"), Refused::TooLong);
    for text in [
        "",
        "AAAA",
        "not base64",
        &format!("{good} "),
        &format!("{good}\n"),
        &format!("{good}AAAA"),
        &good[4..],
        &good[..good.len() - 4],
        &good.replace('+', "-"),
    ] {
        assert_eq!(read(text).expect_err(text), Refused::Malformed, "{text}");
    }
}

#[test]
fn no_byte_of_a_challenge_can_be_changed() {
    let good = STANDARD.decode(issue(&with_domain())).expect("base64");
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        assert!(read(&STANDARD.encode(&bytes)).is_err(), "byte {at}");
        assert!(read(&STANDARD.encode(&good[..at])).is_err(), "cut at {at}");
    }
}

#[test]
fn other_kinds_of_envelope_are_refused() {
    let envelope = open(&issue(&asked(client())));
    let tx = envelope.tx.clone();
    let MuxedAccount::Ed25519(source) = tx.source_account.clone() else { panic!("plain") };
    let Preconditions::Time(bounds) = tx.cond.clone() else { panic!("bounds") };
    let old = TransactionV0 {
        source_account_ed25519: source,
        fee: tx.fee,
        seq_num: tx.seq_num.clone(),
        time_bounds: Some(bounds),
        memo: tx.memo.clone(),
        operations: tx.operations.clone(),
        ext: TransactionV0Ext::V0,
    };
    let signatures = envelope.signatures.clone();
    let old = TransactionEnvelope::TxV0(TransactionV0Envelope { tx: old, signatures });
    assert_eq!(read(&text(&old)).expect_err("version 0"), Refused::NotV1);
    let bump = TransactionEnvelope::TxFeeBump(FeeBumpTransactionEnvelope {
        tx: FeeBumpTransaction {
            fee_source: tx.source_account,
            fee: 400,
            inner_tx: FeeBumpTransactionInnerTx::Tx(envelope),
            ext: FeeBumpTransactionExt::V0,
        },
        signatures: stellar_xdr::VecM::default(),
    });
    assert_eq!(read(&text(&bump)).expect_err("fee bump"), Refused::NotV1);
}

#[test]
fn a_transaction_that_could_be_carried_out_is_refused() {
    let client = plain(&key("client").account());
    assert_eq!(altered(|tx| tx.source_account = client), Refused::Source);
    let muxed = MuxedAccount::MuxedEd25519(MuxedAccountMed25519 {
        id: 1,
        ed25519: Uint256(party().key.account().0),
    });
    assert_eq!(altered(|tx| tx.source_account = muxed), Refused::Source);
    assert_eq!(altered(|tx| tx.seq_num = SequenceNumber(1)), Refused::Sequence);
}

#[test]
fn time_bounds_have_to_be_there_and_to_end() {
    let bounds = |min, max| {
        Preconditions::Time(TimeBounds { min_time: TimePoint(min), max_time: TimePoint(max) })
    };
    assert_eq!(altered(|tx| tx.cond = Preconditions::None), Refused::TimeBounds);
    assert_eq!(altered(|tx| tx.cond = bounds(NOW_S, 0)), Refused::TimeBounds);
    assert_eq!(altered(|tx| tx.cond = bounds(NOW_S + 1, NOW_S + 9)), Refused::Early);
    assert_eq!(altered(|tx| tx.cond = bounds(NOW_S - 9, NOW_S - 1)), Refused::Expired);
    let newer = PreconditionsV2 {
        time_bounds: Some(TimeBounds { min_time: TimePoint(0), max_time: TimePoint(NOW_S + 9) }),
        ledger_bounds: None,
        min_seq_num: None,
        min_seq_age: stellar_xdr::Duration(0),
        min_seq_ledger_gap: 0,
        extra_signers: stellar_xdr::VecM::default(),
    };
    assert_eq!(altered(|tx| tx.cond = Preconditions::V2(newer)), Refused::TimeBounds);
}

#[test]
fn the_first_operation_is_the_clients_nonce_for_a_home_domain_of_ours() {
    assert_eq!(with_operations(Vec::clear), Refused::FirstOperation);
    let refused = with_operations(|all| all[0].source_account = None);
    assert_eq!(refused, Refused::FirstOperation);
    let refused = with_operations(|all| all[0].body = OperationBody::Inflation);
    assert_eq!(refused, Refused::FirstOperation);
    for name in ["", "auth", " auth", "localhost:8080", "localhost:8080  auth", "evil auth"] {
        assert_eq!(
            with_operations(|all| set_name(&mut all[0], name)),
            Refused::HomeDomain,
            "{name}"
        );
    }
    for value in ["", "AAAA", &STANDARD.encode([3; 47]), &"-".repeat(64), &"=".repeat(64)] {
        assert_eq!(with_operations(|all| set_value(&mut all[0], value)), Refused::Nonce, "{value}");
    }
    let refused = with_operations(|all| data(&mut all[0]).data_value = None);
    assert_eq!(refused, Refused::Nonce);
}

#[test]
fn only_an_id_memo_is_taken_and_none_beside_a_muxed_account() {
    for memo in [
        Memo::Text("7".try_into().expect("short")),
        Memo::Hash(Hash([7; 32])),
        Memo::Return(Hash([7; 32])),
    ] {
        assert_eq!(altered(|tx| tx.memo = memo), Refused::Memo);
    }
    let mut tx = open(&issue(&asked(Account::Muxed(key("client").account(), 1)))).tx;
    tx.memo = Memo::Id(1);
    assert_eq!(read(&sealed(tx, &[&party().key])).expect_err("both"), Refused::MemoBesideMuxed);
}

#[test]
fn every_other_operation_is_ours_or_the_client_domains() {
    let extra = |source: MuxedAccount, name: &str| {
        with_operations(|all| {
            let mut one = all[1].clone();
            one.source_account = Some(source);
            set_name(&mut one, name);
            all.push(one);
        })
    };
    let (client, ours) = (plain(&key("client").account()), plain(&party().key.account()));
    assert_eq!(extra(client.clone(), "anything"), Refused::OperationSource);
    assert_eq!(extra(client, WEB_AUTH_DOMAIN), Refused::OperationSource);
    assert_eq!(extra(ours, CLIENT_DOMAIN), Refused::ClientDomain);
    let refused = with_operations(|all| all[1].source_account = None);
    assert_eq!(refused, Refused::OperationSource);
    let refused = with_operations(|all| all[1].body = OperationBody::Inflation);
    assert_eq!(refused, Refused::Operation);
    let refused = with_operations(|all| set_value(&mut all[1], "evil.example"));
    assert_eq!(refused, Refused::WebAuthDomain);
    let refused = with_operations(|all| drop(all.remove(1)));
    assert_eq!(refused, Refused::WebAuthDomain);
    let refused = with_operations(|all| data(&mut all[2]).data_value = None);
    assert_eq!(refused, Refused::ClientDomain);
    let refused = with_operations(|all| all[2].source_account = None);
    assert_eq!(refused, Refused::ClientDomain);
}

#[test]
fn an_operation_of_ours_with_another_name_does_no_harm() {
    let mut tx = open(&issue(&asked(client()))).tx;
    let mut operations = tx.operations.to_vec();
    let mut one = operations[1].clone();
    set_name(&mut one, "something new");
    operations.push(one);
    tx.operations = operations.try_into().expect("at most 100");
    read(&sealed(tx, &[&party().key])).expect("taken");
}

#[test]
fn a_challenge_without_our_signature_is_refused() {
    let tx = open(&issue(&asked(client()))).tx;
    for keys in [vec![], vec![key("client")], vec![stranger(1), key("client")]] {
        let keys: Vec<&SigningKey> = keys.iter().collect();
        let refused = read(&sealed(tx.clone(), &keys)).expect_err("not ours");
        assert_eq!(refused, Refused::ServerSignature);
    }
    let elsewhere = Party { network_passphrase: "Another ; Network".to_owned(), ..party() };
    let text = elsewhere.issue(&asked(client()), NOW_S, &[3; 48]).expect("a challenge");
    assert_eq!(read(&text).expect_err("another network"), Refused::ServerSignature);
}

#[test]
fn our_signature_need_not_come_first() {
    let tx = open(&issue(&asked(client()))).tx;
    let text = sealed(tx, &[&key("client"), &party().key]);
    let challenge = read(&text).expect("well formed");
    assert_eq!(challenge.check_signatures(&Authority::MasterKey), Ok(()));
}

// ---- who signed ----

#[test]
fn an_account_that_does_not_exist_is_signed_for_by_its_own_key_alone() {
    let (client, other) = (key("client"), stranger(1));
    let judged = |keys: &[&SigningKey]| judged(&asked(self::client()), keys, &Authority::MasterKey);
    assert_eq!(judged(&[&client]), Ok(()));
    assert_eq!(judged(&[]), Err(Refused::ClientSignature));
    assert_eq!(judged(&[&other]), Err(Refused::UnknownSignature));
    assert_eq!(judged(&[&client, &other]), Err(Refused::UnknownSignature));
    assert_eq!(judged(&[&other, &client]), Err(Refused::UnknownSignature));
    assert_eq!(judged(&[&client, &client]), Err(Refused::UnknownSignature));
    assert_eq!(judged(&[&client, &party().key]), Err(Refused::UnknownSignature));
}

#[test]
fn weights_have_to_reach_the_medium_threshold() {
    let (master, a, b) = (key("client"), stranger(1), stranger(2));
    let account = signers(10, &[(&master, 1), (&a, 5), (&b, 5)]);
    let judged = |keys: &[&SigningKey]| judged(&asked(client()), keys, &account);
    assert_eq!(judged(&[&a, &b]), Ok(()));
    assert_eq!(judged(&[&b, &master, &a]), Ok(()));
    assert_eq!(judged(&[&a, &master]), Err(Refused::Weight));
    assert_eq!(judged(&[&master]), Err(Refused::Weight));
    assert_eq!(judged(&[&a, &a]), Err(Refused::UnknownSignature));
    assert_eq!(judged(&[&a, &b, &a]), Err(Refused::UnknownSignature));
    assert_eq!(judged(&[&a, &b, &stranger(3)]), Err(Refused::UnknownSignature));
}

#[test]
fn a_threshold_of_zero_still_needs_a_signer() {
    let fresh = signers(0, &[(&key("client"), 1)]);
    assert_eq!(judged(&asked(client()), &[&key("client")], &fresh), Ok(()));
    assert_eq!(judged(&asked(client()), &[], &fresh), Err(Refused::ClientSignature));
    let refused = judged(&asked(client()), &[&stranger(1)], &fresh);
    assert_eq!(refused, Err(Refused::UnknownSignature));
}

#[test]
fn a_demoted_master_key_does_not_get_in() {
    let (master, a) = (key("client"), stranger(1));
    for account in [signers(1, &[(&master, 0), (&a, 1)]), signers(0, &[(&a, 1)]), signers(0, &[])] {
        let refused = judged(&asked(client()), &[&master], &account);
        assert_eq!(refused, Err(Refused::UnknownSignature));
    }
}

#[test]
fn a_signer_listed_twice_counts_once() {
    let master = key("client");
    let account = signers(2, &[(&master, 1), (&master, 1)]);
    let twice = judged(&asked(client()), &[&master, &master], &account);
    assert_eq!(twice, Err(Refused::UnknownSignature));
    assert_eq!(judged(&asked(client()), &[&master], &account), Err(Refused::Weight));
}

#[test]
fn we_are_no_signer_of_anybodys_account() {
    let ours = party().key;
    let account = signers(1, &[(&ours, 10), (&key("client"), 1)]);
    let refused = judged(&asked(client()), &[&ours], &account);
    assert_eq!(refused, Err(Refused::UnknownSignature));
    assert_eq!(judged(&asked(client()), &[], &account), Err(Refused::ClientSignature));
    let own = asked(Account::Key(ours.account()));
    assert_eq!(judged(&own, &[&ours], &Authority::MasterKey), Err(Refused::UnknownSignature));
    assert_eq!(judged(&own, &[], &Authority::MasterKey), Err(Refused::ClientSignature));
}

#[test]
fn a_client_domain_signs_too_and_for_nobody_else() {
    let (client, domain) = (key("client"), key("client_domain"));
    let judged =
        |keys: &[&SigningKey], authority: &Authority| judged(&with_domain(), keys, authority);
    let both = signers(2, &[(&client, 1), (&domain, 1)]);
    assert_eq!(judged(&[&client, &domain], &Authority::MasterKey), Ok(()));
    assert_eq!(judged(&[&domain, &client], &Authority::MasterKey), Ok(()));
    assert_eq!(judged(&[&client], &Authority::MasterKey), Err(Refused::ClientDomainSignature));
    assert_eq!(judged(&[&domain], &Authority::MasterKey), Err(Refused::ClientSignature));
    assert_eq!(judged(&[&client, &domain], &both), Err(Refused::Weight));
    let twice = judged(&[&client, &domain, &domain], &Authority::MasterKey);
    assert_eq!(twice, Err(Refused::UnknownSignature));
    // Without a client domain in the challenge its key is a stranger's.
    let text = cosigned(&issue(&asked(self::client())), &[&client, &domain]);
    let refused = read(&text).expect("ours").check_signatures(&Authority::MasterKey);
    assert_eq!(refused, Err(Refused::UnknownSignature));
}

#[test]
fn a_client_domain_with_the_clients_own_key_does_not_stand_for_the_client() {
    let client_domain = Some((DOMAIN, key("client").account()));
    let asked = Asked { client_domain, ..asked(client()) };
    let client = key("client");
    let once = judged(&asked, &[&client], &Authority::MasterKey);
    assert_eq!(once, Err(Refused::ClientSignature));
    let twice = judged(&asked, &[&client, &client], &Authority::MasterKey);
    assert_eq!(twice, Err(Refused::UnknownSignature));
}

#[test]
fn a_muxed_account_is_signed_for_by_its_owner() {
    let (master, a) = (key("client"), stranger(1));
    let asked = asked(Account::Muxed(master.account(), 7));
    assert_eq!(judged(&asked, &[&a], &signers(1, &[(&a, 1)])), Ok(()));
    let text = cosigned(&issue(&asked), &[&a]);
    assert_eq!(read(&text).expect("ours").client_key(), master.account());
}

#[test]
fn a_signature_of_another_challenge_is_refused() {
    let mut other = open(&party().issue(&asked(client()), NOW_S, &[4; 48]).expect("a challenge"));
    let theirs = signature(&other.tx, &key("client"));
    other = open(&issue(&asked(client())));
    let mut signatures = other.signatures.to_vec();
    signatures.push(theirs);
    other.signatures = signatures.try_into().expect("at most 20");
    let challenge = read(&text(&TransactionEnvelope::Tx(other))).expect("ours");
    let refused = challenge.check_signatures(&Authority::MasterKey);
    assert_eq!(refused, Err(Refused::UnknownSignature));
}
