//! `griot dkim …`: the keys that messages are signed with.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand, ValueEnum};
use secrecy::ExposeSecret;

use super::failure::Misuse;
use super::{Output, Station};
use crate::address::EmailAddress;
use crate::config::is_selector;
use crate::dkim::{self, Kind, PrivateKey};
use crate::doctor::txt_record;

/// Only griot may read a key: whoever else can signs mail in your name.
const OWNER_ONLY: u32 = 0o600;

/// Look after the keys that messages are signed with (DKIM)
#[derive(Debug, Subcommand)]
pub enum Dkim {
    Generate(Generate),
}

/// Make a key, and show what to publish in DNS and what to write into griot.toml
///
/// The file with the key is never written over, and nothing else is changed.
#[derive(Debug, Args)]
pub struct Generate {
    /// The domain to sign for: that of your from, or one above it
    #[arg(value_name = "DOMAIN", required_unless_present = "newsletter")]
    domain: Option<String>,
    /// Sign for the domain of this newsletter's from
    #[arg(long, value_name = "ID", conflicts_with = "domain")]
    newsletter: Option<String>,
    /// The name before ._domainkey in DNS; each key needs one of its own
    #[arg(long, value_name = "NAME", default_value = "griot")]
    selector: String,
    /// Make an Ed25519 key, as a second one beside an RSA key: not every provider reads it
    #[arg(long, conflicts_with = "bits")]
    ed25519: bool,
    /// The length of the RSA key
    #[arg(long, value_name = "BITS", default_value = "2048")]
    bits: Bits,
    /// Where the key goes; SELECTOR.DOMAIN.pem beside griot.toml if not given
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Bits {
    #[value(name = "2048")]
    Rsa2048,
    #[value(name = "3072")]
    Rsa3072,
    #[value(name = "4096")]
    Rsa4096,
}

impl Dkim {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::Generate(command) => command.run(station, out),
        }
    }
}

impl Generate {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let domain = self.domain(station)?;
        if !is_selector(&self.selector) {
            let selector = &self.selector;
            return Err(
                Misuse(format!("{selector:?} is no selector; use letters, digits and -, such as griot2")).into()
            );
        }
        let kind = match (self.ed25519, self.bits) {
            (true, _) => Kind::Ed25519,
            (false, Bits::Rsa2048) => Kind::Rsa2048,
            (false, Bits::Rsa3072) => Kind::Rsa3072,
            (false, Bits::Rsa4096) => Kind::Rsa4096,
        };
        let folder = station.config.parent().unwrap_or(Path::new(""));
        let beside = PathBuf::from(format!("{}.{domain}.pem", self.selector));
        let (file, named) = match self.key_file {
            // As the configuration reads it: seen from its folder.
            Some(file) if file.is_absolute() || folder.as_os_str().is_empty() => (file.clone(), file),
            Some(file) => (file.clone(), std::path::absolute(&file)?),
            None => (folder.join(&beside), beside),
        };
        let pem = dkim::generate(kind)?;
        let key = PrivateKey::from_pem(pem.expose_secret()).context("the new key cannot be read")?;
        write_new(&file, pem.expose_secret())?;
        let record = txt_record(&format!("{}._domainkey.{domain}", self.selector), &key.dns_record());
        writeln!(out, "Wrote the key {}\n", file.display())?;
        writeln!(out, "Publish this record:\n\n{record}\n")?;
        writeln!(
            out,
            "When it can be seen, write this into {}, and ask griot doctor:\n\n[[dkim]]\ndomain = \"{domain}\"\nselector \
             = \"{}\"\nkey_file = {:?}",
            station.config.display(),
            self.selector,
            named.display().to_string(),
        )?;
        Ok(())
    }

    /// Lower-case A-labels.
    fn domain(&self, station: &Station) -> Result<String> {
        if let Some(id) = &self.newsletter {
            let config = station.config()?;
            let known: Vec<&str> = config.newsletters.iter().map(|newsletter| newsletter.id.as_str()).collect();
            let newsletter = config.newsletter(id).with_context(|| {
                format!("there is no newsletter {id:?}; the configuration has {}", known.join(", "))
            })?;
            return Ok(newsletter.from.address.domain().to_owned());
        }
        let text = self.domain.as_deref().unwrap_or_default();
        // Domains are compared with those of addresses, so the same code reads them.
        let address = EmailAddress::parse(&format!("postmaster@{text}")).map_err(|_| {
            Misuse(format!("{text:?} is not a domain name; write that of your from, such as example.org"))
        })?;
        Ok(address.domain().to_owned())
    }
}

fn write_new(file: &Path, pem: &str) -> Result<()> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(file);
    let shown = file.display();
    let mut opened = opened.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => anyhow!(
            "{shown} exists already and is left as it is; for a new key take a new selector: griot dkim generate --selector \
             griot2"
        ),
        _ => anyhow!(error).context(format!("cannot write the key {shown}")),
    })?;
    opened
        .write_all(pem.as_bytes())
        .and_then(|()| opened.sync_all())
        .with_context(|| format!("cannot write the key {shown}"))
}
