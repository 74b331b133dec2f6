//! The pages of the desk as those who work there see them: served over HTTP, in Chromium (rules H and W).

use std::fs;
use std::path::Path;

use crate::support::desk::{Desk, PASSWORD};
use crate::support::lint::lint;
use griot::store::{Member, Role};
use serde_json::{Value, json};

struct Steps(Vec<Value>);

impl Steps {
    fn add(&mut self, desk: &Desk, name: &str, path: &str, status: u16, more: Value) {
        let mut step = json!({ "name": name, "url": desk.press.config().web.link(path), "status": status });
        step.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.0.push(step);
    }

    /// From here on the browser is somebody's, without one more try to sign in.
    fn become_one(&mut self, desk: &Desk, name: &str) {
        let secret = &desk.browser_of(name).cookies[desk.cookie()];
        let edit = format!("document.cookie = '{}={secret}; path=/'", desk.cookie());
        self.add(desk, &format!("sign-in-{name}"), "/desk/sign-in", 200, json!({ "edit": edit }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h_and_w_chromium_and_axe_find_nothing_at_the_desk() {
    let desk = Desk::open_here().await;
    for (name, role) in [("Ama", Role::Viewer), ("Yaw", Role::Operator)] {
        desk.signed_in(name, role).await;
    }
    let with_code = |db: &rusqlite::Transaction<'_>| {
        let yaw = Member::named(db, "Yaw")?.unwrap();
        Member::set_totp(db, yaw.id, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 0)
    };
    desk.press.store().write(with_code).unwrap();
    let mut steps = Steps(Vec::new());
    let wrong = json!({ "fill": { "#name": "Ama", "#password": "a wrong one" }, "press": "Sign in" });
    let half = json!({ "fill": { "#name": "Yaw", "#password": PASSWORD }, "press": "Sign in" });
    steps.add(&desk, "sign-in", "/desk/sign-in", 200, Value::Null);
    steps.add(&desk, "sign-in-refused", "/desk/sign-in", 422, wrong);
    steps.add(&desk, "sign-in-code", "/desk/sign-in", 200, half);
    steps.add(&desk, "invitation", &desk.invite("Esi", Role::Editor), 200, Value::Null);
    steps.add(&desk, "invitation-used", "/desk/invitation/x", 409, Value::Null);
    steps.add(&desk, "no-page", "/desk/nowhere", 404, Value::Null);

    steps.become_one(&desk, "Ama");
    let weak = json!({ "fill": { "#present": PASSWORD, "#password": "ama ama ama ama" }, "press": "Change it" });
    steps.add(&desk, "account", "/desk/account", 200, Value::Null);
    steps.add(&desk, "account-refused", "/desk/account", 422, weak);
    steps.add(&desk, "code", "/desk/account/code", 200, Value::Null);
    steps.add(&desk, "not-theirs", "/desk/staff", 403, Value::Null);

    steps.become_one(&desk, "Yaw");
    let renew = json!({ "fill": { "#code-present": PASSWORD }, "press": "New recovery codes" });
    let taken = json!({ "fill": { "#name": "Ama" }, "press": "Make a link" });
    let invited = json!({ "fill": { "#name": "Kofi {view}" }, "press": "Make a link" });
    steps.add(&desk, "account-with-code", "/desk/account", 200, Value::Null);
    steps.add(&desk, "recovery-codes", "/desk/account", 200, renew);
    steps.add(&desk, "staff-refused", "/desk/staff", 422, taken);
    steps.add(&desk, "invited", "/desk/staff", 200, invited);
    steps.add(&desk, "staff", "/desk/staff", 200, Value::Null);
    steps.add(&desk, "record", "/desk/audit?who=Yaw", 200, Value::Null);

    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("desk");
    fs::create_dir_all(&pictures).unwrap();
    let steps = Value::Array(steps.0).to_string();
    tokio::task::spawn_blocking(move || lint("web.mjs", &[steps.as_ref(), pictures.as_os_str()])).await.unwrap();
}
