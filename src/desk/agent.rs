/// Browsers by what stands in what they call themselves. Most claim to be others too, so the order counts.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
];
const DEVICES: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// A browser as its owner would call it: `Firefox on Windows`; what is not known, as it calls itself.
pub(super) fn told(agent: &str) -> String {
    let find =
        |words: &[(&str, &'static str)]| words.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = find(&BROWSERS).or_else(|| agent.contains("Version/").then_some("Safari"));
    match (browser, find(&DEVICES)) {
        (Some(browser), Some(device)) => format!("{browser} on {device}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) if agent.is_empty() => "An unnamed browser".to_owned(),
        (None, _) => agent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn browsers_are_called_as_people_call_them() {
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0";
        let told = |agent: &str| told(agent);
        assert_eq!(told(&format!("Mozilla/5.0 (X11; Linux x86_64) {chrome} Safari/537.36")), "Chrome on Linux");
        assert_eq!(
            told(&format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {chrome} Safari/537.36 Edg/142.0")),
            "Edge on Windows"
        );
        assert_eq!(
            told(&format!("Mozilla/5.0 (Linux; Android 10; K) {chrome} Mobile Safari/537.36")),
            "Chrome on Android"
        );
        assert_eq!(
            told("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0"),
            "Firefox on Mac"
        );
        let safari = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1";
        assert_eq!(
            told(&format!("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {safari}")),
            "Safari on iPhone"
        );
        assert_eq!((told("curl/8.5"), told("")), ("curl/8.5".to_owned(), "An unnamed browser".to_owned()));
    }
}
