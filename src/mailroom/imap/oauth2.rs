use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use reqwest::{Client, header, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::form_urlencoded;

use crate::config::OAuth2;

const WITHIN: Duration = Duration::from_secs(30);
/// Octets of an answer.
const MAX_ANSWER: usize = 64 * 1024;
/// A token is not used so shortly before its end.
const MARGIN: Duration = Duration::from_secs(60);
/// Where the answer does not say how long a token lasts.
const ASSUMED: Duration = Duration::from_secs(300);

/// Access tokens, fetched with a refresh token (RFC 6749 §6) and used until they expire.
#[derive(Debug)]
pub(super) struct Tokens {
    config: OAuth2,
    client: Client,
    current: Option<(SecretString, Instant)>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    expires_in: Option<u64>,
    refresh_token: Option<SecretString>,
}

#[derive(Default, Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Tokens {
    pub fn new(config: &OAuth2) -> Result<Self> {
        // A redirect would carry the secrets to who knows where.
        let client = Client::builder().timeout(WITHIN).redirect(redirect::Policy::none()).build()?;
        Ok(Self { config: config.clone(), client, current: None })
    }

    /// A token that is good for a while yet.
    pub async fn access_token(&mut self) -> Result<SecretString> {
        if let Some((token, until)) = &self.current
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let granted = self.ask().await.with_context(|| format!("no token comes from {}", self.config.token_url))?;
        if let Some(refresh_token) = &granted.refresh_token {
            replace_secret(&self.config.refresh_token_file, refresh_token)?;
        }
        let lasts = granted.expires_in.map_or(ASSUMED, Duration::from_secs).min(Duration::from_secs(86_400));
        self.current = Some((granted.access_token.clone(), Instant::now() + lasts.saturating_sub(MARGIN)));
        Ok(granted.access_token)
    }

    /// For a token that was refused before its time.
    pub fn forget(&mut self) {
        self.current = None;
    }

    fn form(&self, refresh_token: &SecretString) -> String {
        let OAuth2 { client_id, client_secret, scope, .. } = &self.config;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token");
        form.append_pair("client_id", client_id);
        form.append_pair("refresh_token", refresh_token.expose_secret());
        if let Some(secret) = client_secret {
            form.append_pair("client_secret", secret.expose_secret());
        }
        if let Some(scope) = scope {
            form.append_pair("scope", scope);
        }
        form.finish()
    }

    async fn ask(&self) -> Result<Granted> {
        let OAuth2 { token_url, refresh_token_file, .. } = &self.config;
        let refresh_token = fs::read_to_string(refresh_token_file)
            .with_context(|| format!("the refresh token cannot be read from {}", refresh_token_file.display()))?;
        let refresh_token = SecretString::from(refresh_token.trim());
        let request = self
            .client
            .post(token_url.as_url().clone())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(self.form(&refresh_token));
        let mut answer = request.send().await.map_err(|error| anyhow!("{}", told(&error)))?;
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|error| anyhow!("{}", told(&error)))? {
            ensure!(body.len() + part.len() <= MAX_ANSWER, "its answer is too large");
            body.extend_from_slice(&part);
        }
        if answer.status().is_success() {
            // The answer holds secrets, so it is not quoted.
            return serde_json::from_slice(&body).map_err(|_| anyhow!("its answer is not what RFC 6749 wants"));
        }
        let Refused { error, error_description } = serde_json::from_slice(&body).unwrap_or_default();
        let why = [error, error_description].join(" ");
        let why: String = why.trim().chars().filter(|c| !c.is_control()).take(300).collect();
        let status = answer.status();
        let file = refresh_token_file.display();
        bail!("it answers {status} {why}; if the refresh token has expired, make a new one and write it to {file}")
    }
}

/// The cause of an error, which reqwest hides below its own words.
fn told(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(below) = cause.source() {
        cause = below;
    }
    cause.to_string()
}

/// Writes a secret over an old one: whoever reads the file finds either, also after a power cut.
fn replace_secret(path: &Path, secret: &SecretString) -> Result<()> {
    let replace = || -> std::io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Only its owner can read it.
        let mut new = tempfile::NamedTempFile::new_in(folder)?;
        new.write_all(secret.expose_secret().as_bytes())?;
        new.write_all(b"\n")?;
        new.as_file().sync_all()?;
        new.persist(path)?;
        fs::File::open(folder)?.sync_all()
    };
    replace().with_context(|| {
        format!("the new refresh token cannot be written to {}; let griot write to its folder", path.display())
    })
}
