//! The allowance of a token: so many calls in each window, shared by every task. Learned from the
//! answers (`inin-ratelimit-count`, `-allowed`, `-reset`), so that a limit is waited for instead of
//! run into. Windows are taken to be fixed and to end at `inin-ratelimit-reset`.
//!
//! Waiting is done on the host's clock: the server counts real seconds, also when the clock of a
//! simulated estate was advanced.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::HeaderMap;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::answer::text;

/// The reset is told in whole seconds, rounded one way or the other.
const ROUNDING: Duration = Duration::from_secs(1);

const MINUTE: Duration = Duration::from_secs(60);

/// What one answer says about the allowance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    pub count: u64,
    pub allowed: u64,
    pub reset: Duration,
}

impl Rate {
    pub(super) fn of(headers: &HeaderMap) -> Option<Rate> {
        let number = |name: &str| text(headers, name)?.trim().parse::<u64>().ok();
        let reset = text(headers, "inin-ratelimit-reset")?
            .trim()
            .parse::<f64>()
            .ok()?;
        Some(Rate {
            count: number("inin-ratelimit-count")?,
            allowed: number("inin-ratelimit-allowed").filter(|allowed| *allowed > 0)?,
            reset: Duration::try_from_secs_f64(reset)
                .ok()?
                .min(Duration::from_secs(3600)),
        })
    }
}

/// How much of the allowance is used, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowanceState {
    /// Calls allowed in a window; `None` until an answer told it.
    pub allowed: Option<u64>,
    /// Calls made in this window, by us and by others with the same token.
    pub used: u64,
    /// Until the window ends.
    pub resets_in: Option<Duration>,
}

#[derive(Debug, Default)]
struct Window {
    generation: u64,
    allowed: Option<u64>,
    /// What the limits endpoint says of a minute; it counts while the answers say nothing.
    per_minute: Option<u64>,
    /// Calls of ours in this window, those under way included.
    ours: u64,
    /// Calls that the server counted beyond ours: somebody else uses the same token.
    foreign: u64,
    ends: Option<Instant>,
    in_flight: u64,
    /// The server said to stay away until then.
    blocked: Option<Instant>,
    /// When the last answer of this window came, and what it said.
    last: Option<(Instant, Rate)>,
}

impl Window {
    fn roll(&mut self) {
        self.generation += 1;
        self.ours = self.in_flight;
        self.foreign = 0;
        self.ends = None;
        self.last = None;
    }

    /// True when an answer can only belong to a window that the server began after the last answer:
    /// within one window the count grows and the time left does not.
    fn is_of_a_new_window(&self, rate: Rate, earliest: Instant, sent: Instant) -> bool {
        let later = self.ends.is_some_and(|ends| earliest > ends);
        let fewer = self.last.is_some_and(|(at, before)| {
            sent > at && rate.count <= before.count && rate.reset >= before.reset
        });
        later || fewer
    }

    /// Takes a place, or says until when to wait; `Err(None)` waits for an answer under way.
    fn take(&mut self, now: Instant) -> Result<u64, Option<Instant>> {
        if self.ends.is_some_and(|ends| ends <= now) {
            self.roll();
        }
        if let Some(until) = self.blocked.filter(|until| *until > now) {
            return Err(Some(until));
        }
        self.blocked = None;
        if self.allowed.is_none() && self.per_minute.is_some() && self.ends.is_none() {
            self.ends = Some(now + MINUTE + ROUNDING);
        }
        let limit = self.allowed.or(self.per_minute);
        let full = limit.is_some_and(|limit| self.ours + self.foreign >= limit);
        if full {
            if self.ends.is_some() {
                return Err(self.ends);
            }
            if self.in_flight > 0 {
                return Err(None);
            }
            // A whole window without a word about it: the server no longer counts.
            self.allowed = None;
        }
        self.ours += 1;
        self.in_flight += 1;
        Ok(self.generation)
    }

    fn learn(&mut self, generation: u64, rate: Rate, sent: Instant, now: Instant) {
        self.allowed = Some(rate.allowed);
        if generation != self.generation {
            return;
        }
        // The window ends between these two, whichever way the seconds were rounded.
        let earliest = (sent + rate.reset).checked_sub(ROUNDING).unwrap_or(sent);
        let latest = now + rate.reset + ROUNDING;
        if self.is_of_a_new_window(rate, earliest, sent) {
            self.roll();
            self.ours = self.ours.max(rate.count);
        }
        self.ends = Some(self.ends.map_or(latest, |ends| ends.min(latest)));
        self.last = Some((now, rate));
        self.foreign = self.foreign.max(rate.count.saturating_sub(self.ours));
    }
}

/// The allowance of one token.
#[derive(Debug, Default)]
pub(super) struct Allowance {
    window: Mutex<Window>,
    answered: Notify,
    asked: AtomicBool,
}

impl Allowance {
    fn window(&self) -> MutexGuard<'_, Window> {
        // A panic while it was held cannot leave it half-changed in a way that matters.
        self.window
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// True once, while no answer has told the limit: somebody may ask the limits endpoint then.
    pub(super) fn should_ask(&self) -> bool {
        self.window().allowed.is_none() && !self.asked.swap(true, Ordering::Relaxed)
    }

    /// Learns from the limits endpoint: the smallest of its rates in a minute.
    pub(super) fn learn_limits(&self, limits: &[(String, i64)]) {
        let rates = limits
            .iter()
            .filter(|(key, _)| key.ends_with("rate.per.minute"))
            .filter_map(|(_, value)| u64::try_from(*value).ok());
        if let Some(least) = rates.filter(|rate| *rate > 0).min() {
            self.window().per_minute = Some(least);
        }
    }

    /// Waits until a call fits into the allowance, and takes its place.
    pub(super) async fn enter(self: &Arc<Self>) -> Slot {
        loop {
            let answered = self.answered.notified();
            let taken = self.window().take(Instant::now());
            match taken {
                Ok(generation) => {
                    return Slot {
                        allowance: self.clone(),
                        generation,
                        sent: Instant::now(),
                    };
                }
                Err(Some(until)) => tokio::time::sleep_until(until).await,
                // The answer may be lost with its task; look again at times.
                Err(None) => {
                    let _ = tokio::time::timeout(Duration::from_millis(500), answered).await;
                }
            }
        }
    }

    /// Waits until a call would fit, without taking a place.
    pub(super) async fn room(self: &Arc<Self>) {
        let slot = self.enter().await;
        let mut window = self.window();
        if slot.generation == window.generation {
            window.ours = window.ours.saturating_sub(1);
        }
    }

    pub(super) fn state(&self) -> AllowanceState {
        let window = self.window();
        let now = Instant::now();
        let over = window.ends.is_some_and(|ends| ends <= now);
        AllowanceState {
            allowed: window.allowed.or(window.per_minute),
            used: if over { 0 } else { window.ours + window.foreign },
            resets_in: window.ends.filter(|_| !over).map(|ends| ends - now),
        }
    }
}

/// The place of one call in the allowance.
#[derive(Debug)]
pub(super) struct Slot {
    allowance: Arc<Allowance>,
    generation: u64,
    sent: Instant,
}

impl Slot {
    /// Learns from the answer.
    pub(super) fn settle(self, rate: Option<Rate>, stay_away: Option<Duration>) {
        let now = Instant::now();
        let mut window = self.allowance.window();
        if let Some(rate) = rate {
            window.learn(self.generation, rate, self.sent, now);
        }
        if let Some(wait) = stay_away {
            let until = now + wait.min(Duration::from_secs(3600));
            window.blocked = Some(window.blocked.map_or(until, |before| before.max(until)));
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut window = self.allowance.window();
        window.in_flight = window.in_flight.saturating_sub(1);
        drop(window);
        self.allowance.answered.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(count: u64, allowed: u64, reset: u64) -> Rate {
        Rate {
            count,
            allowed,
            reset: Duration::from_secs(reset),
        }
    }

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    /// One call from beginning to end at `now`, its answer saying `told`.
    fn call(window: &mut Window, now: Instant, told: Option<Rate>) {
        let generation = window.take(now).unwrap();
        if let Some(rate) = told {
            window.learn(generation, rate, now, now);
        }
        window.in_flight -= 1;
    }

    /// How many calls fit at `now`, and until when the next one has to wait.
    fn fill(window: &mut Window, now: Instant) -> (u64, Option<Instant>) {
        for n in 0..10_000 {
            match window.take(now) {
                Ok(_) => window.in_flight -= 1,
                Err(until) => return (n, until),
            }
        }
        (10_000, None)
    }

    #[test]
    fn the_whole_allowance_is_used_and_then_waited_for() {
        let (mut window, start) = (Window::default(), Instant::now());
        call(&mut window, start, Some(rate(1, 300, 60)));
        let (fitted, until) = fill(&mut window, start);
        assert_eq!(fitted, 299);
        let waited = until.unwrap() - start;
        assert!(waited >= seconds(60) && waited <= seconds(61), "{waited:?}");
        call(&mut window, start + waited, Some(rate(1, 300, 60)));
        assert_eq!(fill(&mut window, start + waited).0, 299);
    }

    #[test]
    fn calls_of_others_with_the_same_token_count() {
        let (mut window, start) = (Window::default(), Instant::now());
        call(&mut window, start, Some(rate(8, 10, 30)));
        assert_eq!(fill(&mut window, start).0, 2);
    }

    #[test]
    fn calls_under_way_are_not_taken_for_those_of_others() {
        let (mut window, start) = (Window::default(), Instant::now());
        let generations: Vec<u64> = (0..8).map(|_| window.take(start).unwrap()).collect();
        for (n, generation) in generations.into_iter().enumerate() {
            // Answers overtake each other.
            window.learn(generation, rate(8 - n as u64, 10, 60), start, start);
            window.in_flight -= 1;
        }
        assert_eq!(fill(&mut window, start).0, 2);
    }

    #[test]
    fn a_server_that_began_a_new_window_is_believed() {
        let (mut window, start) = (Window::default(), Instant::now());
        call(&mut window, start, Some(rate(9, 10, 10)));
        call(&mut window, start + seconds(1), Some(rate(1, 10, 60)));
        assert_eq!(fill(&mut window, start + seconds(1)).0, 9);
    }

    #[test]
    fn a_window_shorter_than_the_rounding_is_followed() {
        let (mut window, start) = (Window::default(), Instant::now());
        call(&mut window, start, Some(rate(4, 10, 1)));
        // Sent before we expected the end, counted as the first of a new window.
        let later = start + Duration::from_millis(1500);
        call(&mut window, later, Some(rate(1, 10, 1)));
        assert_eq!(fill(&mut window, later).0, 9);
        assert_eq!(window.foreign, 0);
    }

    #[test]
    fn a_late_answer_of_the_window_before_changes_nothing() {
        let (mut window, start) = (Window::default(), Instant::now());
        call(&mut window, start, Some(rate(1, 10, 5)));
        let late = window.take(start).unwrap();
        let next = start + seconds(10);
        call(&mut window, next, Some(rate(1, 10, 60)));
        window.learn(late, rate(10, 10, 0), start, next);
        window.in_flight -= 1;
        // One place is kept for the late one, which may have been counted in either window.
        assert_eq!(fill(&mut window, next).0, 8);
    }

    #[test]
    fn a_server_that_says_nothing_is_not_waited_for() {
        let (mut window, start) = (Window::default(), Instant::now());
        assert_eq!(fill(&mut window, start), (10_000, None));
    }

    #[test]
    fn the_limits_endpoint_counts_while_answers_say_nothing() {
        let allowance = Allowance::default();
        assert!(allowance.should_ask() && !allowance.should_ask());
        let told = |key: &str, value: i64| (key.to_owned(), value);
        allowance.learn_limits(&[
            told("gdpr.requests.max", 3),
            told("a.rate.per.minute", 0),
            told("b.rate.per.minute", 40),
            told("c.rate.per.minute", 300),
        ]);
        let (mut window, start) = (allowance.window(), Instant::now());
        let (fitted, until) = fill(&mut window, start);
        assert_eq!(fitted, 40);
        assert_eq!(fill(&mut window, until.unwrap()).0, 40);
        // Answers know better.
        let later = until.unwrap() + seconds(120);
        call(&mut window, later, Some(rate(1, 180, 60)));
        assert_eq!(fill(&mut window, later).0, 179);
    }

    #[tokio::test]
    async fn retry_after_holds_everybody_back_and_looking_takes_no_place() {
        let allowance = Arc::new(Allowance::default());
        allowance.enter().await.settle(Some(rate(9, 10, 60)), None);
        allowance.room().await;
        assert_eq!(allowance.state().used, 9);
        allowance.enter().await.settle(None, Some(seconds(42)));
        let until = allowance.window().take(Instant::now()).unwrap_err().unwrap();
        assert!(until > Instant::now() + seconds(41));
    }
}
