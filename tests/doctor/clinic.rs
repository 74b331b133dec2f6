//! A publisher where all is well: a zone, a relay with TLS and a login, pages behind TLS, a key. What is made worse of it
//! is up to the tests.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

use crate::support::daemon::Daemon;
use crate::support::griot::Griot;
use crate::support::keys::openssl;
use crate::support::nsd::Nsd;
use crate::support::port::free_port;
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp, Setup};
use crate::support::tls_front::{self, Behind};

/// What each finding of a run is known by.
pub type Known = (String, String);

/// A line each of the zone of a publisher where all is well. {name} is its name before `.test`, {ip} the address of its relay, {key}
/// the strings of its DKIM record.
const ZONE: &str = r#"$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
brief A 127.0.0.1
mail A {ip}
@ MX 10 mail
bounce MX 10 mail
bounce TXT "v=spf1 a:mail.{name}.test -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@{name}.test"
griot._domainkey TXT {key}
"#;

const CONFIGURATION: &str = r#"
[publisher]
name = "Harmattan Press"
website = "https://example.org"
address = "12 Ring Road East, Accra"

[web]
listen = "127.0.0.1:{web}"
public_url = "https://brief.{name}.test:{front}"

[smtp]
url = "smtp://brief@localhost:{relay}?tls=required"
password = "drum beats far"
ca_file = "{ca}"

[[dkim]]
domain = "{name}.test"
selector = "griot"
key_file = "griot.good.test.pem"

[bounces]
domain = "bounce.{name}.test"

[[platform]]
id = "harmattan"
name = "Harmattan"
website = "https://example.org"

[[newsletter]]
id = "weekly-brief"
name = "The Weekly Brief"
from = "Harmattan Press <brief@{name}.test>"
schedule = "0 3 29 2 *"
timezone = "Africa/Accra"
grace = "0s"
"#;

/// What a case changes of the good publisher.
#[derive(Clone, Debug, Default)]
pub struct Case {
    pub name: &'static str,
    /// Texts of the zone, and what stands in their place.
    pub zone: Vec<(&'static str, String)>,
    /// The same of the configuration.
    pub configuration: Vec<(&'static str, String)>,
    /// The name its address leads back to; none where it is empty.
    pub pointer: Option<&'static str>,
    /// What the relay answers EHLO with: name, then what it offers. The usual where it is missing.
    pub hello: Option<&'static str>,
    pub refuses_login: bool,
    /// Ids with their levels, besides those that pass.
    pub found: Vec<(&'static str, &'static str)>,
}

pub struct Clinic {
    pub griot: Griot,
    nsd: Nsd,
    pub certificates: Certificates,
    web: u16,
    front: u16,
    _daemon: Daemon,
}

impl Case {
    pub fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    pub fn zone(mut self, old: &'static str, new: impl Into<String>) -> Self {
        self.zone.push((old, new.into()));
        self
    }

    pub fn configuration(mut self, old: &'static str, new: impl Into<String>) -> Self {
        self.configuration.push((old, new.into()));
        self
    }

    pub fn pointer(self, name: &'static str) -> Self {
        Self { pointer: Some(name), ..self }
    }

    pub fn hello(self, answer: &'static str) -> Self {
        Self { hello: Some(answer), ..self }
    }

    pub fn refuses_login(self) -> Self {
        Self { refuses_login: true, ..self }
    }

    pub fn fails(mut self, id: &'static str) -> Self {
        self.found.push((id, "fail"));
        self
    }

    pub fn warns(mut self, id: &'static str) -> Self {
        self.found.push((id, "warn"));
        self
    }
}

impl Clinic {
    /// With a zone for each case.
    pub fn open(cases: &[Case]) -> Self {
        let griot = Griot::set_up("");
        let printed = griot.run(&["dkim", "generate", "good.test"]);
        let record = printed.lines().find(|line| line.starts_with("griot._domainkey.good.test. ")).unwrap();
        let key = record.split_once(" TXT ").unwrap().1;
        let names: Vec<String> = cases.iter().map(|case| format!("brief.{}.test", case.name)).collect();
        let certificates = Certificates::make(griot.path(), &names);
        let nsd = Nsd::start(&zones(cases, key));
        let web = free_port();
        let front = tls_front::start(certificates.good(), Behind::Port(web));
        // The daemon's pages do not depend on the names, and its links are the store's.
        let configuration = CONFIGURATION
            .replace("{name}", "good")
            .replace("{web}", &web.to_string())
            .replace("{front}", &front.to_string())
            .replace("{relay}", "25")
            .replace("{ca}", "good.pem");
        griot.write_configuration(&configuration);
        let daemon = Daemon::start(&griot, web);
        Self { griot, nsd, certificates, web, front, _daemon: daemon }
    }

    /// What is found of a case, besides what passes.
    pub fn examine(&self, case: &Case) -> Vec<Known> {
        known(&self.findings(case))
    }

    /// The port griot's pages are on.
    pub fn web(&self) -> u16 {
        self.web
    }

    /// What is found of the first of these by a name server that knows them alone.
    pub fn elsewhere(&self, cases: &[Case]) -> Vec<Known> {
        let nsd = Nsd::start(&zones(cases, ""));
        let findings = self.findings_by(&nsd, &cases[0]);
        // The certificate is made out to the first cases only.
        known(&findings).into_iter().filter(|(id, _)| !id.starts_with("pages.")).collect()
    }

    pub fn findings(&self, case: &Case) -> Vec<Value> {
        self.findings_by(&self.nsd, case)
    }

    fn findings_by(&self, nsd: &Nsd, case: &Case) -> Vec<Value> {
        // Each its own file, so that cases can be looked at side by side; the key and the store are those of all.
        let file = format!("{}.toml", case.name);
        let mut written =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(self.griot.path().join(&file));
        written.as_mut().unwrap().write_all(self.configuration(case).as_bytes()).unwrap();
        let resolver = nsd.address();
        let mut command = self.griot.command(&["doctor", "--config", &file, "--json", "--resolver", &resolver]);
        // What the system trusts; the pages are asked as by anybody.
        command.env("SSL_CERT_FILE", self.griot.path().join("trusted.pem"));
        let output = command.output().unwrap();
        let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let findings: Vec<Value> = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}{told}"));
        let fails = findings.iter().any(|finding| finding["level"] == "fail");
        assert_eq!(output.status.code(), Some(i32::from(fails)), "{}: {told}", case.name);
        findings
    }

    /// With a relay of its own.
    pub fn configuration(&self, case: &Case) -> String {
        let mut configuration = CONFIGURATION.to_owned();
        for (old, new) in &case.configuration {
            assert!(configuration.contains(old), "{}: {old} is not in the configuration", case.name);
            configuration = configuration.replace(old, new);
        }
        configuration
            .replace("{name}", case.name)
            .replace("{web}", &self.web.to_string())
            .replace("{front}", &self.front.to_string())
            .replace("{relay}", &self.relay(case).to_string())
            .replace("{ca}", "good.pem")
    }

    fn relay(&self, case: &Case) -> u16 {
        let usual = "mail.{name}.test PIPELINING SIZE=10240000 STARTTLS AUTH=PLAIN CHUNKING";
        let hello = case.hello.unwrap_or(usual).replace("{name}", case.name);
        let mut words = hello.split(' ');
        let mut answer = format!("250-{}\r\n", words.next().unwrap());
        words.for_each(|word| answer += &format!("250-{}\r\n", word.replace('=', " ")));
        answer += "250 HELP";
        let refuses_login = case.refuses_login;
        let script = move |moment: &Moment| match moment.at {
            At::Ehlo => Say::Reply(answer.clone()),
            At::Auth if refuses_login => Say::Reply("535 5.7.8 wrong password".into()),
            At::Mail => panic!("the doctor sent something: {}", moment.line),
            _ => Say::Usual,
        };
        ScriptedSmtp::set_up(Setup { tls: Some(self.certificates.good()), ..Setup::default() }, script).port
    }
}

fn known(findings: &[Value]) -> Vec<Known> {
    let known = |finding: &Value| (text(finding, "id"), text(finding, "level"));
    findings.iter().map(known).filter(|(_, level)| level != "pass").collect()
}

pub fn text(finding: &Value, key: &str) -> String {
    finding[key].as_str().unwrap_or_else(|| panic!("no {key} in {finding}")).to_owned()
}

/// Of every case, of the names above them, and of the addresses.
fn zones(cases: &[Case], key: &str) -> Vec<(String, String)> {
    let head = "$TTL 60\n@ SOA ns.good.test. hostmaster.good.test. 1 3600 600 86400 60\n@ NS ns.good.test.\n";
    let reports = "agrees.test._report._dmarc.reports TXT \"v=DMARC1\"\nother-org A 203.0.113.250\n";
    let mut zones = vec![("test".to_owned(), format!("{head}{reports}"))];
    let mut reverse = head.to_owned();
    for (index, case) in cases.iter().enumerate() {
        let (name, host) = (case.name, 10 + index);
        let mut zone = ZONE.to_owned();
        for (old, new) in &case.zone {
            assert!(zone.contains(old), "{name}: {old} is not in the zone");
            zone = zone.replace(old, new);
        }
        // The key last: its letters could be any.
        let zone = zone.replace("{name}", name).replace("{ip}", &format!("203.0.113.{host}")).replace("{key}", key);
        zones.push((format!("{name}.test"), zone));
        let pointer = case.pointer.unwrap_or("mail.{name}.test.").replace("{name}", name);
        if !pointer.is_empty() {
            reverse += &format!("{host} PTR {pointer}\n");
        }
    }
    zones.push(("113.0.203.in-addr.arpa".to_owned(), reverse));
    zones
}

/// Certificates that the doctor trusts: `good.pem` is good for months, `soon.pem` for days, and `old.pem` ran out.
pub struct Certificates {
    folder: std::path::PathBuf,
}

impl Certificates {
    fn make(folder: &Path, names: &[String]) -> Self {
        let names: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
        let names = format!("subjectAltName=DNS:localhost,{}", names.join(","));
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        for (name, days) in [("good", "90"), ("soon", "9")] {
            let what =
                ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", days];
            let whose = ["-subj", "/CN=localhost", "-addext", &names, "-addext", "basicConstraints=critical,CA:FALSE"];
            let (key, certificate) = (path(&format!("{name}.key")), path(&format!("{name}.pem")));
            openssl(&[&what[..], &whose, &["-keyout", &key, "-out", &certificate]].concat());
        }
        let authority = format!(
            "[ca]\ndefault_ca=d\n[d]\ndatabase={0}/index\nnew_certs_dir={0}\nserial={0}/serial\ndefault_md=sha256\n\
             policy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\n{1}\nbasicConstraints=critical,CA:FALSE\n",
            folder.display(),
            names
        );
        fs::write(folder.join("ca.cnf"), authority).unwrap();
        fs::write(folder.join("index"), "").unwrap();
        fs::write(folder.join("serial"), "01\n").unwrap();
        let (key, request) = (path("old.key"), path("old.csr"));
        let what =
            ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"];
        openssl(&[&what[..], &["-keyout", &key, "-out", &request]].concat());
        let when = ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"];
        let how = ["ca", "-batch", "-notext", "-selfsign", "-config", &path("ca.cnf"), "-keyfile", &key];
        openssl(&[&how[..], &when, &["-in", &request, "-out", &path("old.pem")]].concat());
        let all: String =
            ["good", "soon", "old"].map(|name| fs::read_to_string(path(&format!("{name}.pem"))).unwrap()).concat();
        fs::write(folder.join("trusted.pem"), all).unwrap();
        Self { folder: folder.to_owned() }
    }

    pub fn good(&self) -> Arc<ServerConfig> {
        self.server("good")
    }

    /// A server that shows one of them.
    pub fn server(&self, name: &str) -> Arc<ServerConfig> {
        let chain = CertificateDer::pem_file_iter(self.folder.join(format!("{name}.pem"))).unwrap();
        let key = PrivateKeyDer::from_pem_file(self.folder.join(format!("{name}.key"))).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Arc::new(config.with_no_client_auth().with_single_cert(chain.map(Result::unwrap).collect(), key).unwrap())
    }
}
