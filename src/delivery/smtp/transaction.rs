use super::session::Connection;
use super::{WireError, stuffing};
use crate::config::SmtpTimeouts;
use crate::delivery::{Outgoing, Reply, Stage, Trouble, Verdict};

impl Connection {
    /// One MAIL, RCPT, DATA and message, and whether the connection may carry another.
    pub(super) async fn transact(&mut self, timeouts: &SmtpTimeouts, message: &Outgoing) -> (Verdict, bool) {
        // S9: a message the relay will not take is not tried.
        if let Some(limit) = self.offers.size
            && message.bytes.len() > limit
        {
            let text = format!("5.3.4 the message has {} bytes, the relay takes {limit}", message.bytes.len());
            return (Verdict::Failed(Reply::new(552, &text)), true);
        }
        let mut body = Vec::new();
        if let Err(error) = stuffing::stuff(&message.bytes, &mut body) {
            return (Verdict::Trouble(Trouble::Refused(error.to_string())), true);
        }
        self.transactions += 1;
        match self.envelope(timeouts, message).await {
            Ok(None) => {}
            Ok(Some(verdict)) => {
                let is_usable = !closes(&verdict) && self.reset(timeouts).await.is_ok();
                return (verdict, is_usable);
            }
            // The message itself was never on the wire.
            Err(error) => return (lost(&error), false),
        }
        // A write that fails leaves the final dot on this side, for it is the last thing written.
        if let Err(error) = self.stream.write(&body, timeouts.block.duration()).await {
            return (lost(&error), false);
        }
        match self.replies.read(&mut self.stream, timeouts.dot.duration()).await {
            Ok(reply) if reply.code == 250 => (Verdict::Accepted(reply), true),
            Ok(reply) => {
                let verdict = Verdict::of_refusal(Stage::FinalDot, reply);
                let is_usable = !closes(&verdict) && self.reset(timeouts).await.is_ok();
                (verdict, is_usable)
            }
            Err(error) => (Verdict::Unknown(format!("the relay was lost after the message: {error}")), false),
        }
    }

    /// `None` where the relay waits for the message now.
    async fn envelope(&mut self, timeouts: &SmtpTimeouts, message: &Outgoing) -> Result<Option<Verdict>, WireError> {
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
        let mut refusal = None;
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
                refusal = Some(Verdict::of_refusal(stage, reply));
            }
        }
        Ok(refusal)
    }

    /// After a refusal, so that the next transaction begins clean without a new connection.
    async fn reset(&mut self, timeouts: &SmtpTimeouts) -> Result<(), WireError> {
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
