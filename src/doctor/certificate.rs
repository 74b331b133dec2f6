use chrono::{DateTime, TimeDelta, Utc};
use rustls::pki_types::CertificateDer;

use super::finding::Finding;
use crate::delivery::certificate_end;

/// Renewal is due by then, whoever does it.
const SOON: TimeDelta = TimeDelta::days(21);

/// Judges when a certificate, which was found to be trusted and of the right name, runs out.
pub(super) fn judge(id: &'static str, about: &str, der: &[u8], now: DateTime<Utc>) -> Finding {
    let Some(until) = certificate_end(&CertificateDer::from(der)) else {
        return Finding::warn(id, about, "it cannot be read when its certificate runs out")
            .because("Nobody is warned before it does.")
            .advise("Look at it: openssl x509 -noout -enddate");
    };
    let date = until.format("%-d %b %Y");
    let left = until - now;
    if left <= TimeDelta::zero() {
        return Finding::fail(id, about, format!("its certificate ran out on {date}"))
            .because("Nobody connects to a server whose certificate has run out.")
            .advise("Renew it, and see why that does not happen by itself.");
    }
    if left < SOON {
        return Finding::warn(id, about, format!("its certificate runs out on {date}, in {} days", left.num_days()))
            .because("When it has, links in every message that was ever sent stop working, or nothing is sent.")
            .advise("Renew it, and see why that does not happen by itself.");
    }
    Finding::pass(id, about, format!("its certificate is good until {date}"))
}
