"""What a newcomer sees who types only `crm-sync`."""

WELCOME = """\
crm-sync brings CRM data into PostgreSQL: what is new or changed since the last run, exactly once.

Try it, without any account or database of yours:

  crm-sync demo                 sync a look-alike of HubSpot into an embedded PostgreSQL

With an account of your own:

  export HUBSPOT_API_TOKEN=…    a service key or private-app token
  crm-sync check hubspot        can it be read, can the data be stored?
  crm-sync sync hubspot         bring it up to date; again whenever you like

The data goes to WAREHOUSE_URL (postgresql://…); when that is not set, to an embedded PostgreSQL.

  crm-sync sources              what can be synced, and what is missing
  crm-sync history              what ran
  crm-sync rejects list         what could not be stored, and why
  crm-sync --help               everything else"""
