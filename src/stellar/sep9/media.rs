//! Which kinds of files SEP-9's fields take. Known by their bytes: what a client calls a file is
//! not believed.

use crate::media_type::MediaType;

/// What a file is, if it is of a kind that is taken.
pub fn taken(bytes: &[u8]) -> Option<MediaType> {
    MediaType::of(bytes).filter(|kind| match kind {
        MediaType::Png
        | MediaType::Jpeg
        | MediaType::Gif
        | MediaType::Webp
        | MediaType::Heic
        | MediaType::Tiff
        | MediaType::Pdf
        | MediaType::Mp4
        | MediaType::Webm => true,
        MediaType::Avif
        | MediaType::Bmp
        | MediaType::Mp3
        | MediaType::Aac
        | MediaType::Wav
        | MediaType::Ogg
        | MediaType::Flac
        | MediaType::M4a
        | MediaType::Avi
        | MediaType::Mpeg
        | MediaType::Zip => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_documents_and_videos_are_taken() {
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
            assert_eq!(taken(bytes).map(MediaType::name), Some(name));
        }
    }

    #[test]
    fn other_kinds_are_not() {
        for bytes in [&b""[..], b"<html>", b"PK\x03\x04", b"ID3\x04", b"RIFF....WAVE", b"MZ\x90"] {
            assert_eq!(taken(bytes), None, "{bytes:?}");
        }
    }
}
