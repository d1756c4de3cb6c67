"""PyPI oidc-provider-mock, with one person known."""

import os
import threading

import oidc_provider_mock

ann = oidc_provider_mock.User(sub="ann", claims={"name": "Ann Example", "email": "ann@example.test"})
with oidc_provider_mock.run_server_in_thread(port=int(os.environ["PORT"]), user_claims=[ann]):
    print("ready", flush=True)
    threading.Event().wait()
