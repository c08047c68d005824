#!/bin/sh
# The site of config/deploy/nginx.conf for compose.yaml: another host name, the webs at
# their addresses there, and logs to the engine.
set -eu
sed -e "s/help[.]example[.]com/${HOST}/g" \
    -e "s/127[.]0[.]0[.]1:8024/${NET}.11:8024/g" \
    -e "s/127[.]0[.]0[.]1:8025/${NET}.12:8024/g" \
    -e 's#/var/log/nginx/ticket24[.]log#/dev/stdout#' \
    -e 's#/var/log/nginx/ticket24-error[.]log#/dev/stderr#' \
    /ticket24.conf > /etc/nginx/conf.d/default.conf
exec nginx -g 'daemon off;'
