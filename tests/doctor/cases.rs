//! One fault a zone, and what must be found of it: that, and nothing else.

use data_encoding::BASE64;

use super::clinic::Case;
use crate::support::keys::openssl;

const SPF: &str = r#""v=spf1 a:mail.{name}.test -all""#;
const DMARC: &str = r#""v=DMARC1; p=reject; rua=mailto:dmarc@{name}.test""#;
const KEY: &str = "griot._domainkey TXT {key}\n";
const MX: &str = "@ MX 10 mail\n";

pub fn all() -> Vec<Case> {
    [vec![Case::new("good")], spf(), dkim(), dmarc(), exchangers(), addresses(), relays()].concat()
}

fn spf() -> Vec<Case> {
    let some = |many: usize| "a:mail.{name}.test ".repeat(many);
    // In two strings, since one holds 255 octets.
    let many = format!(r#""v=spf1 {}" "{}-all""#, some(6), some(5));
    let deep = "one TXT \"v=spf1 a:mail.{name}.test mx:{name}.test include:two.{name}.test -all\"\n\
                two TXT \"v=spf1 a:mail.{name}.test a:mail.{name}.test a:mail.{name}.test a:mail.{name}.test redirect=three.{name}.test\"\n\
                three TXT \"v=spf1 a:mail.{name}.test a:mail.{name}.test -all\"\n_dmarc TXT";
    let fault = |name, record: &str| Case::new(name).zone(SPF, record);
    vec![
        Case::new("spf-none").zone("bounce TXT \"v=spf1 a:mail.{name}.test -all\"\n", "").fails("spf.record"),
        fault("spf-two", "\"v=spf1 -all\"\nbounce TXT \"v=spf1 a:mail.{name}.test ~all\"").fails("spf.record"),
        fault("spf-syntax", "\"v=spf1 ip4:203.0.113 -all\"").fails("spf.syntax"),
        fault("spf-lookups", &many).fails("spf.lookups"),
        fault("spf-deep", "\"v=spf1 include:one.{name}.test -all\"").zone("_dmarc TXT", deep).fails("spf.lookups"),
        fault("spf-void", "\"v=spf1 a:mail.{name}.test a:x.{name}.test mx:y.{name}.test a:z.{name}.test -all\"")
            .fails("spf.void"),
        fault("spf-everybody", "\"v=spf1 +all\"").fails("spf.all"),
        fault("spf-neutral", "\"v=spf1 a:mail.{name}.test ?all\"").warns("spf.all"),
        fault("spf-open", "\"v=spf1 a:mail.{name}.test\"").warns("spf.all"),
        fault("spf-ptr", "\"v=spf1 a:mail.{name}.test ptr -all\"").warns("spf.ptr"),
        fault("spf-loop", "\"v=spf1 include:bounce.{name}.test -all\"").fails("spf.loop"),
        fault("spf-include", "\"v=spf1 a:mail.{name}.test include:nothing.{name}.test -all\"").fails("spf.include"),
        fault("spf-relay", "\"v=spf1 ip4:198.51.100.0/24 -all\"").fails("spf.relay"),
        // A name nobody here answers for.
        fault("spf-unanswered", "\"v=spf1 a:mail.{name}.test include:spf.elsewhere.example -all\"").fails("dns.answer"),
    ]
}

fn dkim() -> Vec<Case> {
    let record = |name, tags: &str| Case::new(name).zone(KEY, format!("griot._domainkey TXT {tags}\n"));
    let [tiny, short, other] = [768, 1024, 2048].map(public_key);
    vec![
        Case::new("dkim-none").zone(KEY, "").fails("dkim.record"),
        record("dkim-two", "{key}\ngriot._domainkey TXT \"v=DKIM1; p=\"").fails("dkim.record"),
        record("dkim-revoked", "\"v=DKIM1; k=rsa; p=\"").fails("dkim.revoked"),
        record("dkim-other", &format!("\"v=DKIM1; k=rsa; p=\" {other}")).fails("dkim.key"),
        record("dkim-short", &format!("\"v=DKIM1; k=rsa; p=\" {short}")).warns("dkim.bits"),
        record("dkim-tiny", &format!("\"v=DKIM1; k=rsa; p=\" {tiny}")).fails("dkim.bits"),
        record("dkim-kind", "\"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"")
            .fails("dkim.type"),
        record("dkim-cut", "\"v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\"").fails("dkim.syntax"),
        record("dkim-keyless", "\"v=DKIM1; k=rsa\"").fails("dkim.syntax"),
        record("dkim-testing", "{key} \"; t=y\"").warns("dkim.testing"),
        record("dkim-hash", "{key} \"; h=sha1\"").fails("dkim.hash"),
        record("dkim-service", "{key} \"; s=web\"").fails("dkim.service"),
        Case::new("dkim-unsigned")
            .configuration(
                "[[dkim]]\ndomain = \"{name}.test\"\nselector = \"griot\"\nkey_file = \"griot.good.test.pem\"\n",
                "",
            )
            .warns("dkim.key"),
    ]
}

fn dmarc() -> Vec<Case> {
    let record = |name, tags: &str| Case::new(name).zone(DMARC, format!("\"{tags}\""));
    vec![
        Case::new("dmarc-none")
            .zone("_dmarc TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@{name}.test\"\n", "")
            .fails("dmarc.record"),
        record("dmarc-two", "v=DMARC1; p=none\"\n_dmarc TXT \"v=DMARC1; p=reject").fails("dmarc.record"),
        record("dmarc-syntax", "v=DMARC1; p=reject; rua").fails("dmarc.syntax"),
        record("dmarc-value", "v=DMARC1; p=block").fails("dmarc.syntax"),
        record("dmarc-none-yet", "v=DMARC1; p=none").warns("dmarc.policy"),
        record("dmarc-empty", "v=DMARC1; rua=mailto:dmarc@{name}.test").warns("dmarc.policy"),
        record("dmarc-old", "v=DMARC1; p=reject; pct=50; rf=afrf; ri=86400").warns("dmarc.gone"),
        record("dmarc-testing", "v=DMARC1; p=reject; t=y").warns("dmarc.testing"),
        record("dmarc-strict", "v=DMARC1; p=reject; aspf=s").fails("dmarc.spf-alignment"),
        Case::new("dmarc-island")
            .zone("_dmarc TXT", "_dmarc.bounce TXT \"v=DMARC1; p=reject; psd=n\"\n_dmarc TXT")
            .fails("dmarc.spf-alignment"),
        // What is under a public suffix belongs to others.
        record("dmarc-suffix", "v=DMARC1; p=reject; psd=y").warns("dmarc.psd").fails("dmarc.spf-alignment"),
        record("dmarc-reports", "v=DMARC1; p=reject; rua=mailto:dmarc@reports.test").warns("dmarc.reports"),
        record("dmarc-no-mailbox", "v=DMARC1; p=reject; rua=dmarc@{name}.test").warns("dmarc.reports"),
        // Nothing is wrong where the other side agrees.
        record("agrees", "v=DMARC1; p=reject; rua=mailto:agrees@reports.test!10m"),
    ]
}

fn exchangers() -> Vec<Case> {
    vec![
        Case::new("mx-none").zone(MX, "").fails("mx.record"),
        Case::new("mx-address").zone(MX, "@ A {ip}\n").warns("mx.record"),
        Case::new("mx-null").zone(MX, "@ MX 0 .\n").fails("mx.null"),
        Case::new("mx-target").zone(MX, "@ MX 10 nowhere\n").fails("mx.target"),
        Case::new("mx-alias").zone(MX, "@ MX 10 alias\nalias CNAME mail\n").warns("mx.alias"),
        Case::new("mx-bounces").zone("bounce MX 10 mail", "bounce MX 0 .").fails("mx.null"),
        Case::new("mx-answers")
            .configuration("from = ", "reply_to = \"editors@answers.{name}.test\"\nfrom = ")
            .fails("mx.record"),
    ]
}

fn addresses() -> Vec<Case> {
    vec![
        Case::new("ip-nameless").pointer("").fails("ip.reverse"),
        Case::new("ip-elsewhere").pointer("other-org.test.").fails("ip.forward"),
        // Then it is not known either which address receivers see.
        Case::new("ip-short").hello("mail STARTTLS AUTH=PLAIN").fails("ip.hello").warns("ip.owner"),
        Case::new("ip-unknown").hello("gone.{name}.test STARTTLS AUTH=PLAIN").fails("ip.hello").warns("ip.owner"),
        Case::new("pages-nameless").zone("brief A 127.0.0.1\n", "").fails("pages.address"),
    ]
}

fn relays() -> Vec<Case> {
    vec![
        Case::new("relay-login").refuses_login().fails("relay.auth"),
        Case::new("relay-no-login").hello("mail.{name}.test STARTTLS").fails("relay.auth"),
        Case::new("relay-plain").hello("mail.{name}.test AUTH=PLAIN").fails("relay.tls"),
        Case::new("relay-small").hello("mail.{name}.test STARTTLS AUTH=PLAIN SIZE=50000").fails("relay.size"),
        // The certificate is made out to a name.
        Case::new("relay-misnamed").configuration("@localhost:", "@127.0.0.1:").fails("relay.tls"),
        Case::new("relay-gone").configuration("localhost:{relay}", "localhost:1").fails("relay.connect"),
        Case::new("relay-folder")
            .configuration(
                "smtp://brief@localhost:{relay}?tls=required\"\npassword = \"drum beats far\"\n",
                "dir:outbox\"\n",
            )
            .warns("relay.skipped"),
    ]
}

/// Of a new RSA key: the strings of `p=`.
fn public_key(bits: u32) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.pem");
    let bits = format!("rsa_keygen_bits:{bits}");
    openssl(&["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", &bits, "-out", file.to_str().unwrap()]);
    let der = openssl(&["pkey", "-in", file.to_str().unwrap(), "-pubout", "-outform", "DER"]);
    let text = BASE64.encode(&der);
    let strings = text.as_bytes().chunks(200).map(|part| format!("\"{}\"", std::str::from_utf8(part).unwrap()));
    strings.collect::<Vec<_>>().join(" ")
}
