//! `queue`: messages between guests of one tenant, leased until they are acknowledged.

use std::path::PathBuf;

use wasmtime::component::Linker;
use workbooks_bindings::engine::queue;

use super::backend::Backend;
use crate::capability::{Admitted, Call, Capability, Provides, Refusal};
use crate::instance::Guest;
use crate::storage::{Clock, Message, Queues, QueuesQuota, Stop, StorageError};

/// Queues of every tenant, in one database that the first call opens, or in memory.
///
/// A message has ≤ 256 KiB; a queue a name of 1 to 128 bytes and ≤ 1,000 messages, leased ones
/// included; a tenant ≤ 100 queues that are not empty, and ≤ 256 MiB in them. A lease lasts 1 ms to
/// 12 h; when it ends before its receipt is acknowledged, the message is delivered again, in its
/// old place, with its attempts counted. So a message is delivered at least once, and never to two
/// receivers at one time.
#[derive(Debug)]
pub struct Queue(Backend<Queues>);

impl Queue {
    pub(crate) fn new(state: Option<PathBuf>) -> Self {
        Self(Backend::new(
            state.map(|folder| folder.join("queues.sqlite")),
            |file| Queues::open(file, QueuesQuota::default(), Clock::system()),
            || Queues::memory(QueuesQuota::default(), Clock::system()),
        ))
    }

    async fn perform<T: Send + 'static>(
        call: &Admitted<'_, Self>,
        work: impl FnOnce(&Queues, &str, &Stop) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Refusal> {
        call.capability().0.perform(call, work).await
    }
}

impl Capability for Queue {
    fn name(&self) -> &'static str {
        "queue"
    }

    fn link(&self, _: &str, linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
        queue::add_to_linker::<_, Provides<Self>>(linker, Guest::call)
    }
}

impl queue::Host for Call<'_, Queue> {
    async fn publish(&mut self, queue: String, body: Vec<u8>) -> Result<(), Refusal> {
        let call = self.admit("publish")?;
        Queue::perform(&call, move |queues, tenant, stop| {
            queues.publish(tenant, &queue, &body, stop)
        })
        .await
    }

    async fn receive(
        &mut self,
        queue: String,
        lease_ms: u32,
        max: u32,
    ) -> Result<Vec<queue::Message>, Refusal> {
        let call = self.admit("receive")?;
        let messages = Queue::perform(&call, move |queues, tenant, stop| {
            queues.receive(tenant, &queue, lease_ms, max, stop)
        });
        Ok(messages.await?.into_iter().map(Into::into).collect())
    }

    async fn acknowledge(&mut self, queue: String, receipt: String) -> Result<(), Refusal> {
        let call = self.admit("acknowledge")?;
        Queue::perform(&call, move |queues, tenant, stop| {
            queues.acknowledge(tenant, &queue, &receipt, stop)
        })
        .await
    }

    async fn depth(&mut self, queue: String) -> Result<u64, Refusal> {
        let call = self.admit("depth")?;
        Queue::perform(&call, move |queues, tenant, stop| queues.depth(tenant, &queue, stop)).await
    }
}

impl From<Message> for queue::Message {
    fn from(message: Message) -> Self {
        let Message { receipt, attempts, body } = message;
        Self { receipt, attempts, body }
    }
}
