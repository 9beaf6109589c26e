//! What a client is told of a review, as XML:
//!
//! ```xml
//! <clientMessage id="…@legal.example.org" code="ManualReview" type="Client" xmlns="urn:nf:iot:leg:id:1.0">
//!   <invalidClaim claim="BYEAR" message="…" code="AgeNotReached" service="documents"/>
//!   <invalidPhoto fileName="ProfilePhoto.jpg" message="…" code="InvalidFormat" service="documents"/>
//!   <error message="…" type="Client" code="DuplicateApplication" service="duplicate"/>
//!   <validatedClaim claim="EMAIL" service="contact"/>
//!   <validatedPhoto fileName="Passport.jpg" service="acme"/>
//!   <unvalidatedClaim claim="SPORT"/>
//!   <unvalidatedPhoto fileName="cat.gif"/>
//! </clientMessage>
//! ```
//!
//! Each claim and photo stands there as it is settled, once for everybody who says so.

use kyc_events::neuro::{Fault, Outcome, Standing};

use super::report::{Mark, Report};
use super::{Code, Items, Words};
use crate::neuro::xml::Element;

const NAMESPACE: &str = "urn:nf:iot:leg:id:1.0";

/// The message about the identity `id`; words that nobody chose are in this language.
pub fn client_message(id: &str, items: &Items, report: &Report, language: &str) -> Element {
    let outcome = report.outcome(items);
    let mut message = element("clientMessage").attribute("id", id);
    if let Some(code) = code(outcome, items, report) {
        message = message.attribute("code", code);
    }
    message = message.attribute("type", fault(outcome, report).word());
    let settled: Vec<Settled<'_>> = settled(items, report);
    for one in settled.iter().filter(|one| one.standing == Standing::Invalid) {
        message.children.extend(one.wrong(language));
    }
    for trouble in &report.troubles {
        let words = words(trouble.message.as_deref(), trouble.code.as_deref(), language);
        let error = element("error").attribute("message", words);
        let error = error.attribute("type", trouble.fault.word());
        message.children.push(about(error, trouble.code.as_deref(), &trouble.service));
    }
    for standing in [Standing::Valid, Standing::Unvalidated] {
        for one in settled.iter().filter(|one| one.standing == standing) {
            message.children.extend(one.right(report));
        }
    }
    message
}

/// A claim or photo, and how it stands.
struct Settled<'a> {
    /// `Claim`, `Photo`.
    kind: &'static str,
    /// `claim`, `fileName`.
    attribute: &'static str,
    name: &'a str,
    standing: Standing,
    marks: &'a [Mark],
}

/// Claims in their order, then photos.
fn settled<'a>(items: &'a Items, report: &'a Report) -> Vec<Settled<'a>> {
    let claims = (0..).zip(&items.claims).map(|(index, name)| Settled {
        kind: "Claim",
        attribute: "claim",
        name,
        standing: report.claim(index),
        marks: report.claims.get(&index).map_or(&[], Vec::as_slice),
    });
    let photos = items.photos.iter().map(|(file, name)| Settled {
        kind: "Photo",
        attribute: "fileName",
        name,
        standing: report.photo(*file),
        marks: report.photos.get(file).map_or(&[], Vec::as_slice),
    });
    claims.chain(photos).collect()
}

impl Settled<'_> {
    fn element(&self, prefix: &str) -> Element {
        element(&format!("{prefix}{}", self.kind)).attribute(self.attribute, self.name)
    }

    fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.marks.iter().filter(|mark| mark.standing == self.standing)
    }

    /// Who finds it wrong, and why.
    fn wrong(&self, language: &str) -> impl Iterator<Item = Element> {
        self.marks().map(move |mark| {
            let words = words(mark.message.as_deref(), mark.code.as_deref(), language);
            let element = self.element("invalid").attribute("message", words);
            about(element, mark.code.as_deref(), &mark.service)
        })
    }

    /// Who finds it right; or that nobody does.
    fn right(&self, report: &Report) -> Vec<Element> {
        match self.standing {
            Standing::Unvalidated => vec![self.element("unvalidated")],
            Standing::Invalid => Vec::new(),
            Standing::Valid => {
                let services: Vec<&String> = self.marks().map(|mark| &mark.service).collect();
                let vouching = report.vouched_by.iter().filter(|_| services.is_empty());
                let validated = services.iter().copied().chain(vouching);
                let element = |who: &String| self.element("validated").attribute("service", who);
                validated.map(element).collect()
            }
        }
    }
}

fn element(name: &str) -> Element {
    Element::new(name, NAMESPACE)
}

fn about(mut element: Element, code: Option<&str>, service: &str) -> Element {
    if let Some(code) = code {
        element = element.attribute("code", code);
    }
    element.attribute("service", service)
}

fn words(given: Option<&str>, code: Option<&str>, language: &str) -> String {
    let known = || code.and_then(Code::parse).map_or(Words::NotAccepted, Code::words);
    given.map_or_else(|| known().in_language(language).to_owned(), str::to_owned)
}

/// The code of the message: the first of what is wrong, or that somebody looks at it.
fn code(outcome: Outcome, items: &Items, report: &Report) -> Option<String> {
    match outcome {
        Outcome::Approve => None,
        Outcome::Manual => Some(Code::ManualReview.word().to_owned()),
        Outcome::Reject => {
            let settled = settled(items, report);
            let wrong = settled.iter().filter(|one| one.standing == Standing::Invalid);
            let marks = wrong.flat_map(Settled::marks).find_map(|mark| mark.code.clone());
            let client = report.troubles.iter().filter(|one| one.fault == Fault::Client);
            marks.or_else(|| client.into_iter().find_map(|trouble| trouble.code.clone()))
        }
    }
}

/// Whose the message is about: the client's where it was refused, else ours or a service's.
fn fault(outcome: Outcome, report: &Report) -> Fault {
    let is_service = || report.troubles.iter().any(|one| one.fault == Fault::Service);
    match outcome {
        Outcome::Approve | Outcome::Reject => Fault::Client,
        Outcome::Manual if is_service() => Fault::Service,
        Outcome::Manual => Fault::Server,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::neuro::identity::{Assessment, Opinion, Problem};

    fn opinion(standing: Standing, code: Option<&str>) -> Opinion {
        Opinion { standing, code: code.map(str::to_owned), message: None }
    }

    fn items() -> Items {
        Items {
            claims: ["FIRST", "BYEAR", "SPORT"].map(str::to_owned).to_vec(),
            photos: [
                (Uuid::from_u128(1), "Passport.jpg".to_owned()),
                (Uuid::from_u128(2), "a.jpg".to_owned()),
            ]
            .into(),
        }
    }

    /// One line for each element: its name, then its attributes.
    fn lines(element: &Element) -> Vec<String> {
        let line = |element: &Element| {
            let attributes =
                element.attributes.iter().map(|(name, value)| format!(" {name}={value}"));
            format!("{}{}", element.name, attributes.collect::<String>())
        };
        std::iter::once(line(element)).chain(element.children.iter().map(line)).collect()
    }

    #[test]
    fn a_rejected_application_says_what_is_wrong() {
        let documents = Assessment {
            authenticator: "documents".to_owned(),
            claims: vec![
                (0, opinion(Standing::Valid, None)),
                (1, opinion(Standing::Invalid, Some("AgeNotReached"))),
            ],
            photos: vec![(Uuid::from_u128(1), opinion(Standing::Invalid, Some("InvalidFormat")))],
            problems: vec![Problem {
                fault: Fault::Client,
                code: Some("NotValid".to_owned()),
                message: Some("Missing: PNR".to_owned()),
            }],
            provider: None,
        };
        let message = client_message("1@legal.d", &items(), &Report::of([&documents]), "de");
        assert_eq!(
            lines(&message),
            [
                "clientMessage id=1@legal.d code=AgeNotReached type=Client",
                "invalidClaim claim=BYEAR message=Das verlangte Alter ist nicht erreicht. \
                 code=AgeNotReached service=documents",
                "invalidPhoto fileName=Passport.jpg message=Die Datei ist von keiner Art, die angenommen \
                 wird. code=InvalidFormat service=documents",
                "error message=Missing: PNR type=Client code=NotValid service=documents",
                "validatedClaim claim=FIRST service=documents",
                "unvalidatedClaim claim=SPORT",
                "unvalidatedPhoto fileName=a.jpg",
            ]
        );
        assert!(message.children.iter().all(|child| child.namespace == NAMESPACE));
    }

    #[test]
    fn an_open_application_says_that_somebody_looks_at_it() {
        let failed = Problem { fault: Fault::Service, code: None, message: None };
        let acme = Assessment {
            authenticator: "acme".to_owned(),
            problems: vec![failed],
            ..Assessment::default()
        };
        let only = Items { claims: vec!["FIRST".to_owned()], ..Items::default() };
        let message = client_message("1@legal.d", &only, &Report::of([&acme]), "");
        assert_eq!(
            lines(&message),
            [
                "clientMessage id=1@legal.d code=ManualReview type=Service",
                "error message=It was not accepted. type=Service service=acme",
                "unvalidatedClaim claim=FIRST",
            ]
        );
        let message = client_message("1@legal.d", &only, &Report::default(), "");
        assert_eq!(lines(&message)[0], "clientMessage id=1@legal.d code=ManualReview type=Server");
    }

    #[test]
    fn who_vouches_stands_where_nobody_else_does() {
        let contact = Assessment {
            authenticator: "contact".to_owned(),
            claims: vec![(0, opinion(Standing::Valid, None))],
            ..Assessment::default()
        };
        let report = Report { vouched_by: ["acme".to_owned()].into(), ..Report::of([&contact]) };
        let message = client_message("1@legal.d", &items(), &report, "");
        assert_eq!(
            lines(&message),
            [
                "clientMessage id=1@legal.d type=Client",
                "validatedClaim claim=FIRST service=contact",
                "validatedClaim claim=BYEAR service=acme",
                "validatedClaim claim=SPORT service=acme",
                "validatedPhoto fileName=Passport.jpg service=acme",
                "validatedPhoto fileName=a.jpg service=acme",
            ]
        );
    }
}
