//! A person's browser, as a story tells what the person does and sees.
//!
//! Nothing here sleeps: WebDriver's implicit wait lets an element come into being, and what is `hidden` does not count.

use crate::driver::Driver;
use fantoccini::elements::Element;
use fantoccini::wd::TimeoutConfiguration;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// How long an element may take to appear.
const PATIENCE: Duration = Duration::from_secs(60);
/// Matches elements that are visible.
const SHOWN: &str = "[not(ancestor-or-self::*[@hidden])]";

/// The options of a browser.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// True if scripts are switched off.
    pub without_script: bool,
    /// Chromium's `--host-resolver-rules`; certificates of that host are not checked.
    pub resolver_rules: Option<String>,
}

/// One browser with its own profile.
pub struct Browser {
    client: Client,
}

impl Browser {
    /// Opens a browser with its profile below `folder`.
    ///
    /// # Panics
    /// When Chromium does not start.
    pub async fn open(driver: &Driver, setup: Setup, folder: &Path) -> Self {
        let profile = tempfile::Builder::new().prefix("browser").tempdir_in(folder).expect("a folder").keep();
        let mut args = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--lang=en-US".to_owned(),
            "--window-size=1100,900".to_owned(),
        ];
        args.push(format!("--user-data-dir={}", profile.display()));
        let strange_certificates = setup.resolver_rules.is_some();
        args.extend(setup.resolver_rules.map(|rules| format!("--host-resolver-rules={rules}")));
        let content = if setup.without_script { 2 } else { 1 };
        let options = json!({
            "args": args,
            "prefs": {
                "profile.managed_default_content_settings.javascript": content,
                // As in most browsers: a hidden frame of another site has its cookies.
                "profile.block_third_party_cookies": false,
                "profile.cookie_controls_mode": 0,
            },
        });
        let capabilities = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "performance": "ALL" },
            "acceptInsecureCerts": strange_certificates,
        });
        let client = ClientBuilder::rustls()
            .expect("certificates")
            .capabilities(capabilities.as_object().cloned().expect("an object"))
            .connect(driver.url())
            .await
            .expect("Chromium starts");
        let waits = TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), Some(PATIENCE));
        client.update_timeouts(waits).await.expect("timeouts");
        Self { client }
    }

    /// Opens a URL.
    ///
    /// # Panics
    /// When the page does not load.
    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.expect("the page loads");
    }

    /// Opens a URL that may lead to a server which does not respond.
    pub async fn follows(&self, url: &str) {
        // The driver reports a missing response as an error; the URL is checked afterwards.
        let _ = self.client.goto(url).await;
    }

    /// Waits until this text is visible.
    ///
    /// # Panics
    /// If it does not appear; prints the page's text instead.
    pub async fn sees(&self, text: &str) {
        let path = format!(
            "//body//*[not(self::script or self::style)]{SHOWN}[contains(normalize-space(.), {})]",
            quoted(text)
        );
        self.element(&path, text).await;
    }

    /// Presses the link or button with this text.
    ///
    /// # Panics
    /// When there is none.
    pub async fn presses(&self, text: &str) {
        let text_of = format!("[normalize-space(.)={}]", quoted(text));
        let path = format!("//a{text_of}{SHOWN} | //button{text_of}{SHOWN}");
        self.element(&path, text).await.click().await.expect("pressed");
    }

    /// Waits until the element with this id is visible.
    ///
    /// # Panics
    /// When it does not appear.
    pub async fn finds_id(&self, id: &str) {
        self.by_id(id).await;
    }

    /// Presses the element with this id.
    ///
    /// # Panics
    /// When there is none.
    pub async fn presses_id(&self, id: &str) {
        self.by_id(id).await.click().await.expect("pressed");
    }

    /// Types into the input with this id, replacing its value.
    ///
    /// # Panics
    /// When there is none.
    pub async fn types(&self, id: &str, text: &str) {
        let input = self.by_id(id).await;
        input.clear().await.expect("cleared");
        input.send_keys(text).await.expect("typed");
    }

    /// Types into the input with this name, on pages whose inputs have no ids.
    ///
    /// # Panics
    /// When there is none.
    pub async fn fills(&self, name: &str, text: &str) {
        let input = self.element(&format!("//input[@name={}]{SHOWN}", quoted(name)), name).await;
        input.send_keys(text).await.expect("typed");
    }

    /// The value of the input with this id.
    ///
    /// # Panics
    /// When there is none.
    pub async fn value_of(&self, id: &str) -> String {
        self.by_id(id).await.prop("value").await.expect("a value").unwrap_or_default()
    }

    /// Sends keys to the focused element, like a user without a mouse.
    ///
    /// # Panics
    /// If no element accepts them.
    pub async fn keys(&self, keys: &str) {
        let focused = self.client.active_element().await.expect("a focus");
        focused.send_keys(keys).await.expect("typed");
    }

    /// Id of the element that has the focus.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn focus(&self) -> String {
        let focused = self.client.active_element().await.expect("a focus");
        focused.attr("id").await.expect("an answer").unwrap_or_default()
    }

    /// Presses the back button.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn goes_back(&self) {
        self.client.back().await.expect("went back");
    }

    /// Reloads the page.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn reloads(&self) {
        self.client.refresh().await.expect("loaded again");
    }

    /// The current URL.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn url(&self) -> String {
        self.client.current_url().await.expect("an address").to_string()
    }

    /// Opens another tab and switches to it.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn opens_tab(&self) {
        let tab = self.client.new_window(true).await.expect("a tab");
        self.client.switch_to_window(tab.handle).await.expect("switched");
    }

    /// Switches to the tab with this number, from 0.
    ///
    /// # Panics
    /// When there is none.
    pub async fn switches_to_tab(&self, number: usize) {
        let tabs = self.client.windows().await.expect("tabs");
        self.client.switch_to_window(tabs[number].clone()).await.expect("switched");
    }

    /// Switches to the window that the page opened, once it exists.
    ///
    /// # Panics
    /// When none opens.
    pub async fn switches_to_new_window(&self) {
        let here = self.client.window().await.expect("a window");
        let opened = tokio::time::timeout(PATIENCE, async {
            loop {
                let windows = self.client.windows().await.expect("windows");
                if let Some(window) = windows.into_iter().find(|w| *w != here) {
                    return window;
                }
            }
        });
        self.client.switch_to_window(opened.await.expect("a window opens")).await.expect("switched");
    }

    /// Resizes the window, in pixels.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn resizes(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.expect("resized");
    }

    /// Runs a script in the page and returns its value.
    ///
    /// # Panics
    /// When it fails.
    pub async fn runs(&self, script: &str) -> serde_json::Value {
        self.client.execute(script, Vec::new()).await.expect("ran")
    }

    /// Runs a script that calls its last argument when it is done, and returns the value passed to it.
    ///
    /// # Panics
    /// When it fails.
    pub async fn runs_until_done(&self, script: &str) -> serde_json::Value {
        self.client.execute_async(script, Vec::new()).await.expect("ran")
    }

    /// Sets the system's preference for dark mode.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn prefers_dark(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let params = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.client.issue_cmd(Chrome { command: "Emulation.setEmulatedMedia", params }).await.expect("set");
    }

    /// Waits until the browser is at a URL with this beginning that contains this part, whether or not a server
    /// responds there.
    ///
    /// # Panics
    /// If it does not go there.
    pub async fn comes_to(&self, start: &str, part: &str) {
        let went = tokio::time::timeout(PATIENCE, async {
            loop {
                let url = self.url().await;
                if url.starts_with(start) && url.contains(part) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        });
        if went.await.is_err() {
            panic!("the browser is at {} and not at {start}", self.url().await);
        }
    }

    /// Waits until the browser requests a URL with this beginning, whether or not a program handles its scheme.
    /// Returns the URL.
    ///
    /// # Panics
    /// If it does not request it, as when a form that leads there is blocked.
    pub async fn asks_for(&self, start: &str) -> String {
        let asked = tokio::time::timeout(PATIENCE, async {
            loop {
                let lines = self.client.issue_cmd(NetworkLog).await.expect("the log");
                let mut addresses = lines.as_array().into_iter().flatten().filter_map(document);
                if let Some(address) = addresses.find(|address| address.starts_with(start)) {
                    return address;
                }
            }
        });
        match asked.await {
            Ok(address) => address,
            Err(_) => panic!("the browser does not ask for {start}; the page: {}", self.text().await),
        }
    }

    /// The whole text of the page.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn text(&self) -> String {
        self.client.find(Locator::Css("body")).await.expect("a body").text().await.expect("its text")
    }

    /// Saves a screenshot of the page as `{name}.png` if `VESTIBULE_SCREENSHOTS` names a folder.
    ///
    /// # Panics
    /// When it cannot be written.
    pub async fn takes_picture(&self, name: &str) {
        let Ok(folder) = std::env::var("VESTIBULE_SCREENSHOTS") else { return };
        let picture = self.client.screenshot().await.expect("a picture");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), picture).expect("written");
    }

    /// Closes the browser.
    ///
    /// # Panics
    /// When it does not close.
    pub async fn closes(self) {
        self.client.close().await.expect("closed");
    }

    async fn by_id(&self, id: &str) -> Element {
        self.element(&format!("//*[@id={}]{SHOWN}", quoted(id)), id).await
    }

    async fn element(&self, path: &str, what: &str) -> Element {
        match self.client.find(Locator::XPath(path)).await {
            Ok(element) => element,
            Err(error) => {
                self.takes_picture("failed").await;
                panic!(
                    "{what:?} is not to be seen at {} ({error}). The page says:\n{}",
                    self.url().await,
                    self.text().await
                )
            }
        }
    }
}

/// A text as an XPath literal.
fn quoted(text: &str) -> String {
    if text.contains('"') { format!("'{text}'") } else { format!("\"{text}\"") }
}

/// A command of Chromium's own protocol, sent through chromedriver.
#[derive(Debug)]
struct Chrome {
    command: &'static str,
    params: serde_json::Value,
}

impl fantoccini::wd::WebDriverCompatibleCommand for Chrome {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.command, "params": self.params }).to_string()))
    }
}

/// The URL of the document that the browser requests, according to a log line.
fn document(line: &serde_json::Value) -> Option<String> {
    let event: serde_json::Value = serde_json::from_str(line["message"].as_str()?).ok()?;
    let event = &event["message"];
    if event["method"] != "Network.requestWillBeSent" {
        return None;
    }
    let fragment = event["params"]["request"]["urlFragment"].as_str().unwrap_or_default();
    event["params"]["documentURL"].as_str().map(|address| format!("{address}{fragment}"))
}

/// Reads the network log of chromedriver since the last call.
#[derive(Debug)]
struct NetworkLog;

impl fantoccini::wd::WebDriverCompatibleCommand for NetworkLog {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "type": "performance" }).to_string()))
    }
}
