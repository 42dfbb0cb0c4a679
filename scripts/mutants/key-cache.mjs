// Faults that the key cache's model must notice. Each puts one text, which occurs once in its file,
// in the place of another.

/**
 * @typedef {object} Mutant
 * @property {string} breaks what no longer holds
 * @property {string} file below `core/src/key_cache`
 * @property {string} find
 * @property {string} replace
 */

/** @type {(file: string) => (breaks: string, find: string, replace: string) => Mutant} */
const of = (file) => (breaks, find, replace) => ({ breaks, file, find, replace });

const table = of('table.rs');
const state = of('state.rs');
const flights = of('flights.rs');
const entry = of('entry.rs');
const waiting = of('waiting.rs');
const outcome = of('outcome.rs');
const snapshot = of('key_snapshot.rs');
const stored = of('stored.rs');

/** @type {Mutant[]} */
export const MUTANTS = [
  // The table.
  table(
    'no request within a back-off',
    'Some(retry_after) => Decision::Fail { retry_after },',
    'Some(_) => Decision::Fetch,',
  ),
  table(
    'fresh keys cause no request',
    'Age::Fresh => Decision::Serve,',
    'Age::Fresh => Decision::ServeAndRefresh,',
  ),
  table(
    'no refresh within a back-off',
    'Age::Aging | Age::Stale if backing_off.is_some() => Decision::Serve,',
    'Age::Aging | Age::Stale if backing_off.is_some() => Decision::ServeAndRefresh,',
  ),
  table(
    'stale keys serve during a back-off',
    'Age::Aging | Age::Stale if backing_off.is_some() => Decision::Serve,',
    'Age::Stale if backing_off.is_some() => fetch_or_fail,\n            Age::Aging if backing_off.is_some() => Decision::Serve,',
  ),
  table(
    'a refresh that died is made up for',
    'Age::Stale if refresh_died',
    'Age::Stale if false && refresh_died',
  ),
  table(
    'only past expiry does anybody wait for a refresh',
    'Age::Stale if refresh_died',
    'Age::Aging | Age::Stale if refresh_died',
  ),
  table(
    'keys are refreshed before they expire',
    'Age::Aging | Age::Stale => Decision::ServeAndRefresh,',
    'Age::Aging | Age::Stale => Decision::Serve,',
  ),
  table(
    'nobody waits for a refresh',
    'Age::Aging | Age::Stale => Decision::ServeAndRefresh,',
    'Age::Aging | Age::Stale => Decision::RefreshThenServe,',
  ),
  table(
    'no key serves past its grace time',
    'Age::Gone => fetch_or_fail,',
    'Age::Gone => Decision::Serve,',
  ),
  table(
    'a cold source backs off',
    'let Some(held) = set else { return fetch_or_fail };',
    'let Some(held) = set else { return Decision::Fetch };',
  ),
  table(
    'a foreign token causes no request',
    '(Presence::Foreign(cause), _, _) => Decision::ForeignIssuer(cause),',
    '(Presence::Foreign(_), _, _) => fetch_or_fail,',
  ),
  table(
    'unknown keys cool down',
    '(Presence::Missing, None, Some(retry_after)) => Decision::UnknownKey { retry_after },\n',
    '',
  ),
  table(
    'an outage is never an unknown key',
    '(Presence::Missing, None, Some(retry_after))',
    '(Presence::Missing, _, Some(retry_after))',
  ),
  table(
    'the refresh window begins in time',
    'if held.age < lifetime.mul_f64(held.refresh_share) {',
    'if held.age <= lifetime.mul_f64(held.refresh_share) {',
  ),
  table(
    'keys expire in time',
    '} else if held.age < lifetime {',
    '} else if held.age <= lifetime {',
  ),
  table(
    'the grace time ends in time',
    '} else if held.age < lifetime.saturating_add(policy.stale_if_error) {',
    '} else if held.age <= lifetime.saturating_add(policy.stale_if_error) {',
  ),
  table(
    'there is a grace time',
    '} else if held.age < lifetime.saturating_add(policy.stale_if_error) {',
    '} else if held.age < policy.stale_if_error {',
  ),
  table(
    'a server can shorten a lifetime',
    'max_age.min(server.max(SERVER_MAX_AGE_MIN))',
    'max_age',
  ),
  table(
    'a server never extends a lifetime that is set',
    'max_age.min(server.max(SERVER_MAX_AGE_MIN))',
    'server.max(SERVER_MAX_AGE_MIN)',
  ),
  table(
    'a server can ask for 30 seconds at the least',
    'max_age.min(server.max(SERVER_MAX_AGE_MIN))',
    'max_age.min(server)',
  ),
  table(
    'a server extends the default to an hour at the most',
    'server.clamp(SERVER_MAX_AGE_MIN, SERVER_MAX_AGE_MAX)',
    'server.max(SERVER_MAX_AGE_MIN)',
  ),
  table(
    'pauses end after 30 seconds',
    'saturating_mul(1 << doublings).min(BACK_OFF_MAX)',
    'saturating_mul(1 << doublings)',
  ),
  table(
    'pauses differ by chance',
    'mul_f64(fraction.clamp(0.0, 1.0));',
    'mul_f64(fraction.clamp(0.0, 0.0));',
  ),
  table(
    'refresh windows differ by chance',
    'mul_add(fraction.clamp(0.0, 1.0), REFRESH_FROM)',
    'mul_add(fraction.clamp(0.0, 0.0), REFRESH_FROM)',
  ),
  // What the entry remembers.
  state(
    'a pause is over at its end',
    'time.checked_sub(now.since(since)).filter(|left| !left.is_zero())',
    'time.checked_sub(now.since(since))',
  ),
  flights('a good response ends a row of failures', 'self.failure = None;\n', ''),
  flights('a good response makes up for a refresh that died', 'self.refresh_died = false;\n', ''),
  flights(
    'only requests for unknown keys start the cooldown',
    'if flight.purpose == Purpose::UnknownKey {\n',
    'if true {\n',
  ),
  flights(
    'requests for unknown keys start the cooldown',
    'if flight.purpose == Purpose::UnknownKey {\n',
    'if false {\n',
  ),
  flights(
    'the cooldown runs from the start of its request',
    'self.cooling_since = Some(flight.started_at);',
    'self.cooling_since = Some(now);',
  ),
  state(
    'a request is made for what its caller lacks',
    'Presence::Missing | Presence::Foreign(_) if self.set.is_some() => Purpose::UnknownKey,',
    'Presence::Missing | Presence::Foreign(_) if self.set.is_none() => Purpose::UnknownKey,',
  ),
  flights(
    'a request whose time is over is not joined',
    'take_if(|flight| flight.is_overdue(now)) else {',
    'take_if(|flight| flight.is_overdue(now) && false) else {',
  ),
  flights(
    'a response from before a standstill is not taken',
    'let response = if flight.is_overdue(now)',
    'let response = if flight.is_overdue(now) && false',
  ),
  flights(
    'a standstill starts no back-off',
    'if failed.stood_still {\n            return;\n        }\n',
    '',
  ),
  flights(
    'a refresh that died is remembered',
    'self.refresh_died = failed.stood_still && self.set.is_some();',
    'self.refresh_died = false;',
  ),
  flights(
    'a standstill is not remembered past the next failure',
    'self.refresh_died = failed.stood_still && self.set.is_some();',
    'self.refresh_died |= failed.stood_still && self.set.is_some();',
  ),
  flights(
    "a server's pause is 30 seconds at the most",
    'failed.retry_after.unwrap_or_default().min(table::BACK_OFF_MAX);',
    'failed.retry_after.unwrap_or_default();',
  ),
  flights(
    "a server's pause counts",
    'table::back_off(in_a_row, fraction).max(requested);',
    'table::back_off(in_a_row, fraction).max(requested.min(table::BACK_OFF_MIN));',
  ),
  flights(
    'pauses grow',
    'let in_a_row = before.saturating_add(1);',
    'let in_a_row = before.min(0).saturating_add(1);',
  ),
  flights(
    'a failure never replaces a good set',
    'let before = self.failure.as_ref().map_or(0, |failure| failure.in_a_row);',
    'self.set = None;\n        let before = self.failure.as_ref().map_or(0, |failure| failure.in_a_row);',
  ),
  flights(
    'a response replaces the set',
    'let before = self.set.replace(stored);',
    'let before = match self.set { Some(_) => None, None => self.set.replace(stored) };',
  ),
  flights(
    'nothing is unmodified without a tag',
    '(None, Some(set)) if set.etag.is_some() => {',
    '(None, Some(set)) => {',
  ),
  flights('an unmodified set keeps its lifetime', 'max_age.or(set.server_max_age))', 'max_age)'),
  state(
    'who leaves a wait has the keys that may serve',
    'self.served(&waiter.policy, now).ok_or(refusal)\n            }\n            Decision::Fetch',
    'Err(refusal)\n            }\n            Decision::Fetch',
  ),
  state(
    '1,024 callers wait',
    'flight.waiters.len() >= MAX_WAITERS',
    'flight.waiters.len() >= MAX_WAITERS - 1',
  ),
  state(
    '1,024 callers wait, and no more',
    'flight.waiters.len() >= MAX_WAITERS',
    'flight.waiters.len() > MAX_WAITERS',
  ),
  state(
    'an entry with a request under way does not rest',
    'self.flight.is_none()\n            && ',
    '',
  ),
  state(
    'an entry that cools down does not rest',
    '&& !self.cooling_since.is_some_and(cools_down)\n',
    '&& (true || !self.cooling_since.is_some_and(cools_down))\n',
  ),
  state(
    'an entry that backs off does not rest',
    '&& !self.failure.as_ref().is_some_and(backs_off)\n',
    '&& (true || !self.failure.as_ref().is_some_and(backs_off))\n',
  ),
  flights(
    'failures are counted',
    'self.counters.fetch_failures.saturating_add(1)',
    'self.counters.fetch_failures.saturating_add(0)',
  ),
  state(
    'unknown keys are counted',
    'u64::from(self.set.is_some() && key != Presence::Present)',
    'u64::from(key != Presence::Present)',
  ),
  state(
    'whoever waits for a foreign key is known for it',
    '(false, Err(cause)) => Presence::Foreign(cause),',
    '(false, Err(_)) => Presence::Missing,',
  ),
  // The entry.
  entry(
    'only one request is made at a time',
    'if let Some(flight) = &mut state.flight {\n            return Launch',
    'if let Some(flight) = state.flight.as_mut().filter(|_| false) {\n            return Launch',
  ),
  entry(
    'a more patient caller prolongs the request',
    'Launch { flight: None, alarm: flight.extend(timeout, now) }',
    'Launch { flight: None, alarm: flight.extend(timeout.min(Duration::ZERO), now) }',
  ),
  entry(
    'a lookup ends a request whose time is over',
    'let orphans = state.end_overdue(now);\n        let key = ',
    'let orphans = Vec::new();\n        let key = ',
  ),
  entry(
    'a wait ends a request whose time is over',
    'let orphans = state.end_overdue(now);\n        let waiter = ',
    'let orphans = Vec::new();\n        let waiter = ',
  ),
  entry(
    "a dead request's callers are settled by a lookup",
    'self.launch(launch.unwrap_or_default());\n        self.admit_all(orphans, now);',
    'self.launch(launch.unwrap_or_default());\n        drop(orphans);',
  ),
  entry(
    "a dead request's callers are settled by a wait",
    'self.admit(state, waiter, now);\n        self.admit_all(orphans, now);',
    'self.admit(state, waiter, now);\n        drop(orphans);',
  ),
  entry(
    'a request that was ended lands in vain',
    'take_if(|flight| flight.number == number)',
    'take_if(|flight| flight.number > 0)',
  ),
  entry(
    'a final no comes from a request that began after the call',
    'Some(keys) if waiter.is_answered_by(keys, number) => {',
    'Some(keys) if number > 0 => {',
  ),
  entry(
    'a response is for whom it was made',
    'Some(keys) if waiter.is_answered_by(keys, number) => {',
    'Some(keys) if waiter.is_answered_by(keys, 0) => {',
  ),
  entry(
    'a wait knows the requests before it',
    '(state.last_flight, now));',
    '(state.last_flight.saturating_sub(1), now));',
  ),
  entry(
    'an alarm is set for who waits',
    'launch.alarm = flight.alarm_for(waiter.deadline, now).or(launch.alarm);\n',
    '',
  ),
  entry('the next alarm is set', 'let alarm = flight.next_alarm(now);', 'let alarm = None;'),
  entry(
    'a request that is dropped leaves nobody waiting',
    'fn drop(&mut self) {\n        if let Some(entry) = self.entry.take() {',
    'fn drop(&mut self) {\n        if let Some(entry) = self.entry.take().filter(|_| false) {',
  ),
  entry(
    'a wait reads the clock under the lock',
    'let mut state = lock(&self.state);\n        // The clock is read while the lock is held. So no flight has started since, and a caller\n        // who allows as much time as the flight has never leaves before it ends.\n        let now = self.clock.now();',
    'let now = self.clock.now();\n        let mut state = lock(&self.state);',
  ),
  entry(
    'a landing reads the clock under the lock',
    'let mut state = lock(&self.state);\n        // Read while the lock is held: whoever asks after this moment sees what the flight brought.\n        let now = self.clock.now();',
    'let now = self.clock.now();\n        let mut state = lock(&self.state);',
  ),
  entry(
    'stale keys that a wait ends with are counted',
    'state.count_serve(&waiter.policy, now);\n                Ok(served)',
    'Ok(served)',
  ),
  // A request under way.
  waiting('a request is late by 100 ms', 'deadline().saturating_add(OVERDUE)', 'deadline()'),
  waiting(
    'a request that is 100 ms late is over',
    'now.monotonic >= self.deadline().saturating_add(OVERDUE)',
    'now.monotonic > self.deadline().saturating_add(OVERDUE)',
  ),
  waiting(
    'a suspended machine ends a request',
    '|| wall >= self.timeout.saturating_add(SUSPENDED)',
    '|| (false && wall >= self.timeout.saturating_add(SUSPENDED))',
  ),
  waiting(
    'a suspended machine ends it after 5 seconds',
    'wall >= self.timeout.saturating_add(SUSPENDED)',
    'wall > self.timeout.saturating_add(SUSPENDED)',
  ),
  waiting(
    'a request lives as long as its callers allow',
    'self.timeout = timeout;\n        self.next_alarm',
    'self.next_alarm',
  ),
  waiting(
    'who is due leaves',
    'waiter.deadline <= now.monotonic',
    'waiter.deadline < now.monotonic',
  ),
  waiting(
    'who is not due stays',
    'waiter.deadline <= now.monotonic',
    'true || waiter.deadline <= now.monotonic',
  ),
  waiting(
    'an earlier alarm is set',
    'self.alarm.is_some_and(|alarm| alarm <= deadline)',
    'self.alarm.is_some()',
  ),
  waiting(
    'an alarm that rang is set again',
    'self.alarm = None;\n        let (leaving',
    'let (leaving',
  ),
  waiting(
    'who extends a request sets alarms for the others',
    'self.timeout = timeout;\n        self.next_alarm(now)',
    'self.timeout = timeout;\n        self.next_alarm(now).filter(|_| false)',
  ),
  waiting(
    'a request from before a call gives no final no',
    'flight > self.last_flight',
    'flight >= self.last_flight',
  ),
  waiting(
    'a wait ends with the time of its caller',
    'let deadline = now.monotonic.saturating_add(policy.timeout);',
    'let deadline = now.monotonic.saturating_add(policy.timeout.saturating_mul(2));',
  ),
  // What a decision means.
  outcome(
    'nobody waits past their time',
    'if waiter.deadline <= now.monotonic {',
    'if false && waiter.deadline <= now.monotonic {',
  ),
  outcome(
    'a call that cannot wait starts the fetch that would help',
    '(Lookup::Refused(refusal), Some(purpose))',
    '(Lookup::Refused(refusal), Some(purpose).filter(|_| false))',
  ),
  outcome(
    'a call that cannot wait has the stale keys',
    '(Decision::ServeAndRefresh, _) | (Decision::RefreshThenServe, Patience::CannotWait) => {\n            (serve(key), Some(Purpose::Renewal))',
    '(Decision::ServeAndRefresh, _) | (Decision::RefreshThenServe, Patience::CannotWait) => {\n            (serve(key), Some(Purpose::UnknownKey))',
  ),
  outcome(
    'one too many asks again after 250 ms at the least',
    'state.crowded(now)?.max(BACK_OFF_MIN);',
    'state.crowded(now)?;',
  ),
  // Snapshots, and what is told.
  state(
    'a snapshot never replaces keys that were fetched',
    'set.snapshot_from().is_some_and(|from| from < fetched_at);',
    'set.snapshot_from().is_none_or(|from| from < fetched_at);',
  ),
  state(
    'of two snapshots the younger counts',
    'set.snapshot_from().is_some_and(|from| from < fetched_at);',
    'set.snapshot_from().is_some_and(|from| from > fetched_at);',
  ),
  state(
    'the age of a snapshot counts',
    'snapshot_age: Some(age),',
    'snapshot_age: Some(age.saturating_sub(age)),',
  ),
  state(
    'stale keys that a wait ends with too late are counted',
    'self.count_serve(&waiter.policy, now);\n                self.served',
    'self.served',
  ),
  state(
    'stale keys are told of once between two requests',
    'if !self.stale_serve_told && self.scribe.is_open() {',
    'if self.scribe.is_open() {',
  ),
  snapshot(
    'a snapshot past its grace time is ignored',
    'if age >= policy.lifetime(None)',
    'if age > policy.lifetime(None)',
  ),
  snapshot(
    'a snapshot of other keys is ignored',
    'if document.jwks_url != url {',
    'if document.jwks_url.is_empty() && document.jwks_url != url {',
  ),
  snapshot(
    'a snapshot from the future is ignored',
    'now.wall.checked_sub(fetched_at).ok_or(SnapshotFault::Future)?',
    'now.wall.saturating_sub(fetched_at)',
  ),
  snapshot(
    'a damaged snapshot is ignored',
    '&& document.sha256 == hash)',
    '&& document.sha256.len() == hash.len())',
  ),
  stored(
    'keys of a snapshot go on aging',
    'now.since(self.since).saturating_add(self.snapshot_age.unwrap_or_default())',
    'self.snapshot_age.unwrap_or_else(|| now.since(self.since))',
  ),
  stored(
    'a snapshot that is written makes no key younger',
    'if recorded <= by_age.saturating_add(CLOCK_DRIFT) { recorded } else { by_age }',
    'recorded.max(by_age)',
  ),
  // Time.
  of('source.rs')(
    'keys age while the machine is suspended',
    'monotonic.max(self.wall.saturating_sub(earlier.wall))',
    'monotonic.max(self.wall.saturating_sub(self.wall.max(earlier.wall)))',
  ),
  of('source.rs')(
    'a wall clock that is set back makes no key younger',
    'monotonic.max(self.wall.saturating_sub(earlier.wall))',
    'monotonic.min(self.wall.saturating_sub(earlier.wall))',
  ),
  of('refusal.rs')(
    'whoever cannot wait asks again after a second',
    'RETRY_AFTER_BACKGROUND_FETCH: Duration = Duration::from_secs(1)',
    'RETRY_AFTER_BACKGROUND_FETCH: Duration = Duration::from_secs(2)',
  ),
];
