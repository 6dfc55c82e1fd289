#!/bin/sh
# Start the web servers of this machine anew, one after the other, without losing a request: sh deploy/roll.sh [SERVERS-FILE]
# nginx stops giving requests to one, systemd lets it end what is under way and starts it, and when it is ready it gets requests again.
set -eu
servers=${1:-/etc/nginx/crm-servers.conf}
ports=$(sed -n 's/^server 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$servers")

if [ "$(echo "$ports" | wc -l)" -lt 2 ]; then
    echo "$servers 里要有两个以上的服务，才能一个一个地换。" >&2
    exit 1
fi
for port in $ports; do
    sed -i "s/^\(server 127\.0\.0\.1:$port [^;]*\);/\1 down;/" "$servers"
    nginx -s reload
    sleep 1 # the reload only begins when it returns: what nginx has just given to this server is to arrive before the server goes
    systemctl restart "crm-web@$port"
    tries=60
    until curl --silent --fail --output /dev/null "http://127.0.0.1:$port/ready"; do
        tries=$((tries - 1))
        if [ "$tries" -le 0 ]; then
            echo "$port 没有起来，仍标着 down；其他服务照常。请看 journalctl -u crm-web@$port。" >&2
            exit 1
        fi
        sleep 1
    done
    sed -i "s/^\(server 127\.0\.0\.1:$port [^;]*\) down;/\1;/" "$servers"
    nginx -s reload
    echo "$port 已换好。"
done
