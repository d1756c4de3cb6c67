//! Registered user flows and custom policies. Each is compiled at its first use.

use super::key_container::BUILT_IN;
use super::policy_cache::{POLICY_CACHE_BYTES, PolicyCache, PolicyKey, size};
use super::{Flow, RegistryError, Tenant};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Mutex, Semaphore};
use vestibule_journey::flow::{CustomAttribute, FlowKind, FlowSettings, chain};
use vestibule_journey::{CompileOptions, Folder, Problem, Source, compile};
use vestibule_store::Store;

/// The number of policies that are compiled at the same time, on threads that serve no requests.
const COMPILING_AT_ONCE: usize = 2;

/// Shared by the flows of all tenants.
#[derive(Debug)]
pub(super) struct Shared {
    /// The store from which custom policies are read; `None` if every flow was compiled beforehand.
    pub(super) store: Option<Store>,
    pub(super) cache: PolicyCache,
    compiling: Semaphore,
}

impl Shared {
    pub(super) fn new(store: Option<Store>, cache_bytes: usize) -> Self {
        Self { store, cache: PolicyCache::new(cache_bytes), compiling: Semaphore::new(COMPILING_AT_ONCE) }
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self::new(None, POLICY_CACHE_BYTES)
    }
}

/// A registered user flow or custom policy. It may not be compiled yet, and may fail to compile.
#[derive(Debug)]
pub struct RegisteredFlow {
    /// The name as registered: `B2C_1_signupsignin1`.
    name: String,
    source: FlowSource,
    known: RwLock<Known>,
    /// Held by the task that compiles it; the others wait for the result.
    turn: Mutex<()>,
}

#[derive(Debug)]
enum FlowSource {
    /// Compiled earlier, by the caller.
    Compiled(Arc<Flow>),
    /// A user flow.
    Settings(Box<FlowSettings>),
    /// A custom policy, whose files are in the store.
    Policy,
}

/// The state of the compiled policy.
#[derive(Clone, Debug)]
enum Known {
    /// Not requested yet.
    Nothing,
    /// It compiles; the cache may contain it.
    Key(PolicyKey),
    /// Applications cannot use it: a base policy without a relying party.
    Base,
    /// It does not compile.
    Broken(Arc<[Problem]>),
}

/// The result of compiling.
enum Made {
    Flow(PolicyKey, Arc<Flow>),
    Base,
    Broken(Vec<Problem>),
}

/// The work of a compiling thread.
struct Work {
    name: String,
    input: Input,
    attributes: Arc<[CustomAttribute]>,
    domain: String,
}

enum Input {
    Settings(Box<FlowSettings>),
    /// The policy files of the tenant, and the names of its key containers.
    Policies(Vec<Source>, Vec<String>),
}

impl RegisteredFlow {
    /// A flow that is already compiled.
    pub(super) fn compiled(flow: Flow) -> Self {
        Self::new(flow.name.clone(), FlowSource::Compiled(Arc::new(flow)))
    }

    /// The user flow with these settings.
    pub(super) fn of_settings(name: String, settings: FlowSettings) -> Self {
        Self::new(name, FlowSource::Settings(Box::new(settings)))
    }

    /// The custom policy with this id.
    pub(super) fn of_policy(id: String) -> Self {
        Self::new(id, FlowSource::Policy)
    }

    fn new(name: String, source: FlowSource) -> Self {
        Self { name, source, known: RwLock::new(Known::Nothing), turn: Mutex::default() }
    }

    /// The same flow without its compiled form, because the compiler's input changed.
    pub(super) fn renewed(&self) -> Self {
        let source = match &self.source {
            FlowSource::Compiled(flow) => FlowSource::Compiled(Arc::clone(flow)),
            FlowSource::Settings(settings) => FlowSource::Settings(settings.clone()),
            FlowSource::Policy => FlowSource::Policy,
        };
        Self::new(self.name.clone(), source)
    }

    /// The name as registered: `B2C_1_signupsignin1`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind of a user flow; `None` for a custom policy.
    #[must_use]
    pub fn kind(&self) -> Option<FlowKind> {
        match &self.source {
            FlowSource::Compiled(flow) => flow.kind,
            FlowSource::Settings(settings) => Some(settings.kind),
            FlowSource::Policy => None,
        }
    }

    /// The settings of a user flow; `None` for a custom policy.
    #[must_use]
    pub fn settings(&self) -> Option<&FlowSettings> {
        match &self.source {
            FlowSource::Compiled(flow) => flow.settings.as_ref(),
            FlowSource::Settings(settings) => Some(settings),
            FlowSource::Policy => None,
        }
    }

    pub(super) fn is_custom_policy(&self) -> bool {
        matches!(self.source, FlowSource::Policy)
    }

    /// The compiled flow of `tenant`, which this flow belongs to. `None` if it does not compile, or applications cannot
    /// use it.
    pub(super) async fn flow(&self, tenant: &Tenant) -> Result<Option<Arc<Flow>>, RegistryError> {
        if let Some(known) = self.at_hand(&tenant.shared) {
            return Ok(known);
        }
        let _turn = self.turn.lock().await;
        match self.at_hand(&tenant.shared) {
            Some(known) => Ok(known),
            // Boxed, because few requests compile, and the others should not carry the state for it.
            None => Box::pin(self.compile(tenant)).await,
        }
    }

    /// The result if it is known without compiling: a flow, or `Some(None)` if there is none.
    #[expect(clippy::option_option, reason = "unknown, known to be none, known")]
    fn at_hand(&self, shared: &Shared) -> Option<Option<Arc<Flow>>> {
        if let FlowSource::Compiled(flow) = &self.source {
            return Some(Some(Arc::clone(flow)));
        }
        match &*self.known.read().unwrap_or_else(PoisonError::into_inner) {
            Known::Nothing => None,
            Known::Key(key) => shared.cache.get(key).map(Some),
            Known::Base | Known::Broken(_) => Some(None),
        }
    }

    async fn compile(&self, tenant: &Tenant) -> Result<Option<Arc<Flow>>, RegistryError> {
        // The semaphore is never closed. Acquire it before reading the files, so that waiting tasks do not hold them in
        // memory.
        let _permit = tenant.shared.compiling.acquire().await.ok();
        let work = self.work(tenant).await?;
        let shared = Arc::clone(&tenant.shared);
        let made = tokio::task::spawn_blocking(move || work.make(&shared.cache)).await;
        let made = made.map_err(|cause| RegistryError::Compiling { flow: self.name.clone(), cause })?;
        let (known, flow) = match made {
            Made::Flow(key, flow) => (Known::Key(key), Some(flow)),
            Made::Base => (Known::Base, None),
            Made::Broken(problems) => {
                for problem in &problems {
                    tracing::error!(tenant = tenant.name, %problem, "a flow was left out");
                }
                (Known::Broken(problems.into()), None)
            }
        };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(flow)
    }

    async fn work(&self, tenant: &Tenant) -> Result<Work, RegistryError> {
        let input = match (&self.source, &tenant.shared.store) {
            (FlowSource::Settings(settings), _) => Input::Settings(settings.clone()),
            (FlowSource::Policy, Some(store)) => {
                let files = store.policies(&tenant.id).await?.into_iter().map(|row| row.record);
                let files = files.map(|r| Source { name: format!("{}.xml", r.id), text: r.xml }).collect();
                let containers = store.key_containers(&tenant.id).await?.into_iter().map(|row| row.record.name);
                Input::Policies(files, containers.collect())
            }
            _ => Input::Policies(Vec::new(), Vec::new()),
        };
        let (attributes, domain) = (tenant.attributes.clone(), tenant.domain.clone());
        Ok(Work { name: self.name.clone(), input, attributes, domain })
    }

    /// Why it does not compile; empty if it compiles or was not used yet.
    pub(super) fn problems(&self) -> Vec<Problem> {
        match &*self.known.read().unwrap_or_else(PoisonError::into_inner) {
            Known::Broken(problems) => problems.to_vec(),
            _ => Vec::new(),
        }
    }
}

impl Work {
    fn make(self, cache: &PolicyCache) -> Made {
        let made = match self.input {
            Input::Settings(settings) => make_user_flow(self.name, *settings, &self.attributes, &self.domain, cache),
            Input::Policies(files, containers) => {
                make_custom_policy(&self.name, files, policy_options(&self.domain, containers), cache)
            }
        };
        made.unwrap_or_else(Made::Broken)
    }
}

fn make_user_flow(
    name: String,
    settings: FlowSettings,
    attributes: &[CustomAttribute],
    domain: &str,
    cache: &PolicyCache,
) -> Result<Made, Vec<Problem>> {
    let chain = user_flow_chain(&settings, attributes, domain)?;
    let options = options(domain);
    let key = PolicyKey::new(&name, &chain, Some(&settings), attributes, &options);
    cached(cache, key, &chain, || {
        let policy = Arc::new(compile(&chain, &options)?.policy);
        Ok(Flow { name, kind: Some(settings.kind), policy, settings: Some(settings) })
    })
}

fn make_custom_policy(
    name: &str,
    files: Vec<Source>,
    options: CompileOptions,
    cache: &PolicyCache,
) -> Result<Made, Vec<Problem>> {
    let folder = Folder::new(files);
    let Some(id) = folder.relying_parties().find(|id| id.eq_ignore_ascii_case(name)) else { return Ok(Made::Base) };
    let Some(chain) = folder.chain_of(id) else { return Ok(Made::Base) };
    let chain = chain?;
    let key = PolicyKey::new(id, &chain, None, &[], &options);
    cached(cache, key, &chain, || {
        let compiled = compile(&chain, &options)?;
        for warning in &compiled.warnings {
            tracing::warn!(policy = id, %warning, "a custom policy compiles with a warning");
        }
        Ok(Flow { name: id.to_owned(), kind: None, policy: Arc::new(compiled.policy), settings: None })
    })
}

/// The flow with this key: from the cache, or else compiled now and added to the cache.
fn cached(
    cache: &PolicyCache,
    key: PolicyKey,
    chain: &[Source],
    make: impl FnOnce() -> Result<Flow, Vec<Problem>>,
) -> Result<Made, Vec<Problem>> {
    if let Some(flow) = cache.get(&key) {
        return Ok(Made::Flow(key, flow));
    }
    let flow = Arc::new(make()?);
    cache.keep(key.clone(), &flow, size(chain));
    Ok(Made::Flow(key, flow))
}

/// Options for compiling a custom policy of a tenant with this domain and these key containers.
pub(crate) fn policy_options(domain: &str, containers: Vec<String>) -> CompileOptions {
    let all = containers.into_iter().chain(BUILT_IN.map(str::to_owned));
    CompileOptions { tenant: Some(domain.to_owned()), key_containers: Some(all.collect()) }
}

fn options(domain: &str) -> CompileOptions {
    CompileOptions { tenant: Some(domain.to_owned()), key_containers: None }
}

fn user_flow_chain(
    settings: &FlowSettings,
    attributes: &[CustomAttribute],
    domain: &str,
) -> Result<Vec<Source>, Vec<Problem>> {
    let problem = |message| Problem::error(settings.name.clone(), 0, message);
    chain(settings, attributes, domain).map_err(|found| found.into_iter().map(problem).collect())
}
