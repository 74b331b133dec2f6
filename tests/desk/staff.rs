//! Who works at the desk, and the record of what they did, as an operator sees and changes them.

use crate::support::desk::{Desk, PASSWORD};
use crate::support::pages::{everything, noon};
use chrono::TimeDelta;
use griot::store::{AuditEntry, Member, Role};

fn number(desk: &Desk, name: &str) -> i64 {
    desk.press.store().read(|db| Member::named(db, name)).unwrap().unwrap().id.0
}

#[tokio::test]
async fn an_operator_invites_somebody_by_a_link_that_is_shown_once() {
    let desk = Desk::open().await;
    let mut yaw = desk.signed_in("Yaw", Role::Operator).await;
    let fields = [("name", "Ama  Añuli"), ("email", "ama@example.org"), ("role", "editor")];
    let answer = yaw.post("/desk/staff", &fields).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let (_, rest) = answer.body.split_once(">http://127.0.0.1:8080/desk/invitation/").unwrap();
    let link = format!("/desk/invitation/{}", rest.split_once('<').unwrap().0);
    let page = yaw.get("/desk/staff").await;
    assert!(!page.body.contains("/desk/invitation/") && page.body.contains("Ama Añuli"), "{}", page.body);
    assert!(page.body.contains("<span class=\"state warn\">invited</span>"), "{}", page.body);
    let mut ama = desk.browser();
    assert_eq!(ama.post(&link, &[("password", PASSWORD)]).await.status, 303);
    assert!(!ama.get("/desk").await.body.contains("/desk/staff"), "an editor has no way there");
    assert!(yaw.get("/desk/staff").await.body.contains("signs in with password · last seen less than a minute ago"));

    // What can't be, with what was typed.
    for (fields, why) in [
        ([("name", "ama añuli"), ("email", ""), ("role", "viewer")], "has an account already"),
        ([("name", " "), ("email", ""), ("role", "viewer")], "no name to sign in with"),
        ([("name", "Efua"), ("email", "efua@"), ("role", "operator")], "no address mail can be sent to"),
    ] {
        let before = everything(desk.dir.path());
        let answer = yaw.post("/desk/staff", &fields).await;
        assert_eq!(answer.status, 422, "{fields:?}");
        assert!(answer.body.contains(why), "{}", answer.body);
        assert!(answer.body.contains(&format!("<option selected>{}</option>", fields[2].1)), "{}", answer.body);
        assert_eq!(everything(desk.dir.path()), before);
    }
}

#[tokio::test]
async fn roles_sessions_and_accounts_are_changed_by_another_operator() {
    let desk = Desk::open().await;
    let mut yaw = desk.signed_in("Yaw", Role::Operator).await;
    let mut ama = desk.signed_in("Ama", Role::Editor).await;
    let path = |name: &str, act: &str| format!("/desk/staff/{}/{act}", number(&desk, name));
    let answer = yaw.post(&path("Ama", "role"), &[("role", "operator")]).await;
    assert_eq!(answer.header("location"), "/desk/staff?done=role", "{}", answer.body);
    assert_eq!(ama.get("/desk/staff").await.status, 200, "at once");
    assert_eq!(ama.post(&path("Yaw", "sessions"), &[]).await.header("location"), "/desk/staff?done=sessions");
    assert_eq!(yaw.get("/desk").await.status, 303);
    yaw.sign_in("Yaw", PASSWORD).await;

    assert_eq!(yaw.post(&path("Ama", "close"), &[]).await.header("location"), "/desk/staff?done=close");
    assert_eq!(ama.get("/desk").await.status, 303);
    assert_eq!(ama.sign_in("Ama", PASSWORD).await.status, 422);
    assert!(yaw.get("/desk/staff").await.body.contains("<span class=\"state warn\">closed</span>"));
    assert_eq!(yaw.post(&path("Ama", "link"), &[]).await.status, 404, "a closed account is opened first");
    assert_eq!(yaw.post(&path("Ama", "open"), &[]).await.header("location"), "/desk/staff?done=open");
    assert_eq!(ama.sign_in("Ama", PASSWORD).await.status, 303);
    let answer = yaw.post(&path("Ama", "link"), &[]).await;
    assert!(answer.status == 200 && answer.body.contains("/desk/invitation/"), "{}", answer.body);
    assert_eq!(yaw.post(&path("Ama", "nothing"), &[]).await.status, 404);
    assert_eq!(yaw.post("/desk/staff/99/close", &[]).await.status, 422);

    // Nobody shuts themselves out, nor everybody.
    for (act, fields, why) in [
        ("close", &[][..], "Your account can only be closed by another operator."),
        ("role", &[("role", "viewer")], "Your role can only be changed by another operator."),
        ("factors", &[], "Your own are removed at your account."),
    ] {
        let answer = yaw.post(&path("Yaw", act), fields).await;
        assert_eq!(answer.status, 422, "{act}");
        assert!(answer.body.contains(why), "{}", answer.body);
    }
    ama.sign_in("Ama", PASSWORD).await;
    assert_eq!(yaw.post(&path("Ama", "role"), &[("role", "editor")]).await.status, 303);
    let acts: Vec<String> = desk.record().into_iter().filter(|entry| entry.0 == "Yaw").map(|entry| entry.1).collect();
    for act in ["changed the role of", "closed the account of", "opened the account of", "invited"] {
        assert!(acts.iter().any(|done| done == act), "{act}: {acts:?}");
    }
}

#[tokio::test]
async fn the_record_is_paged_filtered_and_downloaded() {
    let desk = Desk::open().await;
    let mut yaw = desk.signed_in("Yaw", Role::Operator).await;
    let write = |db: &griot::store::Transaction<'_>| {
        (0..250).try_for_each(|number| {
            let (who, at) = (if number % 5 == 0 { "Ama & Co" } else { "Efua" }, noon() + TimeDelta::minutes(number));
            AuditEntry::add(db, who, "approved", &format!("weekly-brief/{number}"), "=1+1", at)
        })
    };
    desk.press.store().write(write).unwrap();
    let rows = |body: &str| body.matches("<tr><td>").count();
    let next = |body: &str| {
        let (before, _) = body.split_once("\">Older</a>")?;
        Some(before.rsplit_once("href=\"").unwrap().1.replace("&amp;", "&").replace("&#38;", "&"))
    };
    let (mut page, mut seen) = (yaw.get("/desk/audit").await, Vec::new());
    assert!(page.body.find("weekly-brief/249").unwrap() < page.body.find("weekly-brief/248").unwrap(), "newest first");
    loop {
        seen.push(rows(&page.body));
        let Some(older) = next(&page.body) else { break };
        page = yaw.get(&older).await;
    }
    assert_eq!(seen.iter().sum::<usize>(), desk.record().len());
    assert_eq!(seen[..2], [100, 100]);
    let ama = yaw.get("/desk/audit?who=Ama+%26+Co").await;
    assert_eq!(rows(&ama.body), 50, "{}", ama.body);
    assert!(ama.body.contains("<option selected>Ama &#38; Co</option>"), "{}", ama.body);
    let sheet = yaw.get("/desk/audit.csv?who=Ama+%26+Co").await;
    assert_eq!(sheet.header("content-type"), "text/csv; charset=utf-8");
    assert!(sheet.header("content-disposition").starts_with("attachment"));
    let lines: Vec<&str> = sheet.body.lines().collect();
    assert_eq!((lines.len(), lines[0]), (51, "at,who,action,subject,detail"));
    assert!(lines[1].ends_with(",Ama & Co,approved,weekly-brief/245,'=1+1"), "{}", lines[1]);
}
