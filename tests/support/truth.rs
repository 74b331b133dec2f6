//! What a relay knows of its transactions, to hold a sender's records against; and how its whims are drawn.

/// The way of talking it offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Plain,
    Groups,
    Chunks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Greeting,
    Ehlo,
    Reset,
    Mail,
    Rcpt,
    Data,
    /// The final dot, or the last chunk.
    Message,
    /// Unasked.
    Surplus,
}

/// A reply it decided upon, whether or not it went out whole. Its number is in its text, as `[7]`.
#[derive(Clone, Debug)]
pub struct Told {
    pub stage: Stage,
    pub code: u16,
    pub transaction: usize,
}

/// From one MAIL to the next.
#[derive(Clone, Debug, Default)]
pub struct Transaction {
    pub recipient: String,
    /// Of the message, where all of it came.
    pub digest: Option<[u8; 32]>,
    pub kept: bool,
}

#[derive(Debug, Default)]
pub struct Truth {
    pub told: Vec<Told>,
    pub transactions: Vec<Transaction>,
    /// Each of them spoils one connection at most.
    pub mischief: usize,
    /// What a sender in step with it would never have sent.
    pub out_of_step: Vec<String>,
}

/// The number in the text of a reply of this relay.
pub fn number_in(text: &str) -> Option<usize> {
    text.split_once('[')?.1.split_once(']')?.0.parse().ok()
}

/// splitmix64: numbers that are the same for the same seed.
pub struct Draw(pub u64);

impl Draw {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}
