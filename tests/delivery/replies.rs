//! What the relay says, and what becomes of the delivery: every stage, step by step, in groups and in chunks (S1, S2, S3,
//! S7, S8, S9, S12).

use crate::support;
use crate::support::edition::{Station, advance, reader};
use crate::support::scripted_smtp::{At, Moment, Say, ScriptedSmtp, Setup};
use chrono::TimeDelta;
use griot::delivery::{Job, Run};
use griot::store::EditionState;

type Start = fn(Box<dyn Fn(&Moment) -> Say + Send + Sync>) -> ScriptedSmtp;

/// All ways of talking: every scenario must end the same.
const WAYS: [(&str, Start); 3] = [
    ("in chunks", |script| ScriptedSmtp::start_in_chunks(script)),
    ("in groups", |script| ScriptedSmtp::start(script)),
    ("step by step", |script| ScriptedSmtp::start_step_by_step(script)),
];

/// At this stage, for this reader, always this.
fn always(at: At, number: usize, reply: &'static str) -> Box<dyn Fn(&Moment) -> Say + Send + Sync> {
    Box::new(move |moment| {
        let is_it = moment.at == at && moment.recipient == reader(number);
        if is_it { Say::Reply(reply.into()) } else { Say::Usual }
    })
}

#[tokio::test]
async fn s2_each_reply_belongs_to_its_message() {
    // (where, what the relay says to the second of three, what that makes of it)
    let cases = [
        (At::Rcpt, "550 5.1.1 no such mailbox", "failed", (550, "5.1.1", "no such mailbox")),
        (At::Rcpt, "551-5.7.1 go\r\n551-5.7.1 a\r\n551 5.7.1 way", "failed", (551, "5.7.1", "go 5.7.1 a 5.7.1 way")),
        (At::Rcpt, "599 never heard of it", "failed", (599, "", "never heard of it")),
        (At::Rcpt, "450 4.2.1 try later", "deferred", (450, "4.2.1", "try later")),
        (At::Rcpt, "471 odd", "deferred", (471, "", "odd")),
        (At::Rcpt, "552 5.5.3 too many recipients", "deferred", (552, "5.5.3", "too many recipients")),
        (At::Data, "451 4.3.0 later", "deferred", (451, "4.3.0", "later")),
        (At::Data, "554 5.7.1 never", "failed", (554, "5.7.1", "never")),
        (At::Dot, "452 4.3.1 no space", "deferred", (452, "4.3.1", "no space")),
        (At::Dot, "550 5.7.1 looks like spam", "failed", (550, "5.7.1", "looks like spam")),
        (At::Dot, "554", "failed", (554, "", "")),
    ];
    for (way, start) in WAYS {
        for (at, reply, state, told) in cases {
            if at == At::Data && way == "in chunks" {
                continue;
            }
            let relay = start(always(at, 2, reply));
            let station = Station::new(3, relay.port, "connections = 1");
            station.run().await;
            let told = (told.0, told.1.to_owned(), told.2.to_owned());
            let second = station.of(2);
            assert_eq!((second.state.as_str(), second.reply), (state, told), "{way}: {reply} at {at:?}");
            assert_eq!(second.due.is_some(), state == "deferred", "{way}: {reply} at {at:?}");
            for other in [1, 3] {
                let other = station.of(other);
                assert_eq!(other.state, "accepted", "{way}: {reply} at {at:?}");
                assert_eq!(other.reply, (250, "2.0.0".into(), "taken".into()), "{way}: {reply} at {at:?}");
            }
            // The same connection carries the next message, after RSET where the relay still holds to the refused one:
            // a final dot ends it, refused or not. Then the next envelope is on the wire already, where there are
            // groups. In chunks the next message is, so that all but the first begin with RSET.
            assert_eq!(relay.connections(), 1, "{way}: {reply} at {at:?}");
            let verbs = match (way, at) {
                ("in chunks", _) => "MAIL RCPT BDAT RSET MAIL RCPT BDAT RSET MAIL RCPT BDAT QUIT",
                ("in groups", At::Dot) => "MAIL RCPT DATA MAIL RCPT DATA MAIL RCPT DATA QUIT",
                ("step by step", At::Rcpt) => "MAIL RCPT DATA MAIL RCPT RSET MAIL RCPT DATA QUIT",
                _ => "MAIL RCPT DATA MAIL RCPT DATA RSET MAIL RCPT DATA QUIT",
            };
            assert_eq!(relay.verbs(1)[1..].join(" "), verbs, "{way}: {reply} at {at:?}");
        }
    }
}

#[tokio::test]
async fn s1_only_a_yes_to_the_final_dot_is_accepted() {
    for (way, start) in WAYS {
        // RFC 5321 §4.3.2: a code that is not known goes by its first digit, so any 2yz is a yes.
        for (reply, state) in [("250 2.0.0 ok", "accepted"), ("250", "accepted"), ("251 2.0.0 forwarded", "accepted")] {
            let relay = start(always(At::Dot, 1, reply));
            let station = Station::new(1, relay.port, "connections = 1");
            assert_eq!(station.run().await, Run::Finished, "{way}: {reply}");
            assert_eq!(station.of(1).state, state, "{way}: {reply}");
        }
        // A third digit class is no answer to a message: it may lie there, or not.
        for reply in ["354 go on", "334 "] {
            let relay = start(always(At::Dot, 1, reply));
            let station = Station::new(1, relay.port, "connections = 1");
            assert!(matches!(station.run().await, Run::Waiting(_)), "{way}: {reply}");
            assert_eq!(station.of(1).state, "unknown", "{way}: {reply}");
        }
    }
}

#[tokio::test]
async fn s7_a_354_with_no_recipient_is_ended_by_a_lone_dot() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Rcpt if moment.recipient == reader(1) => Say::Reply("550 5.1.1 no such mailbox".into()),
        At::Data => Say::Reply("354 go on all the same".into()),
        _ => Say::Usual,
    });
    let station = Station::new(2, relay.port, "connections = 1");
    assert_eq!(station.run().await, Run::Finished);
    assert_eq!((station.of(1).state.as_str(), station.of(2).state.as_str()), ("failed", "accepted"));
    let arrived = relay.arrived();
    assert_eq!(arrived.len(), 2);
    assert_eq!((arrived[0].recipient.as_str(), arrived[0].bytes.as_slice()), ("", b"".as_slice()), "no lone dot");
    assert_eq!(relay.connections(), 1);
}

#[tokio::test]
async fn s2_a_refusal_counts_although_the_relay_hangs_up_behind_it() {
    // In a group, the recipient is refused and the connection closed before DATA is answered.
    for (reply, state) in
        [(b"550 5.1.1 no such mailbox\r\n".as_slice(), "failed"), (b"450 4.2.0 later\r\n", "deferred")]
    {
        let relay = ScriptedSmtp::start(move |moment| match moment.at {
            At::Rcpt if moment.recipient == reader(1) => Say::Cut(reply),
            _ => Say::Usual,
        });
        let station = Station::new(2, relay.port, "connections = 1");
        station.run().await;
        assert_eq!((station.of(1).state.as_str(), station.of(2).state.as_str()), (state, "accepted"));
        assert_eq!(station.of(1).attempts, 1);
        assert_eq!(relay.connections(), 2);
    }
}

#[tokio::test]
async fn s7_a_relay_that_says_more_than_it_was_asked_is_left() {
    for surplus in [b"250 2.0.0 taken\r\n250 2.0.0 taken\r\n".as_slice(), b"250 2.0.0 taken\r\n421 4.4.2 bye\r\n"] {
        let relay = ScriptedSmtp::start(move |moment| match moment.at {
            At::Dot if moment.recipient == reader(1) => Say::Raw(surplus),
            _ => Say::Usual,
        });
        let station = Station::new(3, relay.port, "connections = 1");
        assert_eq!(station.run().await, Run::Finished);
        let states: Vec<String> = (1..=3).map(|number| station.of(number).state).collect();
        // Read as answers to the second message, the surplus would have moved every later reply by one.
        assert_eq!(states, ["accepted"; 3]);
        assert_eq!(relay.connections(), 2, "the connection was out of step and used all the same");
    }
}

#[tokio::test]
async fn s8_a_reply_too_many_leaves_no_yes_and_no_no_of_its_flight_standing() {
    // Read one reply early, the no to the first message stands where RSET is answered; what was taken for the yes to it
    // was the yes to its recipient.
    let relay = ScriptedSmtp::start_in_chunks(|moment| match moment.at {
        At::Rcpt if moment.recipient == reader(1) => Say::Raw(b"250 2.1.5 ok\r\n250 2.1.5 ok again\r\n"),
        At::Dot if moment.recipient == reader(1) => Say::Reply("554 5.7.1 never".into()),
        _ => Say::Usual,
    });
    let station = Station::new(3, relay.port, "connections = 1\ndepth = 3");
    assert!(matches!(station.run().await, Run::Waiting(_)));
    assert_eq!([1, 2, 3].map(|number| station.of(number).state), ["unknown"; 3]);
    let reason = "the relay was lost after the message: its answers do not fit what it was asked: 554 5.7.1 never";
    assert_eq!(station.of(1).reply.2, reason);
}

#[tokio::test]
async fn s8_what_is_taken_behind_a_421_is_not_sent_again() {
    let relay = ScriptedSmtp::start_in_chunks(|moment| match moment.at {
        At::Rcpt if moment.connection == 1 && moment.recipient == reader(1) => Say::Reply("421 4.3.2 not now".into()),
        _ => Say::Usual,
    });
    let station = Station::new(3, relay.port, "connections = 1");
    assert_eq!(station.run().await, Run::Finished);
    assert_eq!((station.account().accepted, relay.connections()), (3, 2));
    assert_eq!([1, 2, 3].map(|number| relay.arrived_for(&reader(number)).len()), [1; 3]);
}

#[tokio::test]
async fn s7_no_lone_dot_goes_to_a_recipient_that_was_taken() {
    // RSET is refused, and the relay goes on all the same up to its 354: a dot would be an empty message.
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Rcpt if moment.recipient == reader(1) => Say::Reply("550 5.1.1 no such mailbox".into()),
        At::Rset => Say::Reply("421 4.3.2 not now".into()),
        _ => Say::Usual,
    });
    let station = Station::new(3, relay.port, "connections = 1");
    assert_eq!(station.run().await, Run::Finished);
    assert_eq!((station.account().accepted, station.account().failed), (2, 1));
    assert!(relay.arrived().iter().all(|message| !message.bytes.is_empty()));
}

#[tokio::test]
async fn s1_a_yes_that_came_before_the_message_is_no_yes_to_it() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Data if moment.connection == 1 => Say::Raw(b"354 go on\r\n250 2.0.0 taken\r\n"),
        _ => Say::Usual,
    });
    let station = Station::new(1, relay.port, "connections = 1");
    assert_eq!(station.run().await, Run::Finished);
    assert_eq!((station.of(1).state.as_str(), relay.connections()), ("accepted", 2));
    assert_eq!(relay.arrived().len(), 1);
}

#[tokio::test]
async fn s2_a_relay_that_says_421_gets_the_message_again_over_another_connection() {
    let stages = [At::Greeting, At::Ehlo, At::Mail, At::Rcpt, At::Data, At::Dot];
    let cases = WAYS.iter().flat_map(|way| stages.map(|at| (way, at)));
    let cases = cases.filter(|((way, _), at)| !(*way == "in chunks" && *at == At::Data));
    // All at once, because each of them waits out a second of rest.
    futures_util::future::join_all(cases.map(async |((way, start), at)| {
        let relay = start(Box::new(move |moment| {
            let is_it = moment.at == at && moment.connection == 1;
            if is_it { Say::Cut(b"421 4.3.2 closing\r\n") } else { Say::Usual }
        }));
        let station = Station::new(1, relay.port, "connections = 1");
        assert_eq!(station.run().await, Run::Finished, "{way}: at {at:?}");
        let standing = station.of(1);
        // A try that was the relay's fault is not the recipient's.
        assert_eq!((standing.state.as_str(), standing.attempts), ("accepted", 1), "{way}: at {at:?}");
        assert_eq!(relay.connections(), 2, "{way}: at {at:?}");
        assert_eq!(relay.verbs(1).iter().filter(|verb| *verb == "RSET").count(), 0, "{way}: at {at:?}");
    }))
    .await;
}

#[tokio::test]
async fn s5_a_deferred_recipient_is_tried_again_by_plan_and_alone() {
    let relay = ScriptedSmtp::start(|moment| match moment.at {
        At::Rcpt if moment.recipient == reader(2) => Say::Reply("450 4.2.1 greylisted".into()),
        _ => Say::Usual,
    });
    let more = "connections = 2\n[delivery]\nretry = [\"1m\", \"5m\"]\nretry_then = \"1h\"\ngive_up = \"2h\"";
    let station = Station::new(3, relay.port, more);
    // The waits of the plan: after 1 and 5 minutes, then hourly while two hours are not over.
    for due in [60, 360, 3_960] {
        assert!(matches!(station.run().await, Run::Waiting(_)));
        let standing = station.of(2);
        let at = standing.due.unwrap();
        // The hourly tries are spread over a tenth of an hour.
        assert!((due..due + 360).contains(&at), "due {at}, planned {due}");
        assert_eq!(standing.state, "deferred");
        // Not a second sooner.
        advance(TimeDelta::seconds(at - due_now() - 1));
        assert!(matches!(station.run().await, Run::Waiting(_)));
        assert_eq!(station.of(2).attempts, standing.attempts);
        advance(TimeDelta::seconds(1));
    }
    assert_eq!(station.run_to_the_end().await, Run::Finished);
    let standing = station.of(2);
    assert_eq!((standing.state.as_str(), standing.due), ("failed", None));
    assert_eq!(station.outcomes_of(2).last().map(String::as_str), Some("failed"));
    assert_eq!(standing.reply, (450, "4.2.1".into(), "greylisted".into()));
    assert_eq!(relay.arrived().len(), 2, "the others got it once");
    assert_eq!(station.edition().state, EditionState::Sent);
}

fn due_now() -> i64 {
    support::edition::clock().timestamp() - support::edition::START
}

#[tokio::test]
async fn s9_a_message_the_relay_is_too_small_for_pauses_the_edition_and_fails_nobody() {
    let extensions = vec!["PIPELINING", "SIZE 100"];
    let relay = ScriptedSmtp::set_up(Setup { extensions, ..Setup::default() }, |_| Say::Usual);
    let station = Station::new(3, relay.port, "connections = 1");
    let Run::RelayRefuses(reason) = station.run().await else { panic!("{:?}", station.standing()) };
    assert_eq!(
        reason,
        "the relay takes messages of at most 100 bytes, and this one has 107; have its limit raised, or take out some \
         stories"
    );
    assert_eq!((station.edition().state, station.account().queued), (EditionState::Paused, 3));
    assert!(!relay.verbs(1).contains(&"MAIL".to_owned()), "S9: it is not tried");
}

#[tokio::test]
async fn s9_the_size_is_declared_where_it_is_asked_for() {
    for (offer, declared) in [("SIZE 200", " SIZE=107"), ("SIZE", " SIZE=107"), ("SIZE 0", " SIZE=107"), ("HELP", "")] {
        let extensions = vec!["PIPELINING", offer];
        let relay = ScriptedSmtp::set_up(Setup { extensions, ..Setup::default() }, |_| Say::Usual);
        let station = Station::new(1, relay.port, "connections = 1");
        assert_eq!(station.run().await, Run::Finished);
        let mail = relay.heard().into_iter().find(|(_, line)| line.starts_with("MAIL")).unwrap().1;
        assert_eq!(mail, format!("MAIL FROM:<brief@harmattan.example>{declared}"), "{offer}");
    }
}

#[tokio::test]
async fn s12_what_a_bounce_is_to_bring_back_is_said_where_dsn_is_offered() {
    for (offers, mail, rcpt) in [
        (vec!["PIPELINING", "DSN"], " RET=HDRS ENVID=1.1", " NOTIFY=FAILURE ORCPT=rfc822;reader1@readers.example"),
        (
            vec!["PIPELINING", "CHUNKING", "DSN"],
            " RET=HDRS ENVID=1.1",
            " NOTIFY=FAILURE ORCPT=rfc822;reader1@readers.example",
        ),
        (vec!["PIPELINING"], "", ""),
    ] {
        let setup = Setup { extensions: offers.clone(), ..Setup::default() };
        let relay = ScriptedSmtp::set_up(setup, |_| Say::Usual);
        let station = Station::new(1, relay.port, "connections = 1");
        assert_eq!(station.run().await, Run::Finished);
        let heard: Vec<String> = relay.heard().into_iter().map(|(_, line)| line).collect();
        let expected = [format!("MAIL FROM:<brief@harmattan.example>{mail}"), format!("RCPT TO:<{}>{rcpt}", reader(1))];
        assert_eq!(heard[1..3], expected, "{offers:?}");
    }
}

#[tokio::test]
async fn s11_the_message_arrives_as_it_was_made() {
    for (_, start) in WAYS {
        let relay = start(Box::new(|_| Say::Usual));
        let station = Station::new(2, relay.port, "connections = 1");
        assert_eq!(station.run().await, Run::Finished);
        for number in [1, 2] {
            let text = String::from_utf8(relay.arrived_for(&reader(number))[0].bytes.clone()).unwrap();
            assert!(text.ends_with("\r\n\r\nDear reader,\r\n.dot\r\n"), "{text:?}");
        }
    }
}

#[tokio::test]
async fn s11_a_message_that_could_end_early_is_not_sent() {
    let relay = ScriptedSmtp::start(|_| Say::Usual);
    let station = Station::new(2, relay.port, "connections = 1");
    let mut engine = station.engine();
    let (_asked, mut stop) = griot::delivery::Stop::new();
    let smuggle = |claimed: &griot::store::Claimed, _| {
        let mut message = support::edition::message(claimed);
        message.bytes.extend_from_slice(b"\n.\r\nMAIL FROM:<boss@bank.example>\r\n");
        Ok(message)
    };
    let run = engine.run(Job::new(&station.edition(), smuggle), &mut stop).await.unwrap();
    assert!(matches!(run, Run::RelayRefuses(reason) if reason.contains("bare LF")));
    assert_eq!(station.account().queued, 2);
    assert_eq!(relay.arrived(), []);
}
