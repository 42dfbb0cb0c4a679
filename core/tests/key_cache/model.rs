//! The key cache in random episodes: callers, responses, rotations, failures, standstills and time,
//! held to what was served when.
//!
//! `history` is what happened, as the world outside saw it; `oracle` reads it, and `rules` says what
//! is allowed. An episode runs on one thread, or on several that hand over a `baton`. Either way it
//! repeats with its seed: `KEY_CACHE_SEED=7 KEY_CACHE_EPISODES=1 cargo test key_cache::model`.

mod baton;
mod cast;
mod chance;
mod episode;
mod history;
mod locked;
mod oracle;
mod rules;
mod server;
mod texts;
mod world;

use std::env;

use history::History;
use oracle::Oracle;

const SEQUENTIAL_EPISODES: u64 = 700;
const INTERLEAVED_EPISODES: u64 = 300;
/// How many events of a failed episode are shown.
const EVENTS_SHOWN: usize = 60;

#[test]
fn on_one_thread_every_call_ends_as_it_may() {
    play(SEQUENTIAL_EPISODES, episode::sequential, false);
}

#[test]
fn on_many_threads_every_call_ends_as_it_may() {
    play(INTERLEAVED_EPISODES, episode::interleaved, true);
}

/// Otherwise a seed would be worth nothing.
#[test]
fn an_episode_repeats_with_its_seed() {
    let events = |history: &History| -> Vec<String> {
        history.events.iter().map(|event| history.tell(event)).collect()
    };
    for seed in 1..=10 {
        for episode in [episode::sequential, episode::interleaved] {
            assert_eq!(events(&episode(seed)), events(&episode(seed)), "seed {seed}");
        }
    }
}

fn play(episodes: u64, episode: impl Fn(u64) -> History, drifts: bool) {
    let first = number("KEY_CACHE_SEED").unwrap_or(1);
    let episodes = number("KEY_CACHE_EPISODES").unwrap_or(episodes);
    for seed in first..first.saturating_add(episodes) {
        let history = episode(seed);
        if let Err(violation) = Oracle::judge(&history, drifts) {
            let shown = violation.event.saturating_sub(EVENTS_SHOWN)..=violation.event;
            for (number, event) in history.events.iter().enumerate() {
                if shown.contains(&number) {
                    println!("{number}: {}", history.tell(event));
                }
            }
            panic!("seed {seed}, event {}: {}", violation.event, violation.rule);
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|text| text.parse().expect("a number"))
}
