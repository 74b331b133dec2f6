//! Postmark's webhooks (rule B, webhook): a login or a secret header, and what the records mean.

use crate::support::hook_server::{HookServer, NOTHING, TAKEN, flipped};
use crate::support::pages::noon;
use data_encoding::BASE64;
use griot::feedback::webhooks::postmark;
use griot::meaning::{Class, Reason};
use serde_json::{Value, json};

const LOGIN: &str = "[hooks.postmark]\nuser = \"postmark\"\npassword = \"drum beats far\"\n";
const HEADER: &str = "[hooks.postmark]\nheader = \"X-Griot-Secret\"\nsecret = \"drum beats far\"\n";
const BOTH: &str = "[hooks.postmark]\nuser = \"postmark\"\npassword = \"drum beats far\"\nheader = \"X-Griot-Secret\"\nsecret = \"drum beats far\"\n";
const REFUSED: (u16, &str) = (401, "the login or the secret header does not match\n");

fn bounce(kind: &str, code: u64, details: &str) -> Value {
    json!({
        "RecordType": "Bounce", "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Type": kind, "TypeCode": code,
        "Details": details, "Description": "words of Postmark", "Email": "ada@example.com", "ID": 4_323_372_036_854_775_807_u64,
    })
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes()))
}

#[tokio::test]
async fn b_no_byte_of_the_login_or_the_header_can_be_changed() {
    let body = bounce("HardBounce", 1, "smtp;550 5.1.1 user unknown").to_string();
    let server = HookServer::open(LOGIN, noon, &[]).await;
    let right = basic("postmark", "drum beats far");
    assert_eq!(server.post("/hooks/postmark", &[("Authorization", &right)], body.clone()).await.told(), TAKEN);
    for (place, changed) in flipped(right.as_bytes()) {
        let Ok(wrong) = String::from_utf8(changed) else { continue };
        let answer = server.post("/hooks/postmark", &[("Authorization", &wrong)], body.clone()).await;
        assert_eq!(answer.told(), REFUSED, "byte {place}");
    }
    for wrong in [
        basic("postmark", ""),
        basic("postmark", "drum beats far "),
        basic("", "drum beats far"),
        "Basic".into(),
        right[..right.len() - 4].into(),
    ] {
        assert_eq!(server.post("/hooks/postmark", &[("Authorization", &wrong)], body.clone()).await.told(), REFUSED);
    }
    let answer = server.post("/hooks/postmark", &[], body.clone()).await;
    assert_eq!(
        (answer.told(), &answer.headers["www-authenticate"]),
        (REFUSED, &"Basic realm=\"webhook\"".parse().unwrap())
    );

    let server = HookServer::open(HEADER, noon, &[]).await;
    let secret = "drum beats far";
    assert_eq!(server.post("/hooks/postmark", &[("x-griot-secret", secret)], body.clone()).await.told(), TAKEN);
    for (place, changed) in flipped(secret.as_bytes()) {
        let wrong = String::from_utf8(changed).unwrap();
        let answer = server.post("/hooks/postmark", &[("X-Griot-Secret", &wrong)], body.clone()).await;
        assert_eq!(answer.told(), REFUSED, "byte {place}");
    }
    for wrong in ["", "drum beats fa", "drum beats far2"] {
        assert_eq!(server.post("/hooks/postmark", &[("X-Griot-Secret", wrong)], body.clone()).await.told(), REFUSED);
    }
    assert_eq!(server.post("/hooks/postmark", &[("X-Other", secret)], body.clone()).await.told(), REFUSED);
}

#[tokio::test]
async fn b_where_both_are_configured_both_must_be_shown() {
    let server = HookServer::open(BOTH, noon, &[]).await;
    let body = bounce("HardBounce", 1, "").to_string();
    let login = basic("postmark", "drum beats far");
    let (login, header) = (("Authorization", login.as_str()), ("X-Griot-Secret", "drum beats far"));
    assert_eq!(server.post("/hooks/postmark", &[login, header], body.clone()).await.told(), TAKEN);
    for headers in
        [&[login][..], &[header], &[login, ("X-Griot-Secret", "other")], &[header, ("Authorization", "other")]]
    {
        assert_eq!(server.post("/hooks/postmark", headers, body.clone()).await.told(), REFUSED);
    }
}

/// Who may not speak is not listened to: the body is not even waited for.
#[tokio::test]
async fn b_the_login_is_checked_before_the_body() {
    let server = HookServer::open(LOGIN, noon, &[]).await;
    assert_eq!(server.post("/hooks/postmark", &[], vec![b' '; 3 * 1024 * 1024]).await.told(), REFUSED);
}

#[tokio::test]
async fn records_that_say_nothing_are_answered_well_and_broken_ones_are_not() {
    let server = HookServer::open(HEADER, noon, &[]).await;
    let secret = [("X-Griot-Secret", "drum beats far")];
    for nothing in
        [json!({"RecordType": "Open"}), json!({"RecordType": "Delivery", "ID": 1}), bounce("Subscribe", 32, "")]
    {
        assert_eq!(server.post("/hooks/postmark", &secret, nothing.to_string()).await.told(), NOTHING, "{nothing}");
    }
    for (broken, text) in [("{}", "RecordType is missing\n"), ("{\"RecordType\": \"Bounce\"}", "ID is missing\n")] {
        assert_eq!(server.post("/hooks/postmark", &secret, broken).await.told(), (400, text));
    }
}

#[test]
fn b_what_the_records_mean() {
    let unknown = "smtp;550 5.1.1 user unknown";
    for (kind, code, details, class, reason) in [
        ("HardBounce", 1, unknown, Class::Hard, Reason::UserUnknown),
        ("HardBounce", 1, "", Class::Hard, Reason::UserUnknown),
        ("", 1, "", Class::Hard, Reason::UserUnknown),
        ("HardBounce", 1, "smtp;552 5.2.2 full", Class::Soft, Reason::MailboxFull),
        ("BadEmailAddress", 100_000, "", Class::Hard, Reason::UserUnknown),
        ("SoftBounce", 4_096, unknown, Class::Soft, Reason::UserUnknown),
        ("SoftBounce", 4_096, "", Class::Soft, Reason::Undefined),
        ("Transient", 2, unknown, Class::Delayed, Reason::UserUnknown),
        ("DnsError", 256, "", Class::Soft, Reason::NetworkError),
        ("Blocked", 100_006, unknown, Class::Ours, Reason::UserUnknown),
        ("Blocked", 100_006, "", Class::Ours, Reason::Blocked),
        ("SpamNotification", 512, "", Class::Ours, Reason::SpamDetected),
        ("VirusNotification", 8_192, "", Class::Ours, Reason::VirusDetected),
        ("DMARCPolicy", 100_009, "", Class::Ours, Reason::AuthFailure),
        ("AutoResponder", 64, unknown, Class::Vacation, Reason::Vacation),
        ("ChallengeVerification", 16_384, "", Class::Challenge, Reason::Undefined),
        ("AddressChange", 128, "", Class::None, Reason::HasMoved),
        ("Unsubscribe", 16, "", Class::Unsubscribe, Reason::Feedback),
        ("SpamComplaint", 100_001, "", Class::Complaint, Reason::Feedback),
        ("ManuallyDeactivated", 100_002, unknown, Class::Soft, Reason::UserUnknown),
        ("Unknown", 2_048, unknown, Class::Soft, Reason::UserUnknown),
        ("SomethingNew", 7, unknown, Class::Soft, Reason::UserUnknown),
    ] {
        let report = postmark::read(bounce(kind, code, details).to_string().as_bytes()).unwrap().remove(0);
        let [feedback] = &report.feedback[..] else { panic!("{report:?}") };
        assert_eq!((feedback.meaning.class, feedback.meaning.reason), (class, reason), "{kind} {code} {details}");
        assert_eq!((feedback.recipient.as_str(), feedback.is_vouched), ("ada@example.com", true));
        let said = if details.is_empty() { "words of Postmark" } else { details };
        assert_eq!((feedback.diagnostic.as_str(), report.id.as_str()), (said, "Bounce 4323372036854775807"));
    }
    let ours = bounce("HardBounce", 1, "smtp;554 5.7.1 refused").to_string();
    assert_eq!(postmark::read(ours.as_bytes()).unwrap()[0].feedback[0].meaning.class, Class::Ours);
    let mut complaint = bounce("SpamComplaint", 100_001, "");
    complaint["RecordType"] = "SpamComplaint".into();
    let report = postmark::read(complaint.to_string().as_bytes()).unwrap().remove(0);
    assert_eq!(
        (report.feedback[0].meaning.class, report.id.as_str()),
        (Class::Complaint, "SpamComplaint 4323372036854775807")
    );
}

#[test]
fn b_a_change_of_subscription_counts_where_the_reader_made_it() {
    let change = |reason: &str, origin: &str, suppress: bool| {
        let record = json!({
            "RecordType": "SubscriptionChange", "MessageID": "883953f4", "ChangedAt": "2026-11-23T11:59:00Z",
            "Recipient": "ada@example.com", "Origin": origin, "SuppressSending": suppress, "SuppressionReason": reason,
        });
        let mut reports = postmark::read(record.to_string().as_bytes()).unwrap();
        assert!(reports.len() < 2);
        reports.pop().map(|report| (report.feedback[0].meaning.class, report.id))
    };
    let id = || "SubscriptionChange 883953f4 ada@example.com 2026-11-23T11:59:00Z".to_owned();
    assert_eq!(change("ManualSuppression", "Recipient", true), Some((Class::Unsubscribe, id())));
    assert_eq!(change("SpamComplaint", "Recipient", true), Some((Class::Complaint, id())));
    for (reason, origin, suppress) in [
        ("ManualSuppression", "Customer", true),
        ("ManualSuppression", "Admin", true),
        ("HardBounce", "Recipient", true),
        ("ManualSuppression", "Recipient", false),
        ("", "Recipient", false),
    ] {
        assert_eq!(change(reason, origin, suppress), None, "{reason} {origin} {suppress}");
    }
}
