use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

use super::diagnosis::{self, Diagnosis};
use super::dkim::{self, DkimTable};
use super::hooks::HooksTable;
use super::problem::{Problem, Step};
use super::secret;
use super::smtp::{self, SmtpTable};
use super::tables::Tables;
use super::webhook::{self, WebhookTable};
use super::{
    Alerts, Backup, Bounces, Calendar, Config, Counts, Delivery, Doctor, Environment, Feeds, Log, Newsletter, Node,
    Platform, Popup, Publisher, Retention, SignUp, SignalFeed, Store, Unsubscribe, Web, Written, checks,
};

/// The file as it is written, table by table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    publisher: Publisher,
    #[serde(default)]
    store: Store,
    #[serde(default)]
    node: Node,
    #[serde(default)]
    backup: Backup,
    #[serde(default)]
    retention: Retention,
    web: Web,
    smtp: Tables<SmtpTable>,
    #[serde(default)]
    dkim: Tables<DkimTable>,
    #[serde(default)]
    delivery: Delivery,
    #[serde(default)]
    feeds: Feeds,
    #[serde(default)]
    sign_up: SignUp,
    #[serde(default)]
    popup: Popup,
    #[serde(default)]
    unsubscribe: Unsubscribe,
    #[serde(default)]
    bounces: Bounces,
    #[serde(default)]
    doctor: Doctor,
    #[serde(default)]
    hooks: HooksTable,
    #[serde(default)]
    platform: Vec<Platform>,
    #[serde(default)]
    signal_feed: Vec<SignalFeed>,
    #[serde(default)]
    counts: Counts,
    #[serde(default)]
    calendar: Vec<Calendar>,
    #[serde(default)]
    newsletter: Vec<Newsletter>,
    #[serde(default)]
    webhook: Vec<WebhookTable>,
    #[serde(default)]
    alerts: Alerts,
    #[serde(default)]
    log: Log,
}

/// Who may read the configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrecy {
    OwnerOnly,
    Everybody,
}

impl Secrecy {
    pub fn of_file(path: &Path) -> std::io::Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path)?.permissions().mode();
        Ok(if mode & 0o004 == 0 { Self::OwnerOnly } else { Self::Everybody })
    }
}

/// Text to configuration: syntax, then values, then what the values say about each other.
pub(super) fn read(
    text: &str,
    name: &Path,
    environment: &Environment,
    secrecy: Secrecy,
) -> Result<Config, Box<Diagnosis>> {
    let tree = DeTable::parse(text).map_err(|error| Box::new(diagnosis::of_syntax(&error, text, name)))?;
    let document = Document::deserialize(toml::Deserializer::from(tree.clone()))
        .map_err(|error| Box::new(diagnosis::of_value(&error, &tree, text, name)))?;
    let config = document.into_config(name, environment, secrecy);
    let config = config.map_err(|problem| diagnose(&problem, &tree, text, name))?;
    Ok(Config { written: Written::of(text, name, environment), ..config })
}

fn diagnose(problem: &Problem, tree: &Spanned<DeTable<'_>>, text: &str, name: &Path) -> Box<Diagnosis> {
    Box::new(diagnosis::of_problem(problem, tree, text, name))
}

impl Document {
    fn into_config(mut self, name: &Path, environment: &Environment, secrecy: Secrecy) -> Result<Config, Problem> {
        let smtp = self.smtp.placed("smtp");
        let of_relay = |(place, table): &(Vec<Step>, SmtpTable)| {
            Some((place.clone(), "password")).filter(|_| table.password.is_some())
        };
        let inline = smtp.iter().filter_map(of_relay).chain(self.hooks.inline_secrets());
        let inline = inline.chain(webhook::inline_secrets(&self.webhook));
        secret::check_exposed(inline, name, secrecy)?;
        self.bounces.resolve(name, environment, secrecy)?;
        self.web.resolve(name, environment, secrecy)?;
        let folder = name.parent().unwrap_or(Path::new(""));
        self.store.resolve(name, &self.node, environment, secrecy)?;
        self.backup.folder = folder.join(&self.backup.folder);
        let relays = smtp::resolve(smtp, folder, environment)?;
        let hooks = self.hooks.resolve(folder, environment).map_err(|problem| problem.within(&[Step::Key("hooks")]))?;
        let newsletters: Vec<_> = self.newsletter.iter().map(|newsletter| &newsletter.id).collect();
        let webhooks = webhook::resolve(self.webhook, folder, environment, &newsletters)?;
        let dkim = dkim::resolve(self.dkim, folder, &self.newsletter)?;
        let mut config = Config {
            folder: folder.to_owned(),
            publisher: self.publisher,
            store: self.store,
            node: self.node,
            backup: self.backup,
            retention: self.retention,
            web: self.web,
            relays,
            dkim,
            delivery: self.delivery,
            feeds: self.feeds,
            sign_up: self.sign_up,
            popup: self.popup,
            unsubscribe: self.unsubscribe,
            bounces: self.bounces,
            doctor: self.doctor,
            hooks,
            platforms: self.platform,
            signal_feeds: self.signal_feed,
            counts: self.counts,
            calendars: self.calendar,
            newsletters: self.newsletter,
            webhooks,
            alerts: self.alerts,
            log: self.log,
            written: Written::default(),
        };
        checks::check(&config)?;
        for newsletter in &mut config.newsletters {
            if newsletter.platforms.is_empty() {
                newsletter.platforms = config.platforms.iter().map(|platform| platform.id.clone()).collect();
            }
            if newsletter.relays.is_empty() {
                newsletter.relays = config.relays.iter().map(|relay| relay.id.clone()).collect();
            }
        }
        Ok(config)
    }
}
