//! From texts to words, and from words to vectors that can be compared.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// A word of the title counts as so many of the lead.
const TITLE_WEIGHT: f64 = 3.0;
/// Leads are cut here, so that a feed with whole articles compares with one of single sentences.
const LEAD_WORDS: usize = 40;
/// A word with fewer letters says nothing by itself.
const SHORTEST: usize = 4;
/// Letters in a part of a word.
const PART: usize = 4;
/// A word in more of the documents than this says nothing, in whichever language; told only from `MANY` documents on.
const STOP_SHARE: f64 = 0.1;
const MANY: usize = 200;

/// A document as the sorted numbers of its words with their weights; its length is 1, or 0 where it has no words.
pub type Vector = Vec<(u32, f64)>;

/// The words of a text: lower case, without accents, without what follows an apostrophe.
pub fn words(text: &str) -> Vec<String> {
    text.unicode_words()
        .map(|word| word.split(['\'', '’']).next().unwrap_or(word))
        .map(folded)
        .filter(|word: &String| !word.is_empty())
        .collect()
}

fn folded(word: &str) -> String {
    // The same, without the tables: nearly all words of nearly all texts.
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// A document cut into words.
#[derive(Clone, Debug, Default)]
pub struct Words {
    pub title: Vec<String>,
    pub lead: Vec<String>,
}

impl Words {
    pub fn new(title: &str, lead: &str) -> Self {
        let mut lead = words(lead);
        lead.truncate(LEAD_WORDS);
        Self { title: words(title), lead }
    }

    /// A headline by the parts of its words, which inflected words share: four letters each, and a word's edges as letters
    /// (McNamee and Mayfield 2004). For headlines alone: of few words, too few are the very same.
    pub fn parts(title: &str) -> Self {
        let parts = |word: String| {
            let letters: Vec<char> = format!(" {word} ").chars().collect();
            letters.windows(PART.min(letters.len())).map(|part| part.iter().collect()).collect::<Vec<String>>()
        };
        Self { title: words(title).into_iter().flat_map(parts).collect(), lead: Vec::new() }
    }

    /// Every word with its weight, as often as it stands there.
    fn weighted(&self) -> impl Iterator<Item = (&str, f64)> {
        let title = self.title.iter().map(|word| (word.as_str(), TITLE_WEIGHT));
        title.chain(self.lead.iter().map(|word| (word.as_str(), 1.0)))
    }
}

/// How rare each word is among some documents. Words are numbered in their own order, whatever the documents' order.
#[derive(Clone, Debug, Default)]
pub struct Rarity {
    numbers: HashMap<String, u32>,
    /// By number. 0 for a word that says nothing.
    rarity: Vec<f64>,
    /// By number.
    is_telling: Vec<bool>,
}

impl Rarity {
    pub fn among(documents: &[Words]) -> Self {
        // By word: in how many documents it stands, and which of them was the last.
        let mut frequency: HashMap<&str, (usize, usize)> = HashMap::new();
        for (document, words) in (1..).zip(documents) {
            for (word, _) in words.weighted() {
                let (count, last) = frequency.entry(word).or_default();
                if *last != document {
                    (*count, *last) = (*count + 1, document);
                }
            }
        }
        let many = documents.len() as f64;
        let is_stop = |count: usize| documents.len() >= MANY && count as f64 > many * STOP_SHARE;
        let rare = |count: usize| if is_stop(count) { 0.0 } else { (1.0 + many / count as f64).ln() };
        let mut words: Vec<(&str, usize)> = frequency.into_iter().map(|(word, (count, _))| (word, count)).collect();
        words.sort_unstable();
        Self {
            rarity: words.iter().map(|(_, count)| rare(*count)).collect(),
            is_telling: words.iter().map(|(word, _)| is_telling(word)).collect(),
            numbers: words.iter().zip(0..).map(|((word, _), number)| ((*word).to_owned(), number)).collect(),
        }
    }

    pub fn of(&self, number: u32) -> f64 {
        self.rarity[number as usize]
    }

    pub fn words(&self) -> usize {
        self.rarity.len()
    }

    /// The numbers of the words that say something, each once.
    pub fn numbers(&self, words: &[String]) -> Vec<u32> {
        let known = words.iter().filter_map(|word| self.numbers.get(word).copied());
        let mut numbers: Vec<u32> = known.filter(|number| self.of(*number) > 0.0).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Of those words, the ones that hold no sentence together.
    pub fn telling(&self, numbers: impl Iterator<Item = u32>) -> Vec<u32> {
        numbers.filter(|number| self.is_telling[*number as usize]).collect()
    }

    pub fn vector(&self, document: &Words) -> Vector {
        let known = |(word, weight): (&str, f64)| Some((*self.numbers.get(word)?, weight));
        let mut counted: Vector = document.weighted().filter_map(known).collect();
        counted.retain(|(number, _)| self.of(*number) > 0.0);
        counted.sort_unstable_by_key(|(number, _)| *number);
        let counts = counted.chunk_by(|a, b| a.0 == b.0).map(|same| (same[0].0, same.iter().map(|one| one.1).sum()));
        let mut vector: Vector =
            counts.map(|(number, count): (u32, f64)| (number, (1.0 + count.ln()) * self.of(number))).collect();
        let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        for (_, weight) in &mut vector {
            *weight /= length;
        }
        vector
    }
}

/// Whether a word is long enough to say something: shorter ones hold a sentence together, in the languages that are
/// written with these letters.
pub fn is_telling(word: &str) -> bool {
    word.chars().count() >= SHORTEST || !word.is_ascii()
}

/// The cosine of two documents; the sum over all pairs where they are sums of documents.
pub fn dot(a: &[(u32, f64)], b: &[(u32, f64)]) -> f64 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += a[i].1 * b[j].1;
                i += 1;
                j += 1;
            }
        }
    }
    sum
}

/// The sum of two vectors.
pub fn sum(a: &[(u32, f64)], b: &[(u32, f64)]) -> Vector {
    let mut sum = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let first = a.get(i).map_or(u32::MAX, |entry| entry.0).min(b.get(j).map_or(u32::MAX, |entry| entry.0));
        let mut weight = 0.0;
        if let Some(entry) = a.get(i).filter(|entry| entry.0 == first) {
            weight += entry.1;
            i += 1;
        }
        if let Some(entry) = b.get(j).filter(|entry| entry.0 == first) {
            weight += entry.1;
            j += 1;
        }
        sum.push((first, weight));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_words_of_any_language() {
        assert_eq!(words("Élysée’s “grève”: day 3!"), ["elysee", "greve", "day", "3"]);
        assert_eq!(words("ÇOK İyi 日本"), ["cok", "iyi", "日", "本"]);
        assert_eq!(words(" — "), [""; 0]);
    }

    #[test]
    fn a_document_is_most_like_itself_and_rare_words_count_more() {
        let of = |title: &str| Words::new(title, "");
        let documents = [of("port strike in Tema"), of("port fees in Accra"), of("rain in Accra")];
        let rarity = Rarity::among(&documents);
        let vectors: Vec<Vector> = documents.iter().map(|document| rarity.vector(document)).collect();
        assert!((dot(&vectors[0], &vectors[0]) - 1.0).abs() < 1e-9);
        assert!(dot(&vectors[0], &vectors[1]) > dot(&vectors[0], &vectors[2]));
        let both = sum(&vectors[0], &vectors[1]);
        assert!((dot(&both, &vectors[2]) - dot(&vectors[0], &vectors[2]) - dot(&vectors[1], &vectors[2])).abs() < 1e-9);
        assert_eq!(rarity.vector(&of("unheard")), []);
    }
}
