//! P: what is planted is found, and nothing else.

use std::thread;

use super::cases;
use super::clinic::{Case, Clinic, Known, text};
use crate::support::tls_front::{self, Behind};

const ROWS: usize = 4;

#[test]
fn p_finds_each_fault_and_nothing_where_all_is_well() {
    let cases = cases::all();
    let clinic = Clinic::open(&cases);
    nothing_is_wrong(&clinic, &cases[0]);
    // Side by side: each waits for a name server, a relay and the pages.
    let rows = cases.chunks(cases.len().div_ceil(ROWS));
    let wrong: Vec<String> = thread::scope(|scope| {
        let rows: Vec<_> =
            rows.map(|row| scope.spawn(|| row.iter().filter_map(|case| wrong(&clinic, case)).collect())).collect();
        rows.into_iter().flat_map(|row| -> Vec<String> { row.join().unwrap() }).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    the_pages(&clinic, &cases[0]);
    advice_can_be_pasted(&clinic, &cases);
}

/// What was found that was not planted, or the other way round.
fn wrong(clinic: &Clinic, case: &Case) -> Option<String> {
    let mut found = clinic.examine(case);
    let mut planted: Vec<Known> = case.found.iter().map(|(id, level)| (id.to_string(), level.to_string())).collect();
    found.sort();
    planted.sort();
    (found != planted).then(|| format!("{}: {found:?}, where {planted:?} was planted", case.name))
}

/// Everything is looked at, and passes.
fn nothing_is_wrong(clinic: &Clinic, good: &Case) {
    let findings = clinic.findings(good);
    let ids: Vec<String> = findings.iter().map(|finding| text(finding, "id")).collect();
    let expected = [
        "spf.record",
        "spf.lookups",
        "spf.void",
        "spf.all",
        "spf.relay",
        "dkim.record",
        "dkim.key",
        "dmarc.record",
        "dmarc.spf-alignment",
        "dmarc.dkim-alignment",
        "mx.record",
        "mx.record",
        "ip.hello",
        "ip.reverse",
        "pages.https",
        "pages.certificate",
        "clock.offset",
        "pages.form",
        "pages.one-click",
        "message.list-id",
        "message.size",
        "message.address",
        "relay.connect",
        "relay.tls",
        "relay.certificate",
        "relay.auth",
        "relay.size",
        "relay.speed",
    ];
    assert_eq!(ids, expected, "{findings:#?}");
    assert!(findings.iter().all(|finding| finding["level"] == "pass" && finding["do"] == ""), "{findings:#?}");
}

/// What stands in front of griot can spoil it.
fn the_pages(clinic: &Clinic, good: &Case) {
    let behind = |tls: &str, behind| {
        let port = tls_front::start(clinic.certificates.server(tls), behind);
        clinic.examine(&good.clone().configuration("{front}", port.to_string()))
    };
    let known = |id: &str, level: &str| (id.to_owned(), level.to_owned());
    let moved = Behind::Says(
        "HTTP/1.1 301 Moved\r\nLocation: https://www.good.test/\r\nContent-Length: 0\r\nConnection: close\r\nDate: DATE\r\n\r\n",
    );
    let found = behind("good", moved);
    assert_eq!(
        found,
        [known("clock.offset", "warn"), known("pages.form", "fail"), known("pages.one-click", "fail")],
        "a redirect in front"
    );
    let late = "HTTP/1.1 200 OK\r\nDate: Wed, 01 Jan 2020 00:00:00 GMT\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<form>";
    assert_eq!(behind("good", Behind::Says(late)), [known("clock.offset", "fail")], "a clock that is years behind");
    let well = Behind::Port(clinic.web());
    assert_eq!(behind("soon", well), [known("pages.certificate", "warn")], "a certificate near its end");
    assert_eq!(behind("old", well), [known("pages.certificate", "fail")], "a certificate past its end");
    let nobody = good.clone().configuration("{front}", "1");
    assert_eq!(clinic.examine(&nobody), [known("pages.reach", "fail")], "nobody in front");
}

/// A zone with what the doctor says to publish is a zone where nothing fails.
fn advice_can_be_pasted(clinic: &Clinic, cases: &[Case]) {
    let of = |name: &str| cases.iter().find(|case| case.name == name).unwrap();
    let line = |name: &str, id: &str| {
        let findings = clinic.findings(of(name));
        let finding = findings.iter().find(|finding| finding["id"] == id).unwrap().clone();
        finding["dns"][0].as_str().unwrap().to_owned()
    };
    let host = |name: &str| 10 + cases.iter().position(|case| case.name == name).unwrap();
    let spf = format!("bounce.spf-none.test. 3600 IN TXT \"v=spf1 ip4:203.0.113.{} ~all\"", host("spf-none"));
    assert_eq!(line("spf-none", "spf.record"), spf);
    let relay = format!(
        "bounce.spf-relay.test. 3600 IN TXT \"v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.{} -all\"",
        host("spf-relay")
    );
    assert_eq!(line("spf-relay", "spf.relay"), relay);
    let pointer = format!("{}.113.0.203.in-addr.arpa. 3600 IN PTR mail.ip-nameless.test.", host("ip-nameless"));
    assert_eq!(line("ip-nameless", "ip.reverse"), pointer);
    let gone = "_dmarc.dmarc-old.test. 3600 IN TXT \"v=DMARC1; p=reject\"";
    assert_eq!(line("dmarc-old", "dmarc.gone"), gone);
    let key = line("dkim-none", "dkim.record");
    assert!(key.starts_with("griot._domainkey.dkim-none.test. 3600 IN TXT \"v=DKIM1; k=rsa; p=MII"), "{key}");
    let mended: Vec<Case> = vec![
        Case::new("mended").zone("griot._domainkey TXT {key}\n", format!("{}\n", key.replace("dkim-none", "mended"))),
    ];
    // The same key, for another name server that has only what was pasted.
    assert_eq!(clinic.elsewhere(&mended), []);
}
