"""What the parts of the proof share: the SDK, a client of it, and its errors."""

import atexit
import json
import os
import shutil
import tempfile
from importlib.metadata import version

# The SDK keeps a configuration and a log in the home directory: not in that of whoever runs this.
os.environ["HOME"] = tempfile.mkdtemp(prefix="dsr-sdk-home-")
atexit.register(shutil.rmtree, os.environ["HOME"], ignore_errors=True)

import PureCloudPlatformClientV2 as sdk  # noqa: E402
import urllib3  # noqa: E402
from PureCloudPlatformClientV2.rest import ApiException  # noqa: E402

VERSION = version("PureCloudPlatformClientV2")
CHECKED = []


def ok(what):
    """Tells what was checked."""
    CHECKED.append(what)
    print(f"ok  {what}", flush=True)


def sign_in(served, patient=True):
    """A client of its own with a token. An impatient one gives up at the first 429."""
    sdk.configuration.host = served.url
    client = sdk.api_client.ApiClient(host=served.url)
    if not patient:
        pools = client.get_http_client().rest_client.pool_manager
        pools.connection_pool_kw["retries"] = urllib3.Retry(total=0, respect_retry_after_header=False)
    client.get_client_credentials_token(served.client_id, served.client_secret)
    return client


def refused(call, status, reason, code):
    """The error of a call, with all that an ApiException tells."""
    try:
        call()
    except ApiException as error:
        body = json.loads(error.body)
        assert (error.status, error.reason) == (status, reason), error
        assert body["code"] == code, body
        assert body["status"] == status, body
        assert body["contextId"] == error.headers["ININ-Correlation-Id"], error
        return error, body
    raise AssertionError(f"not refused: {code}")


def subject_of_contact(contact_id):
    subject = sdk.GDPRSubject()
    subject.external_contact_id = contact_id
    return subject


def request(kind, contact_id, terms=None):
    body = sdk.GDPRRequest()
    body.request_type = kind
    body.subject = subject_of_contact(contact_id)
    body.replacement_terms = terms
    return body
