//! Names of properties: what they are about. Case does not matter.

use crate::neuro::legal_identity::property::RESERVED;

/// What a property is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// A natural person.
    Person,
    /// Where somebody lives.
    Address,
    /// How somebody is reached.
    Contact,
    /// An organisation.
    Organisation,
    /// The application itself: claims nothing about anybody.
    Process,
    /// What only the server says.
    Reserved,
}

const NAMES: [(Group, &[&str]); 6] = [
    (
        Group::Person,
        &[
            "FIRST",
            "MIDDLE",
            "LAST",
            "FULLNAME",
            "PNR",
            "GENDER",
            "NATIONALITY",
            "BDAY",
            "BMONTH",
            "BYEAR",
            "AGEABOVE",
        ],
    ),
    (Group::Address, &["ADDR", "ADDR2", "ZIP", "AREA", "CITY", "REGION", "COUNTRY"]),
    (Group::Contact, &["PHONE", "EMAIL", "JID", "HOMEPAGE", "DOMAIN"]),
    (
        Group::Organisation,
        &[
            "ORGNAME",
            "ORGNR",
            "ORGDEPT",
            "ORGROLE",
            "ORGADDR",
            "ORGADDR2",
            "ORGZIP",
            "ORGAREA",
            "ORGCITY",
            "ORGREGION",
            "ORGCOUNTRY",
        ],
    ),
    (Group::Process, &["PREVIEW", "PROFILE", "PSEUDONYM", "DEVICE_ID"]),
    (Group::Reserved, &RESERVED),
];

/// The name as it is usually written, and what it is about; `None`: a name of the client's own.
pub fn known(name: &str) -> Option<(&'static str, Group)> {
    NAMES.iter().find_map(|(group, names)| {
        let found = names.iter().find(|known| known.eq_ignore_ascii_case(name))?;
        Some((*found, *group))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case() {
        assert_eq!(known("first"), Some(("FIRST", Group::Person)));
        assert_eq!(known("Device_Id"), Some(("DEVICE_ID", Group::Process)));
        assert_eq!(known("AGENT"), Some(("AGENT", Group::Reserved)));
        assert_eq!(known("SPORT"), None);
    }
}
