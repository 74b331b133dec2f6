//! What speaks for two texts being about one event, beyond that they are alike.
//!
//! Texts on one person share the person's name, which is rare and stands in the headline, so their cosine is high. One
//! event is told by more: the headlines share several words, or what one headline says beyond that stands in the other
//! text. And a text that was taken over and edited shares its pairs of words, whatever the headline is.

use super::text::Rarity;

/// Headlines of one event share so many words, and half of the shorter one's.
const SHARED: usize = 3;
/// Or so many words that are in one headline alone stand in the other text: a name, and what its bearer is, are two.
const TOLD: usize = 3;
/// Of the shorter text's pairs of words so many are in the longer one, if one was made from the other.
const TAKEN_OVER: f64 = 0.35;
/// A shorter text has too few pairs to tell.
const FEWEST_PAIRS: usize = 30;
/// One pair of words in so many is looked up.
const SAMPLED: u64 = 8;
/// Texts that share so many of these are compared.
const SHARED_SAMPLES: usize = 2;
/// More texts than this do not share a pair of words by taking each other over.
const MOST_HOLDERS: usize = 16;

/// The words and pairs of words of a text, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    title: Vec<u32>,
    all: Vec<u32>,
    pairs: Vec<u64>,
}

impl Evidence {
    /// `title` are the headline's words, `vector` that of headline and lead, `shingles` those of the text's beginning.
    pub fn new(title: &[String], vector: &[(u32, f64)], shingles: &[u64], rarity: &Rarity) -> Self {
        let title = rarity.telling(rarity.numbers(title).into_iter());
        let all = rarity.telling(vector.iter().map(|(word, _)| *word));
        let mut pairs = shingles.to_vec();
        pairs.sort_unstable();
        pairs.dedup();
        Self { title, all, pairs }
    }

    /// Whether they may be told of one event.
    pub fn is_one_event(&self, other: &Self) -> bool {
        let shared = common(&self.title, &other.title);
        let shorter = self.title.len().min(other.title.len());
        let told = common(&self.title, &other.all) + common(&other.title, &self.all) - 2 * shared;
        (shared >= SHARED && 2 * shared >= shorter) || told >= TOLD || self.is_taken_over(other)
    }

    /// Whether one was made from the other.
    pub fn is_taken_over(&self, other: &Self) -> bool {
        let shorter = self.pairs.len().min(other.pairs.len());
        shorter >= FEWEST_PAIRS && common(&self.pairs, &other.pairs) as f64 >= TAKEN_OVER * shorter as f64
    }
}

/// Pairs of documents of which one may have been made from the other: they share some of the pairs of words whose hashes
/// are multiples of eight. A pair that many hold is a turn of phrase.
pub fn maybe_taken_over(evidence: &[Option<&Evidence>]) -> Vec<(usize, usize)> {
    let mut held: Vec<(u64, usize)> = Vec::new();
    for (document, one) in evidence.iter().enumerate() {
        let sampled = one.iter().flat_map(|one| &one.pairs).filter(|hash| hash.is_multiple_of(SAMPLED));
        held.extend(sampled.map(|hash| (*hash, document)));
    }
    held.sort_unstable();
    let mut shared: Vec<(usize, usize)> = Vec::new();
    for holders in held.chunk_by(|a, b| a.0 == b.0).filter(|holders| holders.len() <= MOST_HOLDERS) {
        for (at, (_, a)) in holders.iter().enumerate() {
            shared.extend(holders[at + 1..].iter().map(|(_, b)| (*a, *b)));
        }
    }
    shared.sort_unstable();
    shared.chunk_by(|a, b| a == b).filter(|same| same.len() >= SHARED_SAMPLES).map(|same| same[0]).collect()
}

/// How many two sorted lists have in common.
fn common<T: Ord>(a: &[T], b: &[T]) -> usize {
    let (mut i, mut j, mut many) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                many += 1;
                i += 1;
                j += 1;
            }
        }
    }
    many
}

#[cfg(test)]
mod tests {
    use super::super::simhash::shingles;
    use super::super::text::Words;
    use super::*;

    #[test]
    fn a_name_alone_is_no_event_and_what_a_headline_says_is_found_in_the_other_text() {
        let texts = [
            ("Ama Serwaa wins the national poetry prize", "The poet Ama Serwaa is the youngest to win it."),
            ("Ama Serwaa buys a cinema in Kumasi", "The poet Ama Serwaa paid for it with her own money."),
            ("Poet, 24, takes the highest award", "Ama Serwaa was given the national poetry prize in Accra."),
            ("The national poetry prize goes to Ama Serwaa", ""),
        ];
        let told: Vec<Words> = texts.iter().map(|(title, lead)| Words::new(title, lead)).collect();
        let rarity = Rarity::among(&told);
        let of: Vec<Evidence> =
            told.iter().map(|text| Evidence::new(&text.title, &rarity.vector(text), &[], &rarity)).collect();
        assert!(!of[0].is_one_event(&of[1]), "one person, two events");
        assert!(of[0].is_one_event(&of[2]) && of[2].is_one_event(&of[0]), "another headline");
        assert!(of[0].is_one_event(&of[3]), "headlines that share most");
        assert!(!of[1].is_one_event(&of[2]) && !of[1].is_one_event(&of[3]));
    }

    #[test]
    fn a_text_with_every_fourth_word_replaced_and_its_halves_turned_is_the_same() {
        let original: Vec<String> = (0..200).map(|word| format!("word{word}")).collect();
        let mut edited = original.clone();
        edited.iter_mut().step_by(4).for_each(|word| word.push_str("edited"));
        edited.rotate_left(100);
        let of = |text: &[String]| Evidence::new(&[], &[], &shingles(&text.join(" ")), &Rarity::default());
        assert!(of(&original).is_taken_over(&of(&edited)));
        assert!(of(&original).is_taken_over(&of(&edited[..60])), "a shortened one");
        let other: Vec<String> = (0..200).map(|word| format!("other{word}")).collect();
        assert!(!of(&original).is_taken_over(&of(&other)));
        assert!(!of(&original[..20]).is_taken_over(&of(&original)), "too short to tell");
    }
}
