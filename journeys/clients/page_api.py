"""A person without a browser: B2C's page API as load tests and login add-ons use it (SETTINGS, SelfAsserted, confirmed)."""

import base64
import json
import os
import re
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

HOST = "https://contoso.b2clogin.com"
TENANT = f"{HOST}/contoso.onmicrosoft.com"
REDIRECT = "http://localhost:4999/getAToken"


def authorize(policy, **more):
    """The address at which a sign-in begins."""
    query = {
        "client_id": os.environ["CLIENT_ID"],
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": "openid",
        "state": "of the script",
        "nonce": secrets.token_urlsafe(8),
    }
    return f"{TENANT}/{policy}/oauth2/v2.0/authorize?{urlencode(query | more)}"


def redeems(policy, answer):
    """The ID token's claims."""
    assert answer["state"] == "of the script", answer
    form = {
        "grant_type": "authorization_code",
        "client_id": os.environ["CLIENT_ID"],
        "client_secret": os.environ["CLIENT_SECRET"],
        "code": answer["code"],
        "redirect_uri": REDIRECT,
    }
    said = requests.post(f"{TENANT}/{policy}/oauth2/v2.0/token", data=form, timeout=20).json()
    payload = said["id_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Visitor:
    """Cookies, and the page that is shown."""

    def __init__(self, outbox):
        self.http = requests.Session()
        self.outbox = outbox
        self.settings = None
        self.page = ""
        self.read = {}

    def opens(self, url):
        """Follow redirects: None when a page of the tenant is shown, else what came back to the application."""
        for _ in range(10):
            answer = self.http.get(url, allow_redirects=False, timeout=20)
            if answer.is_redirect:
                url = requests.compat.urljoin(url, answer.headers["Location"])
                if urlsplit(url).hostname == "localhost":
                    parts = urlsplit(url)
                    return {k: v[0] for k, v in parse_qs(parts.query or parts.fragment).items()}
                continue
            assert answer.status_code == 200, (answer.status_code, answer.text[:500])
            return self.shows(answer.text)
        raise AssertionError("redirects without end")

    def shows(self, html):
        """Read a page as scripts do: by a pattern for SETTINGS, or the fields of an automatic form."""
        found = re.search(r"var SETTINGS = (\{.*?\});", html)
        if found:
            self.page, self.settings = html, json.loads(found.group(1))
            return None
        assert "<form id='auto'" in html or 'id="auto"' in html, html[:500]
        return dict(re.findall(r"""name=['"]([^'"]+)['"] value=['"]([^'"]*)['"]""", html))

    def fields(self):
        """The names in SA_FIELDS."""
        found = re.search(r"var SA_FIELDS = (\{.*?\});", self.page)
        return [field["ID"] for field in json.loads(found.group(1))["AttributeFields"]]

    def url(self, path, **query):
        hosts = self.settings["hosts"]
        query |= {"tx": self.settings["transId"], "p": hosts["policy"]}
        return requests.Request("GET", f"{HOST}{hosts['tenant']}/{path}", params=query).prepare().url

    def posts(self, path="SelfAsserted", **form):
        """One of the page's POSTs; its JSON."""
        headers = {"X-CSRF-TOKEN": self.settings["csrf"], "X-Requested-With": "XMLHttpRequest"}
        answer = self.http.post(self.url(path), data=form, headers=headers, timeout=20)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return json.loads(answer.text.lstrip("&"))

    def submits(self, **form):
        return self.posts(request_type="RESPONSE", **form)

    def goes_on(self, end="confirmed", **query):
        """What follows: the next page (None) or the answer for the application."""
        query |= {"csrf_token": self.settings["csrf"]}
        return self.opens(self.url(f"api/{self.settings['api']}/{end}", **query))

    def signs_in(self, url, email, password):
        """From an authorize address to the application's answer."""
        assert self.opens(url) is None, "a sign-in page"
        assert self.settings["api"] == "CombinedSigninAndSignup", self.settings["api"]
        assert self.http.cookies["x-ms-cpim-csrf"] == self.settings["csrf"]
        said = self.submits(email=email, password=password)
        assert said == {"status": "200"}, said
        return self.goes_on(rememberMe="false")

    def code(self, address):
        """The code in the next mail to this address."""
        query = {"format": "json", "wait": "10", "to": address, "after": self.read.get(address, "")}
        mail = requests.get(self.outbox, params=query, timeout=20, proxies={"http": None}).json()[0]
        self.read[address] = mail["id"]
        return mail["code"]

    def verifies(self, address):
        """The display control of the newest layout."""
        control = "SelfAsserted/DisplayControlAction/vbeta/emailVerificationControl/"
        said = self.posts(control + "SendCode", email=address)
        assert said == {"status": "200"}, said
        code = self.code(address)
        wrong = f"{(int(code) + 1) % 1000000:06}"
        said = self.posts(control + "VerifyCode", email=address, emailVerificationCode=wrong)
        assert said["status"] == "400" and said["message"], said
        said = self.posts(control + "VerifyCode", email=address, emailVerificationCode=code)
        assert said == {"status": "200"}, said
        return code

    def verifies_by_claim(self, address):
        """`Verified.Email`, the older layout: requests about a claim, with no control."""
        claim = {"claim_id": "email", "claim_value": address}
        said = self.posts(request_type="VERIFICATION_REQUEST", **claim)
        assert said["status"] == "200", said
        code = self.code(address)
        wrong = f"{(int(code) + 1) % 1000000:06}"
        said = self.posts(request_type="VALIDATION_REQUEST", user_input=wrong, **claim)
        assert said["status"] == "400" and said["message"], said
        said = self.posts(request_type="VALIDATION_REQUEST", user_input=code, **claim)
        assert said["status"] == "200", said
