//! Several verifiers for one stream of tokens, each with a policy, keys and an audience of its own.
//!
//! A token is accepted if one entry accepts it whole. It is parsed once, for all of them. Its
//! unverified `iss` decides which entries are asked, and nothing else: each of these then makes
//! checks 2 to 5 with what is its own, in order, until one accepts the token. If none does, the
//! refusal of the entry in which it came furthest is told ([`progress`]).
//!
//! A verifier alone is one entry that is asked for every token.
//!
//! `several` is what the entries share, `asking` asks them, and `waiting` is a token that waits.
//!
//! # What a wait resumes
//!
//! An entry that needs a key which a fetch may bring stops the round: [`Step::Wait`] has the token as
//! it was read ([`Pending`](crate::verifier::Pending)), the entry, those after it, and the refusal so far.
//! [`Entries::wait_for`] waits for that entry's keys alone and hands all of it back as [`Awaited`],
//! which goes on with that entry, whether its keys came or not, and then with the next. That one may
//! have to wait too. So that endpoints which don't respond don't add up, the entries after the one
//! that waits begin to fetch when it has waited for a while ([`head_start`]).

mod asking;
mod gathering;
mod head_start;
pub(crate) mod progress;
mod round;
mod several;
mod waiting;

pub(crate) use head_start::{Later, Wait};
pub use several::{Accepted, Entries, Verdict};
pub use waiting::{Awaited, Step, Waiting};
