"""The official Python SDK of Genesys Cloud against the simulator: what it can do with the real
API it can do here, with the same models, errors and retries."""

import io
import json
import sys
import urllib.request
import zipfile

from estate import Home, Served
from sdk_client import CHECKED, VERSION, ApiException, ok, refused, request, sdk, sign_in
from sdk_faults import check_cut, check_rate_limit
from sdk_neighbours import check_neighbours, check_set_up


def check_login(served):
    client = sign_in(served)
    assert len(client.access_token) > 20
    try:
        sdk.api_client.ApiClient().get_client_credentials_token(served.client_id, "wrong")
    except ApiException as error:
        body = json.loads(error.body)
        assert error.status == 401 and body["error"] == "invalid_client", error
        assert body["description"] == body["error_description"] == "authentication failed"
    else:
        raise AssertionError("a wrong secret is taken")
    ok("login by client credentials, and a wrong secret refused in the three-field form")
    return client


def check_search(gdpr):
    values = {
        "NAME": "Jörg Müller",
        "ADDRESS": "Probestraße 7",
        "PHONE": "+49 30 23125014",
        "EMAIL": "anna.muster@example.org",
        "TWITTER": "@gesa_testfall",
        "INSTAGRAM": "anna.muster.berlin",
        "FACEBOOK": "fb-10000417",
        "APPLE_MESSAGES": "urn:biz:417-ada",
        "WHATSAPP": "+493023125015",
        "EXTERNAL_ID": "CUST-20417",
    }
    found = {}
    for kind, value in values.items():
        listing = gdpr.get_gdpr_subjects(kind, value)
        assert listing.entities, kind
        found[kind] = listing.entities
        ok(f"search by {kind}: {len(listing.entities)} found")
    anna = [subject for subject in found["EMAIL"] if subject.external_contact_id]
    assert len(anna) == 1 and anna[0].name == "Anna Muster", anna
    assert "+493023125014" in anna[0].phone_numbers
    assert [subject for subject in found["EMAIL"] if subject.user_id], "the same address in a user's record"
    assert found["EXTERNAL_ID"][0].journey_customer.type == "cookie"
    assert found["TWITTER"][0].social_handle.value == "@gesa_testfall"
    assert not gdpr.get_gdpr_subjects("PHONE", "abc").entities
    ok("subjects carry ids and values in the SDK's models; a malformed value finds nothing")
    return anna[0].external_contact_id, found["NAME"][0].external_contact_id


def check_submit(gdpr, served, anna, joerg):
    made = [gdpr.post_gdpr_requests(request("GDPR_EXPORT", joerg))]
    term = sdk.ReplacementTerm()
    term.type, term.existing_value = "EMAIL", "joerg.mueller@example.org"
    term.updated_value = "j.mueller@example.org"
    made.append(gdpr.post_gdpr_requests(request("GDPR_UPDATE", joerg, [term])))
    made.append(gdpr.post_gdpr_requests(request("GDPR_DELETE", anna), delete_confirmed=True))
    kinds = ["GDPR_EXPORT", "GDPR_UPDATE", "GDPR_DELETE"]
    assert [one.request_type for one in made] == kinds
    assert {one.status for one in made} == {"INITIATED"}
    assert {one.created_by.id for one in made} == {served.client_id}
    assert all(one.created_date.tzinfo is not None for one in made)
    assert made[1].replacement_terms[0].updated_value == "j.mueller@example.org"
    assert made[2].subject.external_contact_id == anna
    for kind in kinds:
        ok(f"submit {kind}")
    return made


def check_list(gdpr, made):
    seen, number, total = [], 1, None
    while True:
        page = gdpr.get_gdpr_requests(page_size=5, page_number=number)
        assert page.page_size == 5 and page.page_number == number
        total = page.total
        seen.extend(page.entities)
        if not page.next_uri:
            break
        number += 1
    ids = [one.id for one in seen]
    assert len(ids) == len(set(ids)) == total and number == page.page_count
    assert {one.id for one in made} <= set(ids)
    statuses = {one.status for one in seen}
    assert "outdated_sdk_version" in statuses, "one status is unknown to the SDK, as it should be"
    ok(f"list with paging: {total} requests on {number} pages")
    one = gdpr.get_gdpr_request(made[0].id)
    assert (one.id, one.request_type) == (made[0].id, "GDPR_EXPORT")
    ok("get one request")
    return seen


def check_download(client, seen):
    """The three steps of a download; the last one goes without the token."""
    done = max((one for one in seen if one.results_urls), key=lambda one: one.created_date)
    assert done.results_url in done.results_urls
    download_id = done.results_url.rsplit("/", 1)[1]
    signed = sdk.DownloadsApi(client).get_download(download_id, issue_redirect=False).url
    with urllib.request.urlopen(signed) as answer:
        archive = zipfile.ZipFile(io.BytesIO(answer.read()))
    assert archive.testzip() is None
    names = archive.namelist()
    assert "contacts-service!externalContact.json" in names
    nested = next(name for name in names if name.endswith(".zip"))
    inside = zipfile.ZipFile(io.BytesIO(archive.read(nested))).namelist()
    assert any("Transcript_" in name for name in inside)
    ok(f"download in three steps: an archive of {len(names)} entries")


def check_errors(gdpr, client, served, anna):
    refused(lambda: gdpr.get_gdpr_request("00000000-0000-4000-8000-000000000000"), 404, "Not Found", "not.found")
    body = request("GDPR_EXPORT", anna)
    body.subject.name = "Anna Muster"
    _, said = refused(lambda: gdpr.post_gdpr_requests(body), 400, "Bad Request", "bad.request")
    assert said["message"] == "Invalid data"
    term = sdk.ReplacementTerm()
    term.type, term.existing_value, term.updated_value = "EMAIL", "a@example.org", "b@example.org"
    refused(
        lambda: gdpr.post_gdpr_requests(request("GDPR_EXPORT", anna, [term])), 400, "Bad Request", "bad.request"
    )
    refused(lambda: gdpr.get_gdpr_subjects("MYSPACE", "x"), 400, "Bad Request", "invalid.query.param.value")
    stranger = sdk.api_client.ApiClient(host=served.url)
    stranger.access_token = "not-a-token"
    refused(lambda: sdk.GeneralDataProtectionRegulationApi(stranger).get_gdpr_requests(), 401, "Unauthorized", "bad.credentials")
    refused(lambda: sdk.UsersApi(client).get_users_me(), 400, "Bad Request", "not.a.user")
    ok("errors as ApiException: status, reason, body code, correlation id (400, 401, 404)")


def check_same_estate(home, made):
    document = home.run("requests", "list", "--simulate")
    assert document["mode"] == "simulation" and document["complete"] is True, document
    rows = {row["id"]: row for row in document["items"]}
    for one in made:
        row = rows[one.id]
        assert row["type"] == one.request_type.removeprefix("GDPR_").lower(), row
        assert row["origin"] == "elsewhere", row
    ok("the requests that the SDK made stand in `dsr requests list` of the same estate")


def main():
    with Home(sys.argv[1]) as home:
        with Served(home) as served:
            client = check_login(served)
            gdpr = sdk.GeneralDataProtectionRegulationApi(client)
            anna, joerg = check_search(gdpr)
            made = check_submit(gdpr, served, anna, joerg)
            seen = check_list(gdpr, made)
            check_download(client, seen)
            check_errors(gdpr, client, served, anna)
            check_neighbours(client, served, anna)
            check_set_up(client, served)
            # With the server still running: two processes, one estate.
            check_same_estate(home, made)
        check_rate_limit(home)
        check_cut(home)
    print(f"{len(CHECKED)} checks passed with PureCloudPlatformClientV2 {VERSION}")


if __name__ == "__main__":
    main()
