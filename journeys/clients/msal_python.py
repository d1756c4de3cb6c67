"""PyPI msal against the tenant: code, silent, refresh, client credentials, the password grant, a certificate."""

import os

import msal
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from page_api import Visitor

HOST = "https://contoso.b2clogin.com"
REDIRECT = "http://localhost:4999/getAToken"
READ, WRITE = (f"https://contoso.onmicrosoft.com/tasks-api/tasks.{what}" for what in ("read", "write"))
env = os.environ


def authority(flow):
    return f"{HOST}/contoso.onmicrosoft.com/{flow}"


def given(result):
    assert "error" not in result, result
    return result


def confidential(client_id, credential, flow="B2C_1_signupsignin1"):
    return msal.ConfidentialClientApplication(client_id, client_credential=credential, authority=authority(flow))


def code(response_mode, client_id, credential):
    """A code for one scope, silently another from the cache's refresh token, a forced refresh, account and sign-out."""
    app = confidential(client_id, credential)
    flow = app.initiate_auth_code_flow([READ], redirect_uri=REDIRECT, response_mode=response_mode)
    answer = Visitor(env["OUTBOX"]).signs_in(flow["auth_uri"], env["NAME"], env["PASSWORD"])
    result = given(app.acquire_token_by_auth_code_flow(flow, answer))
    claims = result["id_token_claims"]
    assert claims["tfp"] == "B2C_1_signupsignin1" and claims["name"] == "Ann Example", claims
    assert claims["aud"] == client_id and claims["iss"].startswith(HOST + "/"), claims
    assert READ in result["scope"].split(), result["scope"]
    [account] = app.get_accounts()
    assert account["home_account_id"] == f"{claims['oid']}-b2c_1_signupsignin1.{env['TENANT_ID']}", account
    cached = given(app.acquire_token_silent([READ], account=account))
    assert cached["access_token"] == result["access_token"] and cached["token_source"] == "cache"
    wider = given(app.acquire_token_silent([WRITE], account=account))
    assert wider["token_source"] == "identity_provider" and WRITE in wider["scope"].split(), wider["scope"]
    fresh = given(app.acquire_token_silent([READ], account=account, force_refresh=True))
    assert fresh["token_source"] == "identity_provider" and fresh["id_token_claims"]["sub"] == claims["sub"]
    again = app.acquire_token_by_auth_code_flow(flow, answer)
    assert again["error"] == "invalid_grant" and again["error_description"].startswith("AADB2C"), again
    gone = app.acquire_token_silent_with_error([WRITE], account=account, force_refresh=True)
    assert "access_token" not in (gone or {}), "a code used twice ends its tokens"


def daemon(client_id, credential):
    """Tokens for a program; the second from the cache."""
    app = confidential(client_id, credential)
    scope = ["https://contoso.onmicrosoft.com/tasks-api/.default"]
    first = given(app.acquire_token_for_client(scope))
    assert first["token_type"] == "Bearer" and first["expires_in"] > 0 and "refresh_token" not in first
    second = given(app.acquire_token_for_client(scope))
    assert second["token_source"] == "cache" and second["access_token"] == first["access_token"]


def refused(client_id, credential):
    app = confidential(client_id, credential)
    said = app.acquire_token_for_client(["https://contoso.onmicrosoft.com/tasks-api/.default"])
    assert said["error"] == "invalid_client" and said["error_description"].startswith("AADB2C"), said


def password():
    """The password grant, and its refresh."""
    app = msal.PublicClientApplication(env["NATIVE_ID"], authority=authority("B2C_1_ropc"))
    wrong = app.acquire_token_by_username_password(env["NAME"], "Not-the-password-1", scopes=[READ])
    assert wrong["error"] == "access_denied" and "AADB2C90225" in wrong["error_description"], wrong
    result = given(app.acquire_token_by_username_password(env["NAME"], env["PASSWORD"], scopes=[READ]))
    assert result["id_token_claims"]["tfp"] == "B2C_1_ropc", result["id_token_claims"]
    [account] = app.get_accounts()
    fresh = given(app.acquire_token_silent([READ], account=account, force_refresh=True))
    assert fresh["token_source"] == "identity_provider", fresh["token_source"]


def unknown_policy():
    try:
        confidential(env["CLIENT_ID"], env["CLIENT_SECRET"], "B2C_1_nowhere")
    except ValueError:
        return
    raise AssertionError("an unknown policy must be told by a status of 400 to 499")


def certificate():
    """In place of a secret: RS256 with x5t, the same with x5c, PS256 with x5t#S256 and x5c."""
    client_id, pem, key = env["CERTIFIED_ID"], env["CERTIFICATE"], env["PRIVATE_KEY"]
    thumbprint = x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA1()).hex()
    for public in (
        {"thumbprint": thumbprint},
        {"thumbprint": thumbprint, "public_certificate": pem},
        {"public_certificate": pem},
    ):
        daemon(client_id, {"private_key": key, **public})
        # The refresh tokens go with the assertion that went with the code: msal keeps it.
        code("query", client_id, {"private_key": key, **public})
        refused(env["DAEMON_ID"], {"private_key": key, **public})
    other = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    refused(client_id, {"private_key": other.decode(), "thumbprint": thumbprint})
    refused(client_id, env["DAEMON_SECRET"])


for mode in ("query", "form_post"):
    code(mode, env["CLIENT_ID"], env["CLIENT_SECRET"])
daemon(env["DAEMON_ID"], env["DAEMON_SECRET"])
refused(env["DAEMON_ID"], "not-the-secret-that-was-given-to-it")
certificate()
password()
unknown_policy()
print("done")
