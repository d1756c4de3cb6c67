"""A real SMTP server (aiosmtpd) for the mail tests: keeps every mail and tells it on standard output, one JSON a line.

Arguments: plain, starttls or tls; with the latter two also a certificate and its key. The first line is the port.
Mail is taken from user "vestibule" with password "p@ss:word/7" only, unless plain. Ends with its standard input.
"""

import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


class Keep:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
        print(json.dumps({
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "tls": server.transport.get_extra_info("cipher") is not None,
            "user": session.auth_data and session.auth_data.login.decode(),
            "type": mail.get_content_type(),
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "parts": parts,
        }), flush=True)
        return "250 kept"


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (b"vestibule", b"p@ss:word/7")
    return AuthResult(success=right, handled=False, auth_data=data)


async def main(mode, *files):
    context = None
    if files:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*files)
    auth = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False} if files else {}
    start = {"tls_context": context, "require_starttls": True} if mode == "starttls" else {}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Keep(), hostname="localhost", **auth, **start),
        "127.0.0.1",
        0,
        ssl=context if mode == "tls" else None,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


logging.disable(logging.WARNING)
warnings.simplefilter("ignore")
asyncio.run(main(*sys.argv[1:]))
