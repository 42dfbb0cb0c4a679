//! One episode: callers, a server and time, whose every step is chance.

use std::thread;
use std::time::Duration;

use verify_workos_token_core::key_cache::table::CachePolicy;
use verify_workos_token_core::key_cache::{MAX_WAITERS, SnapshotFault};

use super::baton::Baton;
use super::cast::Cast;
use super::chance::Chance;
use super::history::{Ask, History, KIDS, PUBLISHED_KIDS, Response, SIGNERS, Token};
use super::rules::lifetime;
use super::server::Server;
use super::world::World;

const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_nanos(1);

/// How many threads take part where several do: the last two are the server and time.
const THREADS: usize = 5;

/// What one thread does by chance.
struct Actor<'cast> {
    cast: &'cast Cast,
    policies: &'cast [CachePolicy],
    server: &'cast Server,
    /// Whether the process and the machine stand still now and then.
    stands_still: bool,
    chance: Chance,
}

/// One deed after another, on one thread.
pub(super) fn sequential(seed: u64) -> History {
    let mut chance = Chance::new(seed);
    let (policies, server) = (policies(&mut chance), Server::new(&mut chance));
    let stands_still = chance.happens(50);
    let cast = Cast::new(World::new(seed, None), &policies);
    let steps = 40 + chance.below(120);
    let is_crowded = chance.happens(1);
    let mut actor =
        Actor { cast: &cast, policies: &policies, server: &server, stands_still, chance };
    while actor.chance.happens(30) {
        actor.give();
    }
    for _ in 0..steps {
        actor.step();
    }
    if is_crowded {
        actor.crowd();
    }
    actor.drain();
    cast.into_history()
}

/// Several threads, of which one at a time runs.
pub(super) fn interleaved(seed: u64) -> History {
    let mut chance = Chance::new(seed);
    let (policies, server) = (policies(&mut chance), Server::new(&mut chance));
    let stands_still = chance.happens(30);
    let baton = Baton::new(THREADS, seed);
    let cast = Cast::new(World::new(seed, Some(baton)), &policies);
    let actor = |number: u64| {
        let chance = Chance::new(seed ^ (number + 1).wrapping_mul(0x9e37_79b9));
        Actor { cast: &cast, policies: &policies, server: &server, stands_still, chance }
    };
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (world, mut actor) = (&cast.world, actor(u64::try_from(number).unwrap()));
            scope.spawn(move || world.run(number, || actor.act(number)));
        }
    });
    actor(u64::try_from(THREADS).unwrap()).drain();
    cast.into_history()
}

/// The policies of an episode's callers.
fn policies(chance: &mut Chance) -> Vec<CachePolicy> {
    let seconds = |chance: &mut Chance, times: &[u64]| Duration::from_secs(chance.pick(times));
    let policy = |chance: &mut Chance| CachePolicy {
        max_age: chance.happens(60).then(|| seconds(chance, &[1, 30, 31, 60, 600, 86_400])),
        stale_if_error: seconds(chance, &[0, 1, 60, 3_600]),
        cooldown: seconds(chance, &[1, 10, 300]),
        timeout: chance.pick(&[SECOND / 10, SECOND, SECOND * 5, SECOND * 30]),
    };
    let first = policy(chance);
    let others: Vec<_> = (0..chance.below(3)).map(|_| policy(chance)).collect();
    [vec![first], others].concat()
}

impl Actor<'_> {
    /// One of several threads.
    fn act(&mut self, number: usize) {
        for _ in 0..20 {
            match THREADS - number {
                1 => self.let_time_pass(),
                2 => self.serve(),
                _ => self.ask(),
            }
        }
    }

    fn step(&mut self) {
        match self.chance.weigh(&[50, 24, 21, 4, 1]) {
            0 => self.ask(),
            1 => self.serve(),
            2 => self.let_time_pass(),
            3 => self.look(),
            _ => self.give(),
        }
    }

    /// Somebody has a snapshot from another process.
    fn give(&mut self) {
        let caller = self.chance.below(self.policies.len());
        let policy = &self.policies[caller];
        let keys = Server::rotate(self.cast.world.published(), &mut self.chance);
        let (fresh, millisecond) = (lifetime(policy, None), SECOND / 1_000);
        let gone = fresh + policy.stale_if_error;
        let age = match self.chance.weigh(&[4, 2, 2, 1]) {
            0 => self.chance.time(gone),
            1 => self.chance.pick(&[fresh, gone]),
            2 => self.chance.pick(&[fresh, gone]).saturating_sub(millisecond),
            _ => Duration::ZERO,
        };
        let ahead = if self.chance.happens(10) { millisecond } else { Duration::ZERO };
        let faults = [SnapshotFault::Damaged, SnapshotFault::Foreign];
        let fault = self.chance.happens(10).then(|| self.chance.pick(&faults));
        self.cast.give(keys, (age, ahead), fault, caller);
        let left = [fresh.mul_f64(0.8), fresh.mul_f64(0.9), fresh, gone];
        self.cast.world.mark_after(left.map(|mark| mark.saturating_sub(age)));
    }

    fn ask(&mut self) {
        let caller = self.chance.below(self.policies.len());
        let ask = match self.chance.weigh(&[80, 12, 8]) {
            0 => Ask::Token { token: self.token(), can_wait: true },
            1 => Ask::Token { token: self.token(), can_wait: false },
            _ => Ask::Ready,
        };
        let CachePolicy { timeout, cooldown, .. } = self.policies[caller];
        let late = SECOND / 10;
        self.cast.world.mark_after([timeout, timeout + late, timeout + SECOND * 5, cooldown]);
        self.cast.call(ask, caller);
    }

    fn token(&mut self) -> Token {
        let chance = &mut self.chance;
        let published = self.cast.world.published();
        let kid = match chance.happens(70) {
            true => (0..PUBLISHED_KIDS).find(|kid| published[*kid].is_some()).unwrap_or(0),
            false => chance.below(KIDS),
        };
        let current = published.get(kid).copied().flatten();
        let signer = current.filter(|_| chance.happens(80));
        let signer = signer.unwrap_or_else(|| chance.below(SIGNERS));
        Token { kid, signer, foreign: chance.happens(10) }
    }

    /// Keys rotate, the server speaks, or what it said arrives.
    fn serve(&mut self) {
        let world = &self.cast.world;
        let requests = world.under_way();
        if requests.is_empty() || self.chance.happens(15) {
            return world.publish(Server::rotate(world.published(), &mut self.chance));
        }
        let request = self.chance.pick(&requests);
        let said = world.response(request);
        if said.is_none() && self.chance.happens(30) {
            let response = self.speak(request);
            return world.request(request, |request| request.response = Some(response));
        }
        let response = said.unwrap_or_else(|| self.speak(request));
        if let Some(held) = world.take(request) {
            self.land_and_mark(held, response);
        }
    }

    fn speak(&mut self, request: usize) -> Response {
        let world = &self.cast.world;
        let tag = world.request(request, |request| request.tag.clone());
        self.server.speak(world.published(), tag.as_deref(), &mut self.chance)
    }

    fn land_and_mark(&mut self, held: super::world::Held, response: Response) {
        let max_age = match &response {
            Response::Set { max_age, .. } | Response::Unmodified { max_age } => *max_age,
            Response::NoKeys | Response::Failed(_) | Response::Dropped => None,
        };
        for policy in self.policies {
            let fresh = lifetime(policy, max_age);
            let gone = fresh + policy.stale_if_error;
            let window = [0.8, 0.9].map(|share| fresh.mul_f64(share));
            self.cast.world.mark_after(window.into_iter().chain([fresh, gone]));
        }
        self.cast.land(held, response);
    }

    /// Often to just before, at, or just after a moment at which something changes.
    fn let_time_pass(&mut self) {
        if self.stands_still && self.cast.world.is_quiet() && self.chance.happens(25) {
            return self.stand_still();
        }
        let time = self.time();
        self.cast.pass(time);
    }

    fn stand_still(&mut self) {
        let time = match self.chance.happens(50) {
            true => self.time(),
            false => self.chance.time(SECOND * 40),
        };
        match self.chance.weigh(&[65, 25, 10]) {
            0 => self.cast.world.pass(time),
            1 => self.cast.world.suspend(time),
            _ => self.cast.world.set_back(time),
        }
    }

    fn time(&mut self) -> Duration {
        let marks = self.cast.world.marks();
        match self.chance.weigh(&[70, 20, 7, 3]) {
            0 if !marks.is_empty() => {
                let mark = marks[self.chance.below(marks.len().min(8))];
                match self.chance.below(3) {
                    0 => mark.saturating_sub(TICK),
                    1 => mark,
                    _ => mark + TICK,
                }
            }
            0 | 1 => self.chance.time(SECOND),
            2 => self.chance.time(SECOND * 60),
            _ => self.chance.time(SECOND * 7_200),
        }
    }

    fn look(&mut self) {
        match self.chance.weigh(&[2, 1, 2]) {
            0 => self.cast.look(),
            1 => self.cast.export(),
            _ => {
                let cooldown = self.chance.pick(self.policies).cooldown;
                self.cast.look_whether_resting(cooldown);
            }
        }
    }

    /// More callers than can wait.
    fn crowd(&mut self) {
        let caller = self.chance.below(self.policies.len());
        self.cast.pass(SECOND * 100_000);
        for _ in 0..MAX_WAITERS + 10 {
            self.cast.call(Ask::Ready, caller);
        }
        for _ in 0..5 {
            self.ask();
        }
    }

    /// Ends whatever is under way.
    fn drain(&mut self) {
        for _ in 0..20 {
            for request in self.cast.world.under_way() {
                let response = self.speak(request);
                if let Some(held) = self.cast.world.take(request) {
                    self.cast.land(held, response);
                }
            }
            self.cast.pass(SECOND * 30);
        }
        self.cast.look();
    }
}
