//! The 76 fields of SEP-9 with their 78 names and what the anchor-tests suite adds (D15).

use super::Format::{
    Binary, CardExpiry, Choice, Country2, Country3, Date, Email, Ip, Language, Liveness, Number,
    Occupation, Phone, Text,
};
use super::Group::{Account, Card, Organization, Person};
use super::{Field, Format, Group};

const fn field(
    group: Group,
    name: &'static str,
    format: Format,
    description: &'static str,
) -> Field {
    Field { name, alias: None, group, format, description }
}

const fn known_as(alias: &'static str, field: Field) -> Field {
    Field { alias: Some(alias), ..field }
}

/// Every field, in the order of SEP-9.
pub static FIELDS: [Field; 76] = [
    known_as("family_name", field(Person, "last_name", Text, "Family name")),
    known_as("given_name", field(Person, "first_name", Text, "Given name")),
    field(Person, "additional_name", Text, "Middle name or other additional name"),
    field(Person, "address_country_code", Country3, "Country of the address, ISO 3166-1 alpha-3"),
    field(Person, "state_or_province", Text, "State, province, region or prefecture"),
    field(Person, "city", Text, "City or town"),
    field(Person, "postal_code", Text, "Postal code"),
    field(Person, "address", Text, "Whole address: country, state, postal code, street"),
    field(Person, "mobile_number", Phone, "Mobile phone number with country code, E.164"),
    field(Person, "mobile_number_format", Text, "Format of the mobile number, E.164 if not given"),
    field(Person, "email_address", Email, "E-mail address"),
    field(Person, "birth_date", Date, "Date of birth"),
    field(Person, "birth_place", Text, "Place of birth: city, state, country, as in the passport"),
    field(Person, "birth_country_code", Country3, "Country of birth, ISO 3166-1 alpha-3"),
    field(Person, "tax_id", Text, "Tax identifier"),
    field(Person, "tax_id_name", Text, "Name of the tax identifier, for example SSN or ITIN"),
    field(Person, "occupation", Occupation, "Occupation, ISCO-08 code"),
    field(Person, "employer_name", Text, "Name of the employer"),
    field(Person, "employer_address", Text, "Address of the employer"),
    field(Person, "language_code", Language, "Primary language, ISO 639-1"),
    field(Person, "id_type", Text, "Kind of identity document"),
    field(Person, "id_country_code", Country3, "Country that issued the ID, ISO 3166-1 alpha-3"),
    field(Person, "id_issue_date", Date, "Date on which the ID was issued"),
    field(Person, "id_expiration_date", Date, "Date on which the ID expires"),
    field(Person, "id_number", Text, "Number of the passport or ID"),
    field(Person, "photo_id_front", Binary, "Image of the front of the ID or of the passport"),
    field(Person, "photo_id_back", Binary, "Image of the back of the ID"),
    field(Person, "notary_approval_of_photo_id", Binary, "Image of a notary's approval of the ID"),
    field(Person, "ip_address", Ip, "IP address of the customer's computer"),
    field(Person, "photo_proof_residence", Binary, "Image of a utility bill or bank statement"),
    field(Person, "sex", Choice(&["male", "female", "other"]), "Gender"),
    known_as(
        "photo_proof_of_income",
        field(Person, "proof_of_income", Binary, "Image of a proof of income"),
    ),
    field(
        Person,
        "proof_of_liveness",
        Liveness,
        "Video or image of the person, as a proof of life",
    ),
    field(Person, "referral_id", Text, "Origin, or a code given by whoever referred the customer"),
    field(Account, "bank_name", Text, "Name of the bank"),
    field(Account, "bank_account_type", Text, "Kind of bank account, for example checking"),
    field(Account, "bank_account_number", Text, "Number of the bank account"),
    field(Account, "bank_number", Text, "Number of the bank, the routing number in the US"),
    field(Account, "bank_phone_number", Text, "Phone number of the bank with country code"),
    field(Account, "bank_branch_number", Text, "Number of the bank's branch"),
    field(Account, "external_transfer_memo", Text, "Tag or reference that goes with a transfer"),
    field(Account, "clabe_number", Text, "CLABE number of a bank account in Mexico"),
    field(Account, "cbu_number", Text, "CBU or CVU number of an account in Argentina"),
    field(Account, "cbu_alias", Text, "Alias of a CBU or CVU"),
    field(Account, "mobile_money_number", Phone, "Number of the mobile money account, E.164"),
    field(Account, "mobile_money_provider", Text, "Provider of the mobile money account"),
    field(Account, "crypto_address", Text, "Address of an account on another network"),
    field(Account, "crypto_memo", Text, "Memo that goes with the address on another network"),
    field(Organization, "organization.name", Text, "Full name of the organization"),
    field(Organization, "organization.VAT_number", Text, "Organization's VAT number"),
    field(Organization, "organization.registration_number", Text, "Registration number"),
    field(Organization, "organization.registration_date", Text, "Date of registration"),
    field(Organization, "organization.registered_address", Text, "Registered address"),
    field(Organization, "organization.number_of_shareholders", Number, "Number of shareholders"),
    field(Organization, "organization.shareholder_name", Text, "Name of a shareholder"),
    field(
        Organization,
        "organization.photo_incorporation_doc",
        Binary,
        "Image of the incorporation documents",
    ),
    field(
        Organization,
        "organization.photo_proof_address",
        Binary,
        "Image of a utility bill or bank statement with name and address",
    ),
    field(Organization, "organization.address_country_code", Country3, "Country of the address"),
    field(Organization, "organization.state_or_province", Text, "State or province"),
    field(Organization, "organization.city", Text, "City or town"),
    field(Organization, "organization.postal_code", Text, "Postal code"),
    field(Organization, "organization.director_name", Text, "Registered managing director"),
    field(Organization, "organization.website", Text, "Website"),
    field(Organization, "organization.email", Email, "E-mail address of the organization"),
    field(Organization, "organization.phone", Text, "Phone number of the organization"),
    field(Card, "card.number", Text, "Number of the card"),
    field(Card, "card.expiration_date", CardExpiry, "Expiration of the card as YY-MM"),
    field(Card, "card.cvc", Text, "CVC, the digits on the back of the card"),
    field(Card, "card.holder_name", Text, "Name of the card's holder"),
    field(Card, "card.network", Text, "Brand of the card or its network"),
    field(Card, "card.postal_code", Text, "Postal code of the billing address"),
    field(Card, "card.country_code", Country2, "Country of the billing address, ISO alpha-2"),
    field(Card, "card.state_or_province", Text, "State of the billing address, ISO 3166-2"),
    field(Card, "card.city", Text, "City of the billing address"),
    field(Card, "card.address", Text, "Whole billing address"),
    field(Card, "card.token", Text, "Token of the card in an external payment system"),
];

/// The fields of a financial account once more, for accounts of an organization.
pub static ORGANIZATION_ACCOUNTS: [Field; 14] = [
    field(Account, "organization.bank_name", Text, "Name of the bank"),
    field(
        Account,
        "organization.bank_account_type",
        Text,
        "Kind of bank account, for example checking",
    ),
    field(Account, "organization.bank_account_number", Text, "Number of the bank account"),
    field(
        Account,
        "organization.bank_number",
        Text,
        "Number of the bank, the routing number in the US",
    ),
    field(
        Account,
        "organization.bank_phone_number",
        Text,
        "Phone number of the bank with country code",
    ),
    field(Account, "organization.bank_branch_number", Text, "Number of the bank's branch"),
    field(
        Account,
        "organization.external_transfer_memo",
        Text,
        "Tag or reference that goes with a transfer",
    ),
    field(Account, "organization.clabe_number", Text, "CLABE number of a bank account in Mexico"),
    field(Account, "organization.cbu_number", Text, "CBU or CVU number of an account in Argentina"),
    field(Account, "organization.cbu_alias", Text, "Alias of a CBU or CVU"),
    field(
        Account,
        "organization.mobile_money_number",
        Phone,
        "Number of the mobile money account, E.164",
    ),
    field(
        Account,
        "organization.mobile_money_provider",
        Text,
        "Provider of the mobile money account",
    ),
    field(Account, "organization.crypto_address", Text, "Address of an account on another network"),
    field(
        Account,
        "organization.crypto_memo",
        Text,
        "Memo that goes with the address on another network",
    ),
];
