//! A name server on loopback whose answers a test writes, and which counts.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::proto::op::{HeaderCounts, Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::CNAME;
use hickory_server::proto::rr::{Name, RData, Record, RecordType};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use wasmtime_wasi::async_trait;

use crate::egress::resolver::ask;
use crate::egress::{Answer, Resolver};

/// What a name is.
#[derive(Clone)]
enum Entry {
    /// The addresses of the first lookup, of the second, and so on; the last stay.
    Addresses(Vec<Vec<IpAddr>>),
    Alias(String),
    Fails,
}

#[derive(Default)]
struct Zone {
    entries: BTreeMap<String, Entry>,
    /// Queries by name and type.
    asked: BTreeMap<(String, RecordType), usize>,
}

/// A name server.
#[derive(Clone)]
pub(crate) struct Dns {
    zone: Arc<Mutex<Zone>>,
    port: u16,
    /// Ends with the last of its clones.
    _server: Arc<Mutex<Server<Handler>>>,
}

impl Dns {
    /// Starts one that knows no name.
    pub(crate) async fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "a double on loopback")]
        let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let port = socket.local_addr().unwrap().port();
        let zone = Arc::<Mutex<Zone>>::default();
        let mut server = Server::new(Handler(zone.clone()));
        server.register_socket(tokio::net::UdpSocket::from_std(socket).unwrap());
        tokio::task::yield_now().await;
        Self { zone, port, _server: Arc::new(Mutex::new(server)) }
    }

    /// A name has these addresses, of both families.
    #[must_use]
    pub(crate) fn with(self, name: &str, addresses: &[&str]) -> Self {
        self.rebinding(name, &[addresses])
    }

    /// A name has these addresses at its first lookup, those at its second, and so on.
    #[must_use]
    pub(crate) fn rebinding(self, name: &str, lookups: &[&[&str]]) -> Self {
        let read = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        self.entry(name, Entry::Addresses(lookups.iter().map(read).collect()))
    }

    /// A name is another name for `target`.
    #[must_use]
    pub(crate) fn alias(self, name: &str, target: &str) -> Self {
        self.entry(name, Entry::Alias(target.to_owned()))
    }

    /// Lookups of a name fail.
    #[must_use]
    pub(crate) fn failing(self, name: &str) -> Self {
        self.entry(name, Entry::Fails)
    }

    fn entry(self, name: &str, entry: Entry) -> Self {
        self.zone.lock().unwrap().entries.insert(name.to_owned(), entry);
        self
    }

    /// How often a name was looked up: the larger number of queries of one type.
    pub(crate) fn lookups(&self, name: &str) -> usize {
        let zone = self.zone.lock().unwrap();
        let of_name = zone.asked.iter().filter(|((asked, _), _)| asked == name);
        of_name.map(|(_, count)| *count).max().unwrap_or(0)
    }

    /// Every name that was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        let zone = self.zone.lock().unwrap();
        let mut names: Vec<_> = zone.asked.keys().map(|(name, _)| name.clone()).collect();
        names.dedup();
        names
    }

    /// Asks it, as the system's name servers are asked.
    pub(crate) fn resolver(&self) -> Arc<dyn Resolver> {
        Arc::new(Asking(self.clone()))
    }
}

struct Asking(Dns);

impl Resolver for Asking {
    fn resolve<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        let mut connection = ConnectionConfig::udp();
        connection.port = self.0.port;
        let server = NameServerConfig::new(Ipv4Addr::LOCALHOST.into(), true, vec![connection]);
        let servers = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        Box::pin(ask(servers, ResolverOpts::default(), name))
    }
}

struct Handler(Arc<Mutex<Zone>>);

impl Zone {
    /// The records of an answer, with the chain of aliases that leads to them.
    fn answer(&mut self, name: &str, kind: RecordType) -> Result<Vec<Record>, ResponseCode> {
        let count = self.asked.entry((name.to_owned(), kind)).or_default();
        *count += 1;
        let count = *count;
        let (mut name, mut records) = (name.to_owned(), Vec::new());
        loop {
            let owner: Name = format!("{name}.").parse().unwrap();
            match self.entries.get(&name) {
                None if records.is_empty() => return Err(ResponseCode::NXDomain),
                None => return Ok(records),
                Some(Entry::Fails) => return Err(ResponseCode::ServFail),
                Some(Entry::Alias(target)) => {
                    let alias = RData::CNAME(CNAME(format!("{target}.").parse().unwrap()));
                    records.push(Record::from_rdata(owner, 0, alias));
                    name.clone_from(target);
                }
                Some(Entry::Addresses(lookups)) => {
                    let found = &lookups[count.min(lookups.len()) - 1];
                    let of_kind = found.iter().filter(|ip| ip.is_ipv4() == (kind == RecordType::A));
                    records.extend(
                        of_kind.map(|ip| Record::from_rdata(owner.clone(), 0, RData::from(*ip))),
                    );
                    return Ok(records);
                }
            }
        }
    }
}

#[async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        mut to: R,
    ) -> ResponseInfo {
        let query = request.request_info().unwrap().query;
        let name = query.name().to_string().trim_end_matches('.').to_lowercase();
        let answer = self.0.lock().unwrap().answer(&name, query.query_type());
        let builder = MessageResponseBuilder::from_message_request(request);
        let mut metadata = Metadata::response_from_request(&request.metadata);
        let records = answer.unwrap_or_else(|code| {
            metadata.response_code = code;
            Vec::new()
        });
        let response = builder.build(metadata, records.iter(), [], [], []);
        to.send_response(response).await.unwrap_or_else(|_| {
            let counts = HeaderCounts::default();
            hickory_server::proto::op::Header { metadata, counts }.into()
        })
    }
}
