//! A client that says what a test wants it to.

use std::io::{BufRead, BufReader, Read, Write};

pub struct Client<S: Read + Write> {
    stream: BufReader<S>,
}

impl<S: Read + Write> Client<S> {
    pub fn new(stream: S) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    pub fn say(&mut self, text: &str) {
        self.stream.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// One answer, of however many lines; empty at the end of the connection.
    pub fn answer(&mut self) -> String {
        let mut answer = String::new();
        loop {
            let before = answer.len();
            self.stream.read_line(&mut answer).unwrap();
            if answer.as_bytes().get(before + 3) != Some(&b'-') {
                return answer.trim_end().replace("\r\n", "\n");
            }
        }
    }

    pub fn ask(&mut self, command: &str) -> String {
        self.say(&format!("{command}\r\n"));
        self.answer()
    }

    /// What is said until the other side closes.
    pub fn end(mut self) -> String {
        let mut rest = String::new();
        // A reset is an end, too.
        let _ = self.stream.read_to_string(&mut rest);
        rest
    }
}
