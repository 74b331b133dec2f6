//! griot.toml through the front door: the example runs and documents every key, and each wrong file in
//! tests/bad_configs is refused with exactly the text beside it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono::NaiveTime;
use griot::config::{
    AfterReading, Approval, Config, ConfigError, Credential, Delivery, Direction, Environment, ImapLogin, Period,
    QuietHours, Relay, Smtp, Tls, WebhookEvent,
};
use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};

use crate::support::keys;

const EXAMPLE: &str = include_str!("../../config.example.toml");

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("griot.toml"), &Environment::default())
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    let secret = |(name, value): &(&str, &str)| ((*name).to_owned(), SecretString::from(*value));
    Environment { secrets: variables.iter().map(secret).collect() }
}

fn password_of(smtp: &Smtp) -> String {
    match &smtp.relay {
        Relay::Smtp { password: Some(password), .. } => password.expose_secret().to_owned(),
        other => panic!("{other:?}"),
    }
}

fn bad_configs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_configs");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_bad_configuration_is_refused_with_the_text_beside_it() {
    let (configs, others): (Vec<PathBuf>, Vec<PathBuf>) =
        bad_configs().into_iter().partition(|path| path.extension().is_some_and(|extension| extension == "toml"));
    assert!(configs.len() >= 30, "only {} bad configurations were found", configs.len());
    let mut wrong = Vec::new();
    for path in &configs {
        let name = path.file_stem().unwrap().to_string_lossy();
        let text = fs::read_to_string(path).unwrap();
        let expected = fs::read_to_string(path.with_extension("expected"));
        match (parse(&text), expected) {
            (Ok(_), _) => wrong.push(format!("{name}: accepted")),
            (Err(error), Err(_)) => wrong.push(format!("{name}.expected is missing; the error is:\n{error}")),
            (Err(error), Ok(expected)) if error.to_string() != expected.trim_end_matches('\n') => {
                wrong.push(format!("{name}: expected\n{expected}\nand got\n{error}"));
            }
            (Err(_), Ok(_)) => {}
        }
    }
    for path in others {
        if !path.with_extension("toml").exists() {
            wrong.push(format!("{}: there is no .toml beside it", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_example_runs_as_it_stands() {
    let config = parse(EXAMPLE).unwrap_or_else(|error| panic!("{error}"));
    assert!(matches!(&config.relays[0].relay, Relay::Directory(path) if path == Path::new("outbox")));
    assert!(config.web.listen.ip().is_loopback() && config.web.public_url.is_loopback());
    assert_eq!(config.store.path, Path::new("griot.db"));
    assert_eq!(config.publisher.direction(), Direction::Ltr);
    let newsletter = config.newsletter("weekly-brief").unwrap();
    assert_eq!(newsletter.approval, Approval::Automatic);
    assert_eq!(newsletter.list_id(), "weekly-brief.list-id.example.org");
    let platforms: Vec<&str> = newsletter.platforms.iter().map(|id| id.as_str()).collect();
    assert_eq!(platforms, ["harmattan", "beatline", "north-star"]);
    assert_eq!(newsletter.relays, [config.relays[0].id.clone()]);
}

/// What a table of the example says in comments must be true when the comments are taken away.
#[test]
fn the_example_still_parses_with_every_optional_key_set() {
    let is_optional = |line: &str| optional_key(line).is_some() || heading_of(line) != line;
    let uncommented: Vec<&str> =
        EXAMPLE.lines().map(|line| if is_optional(line) { &line[2..] } else { line }).collect();
    let text = uncommented.join("\n").replace("url = \"dir:outbox\"", "url = \"smtps://brief@mail.example.org\"");
    // A mailbox has a password or a token, never both.
    let text = text.replace("password_file = \"imap-password\"\npassword = \"not-this-one\"\n", "");
    let text = text.replace("metrics_token = \"not-this-one-but-a-random-one\"\n", "");
    let environment = environment(&[
        ("GRIOT_SMTP_PASSWORD", "from the environment"),
        ("GRIOT_METRICS_TOKEN", "from the environment, and long enough"),
        ("GRIOT_STORE_URL", "postgres://griot@db.example.org/griot"),
        ("GRIOT_IMAP_CLIENT_SECRET", "from the environment"),
        ("GRIOT_HOOKS_MAILGUN_SIGNING_KEY", "from the environment"),
        ("GRIOT_HOOKS_POSTMARK_PASSWORD", "from the environment"),
        ("GRIOT_HOOKS_POSTMARK_SECRET", "from the environment"),
        ("GRIOT_HOOKS_GENERIC_SECRET", "from the environment, and long enough"),
        ("GRIOT_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ]);
    let folder = tempfile::tempdir().unwrap();
    keys::make(keys::RSA_2048, &folder.path().join("dkim.pem"));
    let name = folder.path().join("griot.toml");
    let config = Config::parse(&text, &name, &environment).unwrap_or_else(|error| panic!("{error}"));
    // Whatever is shown as a default is the default.
    let defaults = parse(EXAMPLE).unwrap();
    let shown = |config: &Config| {
        let Config { feeds, .. } = config;
        let delivery = Delivery { rate: None, domains: Vec::new(), warm_up: None, ..config.delivery.clone() };
        let smtp = &config.relays[0];
        format!("{delivery:?} {feeds:?} {:?} {} {}", smtp.timeouts, smtp.connections, config.publisher.language)
            + &format!("{} {:?}", smtp.messages_per_connection, config.publisher.direction())
            + &format!("{} {} {} {}", smtp.id, smtp.weight, smtp.depth, smtp.idle)
            + &format!("{} {}", config.newsletters[0].grace, config.newsletters[0].events)
    };
    assert_eq!(shown(&config), shown(&defaults));
    // What is not shown as a default has none.
    let newsletter = &defaults.newsletters[0];
    assert_eq!((newsletter.local_hour, newsletter.quiet, newsletter.deadline), (None, None, None));
    assert_eq!((defaults.delivery.rate, defaults.delivery.domains), (None, Vec::new()));
    assert_eq!(defaults.bounces.domain, None);
    let hooks = &defaults.hooks;
    let closed = [hooks.ses.is_none(), hooks.sendgrid.is_none(), hooks.mailgun.is_none(), hooks.postmark.is_none()];
    assert!(closed.iter().all(|is_closed| *is_closed) && hooks.generic.is_none(), "{hooks:?}");
    let newsletter = &config.newsletters[0];
    assert_eq!(newsletter.local_hour, NaiveTime::from_hms_opt(8, 0, 0));
    assert_eq!(newsletter.quiet, Some(QuietHours::parse("22:00-07:00").unwrap()));
    assert_eq!(newsletter.deadline, Some(Period::from_hours(36)));
    let [domain] = &config.delivery.domains[..] else { panic!("{:?}", config.delivery.domains) };
    assert_eq!((domain.names.len(), domain.connections), (2, Some(10)));
    assert_eq!(config.bounces.domain.as_deref(), Some("bounce.example.org"));
    assert_eq!((config.bounces.max_size, &defaults.bounces.lmtp), (defaults.bounces.max_size, &None));
    assert!(defaults.bounces.mailboxes.is_empty());
    let [mailbox] = &config.bounces.mailboxes[..] else { panic!("{:?}", config.bounces.mailboxes) };
    assert_eq!((mailbox.id.as_str(), mailbox.user.as_str()), ("imap", "bounces@example.org"));
    assert_eq!(mailbox.poll, Period::from_minutes(5));
    assert_eq!(mailbox.after, AfterReading::Move("Done".into()));
    assert!(matches!(mailbox.login, ImapLogin::OAuth2(_)));
    let postmark = config.hooks.postmark.as_ref().unwrap();
    let named = |credential: &Option<Credential>| credential.as_ref().unwrap().name.clone();
    assert_eq!((named(&postmark.login), named(&postmark.header)), ("postmark".into(), "x-griot-secret".into()));
    assert_eq!(config.hooks.ses.unwrap().topics.len(), 1);
    assert!(defaults.webhooks.is_empty());
    let [webhook] = &config.webhooks[..] else { panic!("{:?}", config.webhooks) };
    assert_eq!((webhook.id.as_str(), webhook.host().as_str()), ("crm", "crm.example.org"));
    assert_eq!((webhook.events.as_slice(), webhook.allow_private), (WebhookEvent::ALL.as_slice(), false));
    assert_eq!(webhook.secret.bytes().len(), 24);
}

/// The heading of a table, also of an optional one: `# [[delivery.domain]]`.
fn heading_of(line: &str) -> &str {
    line.strip_prefix("# ").filter(|rest| rest.starts_with('[') && rest.ends_with(']')).unwrap_or(line)
}

/// The key of a line `# key = value`.
fn optional_key(line: &str) -> Option<&str> {
    let (key, _) = line.strip_prefix("# ")?.split_once(" = ")?;
    key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_').then_some(key)
}

/// Tables within tables: they have headings of their own.
const BELOW: [&str; 15] = [
    "[publisher] fonts",
    "[publisher] colours",
    "[smtp] timeouts",
    "[delivery] domain",
    "[delivery] warm_up",
    "[bounces] imap",
    "[bounces.imap] oauth2",
    "[hooks] ses",
    "[hooks] sendgrid",
    "[hooks] mailgun",
    "[hooks] postmark",
    "[hooks] generic",
    "[[newsletter]] selection",
    "[newsletter.selection] weights",
    "[[newsletter]] section",
];

#[test]
fn a_window_of_days_is_one_of_the_newsletters_zone() {
    let text = EXAMPLE.replace("timezone = \"Africa/Accra\"", "timezone = \"Europe/Berlin\"");
    let newsletter = |text: &str| parse(text).unwrap().newsletters.remove(0);
    let start = |text: &str, end: &str| newsletter(text).window_start(end.parse().unwrap()).to_rfc3339();
    // The clock goes back on 25 October, and forward on 28 March: Friday's run is at eight, winter and summer.
    assert_eq!(start(&text, "2026-10-30T07:00:00Z"), "2026-10-23T06:00:00+00:00");
    assert_eq!(start(&text, "2026-11-06T07:00:00Z"), "2026-10-30T07:00:00+00:00");
    assert_eq!(start(&text, "2027-04-02T06:00:00Z"), "2027-03-26T07:00:00+00:00");
    let hours = text.replace("window = \"7d\"", "window = \"36h\"");
    assert_eq!(start(&hours, "2026-10-25T10:00:00Z"), "2026-10-23T22:00:00+00:00");
}

/// The keys are asked from the types themselves: an unknown key is answered with all known ones.
#[test]
fn the_example_mentions_every_key_the_types_know() {
    let mut tables = 0;
    let lines: Vec<&str> = EXAMPLE.lines().collect();
    let mut seen = BTreeSet::new();
    for (index, heading) in lines.iter().map(|line| heading_of(line)).enumerate() {
        if !heading.starts_with('[') || !seen.insert(heading) {
            continue;
        }
        if heading == "[counts]" {
            // Its keys are names that a publisher gives.
            tables += 1;
            continue;
        }
        let mut text = lines.clone();
        text[index] = heading;
        text.insert(index + 1, "qqqqqqqqqqqqqqqq = 1");
        let error = parse(&text.join("\n")).unwrap_err().to_string();
        let known = error.rsplit_once("the keys here are: ").unwrap_or_else(|| panic!("{heading}: {error}")).1;
        let end = lines[index + 1..]
            .iter()
            .position(|line| heading_of(line).starts_with('['))
            .map_or(lines.len(), |n| index + 1 + n);
        let described: BTreeSet<&str> = lines[index..end]
            .iter()
            .filter_map(|line| {
                optional_key(line).or_else(|| Some(line.split_once(" = ")?.0).filter(|k| !k.contains('#')))
            })
            .collect();
        for key in known.split(", ").filter(|key| !BELOW.contains(&format!("{heading} {key}").as_str())) {
            assert!(described.contains(key), "config.example.toml does not describe {key} of {heading}");
        }
        tables += 1;
    }
    let error = parse(&format!("qqqqqqqqqqqqqqqq = 1\n{EXAMPLE}")).unwrap_err().to_string();
    let known = error.rsplit_once("the keys here are: ").unwrap().1.split(", ").count();
    assert_eq!(tables, known + BELOW.len(), "config.example.toml leaves out a table; there are: {error}");
}

#[test]
fn w_secrets_the_environment_goes_before_the_file_and_the_file_before_the_key() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret"), "from the file\r\n").unwrap();
    let with = |keys: &str, password: Option<&str>| {
        let text =
            EXAMPLE.replace("url = \"dir:outbox\"", &format!("url = \"smtps://brief@mail.example.org\"\n{keys}"));
        let variables = password.map(|password| ("GRIOT_SMTP_PASSWORD", password));
        let environment = environment(variables.as_slice());
        let config = Config::parse(&text, &folder.path().join("griot.toml"), &environment).unwrap();
        password_of(&config.relays[0])
    };
    let (file, key) = ("password_file = \"secret\"\n", "password = \"from the key\"\n");
    assert_eq!(with(key, None), "from the key");
    assert_eq!(with(&format!("{key}{file}"), None), "from the file");
    assert_eq!(with(&format!("{key}{file}"), Some("from the environment")), "from the environment");
    assert_eq!(with("", Some("from the environment")), "from the environment");
}

#[test]
fn w_secrets_each_of_several_relays_has_a_variable_of_its_own() {
    let relay = |id: &str| format!("[[smtp]]\nid = \"{id}\"\nurl = \"smtps://brief@{id}.example.org\"\n");
    let with = |first: &str, second: &str| {
        let text = several_relays(&(relay(first) + &relay(second)));
        let environment = environment(&[
            ("GRIOT_SMTP_PASSWORD", "the only one's"),
            ("GRIOT_SMTP_PASSWORD_MY_RELAY_2", "the second's"),
            ("GRIOT_SMTP_PASSWORD_SES", "that of ses"),
        ]);
        Config::parse(&text, Path::new("griot.toml"), &environment)
    };
    let config = with("ses", "my-relay-2").unwrap();
    let passwords: Vec<String> = config.relays.iter().map(password_of).collect();
    assert_eq!(passwords, ["that of ses", "the second's"]);
    // The variable of an only relay is nobody's here: it may be an old one.
    let error = with("ses", "own").unwrap_err().to_string();
    assert!(error.ends_with("= set GRIOT_SMTP_PASSWORD_OWN, or password_file, or password"), "{error}");
}

#[test]
fn several_relays_stand_in_the_order_of_the_file() {
    let text = several_relays(
        "[[smtp]]\nid = \"ses\"\nurl = \"smtps://ses.example.org\"\nweight = 3\nca_file = \"ca.pem\"\n\
         [smtp.timeouts]\ndot = \"1m\"\n[[smtp]]\nid = \"own\"\nurl = \"smtp://own.example.org\"\ndepth = 64\n",
    );
    let config = Config::parse(&text, Path::new("/etc/griot.toml"), &Environment::default()).unwrap();
    let [ses, own] = &config.relays[..] else { panic!("{:?}", config.relays) };
    assert_eq!((ses.id.as_str(), ses.weight, ses.depth, ses.timeouts.dot), ("ses", 3, 4, Period::from_minutes(1)));
    assert_eq!((own.id.as_str(), own.weight, own.depth, own.timeouts.dot), ("own", 1, 64, Period::from_minutes(10)));
    assert_eq!((ses.ca_file.as_deref(), own.ca_file.as_deref()), (Some(Path::new("/etc/ca.pem")), None));
}

#[test]
fn a_list_of_one_relay_is_one_relay() {
    let text = several_relays("[[smtp]]\nurl = \"smtps://brief@mail.example.org\"\n");
    let environment = environment(&[("GRIOT_SMTP_PASSWORD", "the only one's")]);
    let config = Config::parse(&text, Path::new("griot.toml"), &environment).unwrap();
    assert_eq!((config.relays[0].id.as_str(), password_of(&config.relays[0]).as_str()), ("relay", "the only one's"));
}

/// The example with these tables in the place of `[smtp]`.
fn several_relays(tables: &str) -> String {
    let start = EXAMPLE.find("[smtp]\n").unwrap();
    let end = EXAMPLE.find("# ---- DKIM").unwrap();
    format!("{}{tables}{}", &EXAMPLE[..start], &EXAMPLE[end..])
}

#[test]
fn w_secrets_no_password_is_in_debug_output_or_in_an_error() {
    let text = EXAMPLE
        .replace("url = \"dir:outbox\"", "url = \"smtps://brief@mail.example.org\"\npassword = \"correct-horse\"");
    assert!(!format!("{:?}", parse(&text).unwrap()).contains("correct-horse"));
    let mut refused = Vec::new();
    for wrong in [
        "password = \"correct-horse",
        "password = correct-horse",
        "password = [\"correct-horse\"]",
        "\"password\" = correct-horse",
        "password = \"\"\"\ncorrect-horse\"\"\"",
        "password = \"correct-horse\"\npassword = \"correct-horse\"",
        "password=\"correct-horse\" # the relay's",
        "passwort = \"correct-horse\"",
        "smtp_password = \"correct-horse\"",
        "rate = { password = \"correct-horse\" }",
        "ca_file = \"smtp://user:correct-horse@mail.example.org",
    ] {
        refused.push(format!("url = \"smtps://mail.example.org\"\n{wrong}"));
    }
    for url in [
        "smtp://user:correct-horse@mail.example.org",
        "smtp://user:correct-horse@mail.example.org:port",
        "smtp://user:correct:horse@correct-horse@mail.example.org",
        "user:correct-horse@mail.example.org",
        "smtp//user:correct-horse@mail.example.org",
    ] {
        refused.push(format!("url = \"{url}\""));
    }
    for wrong in refused {
        let error = parse(&EXAMPLE.replace("url = \"dir:outbox\"", &wrong)).expect_err(&wrong).to_string();
        assert!(!error.contains("correct-horse"), "{error}");
        assert!(error.contains("***"), "{error}");
    }
}

#[test]
fn w_secrets_a_file_with_a_password_that_everybody_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("griot.toml");
    let with_password = EXAMPLE
        .replace("url = \"dir:outbox\"", "url = \"smtps://brief@mail.example.org\"\npassword = \"correct-horse\"");
    let load = |text: &str, mode: u32| {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        Config::load(&path)
    };
    let error = load(&with_password, 0o644).unwrap_err().to_string();
    let shown = path.display();
    let line = with_password.lines().position(|line| line.starts_with("password =")).unwrap() + 1;
    let gutter = " ".repeat(line.to_string().len());
    assert_eq!(
        error,
        format!(
            "{shown}:{line}:12: `password`: everybody on this machine can read this file, and it holds a password\n\
             {gutter} |\n{line} | password = ***\n{gutter} |            ^^^\n{gutter} = run: chmod 600 {shown}"
        )
    );
    let second =
        "[[smtp]]\nid = \"a\"\nurl = \"dir:a\"\n[[smtp]]\nid = \"b\"\nurl = \"smtps://u@b\"\npassword = \"p\"\n";
    let error = load(&several_relays(second), 0o644).unwrap_err().to_string();
    assert!(error.contains("`password`: everybody on this machine can read this file"), "{error}");
    assert!(load(&with_password, 0o640).is_ok());
    assert!(load(&with_password, 0o600).is_ok());
    assert!(load(EXAMPLE, 0o644).is_ok());
}

#[test]
fn w_secrets_those_of_webhooks_are_found_and_guarded_like_passwords() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secret"), "from the file, and long enough to be one\n").unwrap();
    let path = folder.path().join("griot.toml");
    let with = |keys: &str| EXAMPLE.replace("[hooks]\n", &format!("[hooks.generic]\n{keys}\n"));
    let secret = |keys: &str, variables: &[(&str, &str)]| {
        let config = Config::parse(&with(keys), &path, &environment(variables)).unwrap();
        let secret = config.hooks.generic.unwrap().secret;
        secret.expose_secret().split(',').next().unwrap().to_owned()
    };
    let variable = [("GRIOT_HOOKS_GENERIC_SECRET", "from the environment, and long enough to be one")];
    let (file, key) = ("secret_file = \"secret\"\n", "secret = \"from the key, and long enough to be one\"\n");
    assert_eq!(secret(key, &[]), "from the key");
    assert_eq!(secret(&format!("{key}{file}"), &[]), "from the file");
    assert_eq!(secret(&format!("{key}{file}"), &variable), "from the environment");
    assert!(!format!("{:?}", parse(&with(key)).unwrap()).contains("from the key"));

    let webhook = "[[webhook]]\nid = \"crm\"\nurl = \"https://crm.example.org/\"\nsecret = ";
    let text = format!("{EXAMPLE}\n{webhook}\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n");
    assert!(!format!("{:?}", parse(&text).unwrap().webhooks).contains("MfKQ"));
    fs::write(&path, &text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let error = Config::load(&path).unwrap_err().to_string();
    assert!(error.contains("everybody on this machine can read this file") && !error.contains("MfKQ"), "{error}");
    fs::remove_file(&path).unwrap();

    for (table, key) in [
        ("mailgun", "signing_key"),
        ("postmark", "user = \"u\"\npassword"),
        ("postmark", "header = \"h\"\nsecret"),
        ("generic", "secret"),
    ] {
        let text =
            EXAMPLE.replace("[hooks]\n", &format!("[hooks.{table}]\n{key} = \"correct-horse-battery-staple-32-x\"\n"));
        fs::write(&path, &text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = Config::load(&path).unwrap_err().to_string();
        assert!(error.contains("everybody on this machine can read this file"), "{table}: {error}");
        assert!(error.contains("***") && !error.contains("correct-horse"), "{table}: {error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        Config::load(&path).unwrap_or_else(|error| panic!("{table}: {error}"));
    }
}

#[test]
fn w_secrets_no_secret_of_a_webhook_is_in_an_error() {
    for wrong in [
        "[hooks.mailgun]\nsigning_key = \"correct-horse",
        "[hooks.mailgun]\nsigning_key = [\"correct-horse\"]",
        "[hooks.mailgun]\nsignin_key = \"correct-horse\"",
        "[hooks.mailgun]\nsigningkey = correct-horse",
        "[hooks.postmark]\nsecret = \"correct-horse\"",
        "[hooks.postmark]\nheader = \"X\"\nsecret = { a = \"correct-horse\" }",
        "[hooks.generic]\nsecret = \"correct-horse\"\nsecret = \"correct-horse\"",
        "[hooks.generic]\nsecrets = \"correct-horse\"",
        "[hooks.generic]\nsecret = \"correct-horse\"",
        "[[webhook]]\nid = \"crm\"\nurl = \"https://crm.example.org/\"\nsecret = \"correct-horse\"",
        "[[webhook]]\nid = \"crm\"\nurl = \"https://crm.example.org/\"\nsecret = \"whsec_correct-horse\"",
        "[[webhook]]\nid = \"crm\"\nurl = \"https://crm.example.org/\"\nsecrets = \"whsec_correct-horse\"",
        "[[webhook]]\nid = \"crm\"\nurl = \"https://u:correct-horse@crm.example.org/\"\nsecret = \"\"",
    ] {
        let error = parse(&EXAMPLE.replace("[hooks]\n", &format!("{wrong}\n"))).expect_err(wrong).to_string();
        assert!(!error.contains("correct-horse"), "{error}");
    }
}

#[test]
fn a_missing_file_says_how_to_make_one() {
    assert_eq!(
        Config::load(Path::new("no/such/griot.toml")).unwrap_err().to_string(),
        "no/such/griot.toml: there is no such file\n   = `griot init` writes one; `--config FILE` or GRIOT_CONFIG \
         names another"
    );
}

#[test]
fn paths_are_relative_to_the_folder_of_the_file() {
    let config = Config::parse(EXAMPLE, Path::new("/etc/griot/griot.toml"), &Environment::default()).unwrap();
    assert_eq!(config.store.path, Path::new("/etc/griot/griot.db"));
    assert!(matches!(&config.relays[0].relay, Relay::Directory(path) if path == Path::new("/etc/griot/outbox")));
}

#[test]
fn s10_plain_text_leaves_this_machine_only_when_allowed() {
    let with =
        |url: &str| parse(&EXAMPLE.replace("url = \"dir:outbox\"", url)).map(|config| config.relays[0].relay.clone());
    let remote = "url = \"smtp://mail.example.org?tls=none\"";
    assert!(with(remote).is_err());
    let allowed = with(&format!("{remote}\nallow_plaintext = true")).unwrap();
    assert!(matches!(allowed, Relay::Smtp { tls: Tls::None, .. }));
    for host in ["localhost", "127.0.0.1:2525", "[::1]:25"] {
        assert!(with(&format!("url = \"smtp://{host}?tls=none\"")).is_ok(), "{host}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever is typed into the file by accident is answered, never met with a panic.
    #[test]
    fn no_slip_of_the_keyboard_makes_it_panic(place in 0..EXAMPLE.len(), cut in 0..40_usize, typed in "\\PC{0,3}|[\\[\\]\"'\r\n\t=.é€]{0,4}") {
        let start = EXAMPLE.floor_char_boundary(place);
        let end = EXAMPLE.floor_char_boundary((start + cut).min(EXAMPLE.len()));
        let text = format!("{}{typed}{}", &EXAMPLE[..start], &EXAMPLE[end..]);
        if let Err(error) = parse(&text) {
            let shown = error.to_string();
            prop_assert!(shown.starts_with("griot.toml:"), "{}", shown);
            prop_assert!(!shown.contains('\r'), "{}", shown);
        }
    }
}
