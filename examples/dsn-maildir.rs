//! Fills a Maildir with what comes back of an edition: a mail for each of its deliveries, with the return address of
//! that delivery, for measuring what reads them and for killing it.
//!
//!     dsn-maildir STORE MAILDIR
//!
//! Of twenty, ten are hard bounces by Postfix, one by qmail, four of a full mailbox, two by a policy, one a notice of
//! delay, one an answer from holiday, one a complaint. Prints how many of each as JSON.

use std::error::Error;
use std::fs;
use std::path::Path;

use chrono::Utc;
use griot::store::{Store, signing_secrets};
use griot::token::{Keys, Secret};

const DOMAIN: &str = "bounce.example.org";
/// What is returned of the message: as much as mail servers return of ours.
const RETURNED: usize = 4_000;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [store, maildir] = words.as_slice() else { return Err("dsn-maildir STORE MAILDIR".into()) };
    let path = Path::new(store);
    let store = Store::open(path)?;
    let secrets = signing_secrets(&store, Utc::now())?;
    let mut secrets = secrets.iter().rev().map(|(id, bytes)| Secret { id: *id, bytes });
    let keys = Keys::new(secrets.next().ok_or("the store holds no signing key")?, secrets)?;
    for folder in ["new", "cur", "tmp"] {
        fs::create_dir_all(Path::new(maildir).join(folder))?;
    }
    let db = rusqlite::Connection::open(path)?;
    let mut query = db.prepare(
        "SELECT d.edition_id, d.subscriber_id, s.email FROM deliveries AS d
         JOIN subscribers AS s ON s.id = d.subscriber_id ORDER BY d.edition_id, d.subscriber_id",
    )?;
    let mut rows = query.query([])?;
    let (mut written, mut kinds) = (0_u64, [0_u64; 6]);
    while let Some(row) = rows.next()? {
        let (edition, subscriber, email): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let kind = Kind::of(written);
        let mail = kind.mail(&keys.verp_local(edition, subscriber), &email);
        fs::write(Path::new(maildir).join("new").join(format!("{written:09}.griot.example")), mail)?;
        kinds[kind as usize] += 1;
        written += 1;
    }
    let [hard, soft, ours, delayed, vacation, complaint] = kinds;
    println!(
        "{{\"mails\":{written},\"hard\":{hard},\"soft\":{soft},\"ours\":{ours},\"delayed\":{delayed},\
         \"vacation\":{vacation},\"complaint\":{complaint}}}"
    );
    Ok(())
}

#[derive(Clone, Copy)]
enum Kind {
    Hard,
    Soft,
    Ours,
    Delayed,
    Vacation,
    Complaint,
}

impl Kind {
    fn of(number: u64) -> Self {
        match number % 20 {
            0..=10 => Self::Hard,
            11..=14 => Self::Soft,
            15 | 16 => Self::Ours,
            17 => Self::Delayed,
            18 => Self::Vacation,
            _ => Self::Complaint,
        }
    }

    fn mail(self, verp: &str, email: &str) -> String {
        let head = format!("Return-Path: <>\nDelivered-To: {verp}@{DOMAIN}\n");
        let returned = format!(
            "Return-Path: <{verp}@{DOMAIN}>\nMessage-ID: <{verp}@example.org>\nFrom: Harmattan Press <brief@example.org>\n\
             To: {email}\nSubject: The Weekly Brief\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
        );
        let line = "The harbour opened and eleven boats were back by noon, as they had said.\n";
        let body = line.repeat(RETURNED / line.len());
        match self {
            // Every eleventh hard bounce is as qmail writes it.
            Self::Hard if verp.bytes().map(u64::from).sum::<u64>() % 11 == 0 => format!(
                "{head}From: MAILER-DAEMON@mx.readers.example\nTo: {verp}@{DOMAIN}\nSubject: failure notice\n\n\
                 Hi. This is the qmail-send program at mx.readers.example.\n\
                 I'm afraid I wasn't able to deliver your message to the following addresses.\n\
                 This is a permanent error; I've given up. Sorry it didn't work out.\n\n\
                 <{email}>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n\
                 --- Below this line is a copy of the message.\n\n{returned}{body}"
            ),
            Self::Hard => report(&head, verp, email, &returned, "failed", "5.1.1", "550 5.1.1 User unknown"),
            Self::Soft => report(&head, verp, email, &returned, "failed", "5.2.2", "552 5.2.2 Mailbox is full"),
            Self::Ours => {
                let said = "550 5.7.1 Message rejected due to local policy";
                report(&head, verp, email, &returned, "failed", "5.7.1", said)
            }
            Self::Delayed => report(&head, verp, email, &returned, "delayed", "4.4.1", "connection timed out"),
            Self::Vacation => format!(
                "{head}From: {email}\nTo: {verp}@{DOMAIN}\nSubject: Away until Monday\n\
                 Auto-Submitted: auto-replied\n\nI am on holiday.\n"
            ),
            Self::Complaint => format!(
                "{head}From: fbl@provider.example\nTo: fbl@example.org\nSubject: complaint\nMIME-Version: 1.0\n\
                 Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n\
                 --b\nContent-Type: text/plain\n\nA reader says that this is spam.\n\
                 --b\nContent-Type: message/feedback-report\n\n\
                 Feedback-Type: abuse\nUser-Agent: example/1\nVersion: 1\nOriginal-Rcpt-To: <{email}>\n\n\
                 --b\nContent-Type: message/rfc822\n\n{returned}{body}\n--b--\n"
            ),
        }
    }
}

fn report(head: &str, verp: &str, email: &str, returned: &str, action: &str, status: &str, said: &str) -> String {
    format!(
        "{head}From: MAILER-DAEMON@mx.readers.example (Mail Delivery System)\nTo: {verp}@{DOMAIN}\n\
         Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b/mx.readers.example\"\n\n\
         --b/mx.readers.example\nContent-Type: text/plain; charset=us-ascii\n\n\
         This is the mail system at host mx.readers.example.\n\n<{email}>: {said}\n\n\
         --b/mx.readers.example\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.readers.example\nArrival-Date: Fri, 7 Nov 2025 08:00:00 +0000 (UTC)\n\n\
         Final-Recipient: rfc822; {email}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n\n\
         --b/mx.readers.example\nContent-Type: text/rfc822-headers\n\n{returned}\n--b/mx.readers.example--\n"
    )
}
