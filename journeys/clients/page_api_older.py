"""Sign up, sign in, edit and reset by the page API alone, where the e-mail code is asked for in the older way: on the
starter pack's policies."""

import os

from page_api import Visitor, authorize, redeems

PASSWORD, CHANGED = "Quiet-lamps-7", "Other-lamps-8"  # The pack wants 8 to 16 characters.
SIGN_IN, EDIT, RESET = "B2C_1A_signup_signin", "B2C_1A_ProfileEdit", "B2C_1A_PasswordReset"
eve = "eve@example.test"
outbox = os.environ["OUTBOX"]


def signs_in(password):
    """The visitor, and what the sign-in page says of the form."""
    visitor = Visitor(outbox)
    assert visitor.opens(authorize(SIGN_IN)) is None
    assert visitor.settings["api"] == "CombinedSigninAndSignup", visitor.settings["api"]
    return visitor, visitor.submits(signInName=eve, password=password)


# Sign up.
visitor = Visitor(outbox)
assert visitor.opens(authorize(SIGN_IN)) is None
assert visitor.goes_on("unified", local="signup") is None
assert visitor.settings["api"] == "SelfAsserted", visitor.settings["api"]
form = {"email": eve, "newPassword": PASSWORD, "reenterPassword": PASSWORD, "displayName": "Eve Example"}
form |= {"givenName": "Eve", "surname": "Example"}
assert set(form) <= set(visitor.fields()), visitor.fields()
unverified = visitor.submits(**form)
assert unverified["status"] == "400" and unverified["message"], unverified
visitor.verifies_by_claim(eve)
said = visitor.submits(**form | {"email": "other@example.test"})
assert said["status"] == "400", f"another address is not the one that was verified: {said}"
assert visitor.submits(**form) == {"status": "200"}
claims = redeems(SIGN_IN, visitor.goes_on())
assert claims["name"] == "Eve Example" and claims["given_name"] == "Eve", claims
sub = claims["sub"]

# Sign in, and edit on the session of the sign-in.
visitor, said = signs_in("Not-the-password-1")
assert said["status"] == "400" and said["message"], said
visitor, said = signs_in(PASSWORD)
assert said == {"status": "200"}, said
assert redeems(SIGN_IN, visitor.goes_on(rememberMe="false"))["sub"] == sub
assert visitor.opens(authorize(EDIT)) is None
assert visitor.fields() == ["givenName", "surname"], visitor.fields()
assert visitor.submits(givenName="Eva", surname="Example") == {"status": "200"}
assert redeems(EDIT, visitor.goes_on())["sub"] == sub

# Reset.
visitor = Visitor(outbox)
assert visitor.opens(authorize(RESET)) is None
visitor.verifies_by_claim(eve)
assert visitor.submits(email=eve) == {"status": "200"}
assert visitor.goes_on() is None, "the page of the new password"
assert visitor.submits(newPassword=CHANGED, reenterPassword=CHANGED) == {"status": "200"}
assert redeems(RESET, visitor.goes_on())["sub"] == sub
assert signs_in(PASSWORD)[1]["status"] == "400"
visitor, said = signs_in(CHANGED)
assert said == {"status": "200"}, said
claims = redeems(SIGN_IN, visitor.goes_on())
assert claims["sub"] == sub and claims["given_name"] == "Eva", claims
print("done")
