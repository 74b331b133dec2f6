//! Texts that are nearly the same, found without comparing all with all (Manku, Jain and Das Sarma, 2007).

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use super::text::words;

/// Two texts whose hashes differ in so few bits are the same text, slightly edited.
const BITS: u32 = 3;
/// One more than `BITS`: hashes that differ in 3 bits agree in one of 4 bands.
const BANDS: u32 = 4;
/// Shorter texts differ in few bits by chance.
const FEWEST: usize = 30;
/// Words in a shingle: single words would call two texts on one subject the same.
const SHINGLE: usize = 2;

/// The hashes of a text's shingles, in its order.
pub fn shingles(text: &str) -> Vec<u64> {
    let mut hashes: Vec<u64> = Vec::new();
    let mut lower = String::new();
    for chunk in text.split_whitespace() {
        // Nearly all words of nearly all texts, without the tables of Unicode.
        if chunk.is_ascii() {
            lower.clear();
            lower.push_str(chunk.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
            lower.make_ascii_lowercase();
            hashes.extend(Some(&lower).filter(|word| !word.is_empty()).map(|word| hash([word.as_bytes()])));
        } else {
            hashes.extend(words(chunk).iter().map(|word| hash([word.as_bytes()])));
        }
    }
    hashes.windows(SHINGLE).map(|shingle| hash(shingle.iter().map(|word| word.to_le_bytes()))).collect()
}

/// The hash of a text; none where it is too short to say anything.
pub fn simhash(shingles: &[u64]) -> Option<u64> {
    if shingles.len() + 1 < FEWEST {
        return None;
    }
    let mut balance = [0_i32; 64];
    for hash in shingles {
        for (bit, sum) in balance.iter_mut().enumerate() {
            *sum += if hash >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    Some(balance.iter().enumerate().filter(|(_, sum)| **sum > 0).fold(0, |hash, (bit, _)| hash | 1 << bit))
}

/// SipHash with a key that is 0: the same on every machine and in every version, which the standard library does not
/// promise.
pub fn hash<B: AsRef<[u8]>>(words: impl IntoIterator<Item = B>) -> u64 {
    let mut hasher = SipHasher13::new();
    for word in words {
        hasher.write(word.as_ref());
        hasher.write_u8(b' ');
    }
    hasher.finish()
}

/// Pairs of documents whose hashes are at most 3 bits apart, neighbours in a band only.
pub fn near_pairs(hashes: &[(usize, u64)]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for band in 0..BANDS {
        // Sorted with the band on top, so that equal bands stand together.
        let turned = |hash: u64| hash.rotate_left(band * 64 / BANDS);
        let mut sorted: Vec<(u64, usize)> = hashes.iter().map(|(document, hash)| (turned(*hash), *document)).collect();
        sorted.sort_unstable();
        for (index, (hash, document)) in sorted.iter().enumerate() {
            let is_in_band = |other: &&(u64, usize)| other.0 >> (64 - 64 / BANDS) == hash >> (64 - 64 / BANDS);
            for (other_hash, other) in sorted[index + 1..].iter().take(LOOKED_AT).take_while(is_in_band) {
                if (hash ^ other_hash).count_ones() <= BITS {
                    pairs.push((*document.min(other), *document.max(other)));
                }
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Under a band so many are looked at, so that a band that many share does not make all pairs.
const LOOKED_AT: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: usize, changed: usize) -> String {
        (0..words).map(|word| if word == changed { "edited ".into() } else { format!("word{word} ") }).collect()
    }

    #[test]
    fn an_edited_text_is_near_and_another_is_not() {
        let of = |text: &str| simhash(&shingles(text)).unwrap();
        let original = of(&text(400, 1000));
        let edited = of(&text(400, 7));
        let other: String = (0..400).map(|word| format!("other{word} ")).collect();
        assert!((original ^ edited).count_ones() <= BITS);
        assert_eq!(near_pairs(&[(4, original), (1, edited), (2, of(&other))]), [(1, 4)]);
        assert_eq!(simhash(&shingles(&text(10, 0))), None);
        // Written otherwise, and in letters without spaces between words.
        assert_eq!(shingles("The PORT, (closed)"), shingles("the port closed"));
        assert_eq!(shingles("日本語 port").len(), 3);
    }
}
