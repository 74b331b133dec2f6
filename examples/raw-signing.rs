//! How many signatures this machine makes a second, with nothing around them: what a sender that signs could reach.
//!
//!     raw-signing [SECONDS] [THREADS]
//!
//! Each signature is over 1.5 KB, which is what DKIM hashes of a message's header: RSA over SHA-256 (RFC 6376), and
//! Ed25519 over the SHA-256 (RFC 8463). Prints a line of each: algorithm, signatures a second.

use std::error::Error;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let seconds = words.next().map_or(Ok(3.0), |word| word.parse())?;
    let threads = words.next().map_or(Ok(2), |word| word.parse())?;
    let patience = Duration::from_secs_f64(seconds);
    let random = SystemRandom::new();

    // ring makes no RSA keys.
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-outform", "DER"])
        .stderr(Stdio::null())
        .output()?;
    // It is wrapped in PKCS#8 by some versions and not by others.
    let rsa = RsaKeyPair::from_pkcs8(&made.stdout)
        .or_else(|_| RsaKeyPair::from_der(&made.stdout))
        .map_err(|error| format!("openssl made no key: {error}"))?;
    let rate = signatures_a_second(threads, patience, |header| {
        let mut signature = vec![0; rsa.public().modulus_len()];
        rsa.sign(&RSA_PKCS1_SHA256, &random, header, &mut signature).is_ok()
    });
    println!("rsa-2048 {rate:.0}");

    let document = Ed25519KeyPair::generate_pkcs8(&random).map_err(|_| "no random numbers are to be had")?;
    let ed25519 = Ed25519KeyPair::from_pkcs8(document.as_ref()).map_err(|error| error.to_string())?;
    let rate = signatures_a_second(threads, patience, |header| {
        !ed25519.sign(digest(&SHA256, header).as_ref()).as_ref().is_empty()
    });
    println!("ed25519 {rate:.0}");
    Ok(())
}

fn signatures_a_second(threads: usize, patience: Duration, sign: impl Fn(&[u8]) -> bool + Sync) -> f64 {
    let made = AtomicU64::new(0);
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut header = [b'h'; 1500];
                let mut number = 0_u64;
                while began.elapsed() < patience {
                    // No two messages have the same header.
                    number += 1;
                    header[..8].copy_from_slice(&number.to_le_bytes());
                    made.fetch_add(u64::from(sign(&header)), Relaxed);
                }
            });
        }
    });
    made.load(Relaxed) as f64 / began.elapsed().as_secs_f64()
}
