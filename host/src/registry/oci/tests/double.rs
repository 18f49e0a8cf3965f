//! A registry in memory that does what the specification says; tests twist one answer of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Response};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::egress::doubles::{Seen, text};
use crate::provenance::Digest;
use crate::registry::image::{INDEX, Index};

pub(super) type Answer = Response<Full<Bytes>>;

/// What it has. Clones have the same.
#[derive(Clone, Default)]
pub(super) struct Double {
    kept: Arc<Mutex<Kept>>,
    /// Whether it lists what refers to a manifest.
    lists: bool,
}

#[derive(Default)]
struct Kept {
    blobs: BTreeMap<String, Bytes>,
    /// By path, with their types.
    manifests: BTreeMap<String, (String, Bytes)>,
}

impl Double {
    pub(super) fn new(lists: bool) -> Self {
        Self { lists, ..Self::default() }
    }

    pub(super) fn answer(&self, seen: &Seen) -> Answer {
        let path = seen.uri.path();
        let Some((repository, rest)) = path.strip_prefix("/v2/").and_then(|path| {
            ["/tags/", "/manifests/", "/blobs/", "/referrers/"].iter().find_map(|part| {
                let at = path.find(part)?;
                Some((&path[..at], &path[at + 1..]))
            })
        }) else {
            return text(404, "");
        };
        let (kind, name) = rest.split_once('/').unwrap();
        match kind {
            "tags" => self.tags(repository, seen),
            "manifests" => self.manifest(repository, name, seen),
            "referrers" if self.lists => self.referrers(repository, name),
            "blobs" => self.blob(repository, name, seen),
            _ => text(404, "404 page not found"),
        }
    }

    /// Its manifests, by repository and tag or digest.
    pub(super) fn manifests(&self) -> Vec<String> {
        self.kept.lock().unwrap().manifests.keys().cloned().collect()
    }

    /// Puts one that no client of ours would.
    pub(super) fn put(&self, name: &str, kind: &str, bytes: &[u8]) {
        let kept = (kind.to_owned(), Bytes::copy_from_slice(bytes));
        self.kept.lock().unwrap().manifests.insert(name.to_owned(), kept);
    }

    pub(super) fn put_blob(&self, bytes: &[u8]) {
        let name = format!("sha256:{}", Digest::of(bytes));
        self.kept.lock().unwrap().blobs.insert(name, Bytes::copy_from_slice(bytes));
    }

    /// Two tags a page.
    fn tags(&self, repository: &str, seen: &Seen) -> Answer {
        let kept = self.kept.lock().unwrap();
        let prefix = format!("{repository}/");
        let names = kept.manifests.keys().filter_map(|name| name.strip_prefix(&prefix));
        let tags: Vec<_> = names.filter(|name| !name.contains(':')).collect();
        if tags.is_empty() {
            return text(404, r#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#);
        }
        let query = seen.uri.query().unwrap_or_default();
        let last = query.split('&').find_map(|pair| pair.strip_prefix("last="));
        let from = last.map_or(0, |last| tags.iter().position(|tag| *tag == last).unwrap() + 1);
        let page = &tags[from..tags.len().min(from + 2)];
        let mut answer = text(200, json!({ "name": repository, "tags": page }).to_string());
        if from + 2 < tags.len() {
            let next = format!("</v2/{repository}/tags/list?n=2&last={}>; rel=\"next\"", page[1]);
            answer.headers_mut().insert("link", next.parse().unwrap());
        }
        answer
    }

    fn manifest(&self, repository: &str, name: &str, seen: &Seen) -> Answer {
        let mut kept = self.kept.lock().unwrap();
        let key = format!("{repository}/{name}");
        if seen.method == Method::PUT {
            let read: Value = serde_json::from_slice(&seen.body).unwrap();
            let digest = format!("sha256:{}", Digest::of(&seen.body));
            let kind = seen.headers["content-type"].to_str().unwrap().to_owned();
            let entry = (kind, seen.body.clone());
            kept.manifests.insert(format!("{repository}/{digest}"), entry.clone());
            kept.manifests.insert(key, entry);
            let mut answer = text(201, "");
            answer.headers_mut().insert("docker-content-digest", digest.parse().unwrap());
            if self.lists && read["subject"].is_object() {
                let subject = read["subject"]["digest"].as_str().unwrap();
                answer.headers_mut().insert("oci-subject", subject.parse().unwrap());
            }
            return answer;
        }
        match kept.manifests.get(&key) {
            None => text(404, r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#),
            Some((kind, bytes)) => {
                let mut answer = text(200, bytes.clone());
                answer.headers_mut().insert("content-type", kind.parse().unwrap());
                answer
            }
        }
    }

    fn referrers(&self, repository: &str, of: &str) -> Answer {
        let kept = self.kept.lock().unwrap();
        let prefix = format!("{repository}/sha256:");
        let mut index = Index::new(Vec::new());
        for (kind, bytes) in
            kept.manifests.iter().filter(|(name, _)| name.starts_with(&prefix)).map(|(_, one)| one)
        {
            let read: Value = serde_json::from_slice(bytes).unwrap();
            if read["subject"]["digest"] == of {
                let mut found = crate::registry::image::Descriptor::of(kind, bytes);
                found.artifact_type = read["artifactType"].as_str().map(str::to_owned);
                index.manifests.push(found);
            }
        }
        let mut answer = text(200, index.write());
        answer.headers_mut().insert("content-type", INDEX.parse().unwrap());
        answer
    }

    fn blob(&self, repository: &str, name: &str, seen: &Seen) -> Answer {
        let mut kept = self.kept.lock().unwrap();
        match seen.method {
            Method::POST => {
                let mut answer = text(202, "");
                let place = format!("/v2/{repository}/blobs/uploads/1?state=a%3Db");
                answer.headers_mut().insert("location", place.parse().unwrap());
                answer
            }
            Method::PUT => {
                let query = seen.uri.query().unwrap();
                let digest = query.strip_prefix("state=a%3Db&digest=sha256%3A").unwrap();
                assert_eq!(digest, Digest::of(&seen.body).to_string());
                kept.blobs.insert(format!("sha256:{digest}"), seen.body.clone());
                text(201, "")
            }
            _ => match kept.blobs.get(name) {
                None => text(404, ""),
                Some(bytes) => text(200, bytes.clone()),
            },
        }
    }
}
