//! The desk: where editors make the brief and operators see that all is well, at `/desk`, over HTTP.
//!
//! Owns: its routes with the role each needs ([`routes`]), sessions' cookies, what a page says, and what protects it
//! (rule W): nothing is changed by a request from another site, every answer forbids framing, scripts are our own. Leaves
//! out: what the pages set in motion, which `publishing` and the store do, and who may sign in, which `staff` knows.
//!
//! Every page works without scripts, but for dragging and live numbers. With them, htmx sends the same forms and takes the
//! part it needs out of the same pages, so there is one way to answer.
//!
//! **To add a page**: a file with its handlers and its Askama struct, a template in `templates/desk`, its line in
//! `routes` with the least role that may see it.

mod account;
mod agent;
mod assets;
mod audience;
mod audit;
mod edition;
mod events;
mod failure;
mod feeds;
mod frame;
mod guard;
mod invitation;
mod limits;
mod nodes;
mod passkeys;
mod readers;
mod results;
mod room;
mod second_factor;
mod settings;
mod sign_in;
mod sponsors;
mod staff;
mod stories;
mod table;
mod today;
mod tokens;
mod upload;
mod webhooks;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};

use crate::delivery::Stop;
use crate::publishing::Press;
use crate::store::Role::{Editor, Operator, Viewer};
use room::Room;
use table::Table;

pub use table::Known;

/// Bytes of the largest form that is read: an intro, and a story's texts.
const LARGEST_BODY: usize = 128 * 1024;

/// Every page of the desk, protected. Pages that stay open end when `stop` is asked for.
pub fn router(press: Press, stop: Stop) -> Router {
    let room = Room::new(press, stop);
    pages(&room)
        .router
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(room.clone(), guard::protect))
        .with_state(room)
}

/// Every route with the least role that may take it; `None` where nobody needs to be signed in.
pub fn routes(press: Press) -> Vec<Known> {
    pages(&Room::new(press, Stop::new().1)).known
}

fn pages(room: &Room) -> Table {
    Table::new(room)
        .open("/desk/sign-in", sign_in::show)
        .open_post("/desk/sign-in", sign_in::sign_in)
        .open_post("/desk/sign-in/code", sign_in::enter_code)
        .open_post("/desk/sign-in/passkey/begin", passkeys::begin_signing_in)
        .open_post("/desk/sign-in/passkey", passkeys::sign_in)
        .open("/desk/invitation/{token}", invitation::show)
        .open_post("/desk/invitation/{token}", invitation::accept)
        .open("/desk/asset/{name}", assets::show)
        .open("/desk/{*other}", failure::no_such_page)
        .get(Viewer, "/desk", today::show)
        .post(Viewer, "/desk/sign-out", sign_in::sign_out)
        .get(Viewer, "/desk/account", account::show)
        .post(Viewer, "/desk/account/password", account::change_password)
        .post(Viewer, "/desk/account/email", account::change_email)
        .post(Viewer, "/desk/account/sessions", account::end_session)
        .get(Viewer, "/desk/account/code", second_factor::show)
        .post(Viewer, "/desk/account/code", second_factor::set_up)
        .post(Viewer, "/desk/account/code/recovery", second_factor::renew_recovery_codes)
        .post(Viewer, "/desk/account/code/remove", second_factor::remove)
        .post(Viewer, "/desk/account/passkeys/begin", passkeys::begin_adding)
        .post(Viewer, "/desk/account/passkeys", passkeys::add)
        .post(Viewer, "/desk/account/passkeys/remove", passkeys::remove)
        .get(Operator, "/desk/staff", staff::show)
        .post(Operator, "/desk/staff", staff::invite)
        .post(Operator, "/desk/staff/{member}/role", staff::change_role)
        .post(Operator, "/desk/staff/{member}/{act}", staff::act)
        .get(Operator, "/desk/tokens", tokens::show)
        .post(Operator, "/desk/tokens", tokens::add)
        .post(Operator, "/desk/tokens/{id}/revoke", tokens::revoke)
        .get(Operator, "/desk/audit", audit::show)
        .get(Operator, "/desk/audit.csv", audit::download)
        .post(Editor, "/desk/newsletters/{newsletter}/draft", edition::draft)
        .get(Editor, "/desk/newsletters/{newsletter}/sponsors", sponsors::show)
        .post(Editor, "/desk/newsletters/{newsletter}/sponsors", sponsors::add)
        .post(Editor, "/desk/newsletters/{newsletter}/sponsors/{id}/remove", sponsors::remove)
        .get(Viewer, "/desk/editions/{newsletter}/{number}", edition::show)
        .get(Viewer, "/desk/editions/{newsletter}/{number}/preview", edition::preview)
        .post(Editor, "/desk/editions/{newsletter}/{number}/change", edition::change)
        .post(Editor, "/desk/editions/{newsletter}/{number}/words", edition::edit_words)
        .post(Editor, "/desk/editions/{newsletter}/{number}/undo", edition::undo)
        .post(Editor, "/desk/editions/{newsletter}/{number}/stories/{story}", edition::edit_story)
        .post_file(
            Editor,
            "/desk/editions/{newsletter}/{number}/stories/{story}/picture",
            upload::LARGEST_FILE,
            edition::take_picture,
        )
        .post(Editor, "/desk/editions/{newsletter}/{number}/test", edition::send_test)
        .post(Editor, "/desk/editions/{newsletter}/{number}/links", edition::look_at_links)
        .get(Editor, "/desk/editions/{newsletter}/{number}/{step}", edition::ask_step)
        .post(Editor, "/desk/editions/{newsletter}/{number}/{step}", edition::take_step)
        .get(Viewer, "/desk/editions/{newsletter}/{number}/live", edition::live)
        .get(Operator, "/desk/readers", readers::list)
        .get(Operator, "/desk/readers/add", readers::ask_add)
        .post(Operator, "/desk/readers/add", readers::add)
        .get(Operator, "/desk/readers/export", readers::export)
        .get(Operator, "/desk/readers/import", readers::ask_file)
        .post_file(Operator, "/desk/readers/import", upload::LARGEST_FILE, readers::take_file)
        .get(Operator, "/desk/readers/import/{digest}", readers::foresee)
        .post(Operator, "/desk/readers/import/{digest}", readers::import)
        .get(Operator, "/desk/readers/import/{digest}/rows", readers::foreseen_rows)
        .get(Operator, "/desk/readers/{id}", readers::show)
        .get(Operator, "/desk/readers/{id}/data", readers::data)
        .get(Operator, "/desk/readers/{id}/erase", readers::ask_erase)
        .post(Operator, "/desk/readers/{id}/erase", readers::erase)
        .post(Operator, "/desk/readers/{id}/{act}", readers::act)
        .get(Viewer, "/desk/editions/{newsletter}/{number}/results", results::edition)
        .get(Viewer, "/desk/editions/{newsletter}/{number}/results/map", results::click_map)
        .get(Viewer, "/desk/editions/{newsletter}/{number}/results/{table}", results::edition_csv)
        .get(Viewer, "/desk/results", results::list)
        .get(Viewer, "/desk/newsletters/{newsletter}", results::newsletter)
        .get(Viewer, "/desk/newsletters/{newsletter}/results/{table}", results::newsletter_csv)
        .get(Viewer, "/desk/stories", stories::list)
        .get(Editor, "/desk/stories/add", stories::ask_add)
        .post(Editor, "/desk/stories/add", stories::add)
        .post(Editor, "/desk/stories/look", stories::look)
        .get(Viewer, "/desk/stories/{id}", stories::show)
        .post(Editor, "/desk/stories/{id}/edit", stories::edit)
        .post(Editor, "/desk/stories/{id}/decide", stories::decide)
        .get(Viewer, "/desk/events", events::list)
        .post(Editor, "/desk/events", events::add)
        .post(Editor, "/desk/events/remove", events::remove)
        .post_file(Editor, "/desk/events/import", crate::calendar::MAX_SIZE, events::import)
        .get(Viewer, "/desk/feeds", feeds::list)
        .post(Editor, "/desk/feeds/look", feeds::look)
        .post(Editor, "/desk/feeds/poll", feeds::poll)
        .get(Viewer, "/desk/settings", settings::show)
        .get(Operator, "/desk/nodes", nodes::show)
        .get(Operator, "/desk/webhooks", webhooks::show)
        .post(Operator, "/desk/webhooks/{id}/test", webhooks::test)
        .post(Operator, "/desk/webhooks/{id}/retry", webhooks::retry)
}
