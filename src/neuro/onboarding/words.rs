//! What applicants are told, in several languages. Names nobody and repeats nothing they said.

use super::Code;

/// A sentence, or the beginning of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// The application is refused.
    Rejected,
    /// An operator looks at it.
    Manual,
    /// The identity is attested.
    Approved,
    /// The identity is withdrawn.
    Obsoleted,
    /// The identity's key is not its owner's alone.
    Compromised,
    /// Something required is not there; its name follows.
    Missing,
    /// Something is wrong, and nothing else fits.
    NotAccepted,
    /// A document's time is over.
    Expired,
    /// Country or nationality.
    Country,
    /// E-mail address or phone number.
    Contact,
    /// Address of the account.
    Address,
    /// Too young.
    Age,
    /// Date of birth.
    Birth,
    /// Gender.
    Gender,
    /// Personal number.
    PersonalNumber,
    /// Name.
    Name,
    /// Photo.
    Photo,
    /// File of a wrong kind.
    File,
    /// The same person again.
    Duplicate,
    /// Whoever should have looked at it could not.
    NotChecked,
}

/// Languages that there are texts in, the first being for everybody else.
const LANGUAGES: [&str; 5] = ["en", "de", "es", "fr", "sv"];

impl Words {
    /// In this language (`de`, `de-CH`), else in English.
    pub fn in_language(self, language: &str) -> &'static str {
        let primary = language.split(['-', '_']).next().unwrap_or_default();
        let at = LANGUAGES.iter().position(|known| known.eq_ignore_ascii_case(primary));
        self.texts()[at.unwrap_or(0)]
    }

    #[expect(clippy::too_many_lines, reason = "one text after the other")]
    fn texts(self) -> [&'static str; 5] {
        match self {
            Self::Rejected => [
                "The application was rejected.",
                "Der Antrag wurde abgelehnt.",
                "La solicitud fue rechazada.",
                "La demande a été refusée.",
                "Ansökan avslogs.",
            ],
            Self::Manual => [
                "Somebody will look at the application.",
                "Der Antrag wird von jemandem angesehen.",
                "Alguien revisará la solicitud.",
                "Quelqu'un examinera la demande.",
                "Någon kommer att granska ansökan.",
            ],
            Self::Approved => [
                "The identity was approved.",
                "Die Identität wurde bestätigt.",
                "La identidad fue aprobada.",
                "L'identité a été approuvée.",
                "Identiteten godkändes.",
            ],
            Self::Obsoleted => [
                "The identity was withdrawn.",
                "Die Identität wurde zurückgezogen.",
                "La identidad fue retirada.",
                "L'identité a été retirée.",
                "Identiteten drogs tillbaka.",
            ],
            Self::Compromised => [
                "The identity was reported as compromised.",
                "Die Identität wurde als kompromittiert gemeldet.",
                "La identidad fue notificada como comprometida.",
                "L'identité a été signalée comme compromise.",
                "Identiteten anmäldes som komprometterad.",
            ],
            Self::Missing => ["Missing", "Es fehlt", "Falta", "Il manque", "Saknas"],
            Self::NotAccepted => [
                "It was not accepted.",
                "Es wurde nicht angenommen.",
                "No fue aceptado.",
                "Cela n'a pas été accepté.",
                "Det godtogs inte.",
            ],
            Self::Expired => [
                "The document has expired.",
                "Das Dokument ist abgelaufen.",
                "El documento ha caducado.",
                "Le document est expiré.",
                "Handlingen har gått ut.",
            ],
            Self::Country => [
                "The country is not one that is accepted.",
                "Das Land ist keines, das angenommen wird.",
                "El país no es uno de los aceptados.",
                "Le pays n'est pas accepté.",
                "Landet är inte ett som godtas.",
            ],
            Self::Contact => [
                "E-mail address or phone number is not the one that was verified.",
                "E-Mail-Adresse oder Telefonnummer ist nicht die bestätigte.",
                "El correo electrónico o el teléfono no es el verificado.",
                "L'adresse e-mail ou le numéro de téléphone n'est pas celui qui a été vérifié.",
                "E-postadressen eller telefonnumret är inte det som bekräftades.",
            ],
            Self::Address => [
                "The address is not that of the account.",
                "Die Adresse ist nicht die des Kontos.",
                "La dirección no es la de la cuenta.",
                "L'adresse n'est pas celle du compte.",
                "Adressen är inte kontots.",
            ],
            Self::Age => [
                "The required age is not reached.",
                "Das verlangte Alter ist nicht erreicht.",
                "No se alcanza la edad exigida.",
                "L'âge requis n'est pas atteint.",
                "Åldern som krävs är inte uppnådd.",
            ],
            Self::Birth => [
                "The date of birth is not right.",
                "Das Geburtsdatum stimmt nicht.",
                "La fecha de nacimiento no es correcta.",
                "La date de naissance n'est pas correcte.",
                "Födelsedatumet stämmer inte.",
            ],
            Self::Gender => [
                "The gender is not M, F or X.",
                "Das Geschlecht ist nicht M, F oder X.",
                "El sexo no es M, F o X.",
                "Le sexe n'est pas M, F ou X.",
                "Könet är inte M, F eller X.",
            ],
            Self::PersonalNumber => [
                "The personal number is not right.",
                "Die Personennummer stimmt nicht.",
                "El número personal no es correcto.",
                "Le numéro personnel n'est pas correct.",
                "Personnumret stämmer inte.",
            ],
            Self::Name => [
                "The name is not right.",
                "Der Name stimmt nicht.",
                "El nombre no es correcto.",
                "Le nom n'est pas correct.",
                "Namnet stämmer inte.",
            ],
            Self::Photo => [
                "The photo cannot be used.",
                "Das Foto kann nicht verwendet werden.",
                "La foto no se puede utilizar.",
                "La photo ne peut pas être utilisée.",
                "Fotot kan inte användas.",
            ],
            Self::File => [
                "The file is not of a kind that is accepted.",
                "Die Datei ist von keiner Art, die angenommen wird.",
                "El archivo no es de un tipo aceptado.",
                "Le fichier n'est pas d'un type accepté.",
                "Filen är inte av en sort som godtas.",
            ],
            Self::Duplicate => [
                "This person has an identity already.",
                "Diese Person hat bereits eine Identität.",
                "Esta persona ya tiene una identidad.",
                "Cette personne a déjà une identité.",
                "Personen har redan en identitet.",
            ],
            Self::NotChecked => [
                "The check could not be carried out.",
                "Die Prüfung konnte nicht durchgeführt werden.",
                "No se pudo realizar la comprobación.",
                "Le contrôle n'a pas pu être effectué.",
                "Kontrollen kunde inte utföras.",
            ],
        }
    }
}

impl Code {
    /// What it means, in words.
    pub fn words(self) -> Words {
        match self {
            Self::ManualReview | Self::UnableReview | Self::ReviewerExternal => Words::Manual,
            Self::NotValid => Words::NotAccepted,
            Self::MissingCountry
            | Self::CountryNotSpecified
            | Self::CountryNotSupported
            | Self::CountryCodeMismatch
            | Self::NationalityInvalid => Words::Country,
            Self::EMailOrPhoneInvalid => Words::Contact,
            Self::InvalidJid => Words::Address,
            Self::AgeNotReached => Words::Age,
            Self::BirthDayInvalid
            | Self::BirthMonthInvalid
            | Self::BirthYearInvalid
            | Self::FutureBirthDate
            | Self::InconsistentBirthDate => Words::Birth,
            Self::GenderInvalid => Words::Gender,
            Self::MissingPNr
            | Self::PersonalNumberInvalid
            | Self::PersonalNumberMismatch
            | Self::PNrMismatch
            | Self::PNrNotNormalized => Words::PersonalNumber,
            Self::FirstNameInvalid
            | Self::LastNameInvalid
            | Self::FullNameInvalid
            | Self::FirstNameMismatch
            | Self::LastNameMismatch
            | Self::NameMismatch => Words::Name,
            Self::NoFace
            | Self::MultipleFaces
            | Self::LowQualityPhoto
            | Self::PhotoMismatch
            | Self::PhotoTooSimilar
            | Self::PhotoNotRecent => Words::Photo,
            Self::InvalidFormat | Self::InvalidType | Self::NfcInvalid => Words::File,
            Self::DuplicateApplication => Words::Duplicate,
            Self::ServiceNotConfigured
            | Self::NoLogin
            | Self::UnexpectedOnboardingServer
            | Self::AuthenticationTimeout
            | Self::ServiceFailed
            | Self::ServiceClientTimeout => Words::NotChecked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_follow_the_language() {
        assert_eq!(Words::Expired.in_language("de"), "Das Dokument ist abgelaufen.");
        assert_eq!(Words::Expired.in_language("SV-se"), "Handlingen har gått ut.");
        for unknown in ["", "xx", "-", "english"] {
            assert_eq!(Words::Expired.in_language(unknown), "The document has expired.");
        }
    }

    #[test]
    fn every_code_has_a_text_in_every_language() {
        for code in Code::ALL {
            let texts = code.words().texts();
            assert!(texts.iter().all(|text| !text.is_empty()), "{code:?}");
            let mut distinct = texts.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), LANGUAGES.len(), "{code:?}");
        }
    }
}
