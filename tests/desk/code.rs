//! Codes beside the password: set up at one's account, asked for at sign-in, stood in for by recovery codes (rule W).

use crate::support::desk::{Browser, Desk, PASSWORD};
use crate::support::pages::{Answer, noon};
use crate::support::rows;
use chrono::TimeDelta;
use griot::store::Role;
use totp_rs::{Builder, Secret};

/// The value of a field of this name.
fn field<'a>(page: &'a Answer, name: &str) -> &'a str {
    let (_, rest) =
        page.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{}", page.body));
    rest.split_once('"').unwrap().0
}

/// The code an app shows so many half minutes after noon.
fn code(secret: &str, steps: u64) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    totp.generate(u64::try_from(noon().timestamp()).unwrap() + 30 * steps).to_string()
}

/// Sets it up; the secret and the recovery codes.
async fn set_up(browser: &mut Browser) -> (String, Vec<String>) {
    let page = browser.get("/desk/account/code").await;
    let secret = field(&page, "secret").to_owned();
    let typed = code(&secret, 0);
    let fields = [("secret", secret.as_str()), ("code", &typed), ("present", PASSWORD)];
    let answer = browser.post("/desk/account/code", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let codes = answer.body.split("<li><code>").skip(1).map(|rest| rest.split_once('<').unwrap().0.to_owned());
    (secret, codes.collect())
}

#[tokio::test]
async fn w_a_code_is_asked_for_once_it_was_shown_to_work() {
    let desk = Desk::open().await;
    let mut ama = desk.signed_in("Ama", Role::Editor).await;
    let page = ama.get("/desk/account/code").await;
    let secret = field(&page, "secret").to_owned();
    assert!(page.body.contains("<title id=\"qr-title\">"), "{}", page.body);
    let right = code(&secret, 0);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for (typed, password, why) in [
        (wrong, PASSWORD, "not the code the app shows now"),
        (right.as_str(), "a wrong password", "Your present password is another one"),
    ] {
        let fields = [("secret", secret.as_str()), ("code", typed), ("present", password)];
        let answer = ama.post("/desk/account/code", &fields).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains(why), "{}", answer.body);
        assert_eq!(field(&answer, "secret"), secret, "the same, so that the app need not read it again");
    }
    assert_eq!(desk.browser().sign_in("Ama", PASSWORD).await.status, 303, "nothing is asked for yet");
    let (secret, codes) = set_up(&mut ama).await;
    assert_eq!(codes.len(), 10);
    assert!(ama.get("/desk/account").await.body.contains("10 of your recovery codes are left"));
    assert_eq!(ama.get("/desk/account/code").await.header("location"), "/desk/account", "no second secret");

    let mut other = desk.browser();
    let asked = other.post("/desk/sign-in", &[("name", "ama"), ("password", PASSWORD), ("to", "/desk/account")]).await;
    assert!(asked.status == 200 && other.cookies.is_empty(), "{}", asked.body);
    assert_eq!(other.get("/desk").await.status, 303, "a password alone opens nothing");
    let ticket = field(&asked, "ticket").to_owned();
    assert!(!asked.body.contains(PASSWORD));
    let used = code(&secret, 0);
    let answer =
        other.post("/desk/sign-in/code", &[("ticket", &ticket), ("code", &used), ("to", "/desk/account")]).await;
    assert_eq!(answer.status, 422, "the code that set it up is used");
    assert!(answer.body.contains("That code is wrong, or was used already"), "{}", answer.body);
    let next = code(&secret, 1);
    let fields = [("ticket", ticket.as_str()), ("code", &next), ("to", field(&answer, "to"))];
    let answer = other.post("/desk/sign-in/code", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/desk/account"), "{}", answer.body);
    assert_eq!(other.get("/desk").await.status, 200);
    let again = desk.browser().post("/desk/sign-in/code", &fields).await;
    assert!(again.status == 422 && again.body.contains("Sign in again"), "a ticket is good once: {}", again.body);
}

#[tokio::test]
async fn w_the_second_half_may_take_five_minutes() {
    let desk = Desk::open().await;
    let (secret, _) = set_up(&mut desk.signed_in("Ama", Role::Editor).await).await;
    for (steps, base, is_in) in [
        (9, desk.at(|| noon() + TimeDelta::seconds(299)).await, true),
        (10, desk.at(|| noon() + TimeDelta::seconds(300)).await, false),
    ] {
        let mut browser = desk.browser();
        let asked = browser.sign_in("Ama", PASSWORD).await;
        browser.base = base;
        let typed = code(&secret, steps);
        let answer = browser.post("/desk/sign-in/code", &[("ticket", field(&asked, "ticket")), ("code", &typed)]).await;
        assert_eq!(answer.status == 303, is_in, "{steps}: {}", answer.body);
    }
}

#[tokio::test]
async fn w_wrong_codes_lock_the_account() {
    let desk = Desk::open().await;
    let (secret, codes) = set_up(&mut desk.signed_in("Ama", Role::Editor).await).await;
    for number in 1..=5 {
        // The password again and again, from everywhere: it makes the codes no easier to guess.
        let mut guesser = desk.browser();
        let asked = guesser.sign_in("Ama", PASSWORD).await;
        let answer = guesser.post("/desk/sign-in/code", &[("ticket", field(&asked, "ticket")), ("code", "x")]).await;
        assert_eq!(answer.body.contains("Sign in again"), number == 5, "{number}: {}", answer.body);
    }
    assert!(desk.browser().sign_in("Ama", PASSWORD).await.body.contains("too many tries"));
    let mut ama = desk.browser();
    ama.base = desk.at(|| noon() + TimeDelta::minutes(1)).await;
    let asked = ama.sign_in("Ama", PASSWORD).await;
    let typed = code(&secret, 2);
    let answer = ama.post("/desk/sign-in/code", &[("ticket", field(&asked, "ticket")), ("code", &typed)]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(!codes.is_empty());
}

#[tokio::test]
async fn w_recovery_codes_count_once_and_removing_takes_the_password() {
    let desk = Desk::open().await;
    let mut ama = desk.signed_in("Ama", Role::Editor).await;
    let (_, codes) = set_up(&mut ama).await;
    let by = async |code: &str| {
        let mut browser = desk.browser();
        let asked = browser.sign_in("Ama", PASSWORD).await;
        browser.post("/desk/sign-in/code", &[("ticket", field(&asked, "ticket")), ("code", code)]).await.status.as_u16()
    };
    assert_eq!(by(&codes[0].to_lowercase().replace('-', "")).await, 303, "however it is copied");
    assert_eq!(by(&codes[0]).await, 422);
    assert!(ama.get("/desk/account").await.body.contains("9 of your recovery codes are left"));
    let db = rows::of(desk.dir.path());
    let rows: String = rows::tables(&db).iter().map(|table| rows::of_table(&db, table)).collect();
    assert!(rows.contains("Ama"), "the store is read");
    // In a file also what is in no row any more.
    let location = rows::location(desk.dir.path());
    let files: Vec<Vec<u8>> = location.file().map_or(Vec::new(), |file| {
        let log = file.with_extension("db-wal");
        [file, &log].map(|path| std::fs::read(path).unwrap()).into()
    });
    let is_in = |octets: &[u8], text: &str| octets.windows(text.len()).any(|part| part == text.as_bytes());
    let is_kept = |text: &str| rows.contains(text) || files.iter().any(|file| is_in(file, text));
    assert!(!codes.iter().any(|code| is_kept(code) || is_kept(&code.replace('-', ""))), "only digests are kept");
    let renewed = ama.post("/desk/account/code/recovery", &[("present", PASSWORD)]).await;
    assert!(renewed.status == 200 && renewed.body.matches("<li><code>").count() == 10, "{}", renewed.body);
    assert_eq!(by(&codes[1]).await, 422, "those before are worth nothing");
    let refused = ama.post("/desk/account/code/remove", &[("present", "a wrong password")]).await;
    assert!(refused.status == 422 && refused.body.contains("present password"), "{}", refused.body);
    let half = desk.browser().sign_in("Ama", PASSWORD).await;
    assert_eq!(ama.post("/desk/account/code/remove", &[("present", PASSWORD)]).await.status, 303);
    let fields = [("ticket", field(&half, "ticket")), ("code", "000000")];
    let answer = desk.browser().post("/desk/sign-in/code", &fields).await;
    assert!(answer.status == 422 && answer.body.contains("Sign in again"), "begun before that: {}", answer.body);
    assert_eq!(desk.browser().sign_in("Ama", PASSWORD).await.header("location"), "/desk");
    let mut actions: Vec<String> = desk.record().into_iter().map(|(_, action, _)| action).collect();
    actions.dedup();
    assert!(actions.iter().any(|action| action == "removed their codes to sign in with"), "{actions:?}");
}

#[tokio::test]
async fn w_a_new_password_by_invitation_does_not_get_around_the_code() {
    let desk = Desk::open().await;
    let (secret, _) = set_up(&mut desk.signed_in("Ama", Role::Editor).await).await;
    let link = desk.invite("Ama", Role::Editor);
    let mut browser = desk.browser();
    let asked = browser.post(&link, &[("password", "another one of fifteen")]).await;
    assert!(asked.status == 200 && browser.cookies.is_empty(), "{}", asked.body);
    let typed = code(&secret, 1);
    let answer = browser.post("/desk/sign-in/code", &[("ticket", field(&asked, "ticket")), ("code", &typed)]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/desk"));
}
