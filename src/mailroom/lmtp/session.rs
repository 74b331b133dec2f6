use futures_util::future::join_all;
use tokio::io::{AsyncRead, AsyncWrite};

use super::super::{NotTaken, Queue};
use super::command::Command;
use super::input::{Ended, Kept, Line, Wire};
use crate::delivery::Stop;
use crate::publishing::{Content, Incoming};
use crate::store::Source;

/// Of one mail (RFC 5321 §4.5.3.1.8); a mail server hands over the others in another transaction.
const MAX_RECIPIENTS: usize = 100;
/// Copies of a mail that are put into the queue together have at most so many octets.
const TOGETHER: usize = 16 * 1024 * 1024;
/// A client that understands nothing is left.
const MAX_MISTAKES: usize = 20;

const GREETING: &str = "220 griot LMTP";
/// SIZE without a number: no mail is too large, because of a large one the beginning is kept.
const OFFERS: [&str; 7] = [
    "250-griot",
    "250-PIPELINING",
    "250-CHUNKING",
    "250-8BITMIME",
    "250-SMTPUTF8",
    "250-ENHANCEDSTATUSCODES",
    "250 SIZE",
];
const OUT_OF_ORDER: &str = "503 5.5.1 Not now: LHLO, MAIL, RCPT and then the mail";
const STOPPING: &str = "421 4.3.2 griot is stopping; come again";
pub(super) const BUSY: &str = "421 4.3.2 Too many connections; come again";

/// The dialog on one connection, from the greeting to its end.
pub(super) async fn hold<S: AsyncRead + AsyncWrite + Unpin>(stream: S, queue: Queue, max: u64, stop: Stop) {
    let mut session = Session { wire: Wire::new(stream, stop), queue, max, is_greeted: false, mail: None };
    let farewell = match session.run().await {
        Ok(()) | Err(Ended::Gone) => return,
        Err(Ended::Silent) => "421 4.4.2 Nothing came for too long",
        Err(Ended::Stopping) => STOPPING,
    };
    session.wire.answer(farewell);
    // Nobody may be there any more to read it.
    let _ = session.wire.flush().await;
}

#[derive(Debug)]
struct Session<S> {
    wire: Wire<S>,
    queue: Queue,
    max: u64,
    is_greeted: bool,
    mail: Option<Transaction>,
}

#[derive(Debug)]
struct Transaction {
    sender: String,
    recipients: Vec<String>,
    /// What came by BDAT so far; `None` before the first of them.
    chunks: Option<Kept>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    async fn run(&mut self) -> Result<(), Ended> {
        self.wire.answer(GREETING);
        let mut mistakes = 0;
        loop {
            let command = match self.wire.line().await? {
                Line::Whole(line) => Command::parse(&line),
                Line::Bad => Command::Wrong("500 5.5.2 A command is one line of text that ends with CRLF"),
            };
            match command {
                Command::Lhlo => {
                    (self.is_greeted, self.mail) = (true, None);
                    OFFERS.iter().for_each(|line| self.wire.answer(line));
                }
                Command::Mail(_) if !self.is_greeted || self.mail.is_some() => self.wire.answer(OUT_OF_ORDER),
                Command::Mail(sender) => {
                    self.mail = Some(Transaction { sender, recipients: Vec::new(), chunks: None });
                    self.wire.answer("250 2.1.0 Sender noted");
                }
                Command::Rcpt(recipient) => self.add_recipient(recipient),
                Command::Data => self.take_data().await?,
                Command::Bdat { octets, is_last } => self.take_chunk(octets, is_last).await?,
                Command::Rset => {
                    self.mail = None;
                    self.wire.answer("250 2.0.0 Forgotten");
                }
                Command::Noop => self.wire.answer("250 2.0.0 Yes"),
                Command::Vrfy => self.wire.answer("252 2.1.5 Send it, and it is taken"),
                Command::Quit => {
                    self.wire.answer("221 2.0.0 Goodbye");
                    return self.wire.flush().await;
                }
                Command::Wrong(answer) => {
                    self.wire.answer(answer);
                    mistakes += 1;
                    if mistakes >= MAX_MISTAKES {
                        self.wire.answer("421 4.7.0 Too many mistakes");
                        return self.wire.flush().await;
                    }
                }
            }
        }
    }

    /// Every recipient is taken. The mail server has decided that the mail is for us; what is addressed to nobody we
    /// know goes to the review list, where it can be looked at, while a refusal would make a bounce of a bounce.
    fn add_recipient(&mut self, recipient: String) {
        let answer = match &mut self.mail {
            Some(mail) if mail.chunks.is_none() => match mail.recipients.len() {
                MAX_RECIPIENTS.. => "452 4.5.3 Too many recipients; send it to the others after this",
                _ => {
                    mail.recipients.push(recipient);
                    "250 2.1.5 Recipient noted"
                }
            },
            _ => OUT_OF_ORDER,
        };
        self.wire.answer(answer);
    }

    async fn take_data(&mut self) -> Result<(), Ended> {
        match self.mail.take() {
            Some(mail) if mail.chunks.is_none() && !mail.recipients.is_empty() => {
                self.wire.answer("354 Send the mail, and end it with a dot on a line of its own");
                let mut kept = Kept::new(self.max);
                self.wire.data(&mut kept).await?;
                self.hand_over(&mail, &kept.bytes).await;
            }
            mail => {
                self.mail = mail;
                self.wire.answer(OUT_OF_ORDER);
            }
        }
        Ok(())
    }

    async fn take_chunk(&mut self, octets: u64, is_last: bool) -> Result<(), Ended> {
        // RFC 3030 §2: the octets come whatever is answered.
        let Some(mail) = self.mail.as_mut().filter(|mail| !mail.recipients.is_empty()) else {
            self.wire.chunk(octets, &mut Kept::new(0)).await?;
            self.wire.answer(OUT_OF_ORDER);
            return Ok(());
        };
        let kept = mail.chunks.get_or_insert_with(|| Kept::new(self.max));
        self.wire.chunk(octets, kept).await?;
        if !is_last {
            self.wire.answer("250 2.0.0 More, please");
        } else if let Some(mail) = self.mail.take() {
            let kept = mail.chunks.as_ref().map_or(&[][..], |kept| &kept.bytes);
            self.hand_over(&mail, kept).await;
        }
        Ok(())
    }

    /// One answer for each recipient, in their order (RFC 2033 §4.2), and a good one only for what is durable.
    async fn hand_over(&mut self, mail: &Transaction, bytes: &[u8]) {
        let together = (TOGETHER / bytes.len().max(1)).max(1);
        for recipients in mail.recipients.chunks(together) {
            let puts = recipients.iter().map(|recipient| self.queue.put(incoming(&mail.sender, recipient, bytes)));
            for put in join_all(puts).await {
                match put {
                    Ok(_) => self.wire.answer("250 2.0.0 Kept"),
                    Err(error @ NotTaken::Full) => self.wire.answer(&format!("451 4.3.2 {error}")),
                    Err(error @ NotTaken::Failed) => self.wire.answer(&format!("451 4.3.0 {error}")),
                }
            }
        }
    }
}

/// The mail with what the envelope said before it. No time stands there, so that a mail that is handed over twice is the
/// same.
fn incoming(sender: &str, recipient: &str, bytes: &[u8]) -> Incoming {
    let mut mail = format!("Return-Path: <{sender}>\r\nDelivered-To: <{recipient}>\r\n").into_bytes();
    mail.extend_from_slice(bytes);
    Incoming { source: Source::Lmtp, key: Vec::new(), content: Content::Mail(mail) }
}
