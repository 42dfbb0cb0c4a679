//! Explanations of sealed sessions: first whether the seal could be opened, then everything about the
//! access token in it, and last whether the sealed user is the token's.
//!
//! Nothing of a session is shown but its access token's claims and the `id` of its user: neither the
//! refresh token, nor what else was sealed about the user, nor the password.

use serde_json::Value;

use crate::error::{Malformed, Refusal, SessionFault};
use crate::explain::parts::Parts;
use crate::explain::shown::Shown;
use crate::explain::{Check, Explanation, Outcome};
use crate::session::{Opened, check_user};
use crate::verifier::{Refused, Verifier};

const SEAL: &str = "seal";
const USER: &str = "user";

/// For whoever has passed a session in place of a token, or explains why that was refused.
const IS_A_SESSION: &str = "the value is a sealed session: `verifyWorkosSession` opens it, and `verifyWorkosToken` refuses it";

const NO_PASSWORD: &str = "there is no cookie password to open the session with";
const NOT_OPENED: &str = "the session could not be opened";
const NO_SUBJECT: &str = "the token's sub can't be read";

impl Verifier {
    /// Explains a session that could not be opened, because of this fault or, if there is none, for
    /// want of a password.
    #[must_use]
    pub fn explain_unopened(&self, fault: Option<SessionFault>, now: f64) -> Explanation {
        let mut explanation = self.explain_malformed(Malformed::Empty, now);
        for check in &mut explanation.checks {
            check.outcome = Outcome::NotMade(NOT_OPENED);
        }
        let refused = fault.map(|fault| Refused::from(Refusal::Session(fault)));
        let outcome = refused.as_ref().map_or(Outcome::NotMade(NO_PASSWORD), failed);
        explanation.refusal = refused;
        explanation.remarks.insert(0, IS_A_SESSION.to_owned());
        explanation.checks.insert(0, check(SEAL, outcome));
        explanation.checks.push(check(USER, Outcome::NotMade(NOT_OPENED)));
        explanation
    }
}

impl Explanation {
    /// Makes the explanation of an access token that of the session which holds it.
    #[must_use]
    pub fn of_session(mut self, opened: &Opened) -> Self {
        self.checks.insert(0, check(SEAL, Outcome::Passed));
        self.remarks.insert(0, IS_A_SESSION.to_owned());
        if opened.has_user {
            self.add_user(opened);
        }
        self
    }

    /// The token's refusal comes first, as when the session is verified.
    fn add_user(&mut self, Opened { access_token, user_id, .. }: &Opened) {
        let parts = Parts::of(access_token);
        let payload = parts.payload();
        let subject = payload.as_ref().and_then(|payload| payload.get("sub")?.as_str());
        let Some(subject) = subject else {
            return self.checks.push(check(USER, Outcome::NotMade(NO_SUBJECT)));
        };
        let refused = check_user(user_id.as_deref(), subject)
            .err()
            .map(|fault| Refused::from(Refusal::Session(fault)));
        let outcome = refused.as_ref().map_or(Outcome::Passed, failed);
        if self.refusal.is_none() {
            self.refusal = refused;
        }
        let mut shown = Shown::without(access_token);
        let mut show = |text: &str| shown.value(&Value::from(text));
        let (expected, actual) = (Some(show(subject)), user_id.as_deref().map(show));
        self.checks.push(Check { expected, actual, ..check(USER, outcome) });
    }
}

fn check(name: &'static str, outcome: Outcome) -> Check {
    Check { name, outcome, expected: None, actual: None }
}

fn failed(refused: &Refused) -> Outcome {
    Outcome::Failed { message: refused.refusal.message(), hint: refused.cause().hint }
}
