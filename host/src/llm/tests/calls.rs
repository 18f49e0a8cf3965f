//! Calls of a guest's, through the gate, to a provider in this process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::time;
use wasmtime::component::ResourceTable;
use workbooks_bindings::engine::llm::Host as _;

use super::*;
use crate::admission::{Caller, Decision, MemoryAudit, Principal, Rate};
use crate::capabilities::Llm;
use crate::capability::{Call, Refusal};
use crate::egress::doubles::caller_under;
use crate::llm::{Completing, Completion, Meter, Metered, Provider, ProviderError, Stop};
use crate::policy::Grant;

type Step = Box<dyn Fn(&Caller) -> Result<(u64, u64), ProviderError> + Send + Sync>;

/// Answers each question by the next step, the last one for ever, and notes when it was asked.
struct Script {
    steps: Vec<Step>,
    asked: Mutex<Vec<time::Instant>>,
}

impl Script {
    fn new(steps: Vec<Step>) -> Arc<Self> {
        Arc::new(Self { steps, asked: Mutex::default() })
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Provider for Script {
    fn complete<'a>(
        &'a self,
        caller: &'a Arc<Caller>,
        _: &'a Request,
        _: Instant,
    ) -> Completing<'a> {
        Box::pin(async move {
            let at = self.asked();
            self.asked.lock().unwrap().push(time::Instant::now());
            let step = self.steps.get(at).or(self.steps.last()).unwrap();
            let (input_tokens, output_tokens) = step(caller)?;
            let message = text(Role::Assistant, "hi");
            Ok(Completion { message, stop: Stop::End, input_tokens, output_tokens })
        })
    }
}

fn good(input: u64, output: u64) -> Step {
    Box::new(move |_| Ok((input, output)))
}

fn busy(after: Option<u64>) -> Step {
    let after = after.map(Duration::from_secs);
    let refusal = Refusal::Unavailable("busy".into());
    Box::new(move |_| Err(ProviderError::Passing { refusal: refusal.clone(), after }))
}

async fn ask(
    provider: &Arc<Script>,
    meter: &Arc<Meter>,
    caller: &Arc<Caller>,
) -> Result<Completion, Refusal> {
    let llm = Llm::new(Some(provider.clone()), meter.clone());
    Call::new(&llm, caller, &mut ResourceTable::new()).complete(hello()).await
}

#[tokio::test]
async fn without_a_model_it_is_unsupported_and_says_what_to_do() {
    let (caller, audit) = caller_under("");
    let llm = Llm::new(None, Arc::default());
    let refused = Call::new(&llm, &caller, &mut ResourceTable::new()).complete(hello()).await;
    let Err(Refusal::Unsupported(what)) = refused else { panic!("{refused:?}") };
    assert!(what.contains("[llm]"));
    assert_eq!(audit.records()[0].decision, Decision::Denied("unsupported".into()));
}

#[tokio::test(start_paused = true)]
async fn what_is_busy_is_asked_again_after_longer_and_longer_pauses() {
    let script = Script::new(vec![busy(None), busy(None), busy(None), good(1, 1)]);
    ask(&script, &Arc::default(), &caller_under("").0).await.unwrap();
    let asked = script.asked.lock().unwrap().clone();
    let pauses: Vec<_> = asked.windows(2).map(|two| (two[1] - two[0]).as_millis()).collect();
    assert_eq!(pauses.len(), 3);
    for (pause, least) in pauses.iter().zip([500, 1_000, 2_000]) {
        assert!((least..=2 * least + 1).contains(pause), "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_four_times_and_no_more() {
    let script = Script::new(vec![busy(None)]);
    let meter = Arc::<Meter>::default();
    let refused = ask(&script, &meter, &caller_under("").0).await.unwrap_err();
    assert_eq!((refused, script.asked()), (Refusal::Unavailable("busy".into()), 4));
    assert_eq!(meter.of("acme", "notes"), Metered::default());
}

#[tokio::test(start_paused = true)]
async fn what_the_provider_asks_for_is_waited_within_the_deadline() {
    let script = Script::new(vec![busy(Some(30)), good(1, 1)]);
    let begun = time::Instant::now();
    ask(&script, &Arc::default(), &caller_under("").0).await.unwrap();
    assert_eq!(begun.elapsed().as_secs(), 30);
    let script = Script::new(vec![busy(Some(121)), good(1, 1)]);
    let begun = time::Instant::now();
    assert!(ask(&script, &Arc::default(), &caller_under("").0).await.is_err());
    assert_eq!((begun.elapsed().as_secs(), script.asked()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn what_would_fail_again_is_not_asked_again() {
    let script = Script::new(vec![Box::new(|_| Err(Refusal::Invalid("no".into()).into()))]);
    assert!(ask(&script, &Arc::default(), &caller_under("").0).await.is_err());
    assert_eq!(script.asked(), 1);
}

struct Silent;

impl Provider for Silent {
    fn complete<'a>(&'a self, _: &'a Arc<Caller>, _: &'a Request, _: Instant) -> Completing<'a> {
        Box::pin(std::future::pending())
    }

    fn time(&self) -> Duration {
        Duration::from_secs(3)
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_answers_ends_with_its_time() {
    let llm = Llm::new(Some(Arc::new(Silent)), Arc::default());
    let caller = caller_under("").0;
    let refused = Call::new(&llm, &caller, &mut ResourceTable::new()).complete(hello()).await;
    assert!(matches!(refused, Err(Refusal::Timeout)));
}

#[tokio::test(start_paused = true)]
async fn who_is_revoked_while_waiting_for_a_busy_model_waits_no_longer() {
    let revoke: Step = Box::new(|caller| {
        caller.principal().revoke();
        busy(Some(60))(caller)
    });
    let script = Script::new(vec![revoke, good(1, 1)]);
    let begun = time::Instant::now();
    let refused = ask(&script, &Arc::default(), &caller_under("").0).await.unwrap_err();
    assert_eq!((refused, begun.elapsed().as_secs()), (Refusal::Revoked, 0));
    assert_eq!(script.asked(), 1);
}

#[tokio::test]
async fn what_is_used_is_metered_for_each_principal() {
    let meter = Arc::<Meter>::default();
    let script = Script::new(vec![good(10, 5), good(u64::MAX, 1)]);
    let caller = caller_under("").0;
    ask(&script, &meter, &caller).await.unwrap();
    let metered = Metered { calls: 1, input_tokens: 10, output_tokens: 5 };
    assert_eq!(meter.of("acme", "notes"), metered);
    ask(&script, &meter, &caller).await.unwrap();
    assert_eq!(meter.of("acme", "notes").input_tokens, u64::MAX);
    assert_eq!(meter.of("acme", "other"), Metered::default());
    assert_eq!(meter.of("other", "notes"), Metered::default());
}

#[tokio::test]
async fn a_budget_is_never_passed_by_answers() {
    let meter = Arc::<Meter>::default();
    let (caller, audit) = caller_under("llm_tokens = 250");
    let script = Script::new(vec![good(50, 40)]);
    ask(&script, &meter, &caller).await.unwrap();
    ask(&script, &meter, &caller).await.unwrap();
    // 180 are used, and the answer may have 100.
    let refused = ask(&script, &meter, &caller).await.unwrap_err();
    assert_eq!((refused, script.asked()), (Refusal::Quota(250), 2));
    assert_eq!(audit.records()[0].decision, Decision::Denied("quota".into()));
}

#[tokio::test]
async fn what_a_child_asks_is_of_the_budget_of_the_one_it_runs_for() {
    let meter = Arc::<Meter>::default();
    let rate = || Rate::new(100, Duration::from_secs(60));
    let top = Arc::new(Principal::new("acme", "notes", rate()).with_llm_tokens(Some(250)));
    let script = Script::new(vec![good(50, 40)]);
    for (name, refusal) in [("one", None), ("two", None), ("three", Some(Refusal::Quota(250)))] {
        let child = Arc::new(Principal::new("acme", name, rate()).under(&top));
        // A child of itself counts once.
        let child = Arc::new(Principal::new("acme", name, rate()).under(&child));
        let grant = Arc::new(Grant::nothing());
        let caller =
            Arc::new(Caller::new(child, "notes".into(), grant, Arc::<MemoryAudit>::default()));
        assert_eq!(ask(&script, &meter, &caller).await.err(), refusal);
        let calls = u64::from(refusal.is_none());
        assert_eq!(meter.of("acme", name).calls, calls);
    }
    assert_eq!(meter.of("acme", "notes").calls, 2);
}

#[tokio::test]
async fn calls_at_once_cannot_have_the_same_tokens_and_what_failed_gives_them_back() {
    let meter = Arc::<Meter>::default();
    let caller = caller_under("llm_tokens = 150").0;
    let under_way = meter.reserve(&caller, &hello()).unwrap();
    let refused = meter.reserve(&caller, &hello()).unwrap_err();
    assert_eq!(refused, Refusal::Quota(150));
    drop(under_way);
    meter.reserve(&caller, &hello()).unwrap();
}

#[tokio::test]
async fn a_request_out_of_bounds_is_neither_sent_nor_reserved() {
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    let script = Script::new(vec![Box::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok((1, 1))
    })]);
    let llm = Llm::new(Some(script), Arc::default());
    let caller = caller_under("").0;
    let nothing = Request { messages: Vec::new(), ..hello() };
    let refused = Call::new(&llm, &caller, &mut ResourceTable::new()).complete(nothing).await;
    assert!(matches!(refused, Err(Refusal::Invalid(_))));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}
