//! Any octets as what a relay says: a reply is whole or it is waited for, wherever it was cut, and a refusal that may be
//! over tomorrow ends nobody's subscription, whatever its words are.

use super::{assert_line, within_bounds};
use griot::delivery::read_reply;
use griot::meaning::{Class, Command, of_reply};

pub fn run(said: &[u8]) {
    let mut rest = said;
    while let Ok(Some((reply, length))) = within_bounds(|| read_reply(rest)) {
        assert!((1..=rest.len()).contains(&length) && (200..600).contains(&reply.code));
        assert_line(&reply.text, 400);
        assert_line(&reply.to_string(), 420);
        for cut in [0, 1, length / 2, length - 1] {
            assert!(matches!(read_reply(&rest[..cut]), Ok(None)), "{cut} octets of {length} were a reply");
        }
        rest = &rest[length..];
        if reply.code < 400 {
            continue;
        }
        for command in [None, Some(Command::Mail), Some(Command::Rcpt), Some(Command::Data)] {
            let meaning = within_bounds(|| of_reply(reply.code, &reply.enhanced, &reply.text, command));
            if meaning.class == Class::Hard {
                assert!(!(400..500).contains(&reply.code) && !reply.enhanced.starts_with('4'), "{reply} is hard");
                let status = meaning.status.expect("what is hard has a status");
                assert!(status.is_permanent(), "{reply} is hard by {status}");
            }
            assert_eq!(meaning.reply, Some(reply.code));
        }
    }
}
