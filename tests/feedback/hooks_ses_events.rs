//! What Amazon SES's events mean, whose delivery they are about, and that nothing is hard where a doubt is left (rule B).

use crate::support::hook_server::HookServer;
use crate::support::pages::noon;
use griot::feedback::Own;
use griot::feedback::webhooks::ses;
use griot::meaning::{Class, Reason};
use griot::store::{EditionId, SubscriberId};
use serde_json::{Value, json};

fn bounce(kind: &str, subtype: &str, recipient: Value) -> Value {
    json!({
        "notificationType": "Bounce",
        "bounce": {"bounceType": kind, "bounceSubType": subtype, "bouncedRecipients": [recipient]},
        "mail": {"source": "brief@example.org", "destination": ["ada@example.com"]},
    })
}

fn hard_bounce() -> Value {
    let said = "smtp; 550 5.1.1 user unknown";
    bounce(
        "Permanent",
        "General",
        json!({"emailAddress": "ada@example.com", "status": "5.1.1", "action": "failed", "diagnosticCode": said}),
    )
}

fn meaning_of(event: &Value) -> (Class, Reason, String) {
    let report = ses::read("id", &event.to_string(), &Own::default()).unwrap();
    let [feedback] = &report.feedback[..] else { panic!("{report:?}") };
    let status = feedback.meaning.status.map(|status| status.to_string()).unwrap_or_default();
    (feedback.meaning.class, feedback.meaning.reason, status)
}

#[test]
fn b_a_bounce_is_hard_only_where_nothing_speaks_against_it() {
    let said =
        |status: &str, text: &str| json!({"emailAddress": "ada@example.com", "status": status, "diagnosticCode": text});
    let silent = json!({"emailAddress": "ada@example.com"});
    for (kind, subtype, recipient, class, reason) in [
        ("Permanent", "General", said("5.1.1", "smtp; 550 5.1.1 user unknown"), Class::Hard, Reason::UserUnknown),
        ("Permanent", "General", silent.clone(), Class::Hard, Reason::UserUnknown),
        ("Permanent", "Suppressed", silent.clone(), Class::Hard, Reason::UserUnknown),
        ("Permanent", "NoEmail", said("5.1.1", "smtp; 550 5.1.1 user unknown"), Class::Soft, Reason::UserUnknown),
        (
            "Permanent",
            "OnAccountSuppressionList",
            said("5.1.1", "on the suppression list"),
            Class::Soft,
            Reason::OnHold,
        ),
        ("Transient", "General", said("5.1.1", "smtp; 550 5.1.1 user unknown"), Class::Soft, Reason::UserUnknown),
        ("Transient", "General", silent.clone(), Class::Vacation, Reason::Vacation),
        ("Transient", "MailboxFull", silent.clone(), Class::Soft, Reason::MailboxFull),
        ("Transient", "MessageTooLarge", silent.clone(), Class::Ours, Reason::MesgTooBig),
        ("Transient", "ContentRejected", silent.clone(), Class::Ours, Reason::ContentError),
        (
            "Undetermined",
            "Undetermined",
            said("5.1.1", "smtp; 550 5.1.1 user unknown"),
            Class::Soft,
            Reason::UserUnknown,
        ),
        ("Undetermined", "Undetermined", silent.clone(), Class::Soft, Reason::Undefined),
        ("", "", said("5.1.1", "smtp; 550 5.1.1 user unknown"), Class::Soft, Reason::UserUnknown),
    ] {
        let (found, why, _) = meaning_of(&bounce(kind, subtype, recipient.clone()));
        assert_eq!((found, why), (class, reason), "{kind} {subtype} {recipient}");
    }
    let (class, _, status) =
        meaning_of(&bounce("Permanent", "General", said("5.7.1", "smtp; 554 5.7.1 refused by policy")));
    assert_eq!((class, status.as_str()), (Class::Ours, "5.7.1"), "a fault of ours was counted against a reader");
}

#[test]
fn b_complaints_delays_and_rejects() {
    let complaint = |kind: &str| {
        json!({
            "eventType": "Complaint",
            "complaint": {"complainedRecipients": [{"emailAddress": "ada@example.com"}], "complaintFeedbackType": kind},
            "mail": {"source": "brief@example.org"},
        })
    };
    for (kind, class) in [
        ("abuse", Class::Complaint),
        ("", Class::Complaint),
        ("not-spam", Class::None),
        ("auth-failure", Class::None),
        ("virus", Class::Ours),
    ] {
        assert_eq!(meaning_of(&complaint(kind)).0, class, "{kind}");
    }
    let mut of_two = complaint("abuse");
    of_two["complaint"]["complainedRecipients"] =
        json!([{"emailAddress": "a@example.com"}, {"emailAddress": "b@example.com"}]);
    let report = ses::read("id", &of_two.to_string(), &Own::default()).unwrap();
    assert!(report.feedback.len() == 2 && !report.feedback.iter().any(|one| one.is_vouched), "{report:?}");
    let delay = json!({
        "eventType": "DeliveryDelay",
        "deliveryDelay": {"delayType": "MailboxFull", "delayedRecipients": [{"emailAddress": "ada@example.com", "status": "4.2.2"}]},
    });
    assert_eq!(meaning_of(&delay), (Class::Delayed, Reason::MailboxFull, "4.2.2".into()));
    let reject = json!({"eventType": "Reject", "reject": {"reason": "Bad content"}, "mail": {"destination": ["ada@example.com"]}});
    assert_eq!(meaning_of(&reject).0, Class::Ours);
    for nothing in
        [json!({"eventType": "Delivery", "delivery": {}}), json!({"eventType": "Open"}), json!("hello"), json!({})]
    {
        assert_eq!(ses::read("id", &nothing.to_string(), &Own::default()), None, "{nothing}");
    }
    assert_eq!(
        ses::read("id", "Successfully validated SNS topic for Amazon SES event publishing.", &Own::default()),
        None
    );
}

#[tokio::test]
async fn the_delivery_is_named_by_the_envelope_sender_or_the_header_of_ours() {
    let server = HookServer::open("", noon, &[]).await;
    let verp = server.press.keys().verp_local(12, 4711);
    let ours = Some((EditionId(12), SubscriberId(4711)));
    let mut event = hard_bounce();
    event["mail"]["source"] = format!("{verp}@bounce.example.org").into();
    let read = |event: &Value| ses::read("id", &event.to_string(), &server.own()).unwrap().feedback.remove(0);
    let feedback = read(&event);
    assert_eq!((feedback.delivery, feedback.recipient.as_str(), feedback.is_vouched), (ours, "ada@example.com", true));
    assert_eq!((feedback.meaning.reply, feedback.diagnostic.as_str()), (Some(550), "smtp; 550 5.1.1 user unknown"));
    event["mail"]["source"] = format!("{}@bounce.example.org", verp.replace("4711", "4712")).into();
    assert_eq!(read(&event).delivery, None);
    event["mail"]["headers"] = json!([
        {"name": "message-id", "value": "<abc@example.org>"}, {"name": "CFBL-Feedback-ID", "value": verp}
    ]);
    let feedback = read(&event);
    assert_eq!((feedback.delivery, feedback.message_id.as_str()), (ours, "abc@example.org"));
}
