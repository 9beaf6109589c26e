//! What a file is, by its first bytes. What a client calls it is not believed.

/// A kind of file that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
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
    /// TIFF image.
    Tiff,
    /// PDF document.
    Pdf,
    /// MP4 or `QuickTime` video.
    Mp4,
    /// `WebM` or Matroska video.
    Webm,
}

impl MediaType {
    /// The name in `Content-Type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
            Self::Tiff => "image/tiff",
            Self::Pdf => "application/pdf",
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
        }
    }

    /// Whether it shows something that moves.
    pub fn is_video(self) -> bool {
        matches!(self, Self::Mp4 | Self::Webm)
    }

    /// By the first bytes; `None`: it is not a kind that is taken.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let starts = |magic: &[u8]| bytes.starts_with(magic);
        let at = |offset: usize, magic: &[u8]| {
            bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic))
        };
        let heif = [b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"heif"];
        match () {
            () if starts(b"\x89PNG\r\n\x1a\n") => Some(Self::Png),
            () if starts(b"\xff\xd8\xff") => Some(Self::Jpeg),
            () if starts(b"GIF87a") || starts(b"GIF89a") => Some(Self::Gif),
            () if starts(b"RIFF") && at(8, b"WEBP") => Some(Self::Webp),
            () if starts(b"II*\0") || starts(b"MM\0*") => Some(Self::Tiff),
            () if starts(b"%PDF-") => Some(Self::Pdf),
            () if at(4, b"ftyp") && heif.iter().any(|brand| at(8, *brand)) => Some(Self::Heic),
            () if at(4, b"ftyp") => Some(Self::Mp4),
            () if starts(b"\x1a\x45\xdf\xa3") => Some(Self::Webm),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_first_bytes() {
        let cases: [(&[u8], &str); 9] = [
            (b"\x89PNG\r\n\x1a\n....", "image/png"),
            (b"\xff\xd8\xff\xe0..", "image/jpeg"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", "image/webp"),
            (b"MM\0*....", "image/tiff"),
            (b"%PDF-1.7", "application/pdf"),
            (b"\0\0\0\x18ftypheic....", "image/heic"),
            (b"\0\0\0\x18ftypisom....", "video/mp4"),
            (b"\x1a\x45\xdf\xa3.", "video/webm"),
        ];
        for (bytes, name) in cases {
            assert_eq!(MediaType::of(bytes).map(MediaType::name), Some(name));
        }
    }

    #[test]
    fn other_bytes_and_short_ones_are_nothing() {
        for bytes in [&b""[..], b"PNG", b"\x89PNG", b"<html>", b"MZ\x90", b"RIFF....WAVE"] {
            assert_eq!(MediaType::of(bytes), None, "{bytes:?}");
        }
    }
}
