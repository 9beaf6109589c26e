//! Names of attachments: what each shows.

use std::collections::BTreeMap;

/// What is known to be shown: names of files without their extension. All are images.
pub const RESERVED: [&str; 7] = [
    "ProfilePhoto",
    "Passport",
    "IdCardFront",
    "IdCardBack",
    "DriverLicenseFront",
    "DriverLicenseBack",
    "ORGAOA",
];

/// The reserved name that this is, whatever its case.
pub fn reserved(base_name: &str) -> Option<&'static str> {
    RESERVED.into_iter().find(|name| name.eq_ignore_ascii_case(base_name))
}

/// What clients call files, and what that means here: `selfie` is `ProfilePhoto`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<String, &'static str>);

impl Names {
    /// With a further name, for one that is [reserved]; whether that is one.
    pub fn add(&mut self, base_name: &str, reserved_name: &str) -> bool {
        let meant = reserved(reserved_name);
        meant.map(|meant| self.0.insert(base_name.to_lowercase(), meant)).is_some()
    }

    /// What a file shows, by its name: a reserved name, else the name without its extension.
    pub fn base_name(&self, file_name: &str) -> String {
        let base = match file_name.rsplit_once('.') {
            Some((base, _)) if !base.is_empty() => base,
            _ => file_name,
        };
        let meant = self.0.get(&base.to_lowercase()).copied().or_else(|| reserved(base));
        meant.unwrap_or(base).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_reserved_or_configured_name() {
        let mut names = Names::default();
        assert!(names.add("selfie", "profilephoto") && names.add("id-front", "IdCardFront"));
        assert!(!names.add("cat", "CatPhoto"));
        for (file, meant) in [
            ("ProfilePhoto.jpg", "ProfilePhoto"),
            ("profilephoto.JPEG", "ProfilePhoto"),
            ("Selfie.png", "ProfilePhoto"),
            ("id-front.webp", "IdCardFront"),
            ("id.front.webp", "id.front"),
            ("Passport", "Passport"),
            (".jpg", ".jpg"),
            ("cat.gif", "cat"),
            ("", ""),
        ] {
            assert_eq!(names.base_name(file), meant, "{file}");
        }
    }
}
