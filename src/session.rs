//! Sealed sessions, opened for JavaScript, which then has the access token verified.

use napi::bindgen_prelude::Either;
use napi_derive::napi;
use verify_workos_token_core::error::{Refusal, SessionFault};
use verify_workos_token_core::session::Opened;
use verify_workos_token_core::verifier::Refused;

use crate::outcome::RefusalRecord;

/// A session that was opened.
#[napi(object, object_from_js = false)]
pub struct OpenedRecord {
    /// The access token, which has not been checked yet.
    pub access_token: String,
    /// The `id` of the sealed user, if there is one.
    pub user_id: Option<String>,
    /// `[user, impersonator, authenticationMethod]` as a text for JavaScript.
    pub details: String,
}

/// What opening a session results in.
pub(crate) type OpenedOutcome = Either<OpenedRecord, RefusalRecord>;

/// The result as JavaScript gets it.
pub(crate) fn outcome(opened: Result<Opened, SessionFault>) -> OpenedOutcome {
    match opened {
        Ok(Opened { access_token, user_id, details, .. }) => {
            Either::A(OpenedRecord { access_token, user_id, details })
        }
        Err(fault) => Either::B(refusal(fault)),
    }
}

/// The fault as JavaScript gets it.
pub(crate) fn refusal(fault: SessionFault) -> RefusalRecord {
    Refused::from(Refusal::Session(fault)).into()
}
