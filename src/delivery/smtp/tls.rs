use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// TLS 1.2 or newer, the server's name verified against the system's authorities and those in `ca_file` (S10); `key` is
/// where the configuration names it.
pub fn client_config(ca_file: Option<&Path>, key: &str) -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut extra = Vec::new();
    if let Some(path) = ca_file {
        let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
        extra = read().with_context(|| format!("cannot read certificates from {key}, {}", path.display()))?;
        ensure!(!extra.is_empty(), "{key}, {}, holds no certificate", path.display());
    }
    let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider))
        .context("the system's certificate authorities cannot be read; install ca-certificates")?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Until when a certificate holds; `None` where it cannot be read.
pub fn certificate_end(certificate: &CertificateDer<'_>) -> Option<DateTime<Utc>> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let end = certificate.tbs_certificate().validity().not_after.to_unix_duration();
    DateTime::from_timestamp(end.as_secs().try_into().ok()?, 0)
}
