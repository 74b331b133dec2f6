//! Carrying messages over one connection, as fast as the relay lets us.
//!
//! Three ways, by what the relay offers. CHUNKING: several whole messages in one write, then all their answers.
//! PIPELINING: one message, its final dot and the envelope of the next in one write. Neither: a command at a time. In
//! each of them every reply belongs to the command that is oldest and unanswered, and a connection is given up as soon
//! as that is in doubt.

use std::borrow::{Borrow, Cow};

use super::envelope::{write_mail, write_rcpt};
use super::replies::{Asked, Envelope, ends, lost, unknown};
use super::session::Connection;
use super::stream::Unwritten;
use super::stuffing::{self, Stuffing};
use super::{Endpoint, WireError};
use crate::delivery::supply::Supply;
use crate::delivery::{Outgoing, Stage, Trouble, Verdict};

/// Whether a connection can carry more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::delivery) enum Condition {
    Usable,
    /// It has carried as many as it may (S13): to be closed in good order.
    Worn,
    /// Lost, or out of step: to be dropped.
    Broken,
}

/// The commands of one envelope.
struct Commands {
    mail: String,
    rcpt: String,
}

impl Connection {
    /// Sends what the supply has, until it has nothing to go now or the connection can carry no more.
    pub(in crate::delivery) async fn carry(&mut self, endpoint: &Endpoint, supply: &mut impl Supply) -> Condition {
        // What came while nobody asked, such as a goodbye.
        if self.in_step().is_err() {
            return Condition::Broken;
        }
        if self.offers.chunking && self.offers.pipelining {
            self.carry_in_chunks(endpoint, supply).await
        } else {
            self.carry_in_turn(endpoint, supply).await
        }
    }

    fn is_worn(&self, endpoint: &Endpoint) -> bool {
        self.transactions >= endpoint.messages_per_connection
    }

    /// The next message that the relay could take, and what it needs for DATA. What it could not is settled here.
    fn next_fit<S: Supply>(&mut self, supply: &mut S, is_further: bool) -> Option<(S::Load, Stuffing)> {
        loop {
            let load = if is_further { supply.further()? } else { supply.next()? };
            match self.fit(load.borrow()) {
                Ok(stuffing) => {
                    self.transactions += 1;
                    return Some((load, stuffing));
                }
                Err(reason) => supply.settled(load, Verdict::Trouble(Trouble::Unsendable(reason))),
            }
        }
    }

    /// S9: a message the relay will not take is not tried. It is as long for every reader, so that nobody is failed for
    /// it and somebody has to look. The same goes for one that is not safe on the wire (S11).
    fn fit(&self, message: &Outgoing) -> Result<Stuffing, String> {
        let bytes = message.bytes.len();
        if let Some(limit) = self.offers.size
            && bytes > limit
        {
            return Err(format!(
                "the relay takes messages of at most {limit} bytes, and this one has {bytes}; have its limit raised, or \
                 take out some stories"
            ));
        }
        stuffing::inspect(&message.bytes).map_err(|error| error.to_string())
    }

    fn commands(&self, message: &Outgoing) -> Commands {
        let (mut mail, mut rcpt) = (String::with_capacity(128), String::with_capacity(64));
        write_mail(message, &self.offers, &mut mail);
        write_rcpt(message, &self.offers, &mut rcpt);
        Commands { mail, rcpt }
    }

    async fn carry_in_chunks(&mut self, endpoint: &Endpoint, supply: &mut impl Supply) -> Condition {
        loop {
            if self.is_worn(endpoint) {
                return Condition::Worn;
            }
            let mut flight = Vec::with_capacity(endpoint.depth);
            while flight.len() < endpoint.depth
                && !self.is_worn(endpoint)
                && let Some((load, _)) = self.next_fit(supply, !flight.is_empty())
            {
                flight.push(load);
            }
            if flight.is_empty() {
                return Condition::Usable;
            }
            if !self.fly(endpoint, supply, flight).await {
                return Condition::Broken;
            }
        }
    }

    /// Sends whole messages one behind the other, then reads all their answers (S8). `false` breaks the connection.
    async fn fly<S: Supply>(&mut self, endpoint: &Endpoint, supply: &mut S, flight: Vec<S::Load>) -> bool {
        if !flight.iter().all(|load| supply.leaving(load)) {
            flight.into_iter().for_each(|load| supply.returned(load));
            return false;
        }
        // Whether a transaction before has failed is not known yet, so each but the first begins with RSET.
        let resets: Vec<bool> = (0..flight.len()).map(|number| number > 0 || self.owes_reset).collect();
        let heads: Vec<String> =
            flight.iter().zip(&resets).map(|(load, has_reset)| self.chunk_head(load.borrow(), *has_reset)).collect();
        let pieces: Vec<&[u8]> = flight
            .iter()
            .zip(&heads)
            .flat_map(|(load, head)| [head.as_bytes(), load.borrow().bytes.as_slice()])
            .collect();
        let mut end = 0;
        let ends_at: Vec<usize> = pieces
            .chunks(2)
            .map(|message| {
                end += message.iter().map(|piece| piece.len()).sum::<usize>();
                end
            })
            .collect();
        // The answers to what did leave may be here all the same. But of a relay that stopped to read, those to the rest
        // are not waited for.
        let (handed_over, mut blocked) = match self.stream.write(&pieces, endpoint.timeouts.block.duration()).await {
            Ok(()) => (end, None),
            Err(Unwritten { handed_over, error }) => {
                (handed_over, matches!(error, WireError::Silent(_)).then_some(error))
            }
        };
        let mut settled = Vec::with_capacity(flight.len());
        let mut lost_by: Option<WireError> = None;
        // A relay that says 421 has not looked at what is behind it, if it closes then. Some go on, and keep it.
        let mut is_closing = false;
        for ((load, has_reset), end) in flight.into_iter().zip(resets).zip(ends_at) {
            let is_out = end <= handed_over;
            let of_lost = |error: &WireError| match error {
                WireError::Closed | WireError::Io(_) if is_closing => None,
                _ if is_out => Some(unknown(error)),
                _ => None,
            };
            if !is_out
                && lost_by.is_none()
                && let Some(error) = blocked.take()
            {
                settled.push((load, lost(&error), is_out));
                lost_by = Some(error);
                continue;
            }
            let verdict = match &lost_by {
                None => match self.chunk_verdict(endpoint, has_reset).await {
                    Ok(verdict) => Some(verdict),
                    Err((error, refusal)) => {
                        let verdict = refusal.or_else(|| of_lost(&error)).or((!is_closing).then(|| lost(&error)));
                        lost_by = Some(error);
                        verdict
                    }
                },
                Some(error) => of_lost(error),
            };
            match verdict {
                Some(verdict) => {
                    is_closing |= matches!(verdict, Verdict::Trouble(Trouble::Closing(_)));
                    self.owes_reset = !matches!(verdict, Verdict::Accepted(_));
                    settled.push((load, verdict, is_out));
                }
                None => supply.returned(load),
            }
        }
        // A reply too many, or one that does not fit: nobody knows from where on they were taken for others' answers, so
        // that neither a yes nor a no among them is known to be about its message.
        let is_in_step = if lost_by.is_none() { self.in_step() } else { Ok(()) };
        let has_hung_up = is_in_step.is_err();
        let doubt = match lost_by {
            None => is_in_step.err().filter(|error| matches!(error, WireError::OutOfStep(_))),
            Some(WireError::OutOfStep(_)) => lost_by.take(),
            Some(_) => None,
        };
        let mut is_usable = lost_by.is_none() && doubt.is_none() && !has_hung_up;
        for (load, verdict, is_out) in settled {
            let verdict = match &doubt {
                None => verdict,
                Some(error) if is_out => unknown(error),
                Some(error) => lost(error),
            };
            is_usable &= !ends(&verdict);
            supply.settled(load, verdict);
        }
        is_usable
    }

    fn chunk_head(&self, message: &Outgoing, has_reset: bool) -> String {
        let mut head = String::with_capacity(256);
        if has_reset {
            head.push_str("RSET\r\n");
        }
        write_mail(message, &self.offers, &mut head);
        write_rcpt(message, &self.offers, &mut head);
        head.push_str(&format!("BDAT {} LAST\r\n", message.bytes.len()));
        head
    }

    /// The replies to one message of a flight. An error comes with the refusal that was read before it.
    async fn chunk_verdict(
        &mut self,
        endpoint: &Endpoint,
        has_reset: bool,
    ) -> Result<Verdict, (WireError, Option<Verdict>)> {
        let stages = [Stage::Reset, Stage::Mail, Stage::Rcpt].map(|stage| Asked { stage, unsent: None });
        let refusal = match self.envelope(endpoint, &stages[usize::from(!has_reset)..]).await {
            Envelope::Taken => None,
            Envelope::Refused(verdict) => Some(verdict),
            Envelope::RefusedAndLost(verdict, error) => return Err((error, Some(verdict))),
            Envelope::Lost(error) => return Err((error, None)),
        };
        match (self.verdict_on_message(endpoint).await, refusal) {
            // Refused first, then taken all the same: one of the two was about something else.
            (Ok(Verdict::Accepted(reply)), Some(_)) => Err((WireError::OutOfStep(reply.to_string()), None)),
            (Ok(_), Some(verdict)) => Ok(verdict),
            (Ok(verdict), None) => Ok(verdict),
            (Err(error), refusal) => Err((error, refusal)),
        }
    }

    /// One message after the other, by DATA. Where the relay takes commands in groups (S7), the envelope of the next
    /// one leaves in the same write as the message before it.
    async fn carry_in_turn<S: Supply>(&mut self, endpoint: &Endpoint, supply: &mut S) -> Condition {
        let is_grouped = self.offers.pipelining;
        // Its envelope is on the wire.
        let mut ahead: Option<(S::Load, Stuffing)> = None;
        loop {
            let is_sent = ahead.is_some();
            let (load, stuffing) = match ahead.take() {
                Some(fit) => fit,
                None if self.is_worn(endpoint) => return Condition::Worn,
                None => match self.next_fit(supply, false) {
                    Some(fit) => fit,
                    None => return Condition::Usable,
                },
            };
            match self.open_envelope(endpoint, load.borrow(), is_grouped, is_sent).await {
                Envelope::Taken => {}
                Envelope::Refused(verdict) => {
                    // In a group, a no that came with one reply too many may not have been to this.
                    let verdict = match self.in_step() {
                        Err(error @ WireError::OutOfStep(_)) if is_grouped && !self.replies.has_goodbye() => {
                            lost(&error)
                        }
                        _ => verdict,
                    };
                    let is_over = ends(&verdict);
                    self.owes_reset = true;
                    supply.settled(load, verdict);
                    if is_over {
                        return Condition::Broken;
                    }
                    continue;
                }
                Envelope::RefusedAndLost(verdict, _) => {
                    supply.settled(load, verdict);
                    return Condition::Broken;
                }
                Envelope::Lost(error) => {
                    supply.settled(load, lost(&error));
                    return Condition::Broken;
                }
            }
            if let Err(error) = self.in_step() {
                supply.settled(load, lost(&error));
                return Condition::Broken;
            }
            if is_grouped && !self.is_worn(endpoint) {
                ahead = self.next_fit(supply, true);
            }
            match self.hand_over(endpoint, supply, (&load, stuffing), ahead.as_ref().map(|(next, _)| next)).await {
                Some(verdict) => {
                    let is_usable = !ends(&verdict);
                    // The final dot ends a transaction, whatever is said to it; RSET only makes sure.
                    self.owes_reset = ahead.is_none() && !matches!(verdict, Verdict::Accepted(_));
                    supply.settled(load, verdict);
                    if is_usable {
                        continue;
                    }
                }
                None => supply.returned(load),
            }
            if let Some((next, _)) = ahead {
                supply.returned(next);
            }
            return Condition::Broken;
        }
    }

    /// RSET (where it is owed), MAIL, RCPT, DATA and their answers. `is_sent` says that they are on the wire already.
    async fn open_envelope(
        &mut self,
        endpoint: &Endpoint,
        message: &Outgoing,
        is_grouped: bool,
        is_sent: bool,
    ) -> Envelope {
        let Commands { mail, rcpt } =
            if is_sent { Commands { mail: String::new(), rcpt: String::new() } } else { self.commands(message) };
        let lines = [(Stage::Reset, "RSET\r\n"), (Stage::Mail, &mail), (Stage::Rcpt, &rcpt), (Stage::Data, "DATA\r\n")];
        let lines = &lines[usize::from(!self.owes_reset)..];
        if is_grouped && !is_sent {
            let group: Vec<&[u8]> = lines.iter().map(|(_, line)| line.as_bytes()).collect();
            if let Err(unwritten) = self.stream.write(&group, endpoint.timeouts.mail.duration()).await {
                return Envelope::Lost(unwritten.error);
            }
        }
        let asked: Vec<Asked<'_>> =
            lines.iter().map(|(stage, line)| Asked { stage: *stage, unsent: (!is_grouped).then_some(*line) }).collect();
        self.envelope(endpoint, &asked).await
    }

    /// The message, its final dot and the envelope of the one ahead, and what is said to the message. `None` where it
    /// could not be put on record that it leaves, so that it did not.
    async fn hand_over<S: Supply>(
        &mut self,
        endpoint: &Endpoint,
        supply: &mut S,
        (load, stuffing): (&S::Load, Stuffing),
        ahead: Option<&S::Load>,
    ) -> Option<Verdict> {
        if !supply.leaving(load) {
            return None;
        }
        let message = &load.borrow().bytes;
        let body = match stuffing {
            Stuffing::None => Cow::Borrowed(message),
            Stuffing::Needed => Cow::Owned(stuffing::stuff(message)),
        };
        let end = body.len() + b".\r\n".len();
        let next = ahead.map(|load| self.commands(load.borrow()));
        let mut pieces: Vec<&[u8]> = vec![&body, b".\r\n"];
        if let Some(Commands { mail, rcpt }) = &next {
            pieces.extend([mail.as_bytes(), rcpt.as_bytes(), b"DATA\r\n"]);
        }
        if let Err(Unwritten { error, handed_over }) =
            self.stream.write(&pieces, endpoint.timeouts.block.duration()).await
            && handed_over < end
        {
            return Some(lost(&error));
        }
        // Where the write failed behind the final dot, the answer to it may be here all the same.
        Some(self.verdict_on_message(endpoint).await.unwrap_or_else(|error| unknown(&error)))
    }
}
