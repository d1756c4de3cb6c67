"""The article's web app on the article's library, PyPI identity[flask]. All settings come from the environment, which is
where `flask run` puts the lines of .env."""

import os
import sys

import requests
from flask import Flask, render_template_string
from identity.flask import Auth
from werkzeug.serving import make_server

PAGE = """<!doctype html><title>app</title>
<h1>{{ user.get("name") }}</h1><p id="claims">{{ user | tojson }}</p>{% if result is defined %}<pre>{{ result }}</pre>{% endif %}
{% if edit %}<a href="{{ edit }}">Edit Profile</a>{% endif %} <a href="{{ url_for('call_api') }}">Call an API</a>
<a href="{{ url_for('identity.logout') }}">Logout</a>"""

app = Flask(__name__)
app.config.update(SESSION_TYPE="filesystem", SESSION_FILE_DIR=os.getenv("SESSION_FOLDER", "flask_session"))
auth = Auth(
    app,
    client_id=os.environ["CLIENT_ID"],
    client_credential=os.environ["CLIENT_SECRET"],
    redirect_uri=os.environ["REDIRECT_URI"],
    authority=os.getenv("AUTHORITY"),
    b2c_tenant_name=os.getenv("B2C_TENANT_NAME"),
    b2c_signup_signin_user_flow=os.getenv("SIGNUPSIGNIN_USER_FLOW"),
    b2c_edit_profile_user_flow=os.getenv("EDITPROFILE_USER_FLOW"),
    b2c_reset_password_user_flow=os.getenv("RESETPASSWORD_USER_FLOW"),
)


@app.route("/")
@auth.login_required
def index(*, context):
    return render_template_string(PAGE, user=context["user"], edit=auth.get_edit_profile_url())


@app.route("/call_api")
@auth.login_required(scopes=os.environ["SCOPE"].split())
def call_api(*, context):
    # The API is on this machine, not behind the proxy that leads to the tenant.
    bearer = {"Authorization": "Bearer " + context["access_token"]}
    answer = requests.get(os.environ["ENDPOINT"], headers=bearer, timeout=10, proxies={"http": None})
    return render_template_string(PAGE, user=context["user"], edit=None, result=answer.text)


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(os.environ["PORT"]), app, threaded=True)
    print("ready", flush=True)
    server.serve_forever()
    sys.exit()
