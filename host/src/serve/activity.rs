//! When a connection is overdue: without a request for too long, or with one that takes too long.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

/// What a request that is over its time may still take to say so.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// What happens on one connection.
///
/// hyper bounds neither the time until the version of HTTP is known, nor an idle connection of
/// HTTP/2, nor a peer that reads an answer slowly; this bounds all of them.
pub(super) struct Activity {
    idle: Duration,
    state: Mutex<State>,
}

struct State {
    next: u64,
    /// Deadlines of the requests under way.
    live: Vec<(Instant, u64)>,
    /// Since when there are none.
    since: Instant,
}

/// One request under way, until this is dropped.
pub(super) struct Live {
    activity: Arc<Activity>,
    key: (Instant, u64),
}

impl Activity {
    pub(super) fn new(idle: Duration) -> Arc<Self> {
        let state = State { next: 0, live: Vec::new(), since: Instant::now() };
        Arc::new(Self { idle, state: Mutex::new(state) })
    }

    /// A request begins, and must have ended at `deadline`.
    pub(super) fn begin(self: &Arc<Self>, deadline: Instant) -> Live {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (deadline, state.next);
        state.next += 1;
        state.live.push(key);
        Live { activity: self.clone(), key }
    }

    /// Something happened that is no request.
    pub(super) fn touch(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).since = Instant::now();
    }

    /// Ends when the connection is overdue, at most one idle time late.
    pub(super) async fn overdue(&self) {
        loop {
            let (due, now) = (self.due(), Instant::now());
            if due <= now {
                return;
            }
            // A request may end meanwhile, and the idle time begin.
            sleep_until(due.min(now + self.idle).into()).await;
        }
    }

    fn due(&self) -> Instant {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.live.iter().min() {
            Some((deadline, _)) => *deadline + GRACE,
            None => state.since + self.idle,
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let mut state = self.activity.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.live.retain(|key| *key != self.key);
        state.since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_due_by_its_oldest_request_and_by_its_last_when_there_is_none() {
        let idle = Duration::from_secs(10);
        let activity = Activity::new(idle);
        let began = Instant::now();
        let first = activity.begin(began + Duration::from_secs(30));
        let second = activity.begin(began + Duration::from_secs(40));
        assert_eq!(activity.due(), began + Duration::from_secs(31));
        drop(first);
        assert_eq!(activity.due(), began + Duration::from_secs(41));
        drop(second);
        let due = activity.due();
        assert!(began + idle <= due && due <= Instant::now() + idle);
    }
}
