#!/bin/sh
# A new version without losing a request: sh deploy/upgrade.sh, as root, on a machine with nginx and two or more web servers.
# The new code lies in /srv/crm already (git pull and dev.py setup, or a new wheel). Each step is told in docs/operations.md.
set -eu
here=$(dirname "$0")
home=${CRM_HOME:-/srv/crm}

crm() { # a command of the application, as the account that runs it, with its environment
    setpriv --reuid=crm --regid=crm --init-groups sh -c 'cd "$0"; set -a; . /etc/crm.env; set +a; exec .venv/bin/flask --app wsgi crm "$@"' "$home" "$@"
}

crm backup /var/backups/crm
crm migrate # migrations only add: the version that still runs does not mind
crm assets /srv/crm/www/static # new names beside the old ones
sh "$here/roll.sh"
systemctl restart 'crm-worker@*'
crm doctor
