//! What fields are, in other languages than English, as far as people are asked for them often.

/// German, Spanish, French.
const TRANSLATED: [(&str, [&str; 3]); 28] = [
    ("last_name", ["Familienname", "Apellidos", "Nom de famille"]),
    ("first_name", ["Vorname", "Nombre", "Prénom"]),
    ("additional_name", ["Weitere Vornamen", "Segundo nombre", "Autres prénoms"]),
    ("address_country_code", ["Land der Adresse", "País de la dirección", "Pays de l'adresse"]),
    (
        "state_or_province",
        ["Bundesland, Kanton oder Provinz", "Estado o provincia", "État, canton ou province"],
    ),
    ("city", ["Ort", "Ciudad", "Ville"]),
    ("postal_code", ["Postleitzahl", "Código postal", "Code postal"]),
    ("address", ["Ganze Adresse", "Dirección completa", "Adresse complète"]),
    (
        "mobile_number",
        ["Mobiltelefonnummer", "Número de teléfono móvil", "Numéro de téléphone mobile"],
    ),
    ("email_address", ["E-Mail-Adresse", "Correo electrónico", "Adresse e-mail"]),
    ("birth_date", ["Geburtsdatum", "Fecha de nacimiento", "Date de naissance"]),
    ("birth_place", ["Geburtsort", "Lugar de nacimiento", "Lieu de naissance"]),
    ("birth_country_code", ["Geburtsland", "País de nacimiento", "Pays de naissance"]),
    ("tax_id", ["Steuernummer", "Número de identificación fiscal", "Numéro fiscal"]),
    (
        "occupation",
        ["Beruf, ISCO-08-Code", "Ocupación, código CIUO-08", "Profession, code CITP-08"],
    ),
    (
        "id_type",
        ["Art des Ausweises", "Tipo de documento de identidad", "Type de pièce d'identité"],
    ),
    (
        "id_country_code",
        [
            "Land, das den Ausweis ausgestellt hat",
            "País emisor del documento",
            "Pays de délivrance de la pièce",
        ],
    ),
    (
        "id_issue_date",
        [
            "Ausstellungsdatum des Ausweises",
            "Fecha de expedición del documento",
            "Date de délivrance de la pièce",
        ],
    ),
    (
        "id_expiration_date",
        [
            "Ablaufdatum des Ausweises",
            "Fecha de caducidad del documento",
            "Date d'expiration de la pièce",
        ],
    ),
    (
        "id_number",
        [
            "Nummer des Passes oder Ausweises",
            "Número del pasaporte o documento",
            "Numéro du passeport ou de la pièce",
        ],
    ),
    (
        "photo_id_front",
        [
            "Bild der Vorderseite des Ausweises oder des Passes",
            "Imagen del anverso del documento o del pasaporte",
            "Image du recto de la pièce ou du passeport",
        ],
    ),
    (
        "photo_id_back",
        [
            "Bild der Rückseite des Ausweises",
            "Imagen del reverso del documento",
            "Image du verso de la pièce",
        ],
    ),
    (
        "photo_proof_residence",
        [
            "Bild einer Rechnung oder eines Kontoauszugs mit Ihrer Adresse",
            "Imagen de una factura o extracto con su dirección",
            "Image d'une facture ou d'un relevé avec votre adresse",
        ],
    ),
    (
        "proof_of_income",
        [
            "Bild eines Einkommensnachweises",
            "Imagen de un comprobante de ingresos",
            "Image d'un justificatif de revenus",
        ],
    ),
    ("sex", ["Geschlecht", "Sexo", "Sexe"]),
    (
        "bank_account_number",
        ["Nummer des Bankkontos", "Número de la cuenta bancaria", "Numéro du compte bancaire"],
    ),
    ("bank_number", ["Nummer der Bank", "Número del banco", "Numéro de la banque"]),
    (
        "bank_account_type",
        ["Art des Bankkontos", "Tipo de cuenta bancaria", "Type de compte bancaire"],
    ),
];

/// What a field is, in this language; `None`: nobody has written it down.
pub fn description(field: &str, lang: &str) -> Option<&'static str> {
    if lang == "en" {
        return super::find(field).map(|field| field.description);
    }
    let at = ["de", "es", "fr"].iter().position(|known| *known == lang)?;
    TRANSLATED.iter().find(|(name, _)| *name == field).map(|(_, texts)| texts[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_that_exist_are_translated_and_those_of_shipped_types_all_are() {
        for (name, texts) in TRANSLATED {
            assert!(crate::stellar::sep9::find(name).is_some_and(|field| field.name == name));
            assert!(texts.iter().all(|text| !text.is_empty()));
        }
        for of in crate::stellar::types::shipped() {
            for name in of.requirement.names() {
                assert!(description(name, "de").is_some(), "{name} of {}", of.name);
            }
        }
    }

    #[test]
    fn what_nobody_translated_is_not_made_up() {
        assert_eq!(description("first_name", "fr"), Some("Prénom"));
        assert_eq!(description("first_name", "ja"), None);
        assert_eq!(description("card.token", "de"), None);
        assert_eq!(
            description("card.token", "en"),
            Some("Token of the card in an external payment system")
        );
    }
}
