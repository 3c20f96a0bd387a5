"""Is it there yet? Asked from outside, as a user would."""

import http.client
import socket
import ssl

from dam.settings import Settings

PATIENCE = 2.0  # seconds


def redis_answers(settings: Settings) -> bool:
    """True when the private Redis has read its file and answers."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE)
            line.connect(str(settings.redis_socket))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def web_answers(settings: Settings) -> bool:
    """True when /healthz says 200."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.bind, settings.bind)
    connection: http.client.HTTPConnection
    if settings.tls_cert:
        # We ask ourselves: whether the certificate names this machine is for its visitors to say.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, settings.port, timeout=PATIENCE, context=context)
    else:
        connection = http.client.HTTPConnection(host, settings.port, timeout=PATIENCE)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
