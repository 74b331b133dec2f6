//! What the relay answers to a transaction: each reply read in its order, for the command it answers.

use std::time::Duration;

use super::session::Connection;
use super::{Endpoint, WireError};
use crate::config::SmtpTimeouts;
use crate::delivery::{Reply, Stage, Trouble, Verdict};

/// How the relay took MAIL, RCPT and DATA.
#[derive(Debug)]
pub(super) enum Envelope {
    /// It waits for the message now.
    Taken,
    Refused(Verdict),
    /// Refused, and the connection was lost before it was done with it.
    RefusedAndLost(Verdict, WireError),
    Lost(WireError),
}

/// A command whose reply is owed, and the line where it is not on the wire yet.
pub(super) struct Asked<'a> {
    pub(super) stage: Stage,
    pub(super) unsent: Option<&'a str>,
}

/// A relay that has said goodbye is waited for no longer than this, whatever is owed.
const AFTER_GOODBYE: Duration = Duration::from_secs(10);

impl Connection {
    /// The answers to RSET (where it is owed), MAIL, RCPT and DATA. Each command is written when its turn comes, unless
    /// it is on the wire already.
    pub(super) async fn envelope(&mut self, endpoint: &Endpoint, asked: &[Asked<'_>]) -> Envelope {
        let mut refusal = None;
        match (self.answers(endpoint, asked, &mut refusal).await, refusal) {
            (Ok(()), None) => Envelope::Taken,
            (Ok(()), Some(verdict)) => Envelope::Refused(verdict),
            // A no among replies that do not fit may be anything's.
            (Err(error @ WireError::OutOfStep(_)), _) => Envelope::Lost(error),
            // What was said before the connection was lost was said.
            (Err(error), Some(verdict)) => Envelope::RefusedAndLost(verdict, error),
            (Err(error), None) => Envelope::Lost(error),
        }
    }

    /// `refusal` is what the first no means.
    async fn answers(
        &mut self,
        endpoint: &Endpoint,
        asked: &[Asked<'_>],
        refusal: &mut Option<Verdict>,
    ) -> Result<(), WireError> {
        let timeouts = &endpoint.timeouts;
        // The relay took the recipient, whatever else it refused.
        let mut is_for_somebody = false;
        for Asked { stage, unsent } in asked {
            if let Some(line) = unsent {
                if refusal.is_some() {
                    break;
                }
                self.in_step()?;
                self.stream.write(&[line.as_bytes()], timeouts.mail.duration()).await.map_err(|lost| lost.error)?;
            }
            let patience = self.patience(timeouts, *stage);
            let reply = self.replies.read(&mut self.stream, patience).await?;
            self.is_leaving |= reply.code == 421;
            let is_fine = match stage {
                Stage::Data => reply.code == 354,
                Stage::Reset => reply.code == 250,
                _ => reply.code / 100 == 2,
            };
            is_for_somebody |= *stage == Stage::Rcpt && is_fine;
            match stage {
                // Nothing but a goodbye or a yes is an answer to RSET: this is one to something else.
                Stage::Reset if !is_fine && reply.code != 421 => {
                    return Err(WireError::OutOfStep(reply.to_reply().to_string()));
                }
                Stage::Reset if is_fine => self.owes_reset = false,
                Stage::Data if is_fine && refusal.is_some() => {
                    if is_for_somebody {
                        // Ended now, it would be an empty message.
                        return Err(WireError::Garbled(reply.to_reply().to_string()));
                    }
                    // S7: it waits for a message although nobody is to get one; a lone dot ends that.
                    self.stream.write(&[b".\r\n"], timeouts.data.duration()).await.map_err(|lost| lost.error)?;
                    self.replies.read(&mut self.stream, timeouts.dot.duration()).await?;
                }
                // A yes to DATA that is not 354 answers something else, and so would all that follow.
                Stage::Data if reply.code / 100 == 2 => {
                    return Err(WireError::OutOfStep(reply.to_reply().to_string()));
                }
                _ if !is_fine && refusal.is_none() => {
                    *refusal = Some(Verdict::of_refusal(*stage, reply.to_reply()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The answer to the final dot, or to the last BDAT.
    pub(super) async fn verdict_on_message(&mut self, endpoint: &Endpoint) -> Result<Verdict, WireError> {
        let patience = self.patience(&endpoint.timeouts, Stage::FinalDot);
        let reply = self.replies.read(&mut self.stream, patience).await?.to_reply();
        self.is_leaving |= reply.code == 421;
        Ok(verdict_of(reply))
    }

    fn patience(&self, timeouts: &SmtpTimeouts, stage: Stage) -> Duration {
        let patience = match stage {
            Stage::Connect | Stage::Auth => timeouts.greeting,
            Stage::Reset | Stage::Mail => timeouts.mail,
            Stage::Rcpt => timeouts.rcpt,
            Stage::Data => timeouts.data,
            Stage::FinalDot => timeouts.dot,
        }
        .duration();
        if self.is_leaving { patience.min(AFTER_GOODBYE) } else { patience }
    }

    /// Errors where a reply is here that nothing asked for: it would be taken for the answer to what is asked next, and
    /// every later one for another, a yes to the message among them. And where the relay has hung up, which is better
    /// known before a message leaves than after.
    pub(super) fn in_step(&mut self) -> Result<(), WireError> {
        let looked = if self.replies.has_more() { Ok(()) } else { self.replies.look(&mut self.stream) };
        if self.replies.has_more() { Err(WireError::OutOfStep("it said more".into())) } else { looked }
    }
}

fn verdict_of(reply: Reply) -> Verdict {
    match reply.code / 100 {
        // RFC 5321 §4.3.2: a code that is not known goes by its first digit (S1, S2).
        2 => Verdict::Accepted(reply),
        3 => Verdict::Unknown(format!("the relay answered the message by {reply}")),
        _ => Verdict::of_refusal(Stage::FinalDot, reply),
    }
}

/// Whether the connection is to be left after this: closed by the relay, out of step, or to rest.
pub(super) fn ends(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Trouble(Trouble::Unsendable(_)) | Verdict::Deferred(_) | Verdict::Failed(_) | Verdict::Accepted(_) => {
            false
        }
        Verdict::Trouble(_) | Verdict::Unknown(_) => true,
    }
}

/// The message itself was never whole on the wire.
pub(super) fn lost(error: &WireError) -> Verdict {
    Verdict::Trouble(Trouble::Unreachable(format!("the relay was lost before the end of the message: {error}")))
}

/// It was, and nobody knows what became of it (S6).
pub(super) fn unknown(error: &WireError) -> Verdict {
    Verdict::Unknown(format!("the relay was lost after the message: {error}"))
}
