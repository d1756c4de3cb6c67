"""Sign up, sign in, reset and edit by the page API alone, on the newest layout."""

import hashlib
import os

from page_api import Visitor, authorize, redeems

PASSWORD, CHANGED = "Three-quiet-lamps-7", "Four-quiet-lamps-8"
eve = "eve@example.test"
env = os.environ


def signs_up():
    visitor = Visitor(env["OUTBOX"])
    assert visitor.opens(authorize("B2C_1_signupsignin1")) is None
    assert visitor.goes_on("unified", local="signup") is None
    assert visitor.settings["api"] == "SelfAsserted", visitor.settings["api"]
    assert {"email", "newPassword", "reenterPassword", "displayName"} <= set(visitor.fields()), visitor.fields()
    form = {"email": eve, "newPassword": PASSWORD, "reenterPassword": PASSWORD, "displayName": "Eve Example"}
    unverified = visitor.submits(**form)
    assert unverified["status"] == "400" and unverified["message"], unverified
    code = visitor.verifies(eve)
    said = visitor.submits(emailVerificationCode=code, **form)
    assert said == {"status": "200"}, said
    claims = redeems("B2C_1_signupsignin1", visitor.goes_on())
    assert claims["newUser"] is True and claims["emails"] == [eve] and claims["name"] == "Eve Example", claims
    return claims["sub"]


def signs_in(password, name):
    visitor = Visitor(env["OUTBOX"])
    answer = visitor.signs_in(authorize("B2C_1_signupsignin1"), eve, password)
    claims = redeems("B2C_1_signupsignin1", answer)
    assert claims["name"] == name and "newUser" not in claims, claims
    return visitor, claims["sub"]


def is_refused(email, password):
    visitor = Visitor(env["OUTBOX"])
    visitor.opens(authorize("B2C_1_signupsignin1"))
    said = visitor.submits(email=email, password=password)
    assert said["status"] == "400" and said["errorCode"] in ("AADB2C90053", "AADB2C90054"), said
    assert said["message"], said
    return said


def resets(visitor):
    """On a page that asks for the address: prove the mailbox, choose a password."""
    code = visitor.verifies(eve)
    assert visitor.submits(email=eve, emailVerificationCode=code) == {"status": "200"}
    assert visitor.goes_on() is None, "the page of the new password"
    assert "newPassword" in visitor.fields(), visitor.fields()
    assert visitor.submits(newPassword=CHANGED, reenterPassword=CHANGED) == {"status": "200"}
    return visitor.goes_on()


sub = signs_up()
visitor, again = signs_in(PASSWORD, "Eve Example")
assert again == sub
wrong, unknown = is_refused(eve, "Not-the-password-1"), is_refused("nobody@example.test", "Not-the-password-1")
assert wrong == unknown, "an unknown name and a wrong password are told alike"

# Edit, on the session of the sign-in.
assert visitor.opens(authorize("B2C_1_profile_editing")) is None
assert visitor.fields()[0] == "displayName", visitor.fields()
assert visitor.submits(displayName="Eve the Second") == {"status": "200"}
claims = redeems("B2C_1_profile_editing", visitor.goes_on())
assert claims["name"] == "Eve the Second" and claims["sub"] == sub, claims

# Reset, by its own flow, and by the link of the sign-in page.
visitor = Visitor(env["OUTBOX"])
assert visitor.opens(authorize("B2C_1_reset_password")) is None
assert redeems("B2C_1_reset_password", resets(visitor))["sub"] == sub
signs_in(CHANGED, "Eve the Second")
is_refused(eve, PASSWORD)

visitor = Visitor(env["OUTBOX"])
visitor.opens(authorize("B2C_1_signupsignin1"))
exchange = visitor.settings["config"]["forgotPasswordLinkOverride"]
assert visitor.goes_on("unified", claimsexchange=exchange) is None
CHANGED = "Five-quiet-lamps-9"
assert redeems("B2C_1_signupsignin1", resets(visitor))["sub"] == sub
signs_in(CHANGED, "Eve the Second")

# Cancel, and a value that is not the page's.
visitor = Visitor(env["OUTBOX"])
visitor.opens(authorize("B2C_1_signupsignin1"))
visitor.goes_on("unified", local="signup")
answer = visitor.goes_on("cancelled")
assert answer["error"] == "access_denied" and answer["error_description"].startswith("AADB2C90091"), answer
visitor.opens(authorize("B2C_1_signupsignin1"))
visitor.settings["csrf"] = hashlib.sha256(b"not the page's").hexdigest()
answer = visitor.http.post(
    visitor.url("SelfAsserted"), data={"email": eve}, headers={"X-CSRF-TOKEN": visitor.settings["csrf"]}, timeout=20
)
assert answer.status_code >= 400 or answer.json()["status"] != "200", answer.text
print("done")
