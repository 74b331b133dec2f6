//! How well stories are put together: headlines whose story is known, clustered by their words alone.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::folder::open;
use crate::selection::{Index, Likeness, Marks, Words, clusters};

/// A row of `clusters.csv`.
#[derive(Debug, Deserialize)]
struct Headline {
    #[serde(rename = "TITLE")]
    title: String,
    #[serde(rename = "STORY")]
    story: String,
    /// Milliseconds.
    #[serde(rename = "TIMESTAMP")]
    timestamp: i64,
}

/// What the clusters are worth. Pairs farther apart than the window are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Clustered {
    pub headlines: usize,
    /// The share of the pairs put together that belong together.
    pub precision: f64,
    /// The share of the pairs that belong together that were put together.
    pub recall: f64,
    /// The harmonic mean of B-cubed precision and recall.
    pub b_cubed: f64,
}

/// Clusters the headlines of a file with the columns TITLE, STORY and TIMESTAMP (milliseconds).
pub fn cluster_headlines(path: &Path, likeness: Likeness) -> Result<Clustered> {
    let mut reader = csv::Reader::from_reader(open(path)?);
    let rows = reader.deserialize().map(|row| row.with_context(|| format!("reading {}", path.display())));
    let mut headlines: Vec<Headline> = rows.collect::<Result<_>>()?;
    headlines.sort_by(|a, b| (a.timestamp, &a.title, &a.story).cmp(&(b.timestamp, &b.title, &b.story)));
    let texts: Vec<Words> = headlines.iter().map(|headline| Words::parts(&headline.title)).collect();
    let times: Vec<i64> = headlines.iter().map(|headline| headline.timestamp / 1000).collect();
    let marks: Vec<Marks> = times.iter().map(|time| Marks { time: *time, ..Marks::default() }).collect();
    let index = Index::new(&texts, times.clone());
    // Under each of its parts a headline has many others, so that none may be pruned here.
    let alike = |document| {
        let near = index.alike(document, -likeness.seconds, likeness.seconds + 1).into_iter();
        near.filter(|(_, cosine)| *cosine >= likeness.cosine).collect()
    };
    let neighbours = (0..headlines.len()).map(alike).collect();
    let found = clusters(&index, &neighbours, &marks, likeness);
    let (mut both, mut together, mut belong) = (0_usize, 0_usize, 0_usize);
    for a in 0..headlines.len() {
        for b in a + 1..headlines.len() {
            if times[b] - times[a] > likeness.seconds {
                break;
            }
            let (is_found, is_one) = (found[a] == found[b], headlines[a].story == headlines[b].story);
            together += usize::from(is_found);
            belong += usize::from(is_one);
            both += usize::from(is_found && is_one);
        }
    }
    Ok(Clustered {
        headlines: headlines.len(),
        precision: both as f64 / together.max(1) as f64,
        recall: both as f64 / belong.max(1) as f64,
        b_cubed: b_cubed(&headlines, &found),
    })
}

fn b_cubed(headlines: &[Headline], found: &[usize]) -> f64 {
    let (mut of_cluster, mut of_story, mut of_both) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (headline, cluster) in headlines.iter().zip(found) {
        *of_cluster.entry(*cluster).or_insert(0.0) += 1.0;
        *of_story.entry(headline.story.as_str()).or_insert(0.0) += 1.0;
        *of_both.entry((*cluster, headline.story.as_str())).or_insert(0.0) += 1.0;
    }
    let (mut precision, mut recall) = (0.0, 0.0);
    for (headline, cluster) in headlines.iter().zip(found) {
        let both: f64 = of_both[&(*cluster, headline.story.as_str())];
        precision += both / of_cluster[cluster];
        recall += both / of_story[headline.story.as_str()];
    }
    let many = headlines.len().max(1) as f64;
    let (precision, recall): (f64, f64) = (precision / many, recall / many);
    2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE)
}
