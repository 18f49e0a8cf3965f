//! Name lookup, which is egress's: a name that the grant does not have is refused before any
//! query leaves, and so is a name that leads to where the guest may not go.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use wasmtime::component::Resource;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{
    Host, HostResolveAddressStream, ResolveAddressStream,
};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{DynPollable, Pollable, SocketResult, subscribe};
use workbooks_bindings::Refusal;

use super::GatedSockets;

type Answer = Result<std::vec::IntoIter<std::net::IpAddr>, ErrorCode>;

/// One lookup: the guest's handle of type [`ResolveAddressStream`] leads to it.
pub(super) enum Lookup {
    Asked(Pin<Box<dyn Future<Output = Answer> + Send>>),
    Answered(Answer),
}

impl Lookup {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<&mut Answer> {
        if let Self::Asked(asked) = self {
            match asked.as_mut().poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(answer) => *self = Self::Answered(answer),
            }
        }
        match self {
            Self::Answered(answer) => Poll::Ready(answer),
            Self::Asked(_) => Poll::Pending,
        }
    }
}

#[async_trait]
impl Pollable for Lookup {
    async fn ready(&mut self) {
        std::future::poll_fn(|cx| self.poll(cx).map(drop)).await;
    }
}

impl Host for GatedSockets<'_> {
    fn resolve_addresses(
        &mut self,
        _: Resource<Network>,
        name: String,
    ) -> SocketResult<Resource<ResolveAddressStream>> {
        const OPERATION: &str = "resolve-addresses";
        let capability = self.either();
        self.admit(capability, OPERATION)?;
        let (reach, caller) = (self.reach.clone(), self.caller.clone());
        let mut lookup = Lookup::Asked(Box::pin(async move {
            let found = reach.look_up(&name).await;
            found.map(Vec::into_iter).map_err(|refusal| {
                caller.refused(capability, OPERATION, &refusal);
                code(&refusal)
            })
        }));
        // What can be refused at once is.
        if let Poll::Ready(Err(refused)) = lookup.poll(&mut Context::from_waker(Waker::noop())) {
            return Err((*refused).into());
        }
        Ok(Resource::new_own(self.inner.table.push(lookup)?.rep()))
    }
}

impl HostResolveAddressStream for GatedSockets<'_> {
    fn resolve_next_address(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> SocketResult<Option<IpAddress>> {
        let standing = self.caller.still_granted(self.either(), "resolve-next-address");
        standing.map_err(|refusal| code(&refusal))?;
        let lookup = self.inner.table.get_mut(&Resource::<Lookup>::new_borrow(stream.rep()))?;
        match lookup.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => Err(ErrorCode::WouldBlock.into()),
            Poll::Ready(Ok(addresses)) => Ok(addresses.next().map(IpAddress::from)),
            Poll::Ready(Err(refused)) => Err((*refused).into()),
        }
    }

    fn subscribe(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.inner.table, Resource::<Lookup>::new_borrow(stream.rep()))
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        drop(self.inner.table.delete(Resource::<Lookup>::new_own(stream.rep()))?);
        Ok(())
    }
}

fn code(refusal: &Refusal) -> ErrorCode {
    match refusal {
        Refusal::NotFound => ErrorCode::NameUnresolvable,
        Refusal::Timeout | Refusal::Unavailable(_) => ErrorCode::TemporaryResolverFailure,
        refusal => super::code(refusal),
    }
}
