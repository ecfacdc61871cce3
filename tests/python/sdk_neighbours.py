"""Beyond the four GDPR operations: people, permissions, the role and client of a first use."""

from sdk_client import ok, refused, request, sdk


def check_neighbours(client, served, anna):
    contacts = sdk.ExternalContactsApi(client)
    contact = contacts.get_externalcontacts_contact(anna)
    assert (contact.first_name, contact.last_name) == ("Anna", "Muster")
    assert contact.canonical_contact.id == anna and len(contact.merge_set) == 2
    assert contact.personal_email == "anna.muster@example.org"
    listing = contacts.get_externalcontacts_contacts(q="muster")
    assert anna in [one.id for one in listing.entities]
    lookup = contacts.get_externalcontacts_reversewhitepageslookup("+493023125014")
    assert [one.id for one in lookup.contacts] == [anna]
    identifier = sdk.ContactIdentifier()
    identifier.type, identifier.value = "Email", "anna.muster@example.org"
    assert contacts.post_externalcontacts_identifierlookup_contacts(identifier).id == anna
    kinds = [one.type for one in contacts.get_externalcontacts_contact_identifiers(anna).entities]
    assert {"Email", "Phone", "SocialTwitter"} <= set(kinds), kinds
    ok("external contacts: get, list, reverse look-up, identifier look-up, identifiers, merge set")

    criterion = sdk.UserSearchCriteria()
    criterion.type, criterion.fields, criterion.value = "EXACT", ["name"], "Otto Beispiel"
    search = sdk.UserSearchRequest()
    search.query = [criterion]
    users = sdk.UsersApi(client)
    found = users.post_users_search(search)
    assert found.total == 1
    assert users.get_user(found.results[0].id).email == "otto.beispiel@agents.example.org"
    ok("users: search, get")

    grants = sdk.AuthorizationApi(client).get_authorization_subjects_me().grants
    policies = [(policy.domain, policy.entity_name) for policy in grants[0].role.policies]
    assert ("gdpr", "request") in policies, policies
    assert sdk.TokensApi(client).get_tokens_me().o_auth_client.id == served.client_id
    organization = sdk.OrganizationApi(client)
    limits = organization.get_organizations_limits_namespace("gdpr").entities
    assert organization.get_organizations_me().default_country_code == "DE"
    assert {limit.namespace for limit in limits} == {"gdpr"}
    ok("permissions, token, organisation and limits")


def check_set_up(client, served):
    """The role and the OAuth client that a first use creates."""
    policy = sdk.DomainPermissionPolicy()
    policy.domain, policy.entity_name, policy.action_set = "gdpr", "request", ["view"]
    role = sdk.DomainOrganizationRoleCreate()
    role.name, role.permission_policies = "SDK role", [policy]
    role = sdk.AuthorizationApi(client).post_authorization_roles(role)
    grant = sdk.RoleDivision()
    grant.role_id, grant.division_id = role.id, "*"
    wanted = sdk.OAuthClientRequest()
    wanted.name, wanted.authorized_grant_type = "SDK client", "CLIENT-CREDENTIALS"
    wanted.access_token_validity_seconds, wanted.role_divisions = 3600, [grant]
    made = sdk.OAuthApi(client).post_oauth_clients(wanted)
    other = sdk.api_client.ApiClient(host=served.url)
    other.get_client_credentials_token(made.id, made.secret)
    gdpr = sdk.GeneralDataProtectionRegulationApi(other)
    assert gdpr.get_gdpr_requests().total
    error, body = refused(
        lambda: gdpr.post_gdpr_requests(request("GDPR_EXPORT", "x")), 403, "Forbidden", "missing.permissions"
    )
    assert "gdpr:request:add" in body["message"], error
    ok("a role and an OAuth client are made; what the role lacks is refused by name (403)")
