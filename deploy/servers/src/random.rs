//! Random bytes from the kernel, for passwords of private servers and for names.

use std::fs::File;
use std::io::Read;

use crate::Error;

pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut out = [0; N];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut out))
        .map_err(Error::io("reading /dev/urandom"))?;
    Ok(out)
}

/// A fresh password of 32 hexadecimal digits (128 bits).
///
/// # Errors
/// When the kernel's random source cannot be read.
pub fn secret() -> Result<String, Error> {
    let raw = bytes::<16>()?;
    Ok(raw.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_are_hexadecimal() {
        let (a, b) = (secret().unwrap(), secret().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.len(), 32);
        assert!(a.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
