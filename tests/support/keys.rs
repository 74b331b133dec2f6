//! DKIM keys, made anew by openssl for each test: none lies in the repository.

use std::path::Path;
use std::process::Command;

pub const RSA_2048: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

/// Writes a private key that only its owner can read, as `openssl genpkey` makes it.
pub fn make(kind: &[&str], path: &Path) {
    openssl(&[&["genpkey", "-quiet"], kind, &["-out", path.to_str().unwrap()]].concat());
}

/// What it printed. It must end well.
pub fn openssl(words: &[&str]) -> Vec<u8> {
    let ran = Command::new("openssl").args(words).output();
    let output = ran.expect("this test makes keys with openssl, which ./check installs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {} ended with {}:\n{told}", words.join(" "), output.status);
    output.stdout
}
