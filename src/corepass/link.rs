//! The link for the user's app, and the same as a QR code.
//!
//! Shaped as the Data Request of the "CorePass Protocol" page; the exact string of the first
//! connector is not public.

use super::core_id::CoreId;

/// `corepass:request/<user>?conn&from&dl&attr&type&id`, values percent-encoded.
pub fn link(
    public_url: &str,
    user: &CoreId,
    requester: &CoreId,
    items: &[String],
    expiration: i64,
    order_id: &str,
) -> String {
    let attr = items.join(",");
    format!(
        "corepass:request/{}?conn={}&from={}&dl={expiration}&attr={}&type=callback&id={}",
        user.as_str(),
        encode(public_url),
        requester.as_str(),
        encode(&attr),
        encode(order_id),
    )
}

/// As `encodeURIComponent` does.
fn encode(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'_'
            | b'.'
            | b'!'
            | b'~'
            | b'*'
            | b'\''
            | b'('
            | b')' => out.push(byte.into()),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

/// A PNG of the link, error correction M; `None` if it is too long for a QR code.
pub fn png(link: &str) -> Option<Vec<u8>> {
    const MODULE_PIXELS: usize = 4;
    const QUIET_MODULES: usize = 4;
    let code = qrcode::QrCode::with_error_correction_level(link, qrcode::EcLevel::M).ok()?;
    let modules = code.width();
    let width = (modules + 2 * QUIET_MODULES) * MODULE_PIXELS;
    let colors = code.to_colors();
    let dark = |x: usize, y: usize| {
        let at = |pixel: usize| (pixel / MODULE_PIXELS).checked_sub(QUIET_MODULES);
        match (at(x), at(y)) {
            (Some(x), Some(y)) if x < modules && y < modules => {
                colors[y * modules + x] == qrcode::Color::Dark
            }
            _ => false,
        }
    };
    let mut bits = vec![0u8; width.div_ceil(8) * width];
    for y in 0..width {
        for x in (0..width).filter(|x| !dark(*x, y)) {
            bits[y * width.div_ceil(8) + x / 8] |= 0x80 >> (x % 8);
        }
    }
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width as u32, width as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&bits).ok()?;
    writer.finish().ok()?;
    Some(png)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corepass::core_id::Network;
    use crate::corepass::field::Field;

    #[test]
    fn every_value_is_percent_encoded_and_all_items_fit_into_a_code() {
        let user = CoreId::parse("ab22b1671b4f7ccc0b16a87514adde84513b6348232e", Network::Devin)
            .expect("valid");
        let items: Vec<String> = Field::ALL.iter().map(|f| f.name().to_owned()).collect();
        let link = link("http://127.0.0.1:8080", &user, &user, &items, 1, &"a".repeat(66));
        assert!(link.contains("conn=http%3A%2F%2F127.0.0.1%3A8080&"));
        assert!(link.contains("attr=SH_IDCard_FULLNAME%2CSH_IDCard_DOB%2C"));
        let image = png(&link).expect("fits");
        assert_eq!(&image[1..4], b"PNG");
        assert_eq!(png(&link).expect("fits"), image);
    }
}
