//! What a file is, by its first bytes. What somebody calls it is believed only if they agree.
//!
//! One table for all protocols; each says which kinds it takes.

/// Bytes from the start that are enough to know every kind.
pub const MAGIC_BYTES: usize = 512;

/// Length of a packet of an MPEG transport stream.
const TS_PACKET_BYTES: usize = 188;

/// A kind of file that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// PDF document.
    Pdf,
    /// PNG image.
    Png,
    /// JPEG image.
    Jpeg,
    /// GIF image.
    Gif,
    /// WebP image.
    Webp,
    /// HEIF or HEIC image, as phones make them.
    Heic,
    /// AVIF image.
    Avif,
    /// TIFF image.
    Tiff,
    /// Windows bitmap.
    Bmp,
    /// MP3 audio, or another kind behind an ID3 tag.
    Mp3,
    /// AAC audio as a stream.
    Aac,
    /// WAV audio.
    Wav,
    /// Ogg: mostly audio.
    Ogg,
    /// FLAC audio.
    Flac,
    /// AAC or other audio in an MP4 file.
    M4a,
    /// MP4 or `QuickTime` video.
    Mp4,
    /// `WebM` or Matroska video.
    Webm,
    /// AVI video.
    Avi,
    /// MPEG video: program stream, transport stream or elementary stream.
    Mpeg,
    /// ZIP archive; documents of office programs are such too.
    Zip,
}

/// The kinds that kyc-bulk names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `application/pdf`.
    Pdf,
    /// `image/*`.
    Image,
    /// `audio/*`.
    Audio,
    /// `video/*`.
    Video,
    /// `application/zip`.
    Zip,
}

impl MediaType {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Pdf,
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Webp,
        Self::Heic,
        Self::Avif,
        Self::Tiff,
        Self::Bmp,
        Self::Mp3,
        Self::Aac,
        Self::Wav,
        Self::Ogg,
        Self::Flac,
        Self::M4a,
        Self::Mp4,
        Self::Webm,
        Self::Avi,
        Self::Mpeg,
        Self::Zip,
    ];

    /// The name in `Content-Type`.
    pub fn name(self) -> &'static str {
        self.names()[0]
    }

    /// Names it goes by, lower case, the proper one first.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["application/pdf"],
            Self::Png => &["image/png", "image/x-png"],
            Self::Jpeg => &["image/jpeg", "image/jpg", "image/pjpeg"],
            Self::Gif => &["image/gif"],
            Self::Webp => &["image/webp"],
            Self::Heic => {
                &["image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"]
            }
            // An AVIF file may say that it is HEIF first.
            Self::Avif => &["image/avif", "image/heif"],
            Self::Tiff => &["image/tiff", "image/tiff-fx"],
            Self::Bmp => &["image/bmp", "image/x-bmp", "image/x-ms-bmp"],
            Self::Mp3 => &["audio/mpeg", "audio/mp3", "audio/mpeg3", "audio/x-mpeg", "audio/aac"],
            Self::Aac => &["audio/aac", "audio/aacp", "audio/x-aac"],
            Self::Wav => &["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"],
            Self::Ogg => &["audio/ogg", "video/ogg", "audio/opus", "audio/vorbis", "audio/flac"],
            Self::Flac => &["audio/flac", "audio/x-flac"],
            Self::M4a => &["audio/mp4", "audio/m4a", "audio/x-m4a", "audio/aac", "video/mp4"],
            Self::Mp4 => &[
                "video/mp4",
                "video/quicktime",
                "video/x-m4v",
                "video/3gpp",
                "video/3gpp2",
                "audio/mp4",
                "audio/m4a",
                "audio/x-m4a",
                "audio/aac",
                "audio/3gpp",
            ],
            Self::Webm => &["video/webm", "video/x-matroska", "audio/webm", "audio/x-matroska"],
            Self::Avi => &["video/x-msvideo", "video/avi", "video/msvideo", "video/vnd.avi"],
            Self::Mpeg => &["video/mpeg", "video/mp2t", "video/mp1s", "video/mp2p"],
            Self::Zip => &["application/zip", "application/x-zip-compressed"],
        }
    }

    /// What it is first of all.
    pub fn family(self) -> Family {
        match self {
            Self::Pdf => Family::Pdf,
            Self::Png
            | Self::Jpeg
            | Self::Gif
            | Self::Webp
            | Self::Heic
            | Self::Avif
            | Self::Tiff
            | Self::Bmp => Family::Image,
            Self::Mp3 | Self::Aac | Self::Wav | Self::Ogg | Self::Flac | Self::M4a => Family::Audio,
            Self::Mp4 | Self::Webm | Self::Avi | Self::Mpeg => Family::Video,
            Self::Zip => Family::Zip,
        }
    }

    /// Whether it shows something that moves.
    pub fn is_video(self) -> bool {
        self.family() == Family::Video
    }

    /// By the first bytes, [`MAGIC_BYTES`] of them or all there are; `None`: of no known kind.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let starts = |magic: &[u8]| bytes.starts_with(magic);
        let at = |offset: usize, magic: &[u8]| {
            bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic))
        };
        match () {
            () if starts(b"\x89PNG\r\n\x1a\n") => Some(Self::Png),
            () if starts(b"\xff\xd8\xff") => Some(Self::Jpeg),
            () if starts(b"GIF87a") || starts(b"GIF89a") => Some(Self::Gif),
            () if starts(b"RIFF") && at(8, b"WEBP") => Some(Self::Webp),
            () if starts(b"RIFF") && at(8, b"WAVE") => Some(Self::Wav),
            () if starts(b"RIFF") && at(8, b"AVI ") => Some(Self::Avi),
            () if starts(b"II*\0") || starts(b"MM\0*") => Some(Self::Tiff),
            () if starts(b"%PDF-") => Some(Self::Pdf),
            () if at(4, b"ftyp") => Some(of_brand(bytes.get(8..12).unwrap_or_default())),
            () if starts(b"\x1a\x45\xdf\xa3") => Some(Self::Webm),
            () if starts(b"OggS\0") => Some(Self::Ogg),
            () if starts(b"fLaC") => Some(Self::Flac),
            () if starts(b"ID3") => Some(Self::Mp3),
            () if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") => Some(Self::Zip),
            () if starts(b"\0\0\x01\xba") || starts(b"\0\0\x01\xb3") => Some(Self::Mpeg),
            () if is_transport_stream(bytes) => Some(Self::Mpeg),
            () if is_bitmap(bytes) => Some(Self::Bmp),
            () => of_audio_frame(bytes),
        }
    }

    /// Whether a file of this kind may be called `declared` (`image/png; charset=x`): a name that
    /// is known must be one of its own, an unknown one of its family is taken.
    pub fn agrees_with(self, declared: &Declared) -> bool {
        let named = |kind: Self| kind.names().contains(&declared.essence.as_str());
        if Self::ALL.into_iter().any(named) {
            named(self)
        } else {
            self.family() == declared.family
        }
    }
}

/// A media type as somebody declares it, of one of the families; parameters are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Lower case, without parameters.
    essence: String,
    family: Family,
}

impl Declared {
    /// From a `Content-Type`; `None`: malformed, or of none of the families.
    pub fn parse(text: &str) -> Option<Self> {
        let essence = text.split(';').next()?.trim().to_ascii_lowercase();
        let (top, sub) = essence.split_once('/')?;
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte);
        if sub.is_empty() || !sub.bytes().all(is_token) {
            return None;
        }
        let family = match (top, sub) {
            ("image", _) => Family::Image,
            ("audio", _) => Family::Audio,
            ("video", _) => Family::Video,
            ("application", "pdf") => Family::Pdf,
            ("application", "zip") => Family::Zip,
            _ => return None,
        };
        Some(Self { essence, family })
    }

    /// The name alone, lower case: `image/png`.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// What it says it is.
    pub fn family(&self) -> Family {
        self.family
    }
}

/// Files of the ISO base format say what they are in four letters.
fn of_brand(brand: &[u8]) -> MediaType {
    match brand {
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" | b"heif" => {
            MediaType::Heic
        }
        b"avif" | b"avis" => MediaType::Avif,
        b"M4A " | b"M4B " | b"M4P " => MediaType::M4a,
        _ => MediaType::Mp4,
    }
}

/// The same byte at the start of each packet, three times.
fn is_transport_stream(bytes: &[u8]) -> bool {
    (0..3).all(|packet| bytes.get(packet * TS_PACKET_BYTES) == Some(&0x47))
}

/// `BM`, reserved zeros, and a header of a known length.
fn is_bitmap(bytes: &[u8]) -> bool {
    let header = |length: u8| [12, 16, 40, 52, 56, 64, 108, 124].contains(&length);
    matches!(bytes, [b'B', b'M', _, _, _, _, 0, 0, 0, 0, _, _, _, _, length, 0, 0, 0, ..] if header(*length))
}

/// The header of a frame: eleven ones, then version, layer, bit rate and sampling rate.
fn of_audio_frame(bytes: &[u8]) -> Option<MediaType> {
    let [0xff, kind, rates, ..] = *bytes else { return None };
    if kind & 0xf6 == 0xf0 {
        return Some(MediaType::Aac);
    }
    let is_layer_3 = kind & 0xe6 == 0xe2 && kind & 0x18 != 0x08;
    let is_possible = rates >> 4 != 0xf && rates >> 4 != 0 && rates >> 2 & 3 != 3;
    (is_layer_3 && is_possible).then_some(MediaType::Mp3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport_stream() -> Vec<u8> {
        [[0x47].as_slice(), &[0; TS_PACKET_BYTES - 1]].concat().repeat(3)
    }

    fn samples() -> Vec<(Vec<u8>, MediaType)> {
        let bitmap = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0....";
        let short: [(&[u8], MediaType); 30] = [
            (b"\x89PNG\r\n\x1a\n....", MediaType::Png),
            (b"\xff\xd8\xff\xe0..", MediaType::Jpeg),
            (b"GIF89a", MediaType::Gif),
            (b"GIF87a", MediaType::Gif),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", MediaType::Webp),
            (b"RIFF\x01\x02\x03\x04WAVEfmt ", MediaType::Wav),
            (b"RIFF\x01\x02\x03\x04AVI LIST", MediaType::Avi),
            (b"MM\0*....", MediaType::Tiff),
            (b"II*\0....", MediaType::Tiff),
            (b"%PDF-1.7", MediaType::Pdf),
            (b"\0\0\0\x18ftypheic....", MediaType::Heic),
            (b"\0\0\0\x18ftypmif1....", MediaType::Heic),
            (b"\0\0\0\x18ftypavif....", MediaType::Avif),
            (b"\0\0\0\x18ftypM4A ....", MediaType::M4a),
            (b"\0\0\0\x18ftypisom....", MediaType::Mp4),
            (b"\0\0\0\x18ftypqt  ....", MediaType::Mp4),
            (b"\x1a\x45\xdf\xa3.", MediaType::Webm),
            (b"OggS\0\x02", MediaType::Ogg),
            (b"fLaC\0", MediaType::Flac),
            (b"ID3\x04\0", MediaType::Mp3),
            (b"\xff\xfb\x90\x64", MediaType::Mp3),
            (b"\xff\xf3\x40\xc4", MediaType::Mp3),
            (b"\xff\xe3\x18\xc4", MediaType::Mp3),
            (b"\xff\xf1\x50\x80", MediaType::Aac),
            (b"\xff\xf9\x50\x80", MediaType::Aac),
            (b"PK\x03\x04\x14\0", MediaType::Zip),
            (b"PK\x05\x06\0\0", MediaType::Zip),
            (b"\0\0\x01\xba\x44", MediaType::Mpeg),
            (b"\0\0\x01\xb3\x14", MediaType::Mpeg),
            (bitmap, MediaType::Bmp),
        ];
        let mut samples: Vec<_> =
            short.into_iter().map(|(bytes, kind)| (bytes.to_vec(), kind)).collect();
        samples.push((transport_stream(), MediaType::Mpeg));
        samples
    }

    #[test]
    fn files_are_known_by_their_first_bytes() {
        for (bytes, kind) in samples() {
            assert_eq!(MediaType::of(&bytes), Some(kind));
            assert_eq!(MediaType::of(&bytes[..bytes.len().min(MAGIC_BYTES)]), Some(kind));
        }
        for kind in MediaType::ALL {
            assert!(samples().iter().any(|(_, sample)| *sample == kind), "{kind:?}");
        }
    }

    #[test]
    fn other_bytes_and_short_ones_are_nothing() {
        for bytes in [
            &b""[..],
            b"PNG",
            b"\x89PNG",
            b"<html>",
            b"<svg xmlns=",
            b"MZ\x90",
            b"\x7fELF",
            b"RIFF....XXXX",
            b"\xff\xfeU\0",
            b"\xff\xff\xff\xff",
            b"\xff\xfb",
            b"BMW is a car, not a picture",
            b"OggS",
            b"G",
            b"\x1f\x8b\x08",
        ] {
            assert_eq!(MediaType::of(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_kind_agrees_with_its_own_names_and_with_unknown_ones_of_its_family() {
        let agrees = |kind: MediaType, text: &str| {
            kind.agrees_with(&Declared::parse(text).expect("a media type"))
        };
        for kind in MediaType::ALL {
            assert!(agrees(kind, kind.name()));
            assert!(agrees(kind, &format!("{}; charset=x", kind.name().to_uppercase())));
        }
        assert!(agrees(MediaType::Png, "image/x-of-the-future"));
        assert!(agrees(MediaType::Mp4, "audio/mp4"));
        assert!(agrees(MediaType::Ogg, "video/ogg;codecs=theora"));
        for (kind, other) in [
            (MediaType::Jpeg, "image/png"),
            (MediaType::Png, "application/pdf"),
            (MediaType::Pdf, "image/pdf"),
            (MediaType::Zip, "video/zip"),
            (MediaType::Pdf, "application/zip"),
            (MediaType::Mp3, "video/mpeg"),
            (MediaType::Webm, "image/webm"),
        ] {
            assert!(!agrees(kind, other), "{kind:?} {other}");
        }
    }

    #[test]
    fn only_the_families_can_be_declared() {
        for wrong in [
            "",
            "image",
            "image/",
            "/png",
            "image/*",
            "image/png/x",
            "image/p ng",
            "text/html",
            "application/octet-stream",
            "application/pdfx",
            "application/json",
            "multipart/form-data; boundary=x",
            ";image/png",
        ] {
            assert_eq!(Declared::parse(wrong), None, "{wrong}");
        }
        let declared = Declared::parse(" Image/PNG ; charset=x").expect("a media type");
        assert_eq!((declared.essence(), declared.family()), ("image/png", Family::Image));
    }
}
