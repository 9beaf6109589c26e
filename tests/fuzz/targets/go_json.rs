//! The bytes that are signed: whatever JSON comes in, what is written reads back as the same.

#![no_main]

use kycd::corepass::go_json::to_vec;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fn check(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
    let again: Value = serde_json::from_slice(&to_vec(&value)).expect("JSON");
    assert!(same(&value, &again), "{value} became {again}");
}

/// Go writes 1.0 as 1, and `serde_json` reads decimals to within a few units of the last place.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((at, a), (bt, b))| at == bt && same(a, b))
        }
        (Value::Number(a), Value::Number(b)) if a.is_f64() => {
            let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) else { return false };
            (a - b).abs() <= a.abs() * 4.0 * f64::EPSILON + f64::MIN_POSITIVE
        }
        (a, b) => a == b,
    }
}

fuzz_target!(|bytes: &[u8]| check(bytes));
