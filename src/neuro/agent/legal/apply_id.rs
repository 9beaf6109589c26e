//! `POST /Agent/Legal/ApplyId` `{keyId, nonce, keySignature, requestSignature, Properties}`
//!
//! An application: properties in the client's order, then what the server knows (`JID`, `AGENT`),
//! signed with the client's key. The header `Referer` is engraved as `AGENT` and never fetched.

use kyc_events::Millis;
use kyc_projections::neuro_accounts::{self, NeuroAccounts};
use uuid::Uuid;

use crate::config::limits;
use crate::neuro::agent::Call;
use crate::neuro::error::Error;
use crate::neuro::identity::{Application, Command, stream_of};
use crate::neuro::legal_identity::{self, Properties, property};
use crate::neuro::names;
use crate::neuro::pnr;
use crate::neuro::service::{Known, Service};
use crate::neuro::signing::{Opened, Presented};
use crate::neuro::wire::Reply;

const DAY_MS: Millis = 24 * 3600 * 1000;

/// Answers.
pub async fn answer(service: &Service, call: &Call) -> Result<Reply, Error> {
    let presented = Presented::of(&call.form, "keyId")?;
    let pairs = call.form.pairs("Properties", "Property", limits::NEURO_PROPERTIES_MAX)?;
    let referer = call.referer.as_deref();
    let agent = referer.and_then(property::agent).ok_or_else(|| {
        Error::bad("The header Referer has to be the URL of the application's page.")
    })?;
    let invalid =
        |error: property::InvalidProperty| Error::bad(format!("In 'Properties', {error}."));
    let claimed = Properties::parse(&pairs).map_err(invalid)?;
    let known = service.account(call.bearer()?).await?;
    let jid = format!("{}@{}", known.user, service.settings.domain);
    let said = claimed.clone().attested(&jid, &agent).map_err(invalid)?;
    let signed = service.signed(call, &known, &presented, |scope, shown| {
        scope.apply_id(&shown.key_signature, shown.nonce.as_str(), &pairs)
    });
    let opened = signed.await?;
    let query = |rows: &_| neuro_accounts::count(rows, &known.stream);
    if service.models.of::<NeuroAccounts>().query(query) >= limits::NEURO_IDENTITIES_MAX {
        return Err(Error::Forbidden("The account has too many identities.".into()));
    }
    let application = application(service, &known, &opened, &claimed, &said)?;
    let stream = stream_of(Uuid::new_v4());
    let command = Command::Apply(Box::new(application));
    let reply = service.identities.send(&stream, command, call.origin.clone()).await?;
    let _ = service.caught_up(&reply).await;
    let state = service.reviewed(&stream, reply.state).await?;
    service.identity_response(&stream, &state)
}

fn application(
    service: &Service,
    known: &Known,
    opened: &Opened,
    claimed: &Properties,
    said: &Properties,
) -> Result<Application, Error> {
    let pairs = |properties: &Properties| -> Vec<(String, String)> {
        properties.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let (claims, all) = (pairs(claimed), pairs(said));
    let added = all[claims.len()..].to_vec();
    let valid_from = service.clock.now().div_euclid(DAY_MS) * DAY_MS;
    let valid_to = service.settings.validity.after(valid_from);
    let person = claimed.get("COUNTRY").zip(claimed.get("PNR")).map(|(country, number)| {
        let usual = pnr::validate(country.trim(), number, service.this_year());
        let number = if let pnr::Answer::Valid(usual) = &usual { usual } else { number.trim() };
        names::person(service.vault.master(), country.trim(), number)
    });
    let owner = known.state.owner()?;
    Ok(Application {
        subject: owner.subject,
        key: owner.key,
        account: known.stream.clone(),
        key_number: opened.key.number,
        domain: service.settings.domain.clone(),
        claims,
        added,
        person,
        local_name: opened.key.local_name.clone(),
        namespace: opened.key.namespace.clone(),
        public_key: opened.private.public().text(),
        client_signature: legal_identity::Identity::client_signature(&opened.private, said),
        valid_from,
        valid_to,
        is_ready: service.settings.auto_on_apply,
    })
}
