//! One SMTP session as a state machine: octets in, replies and messages out, no I/O.
//!
//! Offers PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152) and ENHANCEDSTATUSCODES (RFC 2034).

/// Octets of a command line with its CRLF. RFC 5321 §4.5.3.1.4 allows 512; extensions to MAIL and RCPT add to it.
const MAX_COMMAND: usize = 1024;
/// Octets of a line of text with its CRLF (RFC 5321 §4.5.3.1.6).
const MAX_TEXT_LINE: usize = 1000;
/// Recipients of one message (RFC 5321 §4.5.3.1.8 asks for at least 100).
const MAX_RECIPIENTS: usize = 100;
/// Refusals after which the server hangs up.
const MAX_FAULTS: usize = 20;

/// Who a message was from and to, as the session said: this need not be what its headers say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Empty for the null sender.
    pub from: String,
    pub to: Vec<String>,
}

/// What came of some input.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Whole reply lines, to be written as they stand.
    pub replies: String,
    /// Messages completed by this input.
    pub messages: Vec<(Envelope, Vec<u8>)>,
    /// The connection is to be closed once the replies are written.
    pub is_over: bool,
}

/// A session in progress.
#[derive(Debug)]
pub struct Dialog {
    max_message: usize,
    state: State,
    is_greeted: bool,
    /// Input of which the line's end has not come yet; bounded by the line limits.
    pending: Vec<u8>,
    /// The rest of the present line is to be dropped: it was too long.
    is_skipping: bool,
    faults: usize,
}

#[derive(Debug)]
enum State {
    /// No MAIL yet.
    Idle,
    /// MAIL was accepted, and perhaps some RCPT.
    Envelope(Envelope),
    /// After DATA, before the final dot.
    Text {
        envelope: Envelope,
        text: Vec<u8>,
        fault: Option<TextFault>,
        /// The octets before this line were CRLF: a dot here means something.
        is_after_crlf: bool,
    },
}

/// Why a text will be refused at its end; the first fault found stands.
#[derive(Debug, Clone, Copy)]
enum TextFault {
    TooLarge,
    LineTooLong,
    BareLineFeed,
}

impl TextFault {
    fn reply(self) -> &'static str {
        match self {
            Self::TooLarge => "552 5.3.4 The message is larger than this inbox takes",
            Self::LineTooLong => "500 5.6.0 A line is longer than 1000 octets (RFC 5321 4.5.3.1.6)",
            Self::BareLineFeed => "550 5.6.0 A line ends in LF without CR (RFC 5321 2.3.8)",
        }
    }
}

impl Dialog {
    /// A session that takes messages of up to so many octets.
    pub fn new(max_message: usize) -> Self {
        let state = State::Idle;
        Self { max_message, state, is_greeted: false, pending: Vec::new(), is_skipping: false, faults: 0 }
    }

    /// What the server says first.
    pub fn greeting(&self) -> &'static str {
        "220 inbox.griot.example ESMTP griot demo inbox\r\n"
    }

    /// Takes input as it arrives, in pieces of any size.
    pub fn take(&mut self, input: &[u8]) -> Answer {
        let mut answer = Answer::default();
        for piece in input.split_inclusive(|&byte| byte == b'\n') {
            self.pending.extend_from_slice(piece);
            // Memory stays bounded: of a line too long only its last octet is kept, to see a CR before the LF.
            if self.pending.len() > self.max_line() {
                self.is_skipping = true;
                self.pending.drain(..self.pending.len() - 2);
            }
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.pending);
                let is_whole = !std::mem::take(&mut self.is_skipping);
                self.take_line(&line, is_whole, &mut answer);
                if answer.is_over {
                    return answer;
                }
            }
        }
        answer
    }

    fn max_line(&self) -> usize {
        match self.state {
            // One more for the dot that stuffing added.
            State::Text { .. } => MAX_TEXT_LINE + 1,
            State::Idle | State::Envelope(_) => MAX_COMMAND,
        }
    }

    /// `line` ends in LF; where it is not whole, only its last octets are there.
    fn take_line(&mut self, line: &[u8], is_whole: bool, answer: &mut Answer) {
        let ended = line.strip_suffix(b"\r\n");
        if let State::Text { is_after_crlf, .. } = self.state {
            if is_whole && is_after_crlf && ended == Some(b".") {
                self.finish_text(answer);
            } else {
                self.add_text_line(line, is_whole, ended.is_some());
            }
            return;
        }
        let reply = match ended {
            _ if !is_whole => "500 5.5.2 The command line is too long".into(),
            None => "500 5.5.2 A command ends in CR LF".into(),
            Some(command) => match std::str::from_utf8(command) {
                Ok(command) => self.command(command.trim_end()),
                Err(_) => "500 5.5.2 The command is not text".into(),
            },
        };
        if reply.starts_with('5') {
            self.faults += 1;
        }
        answer.replies.push_str(&reply);
        answer.replies.push_str("\r\n");
        if reply.starts_with("221") {
            answer.is_over = true;
        } else if self.faults >= MAX_FAULTS {
            answer.replies.push_str("421 4.7.0 Too many faults, closing\r\n");
            answer.is_over = true;
        }
    }

    fn add_text_line(&mut self, line: &[u8], is_whole: bool, ends_in_crlf: bool) {
        let State::Text { text, fault, is_after_crlf, .. } = &mut self.state else { return };
        // A dot before anything else was added for transparency (RFC 5321 §4.5.2).
        let line = if *is_after_crlf { line.strip_prefix(b".").unwrap_or(line) } else { line };
        *is_after_crlf = ends_in_crlf;
        let found = if !is_whole || line.len() > MAX_TEXT_LINE {
            Some(TextFault::LineTooLong)
        } else if !ends_in_crlf {
            Some(TextFault::BareLineFeed)
        } else if text.len() + line.len() > self.max_message {
            Some(TextFault::TooLarge)
        } else {
            None
        };
        *fault = fault.or(found);
        match fault {
            Some(_) => *text = Vec::new(),
            None => text.extend_from_slice(line),
        }
    }

    fn finish_text(&mut self, answer: &mut Answer) {
        let State::Text { envelope, text, fault, .. } = std::mem::replace(&mut self.state, State::Idle) else { return };
        match fault {
            Some(fault) => answer.replies.push_str(fault.reply()),
            None => {
                answer.messages.push((envelope, text));
                answer.replies.push_str("250 2.0.0 Kept");
            }
        }
        answer.replies.push_str("\r\n");
    }

    fn command(&mut self, line: &str) -> String {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.greet(&format!(
                "250-inbox.griot.example\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES",
                self.max_message
            )),
            "HELO" => self.greet("250 inbox.griot.example"),
            "MAIL" => self.mail(rest),
            "RCPT" => self.recipient(rest),
            "DATA" => self.data(),
            "RSET" => {
                self.state = State::Idle;
                "250 2.0.0 Reset".into()
            }
            "NOOP" => "250 2.0.0 Nothing done".into(),
            "VRFY" => "252 2.5.0 Every address is taken".into(),
            "QUIT" => "221 2.0.0 Goodbye".into(),
            _ => "500 5.5.1 Unknown command".into(),
        }
    }

    /// EHLO also ends a transaction that had begun (RFC 5321 §4.1.4).
    fn greet(&mut self, reply: &str) -> String {
        self.is_greeted = true;
        self.state = State::Idle;
        reply.into()
    }

    fn mail(&mut self, rest: &str) -> String {
        if !self.is_greeted {
            return "503 5.5.1 Say EHLO first".into();
        }
        if !matches!(self.state, State::Idle) {
            return "503 5.5.1 A message is under way; send RSET to drop it".into();
        }
        let Some((from, parameters)) = path(rest, "FROM:") else {
            return "501 5.5.4 Expected MAIL FROM:<address>".into();
        };
        for parameter in parameters.split_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name.to_ascii_uppercase().as_str() {
                "SIZE" => match value.parse::<usize>() {
                    Ok(size) if size <= self.max_message => {}
                    Ok(_) => return TextFault::TooLarge.reply().into(),
                    Err(_) => return "501 5.5.4 SIZE is a number".into(),
                },
                "BODY" if matches!(value.to_ascii_uppercase().as_str(), "7BIT" | "8BITMIME") => {}
                _ => return "555 5.5.4 A parameter of MAIL is not known here".into(),
            }
        }
        self.state = State::Envelope(Envelope { from: from.into(), to: Vec::new() });
        "250 2.1.0 Sender taken".into()
    }

    fn recipient(&mut self, rest: &str) -> String {
        let State::Envelope(envelope) = &mut self.state else {
            return "503 5.5.1 Say MAIL first".into();
        };
        match path(rest, "TO:") {
            Some((to, "")) if to.contains('@') => {
                if envelope.to.len() >= MAX_RECIPIENTS {
                    return "452 4.5.3 Too many recipients".into();
                }
                envelope.to.push(to.into());
                "250 2.1.5 Recipient taken".into()
            }
            Some((_, "")) => "501 5.1.3 A recipient has a domain".into(),
            Some(_) => "555 5.5.4 A parameter of RCPT is not known here".into(),
            None => "501 5.5.4 Expected RCPT TO:<address>".into(),
        }
    }

    fn data(&mut self) -> String {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Envelope(envelope) if !envelope.to.is_empty() => {
                self.state = State::Text { envelope, text: Vec::new(), fault: None, is_after_crlf: true };
                "354 End with a dot on a line of its own".into()
            }
            other => {
                self.state = other;
                "503 5.5.1 Say MAIL and RCPT first".into()
            }
        }
    }
}

/// The address between the angle brackets, and the parameters behind it.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let head = rest.get(..keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let (address, parameters) = rest[keyword.len()..].trim_start().strip_prefix('<')?.split_once('>')?;
    Some((address, parameters.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENING: &str = "EHLO a.example\r\nMAIL FROM:<b@example.org>\r\nRCPT TO:<r@example.org>\r\nDATA\r\n";

    fn talk(input: &[u8]) -> Answer {
        Dialog::new(10_000).take(input)
    }

    /// The last line of each reply.
    fn codes(replies: &str) -> Vec<&str> {
        replies.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect()
    }

    #[test]
    fn rfc2920_takes_a_whole_pipelined_session_in_one_piece() {
        let answer = talk(format!("{OPENING}Subject: x\r\n\r\nHello\r\n.\r\nQUIT\r\n").as_bytes());
        assert_eq!(codes(&answer.replies), ["250", "250", "250", "354", "250", "221"]);
        assert!(answer.is_over);
        let envelope = Envelope { from: "b@example.org".into(), to: vec!["r@example.org".into()] };
        assert_eq!(answer.messages, [(envelope, b"Subject: x\r\n\r\nHello\r\n".to_vec())]);
    }

    #[test]
    fn input_may_be_split_anywhere() {
        let input = format!("{OPENING}..\r\n.two\r\n\r\n.\r\nNOOP\r\n");
        let whole = talk(input.as_bytes());
        assert_eq!(whole.messages[0].1, b".\r\ntwo\r\n\r\n");
        for at in 0..input.len() {
            let mut dialog = Dialog::new(10_000);
            let (first, second) = input.as_bytes().split_at(at);
            let (mut one, two) = (dialog.take(first), dialog.take(second));
            one.replies.push_str(&two.replies);
            one.messages.extend(two.messages);
            assert_eq!(one, whole, "split at {at}");
        }
    }

    #[test]
    fn rfc5321_4_5_2_only_a_dot_alone_between_two_crlf_ends_the_text() {
        let answer = talk(format!("{OPENING}a\r\n..\r\n...b\r\n. \r\n.\r\n").as_bytes());
        assert_eq!(answer.messages[0].1, b"a\r\n.\r\n..b\r\n \r\n");
        for smuggled in ["a\n.\n", "a\r\n.\n", "a\n.\r\n"] {
            let mut dialog = Dialog::new(10_000);
            dialog.take(OPENING.as_bytes());
            let answer = dialog.take(format!("{smuggled}QUIT\r\n").as_bytes());
            assert!(answer.messages.is_empty() && !answer.is_over, "{smuggled:?} ended the text");
        }
    }

    #[test]
    fn a_bare_line_feed_is_refused_at_the_end_of_the_text() {
        let answer = talk(format!("{OPENING}a\nb\r\n.\r\nNOOP\r\n").as_bytes());
        assert!(answer.messages.is_empty());
        assert_eq!(codes(&answer.replies)[4..], ["550", "250"]);
    }

    #[test]
    fn rfc5321_4_5_3_1_6_a_text_line_has_at_most_1000_octets() {
        let line = |length: usize| talk(format!("{OPENING}{}\r\n.\r\n", "x".repeat(length - 2)).as_bytes());
        assert_eq!(line(1000).messages[0].1.len(), 1000);
        assert_eq!(codes(&line(1001).replies)[4..], ["500"]);
        let stuffed = talk(format!("{OPENING}..{}\r\n.\r\n", "x".repeat(997)).as_bytes());
        assert_eq!(stuffed.messages[0].1.len(), 1000);
    }

    #[test]
    fn a_line_without_end_is_not_stored() {
        let mut dialog = Dialog::new(10_000);
        dialog.take(OPENING.as_bytes());
        for _ in 0..100 {
            dialog.take(&[b'x'; 4096]);
            assert!(dialog.pending.len() <= MAX_TEXT_LINE + 1);
        }
        assert_eq!(codes(&dialog.take(b"\r\n.\r\n").replies), ["500"]);
    }

    #[test]
    fn rfc1870_refuses_an_oversized_message_when_announced_and_when_sent() {
        let announced = talk(b"EHLO a.example\r\nMAIL FROM:<> SIZE=10001\r\nMAIL FROM:<> SIZE=10000\r\n");
        assert_eq!(codes(&announced.replies), ["250", "552", "250"]);
        let text = "x".repeat(98) + "\r\n";
        let sent = talk(format!("{OPENING}{}.\r\nNOOP\r\n", text.repeat(101)).as_bytes());
        assert!(sent.messages.is_empty());
        assert_eq!(codes(&sent.replies)[4..], ["552", "250"]);
        assert_eq!(talk(format!("{OPENING}{}.\r\n", text.repeat(100)).as_bytes()).messages[0].1.len(), 10_000);
    }

    #[test]
    fn commands_out_of_order_are_refused_and_the_session_goes_on() {
        let answer = talk(
            b"MAIL FROM:<a@b.org>\r\nehlo x\r\nDATA\r\nRCPT TO:<r@b.org>\r\nMail From: <a@b.org> BODY=8BITMIME\r\n\
              MAIL FROM:<a@b.org>\r\nDATA\r\nRCPT TO:r@b.org\r\nRCPT TO:<r>\r\nRSET\r\nRCPT TO:<r@b.org>\r\nBDAT 3\r\n",
        );
        assert_eq!(
            codes(&answer.replies),
            ["503", "250", "503", "503", "250", "503", "503", "501", "501", "250", "503", "500"]
        );
        assert!(!answer.is_over);
    }

    #[test]
    fn a_long_command_gets_one_refusal_and_too_many_faults_end_the_session() {
        let answer = talk(format!("NOOP {}\r\nNOOP\r\n", "x".repeat(5000)).as_bytes());
        assert_eq!(codes(&answer.replies), ["500", "250"]);
        let answer = talk("BOGUS\r\n".repeat(30).as_bytes());
        assert!(answer.is_over);
        assert_eq!(codes(&answer.replies).len(), MAX_FAULTS + 1);
        assert!(answer.replies.ends_with("421 4.7.0 Too many faults, closing\r\n"));
    }
}
