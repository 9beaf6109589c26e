//! Writes archives, good and bad ones.

use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// A small PDF.
pub const PDF: &[u8] = b"%PDF-1.4\n%hello\n";
/// The beginning of a PNG image.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

/// An entry to be written.
#[derive(Clone)]
pub struct Item {
    pub name: Vec<u8>,
    pub content: Vec<u8>,
    /// 0 or 8; others are written as they are.
    pub method: u16,
    pub flags: u16,
    /// A data descriptor: with a signature?
    pub descriptor: Option<bool>,
    pub is_64: bool,
    pub attributes: u32,
    /// Further extra fields, in both headers.
    pub extra: Vec<u8>,
}

impl Item {
    pub fn new(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            content: content.to_vec(),
            method: 8,
            flags: 0,
            descriptor: None,
            is_64: false,
            attributes: 0,
            extra: Vec::new(),
        }
    }

    pub fn stored(name: &str, content: &[u8]) -> Self {
        Self { method: 0, ..Self::new(name, content) }
    }

    fn packed(&self) -> Vec<u8> {
        if self.method != 8 {
            return self.content.clone();
        }
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.content).expect("a Vec");
        encoder.finish().expect("a Vec")
    }
}

pub fn crc(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

/// Where the parts of an archive begin.
pub struct Written {
    pub bytes: Vec<u8>,
    pub locals: Vec<usize>,
    pub centrals: Vec<usize>,
    pub end: usize,
}

pub fn archive(items: &[Item]) -> Vec<u8> {
    write(items).bytes
}

pub fn write(items: &[Item]) -> Written {
    let mut out = Vec::new();
    let (mut locals, mut centrals) = (Vec::new(), Vec::new());
    for item in items {
        locals.push(out.len());
        let packed = item.packed();
        let crc = crc(&item.content);
        let flags = item.flags | if item.descriptor.is_some() { 8 } else { 0 };
        let lengths = [item.content.len() as u64, packed.len() as u64];
        let said = if item.descriptor.is_some() { [0, 0] } else { lengths };
        out.extend(b"PK\x03\x04\x14\0");
        out.extend(flags.to_le_bytes());
        out.extend(item.method.to_le_bytes());
        out.extend([0; 4]);
        out.extend(if item.descriptor.is_some() { 0 } else { crc }.to_le_bytes());
        let mut extra = item.extra.clone();
        if item.is_64 {
            extra.extend([1, 0, 16, 0]);
            extra.extend(said.iter().flat_map(|length| length.to_le_bytes()));
            out.extend([0xff; 8]);
        } else {
            out.extend((said[1] as u32).to_le_bytes());
            out.extend((said[0] as u32).to_le_bytes());
        }
        out.extend((item.name.len() as u16).to_le_bytes());
        out.extend((extra.len() as u16).to_le_bytes());
        out.extend(&item.name);
        out.extend(extra);
        out.extend(&packed);
        if let Some(with_signature) = item.descriptor {
            out.extend(if with_signature { &b"PK\x07\x08"[..] } else { b"" });
            out.extend(crc.to_le_bytes());
            for length in [lengths[1], lengths[0]] {
                let bytes = length.to_le_bytes();
                out.extend(&bytes[..if item.is_64 { 8 } else { 4 }]);
            }
        }
    }
    let directory = out.len();
    for (item, at) in items.iter().zip(&locals) {
        centrals.push(out.len());
        let packed = item.packed();
        let flags = item.flags | if item.descriptor.is_some() { 8 } else { 0 };
        out.extend(b"PK\x01\x02\x14\x03\x14\0");
        out.extend(flags.to_le_bytes());
        out.extend(item.method.to_le_bytes());
        out.extend([0; 4]);
        out.extend(crc(&item.content).to_le_bytes());
        let mut extra = item.extra.clone();
        if item.is_64 {
            extra.extend([1, 0, 24, 0]);
            extra.extend((item.content.len() as u64).to_le_bytes());
            extra.extend((packed.len() as u64).to_le_bytes());
            extra.extend((*at as u64).to_le_bytes());
            out.extend([0xff; 8]);
        } else {
            out.extend((packed.len() as u32).to_le_bytes());
            out.extend((item.content.len() as u32).to_le_bytes());
        }
        out.extend((item.name.len() as u16).to_le_bytes());
        out.extend((extra.len() as u16).to_le_bytes());
        out.extend([0; 6]);
        out.extend(item.attributes.to_le_bytes());
        out.extend(if item.is_64 { u32::MAX } else { *at as u32 }.to_le_bytes());
        out.extend(&item.name);
        out.extend(extra);
    }
    let end = out.len();
    let is_64 = items.iter().any(|item| item.is_64);
    if is_64 {
        out.extend(b"PK\x06\x06");
        out.extend(44_u64.to_le_bytes());
        out.extend([45, 3, 45, 0]);
        out.extend([0; 8]);
        for number in [items.len(), items.len(), end - directory, directory] {
            out.extend((number as u64).to_le_bytes());
        }
        out.extend(b"PK\x06\x07\0\0\0\0");
        out.extend((end as u64).to_le_bytes());
        out.extend(1_u32.to_le_bytes());
    }
    let last = out.len();
    out.extend(b"PK\x05\x06\0\0\0\0");
    let entries = if is_64 { u16::MAX } else { items.len() as u16 };
    out.extend(entries.to_le_bytes());
    out.extend(entries.to_le_bytes());
    out.extend((end as u32 - directory as u32).to_le_bytes());
    out.extend(if is_64 { u32::MAX } else { directory as u32 }.to_le_bytes());
    out.extend([0, 0]);
    Written { bytes: out, locals, centrals, end: last }
}
