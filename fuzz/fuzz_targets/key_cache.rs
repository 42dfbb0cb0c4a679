//! The key cache under calls, responses, failures, passing time, standstills and snapshots. The oracle
//! is in `src/cache`: no refusal while a key may serve, nothing accepted that was withdrawn or is past
//! its grace time, one request at a time and none within a pause, and every call ends once and in time.

#![no_main]

use libfuzzer_sys::fuzz_target;
use verify_workos_token_fuzz::cache::play;

fuzz_target!(|events: &[u8]| play(events));
