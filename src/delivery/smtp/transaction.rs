use super::session::Connection;
use super::{WireError, stuffing};
use crate::config::SmtpTimeouts;
use crate::delivery::{Outgoing, Stage, Trouble, Verdict};

/// How the relay took MAIL, RCPT and DATA.
enum Envelope {
    /// It waits for the message now.
    Taken,
    Refused(Verdict),
    /// Refused, and the connection was lost before it was done with it.
    RefusedAndLost(Verdict),
}

impl Connection {
    /// One MAIL, RCPT, DATA and message, and whether the connection may carry another.
    pub(super) async fn transact(&mut self, timeouts: &SmtpTimeouts, message: &Outgoing) -> (Verdict, bool) {
        // S9: a message the relay will not take is not tried. It is as long for every reader, so that nobody is failed
        // for it and somebody has to look.
        if let Some(limit) = self.offers.size
            && message.bytes.len() > limit
        {
            let reason = format!(
                "the relay takes messages of at most {limit} bytes, and this one has {}; have its limit raised, or take \
                 out some stories",
                message.bytes.len()
            );
            return (Verdict::Trouble(Trouble::Refused(reason)), true);
        }
        if let Err(error) = self.in_step() {
            return (lost(&error), false);
        }
        let mut body = Vec::new();
        if let Err(error) = stuffing::stuff(&message.bytes, &mut body) {
            return (Verdict::Trouble(Trouble::Refused(error.to_string())), true);
        }
        self.transactions += 1;
        match self.envelope(timeouts, message).await {
            Ok(Envelope::Taken) => {}
            Ok(Envelope::Refused(verdict)) => {
                let is_usable = !closes(&verdict) && self.reset(timeouts).await.is_ok();
                return (verdict, is_usable);
            }
            Ok(Envelope::RefusedAndLost(verdict)) => return (verdict, false),
            // The message itself was never on the wire.
            Err(error) => return (lost(&error), false),
        }
        if let Err(error) = self.in_step() {
            return (lost(&error), false);
        }
        // A write that fails leaves the final dot on this side, for it is the last thing written.
        if let Err(error) = self.stream.write(&body, timeouts.block.duration()).await {
            return (lost(&error), false);
        }
        match self.replies.read(&mut self.stream, timeouts.dot.duration()).await {
            // RFC 5321 §4.3.2: a code that is not known goes by its first digit (S1, S2).
            Ok(reply) if reply.code / 100 == 2 => (Verdict::Accepted(reply), true),
            Ok(reply) if reply.code / 100 == 3 => {
                (Verdict::Unknown(format!("the relay answered the message by {reply}")), false)
            }
            Ok(reply) => {
                let verdict = Verdict::of_refusal(Stage::FinalDot, reply);
                let is_usable = !closes(&verdict) && self.reset(timeouts).await.is_ok();
                (verdict, is_usable)
            }
            Err(error) => (Verdict::Unknown(format!("the relay was lost after the message: {error}")), false),
        }
    }

    async fn envelope(&mut self, timeouts: &SmtpTimeouts, message: &Outgoing) -> Result<Envelope, WireError> {
        let mut refusal = None;
        match (self.ask(timeouts, message, &mut refusal).await, refusal) {
            (Ok(()), None) => Ok(Envelope::Taken),
            (Ok(()), Some(verdict)) => Ok(Envelope::Refused(verdict)),
            // What was said before the connection was lost was said.
            (Err(_), Some(verdict)) => Ok(Envelope::RefusedAndLost(verdict)),
            (Err(error), None) => Err(error),
        }
    }

    /// MAIL, RCPT and DATA; `refusal` is what the first no means.
    async fn ask(
        &mut self,
        timeouts: &SmtpTimeouts,
        message: &Outgoing,
        refusal: &mut Option<Verdict>,
    ) -> Result<(), WireError> {
        let size = if self.offers.declares_size { format!(" SIZE={}", message.bytes.len()) } else { String::new() };
        let commands = [
            (Stage::Mail, format!("MAIL FROM:<{}>{size}\r\n", message.sender), timeouts.mail.duration()),
            (Stage::Rcpt, format!("RCPT TO:<{}>\r\n", message.recipient), timeouts.rcpt.duration()),
            (Stage::Data, "DATA\r\n".to_owned(), timeouts.data.duration()),
        ];
        if self.offers.pipelining {
            let group: String = commands.iter().map(|(_, line, _)| line.as_str()).collect();
            self.stream.write(group.as_bytes(), timeouts.mail.duration()).await?;
        }
        for (stage, line, deadline) in commands {
            let reply = if self.offers.pipelining {
                self.replies.read(&mut self.stream, deadline).await?
            } else if refusal.is_some() {
                break;
            } else {
                self.command(&line, deadline).await?
            };
            let is_fine = match stage {
                Stage::Data => reply.code == 354,
                _ => reply.code / 100 == 2,
            };
            if stage == Stage::Data && is_fine && refusal.is_some() {
                // S7: it waits for a message although nobody is to get one; a lone dot ends that.
                self.stream.write(b".\r\n", deadline).await?;
                self.replies.read(&mut self.stream, timeouts.dot.duration()).await?;
            }
            if !is_fine && refusal.is_none() {
                *refusal = Some(Verdict::of_refusal(stage, reply));
            }
        }
        Ok(())
    }

    /// Errors where a reply is here that nothing asked for: it would be taken for the answer to what is asked next, and
    /// every later one for another, a yes to the message among them.
    fn in_step(&self) -> Result<(), WireError> {
        if self.replies.has_more() { Err(WireError::Garbled("it said more than it was asked".into())) } else { Ok(()) }
    }

    /// After a refusal, so that the next transaction begins clean without a new connection.
    async fn reset(&mut self, timeouts: &SmtpTimeouts) -> Result<(), WireError> {
        self.in_step()?;
        let reply = self.command("RSET\r\n", timeouts.mail.duration()).await?;
        if reply.code == 250 { Ok(()) } else { Err(WireError::Garbled(reply.to_string())) }
    }
}

/// The relay said 421 and closes (S2).
fn closes(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Deferred(reply) | Verdict::Failed(reply) => reply.code == 421,
        Verdict::Trouble(Trouble::Throttled(_)) => true,
        Verdict::Trouble(_) | Verdict::Accepted(_) | Verdict::Unknown(_) => false,
    }
}

fn lost(error: &WireError) -> Verdict {
    Verdict::Trouble(Trouble::Unreachable(format!("the relay was lost before the end of the message: {error}")))
}
