"""What the SDK does when the far end does not answer as it should."""

import time

from estate import Home, Served
from sdk_client import ok, refused, request, sdk, sign_in


def check_rate_limit(home):
    with Served(home, "rate-limit") as served:
        client = sign_in(served)
        began = time.monotonic()
        assert sdk.GeneralDataProtectionRegulationApi(client).get_gdpr_requests().total
        waited = time.monotonic() - began
        assert waited >= 1, f"Retry-After was not kept: {waited:.2f} s"
        ok("429 with Retry-After: the SDK waits as long as it is told and comes back")
    # Calls are counted in the estate, so this begins in another home.
    with Home(home.dsr) as other, Served(other, "rate-limit") as served:
        gdpr = sdk.GeneralDataProtectionRegulationApi(sign_in(served, patient=False))
        error, _ = refused(
            gdpr.get_gdpr_requests, 429, "Too Many Requests", "too.many.requests.retry.after"
        )
        assert error.headers["Retry-After"] == "1"
        assert gdpr.get_gdpr_subjects("EMAIL", "ada.sample@example.org").entities
        error, _ = refused(
            lambda: gdpr.get_gdpr_subjects("EMAIL", "ada.sample@example.org"),
            429,
            "Too Many Requests",
            "too.many.requests",
        )
        assert "Retry-After" not in error.headers
        ok("429 as ApiException, with Retry-After and without")


def check_cut(home):
    with Served(home, "cut-after") as served:
        gdpr = sdk.GeneralDataProtectionRegulationApi(sign_in(served))
        before = gdpr.get_gdpr_requests().total
        gdpr.post_gdpr_requests(request("GDPR_EXPORT", "nobody"))
        made = gdpr.get_gdpr_requests().total - before
        assert made > 1, made
        ok(f"a cut after the effect is a real one: the SDK sends again, and {made} requests stand there")
