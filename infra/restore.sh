#!/usr/bin/env bash
# Brings a backup back: infra/restore.sh <file.tar>, on this machine or another, then `docker compose … up` as always.
# The deployment must be down. What its volumes hold is lost, so one that holds streams is only overwritten with --overwrite.
set -euo pipefail
file=${1:?usage: infra/restore.sh <file.tar> [--overwrite]}
export COMPOSE_FILE=${COMPOSE_FILE:-$(cd "$(dirname "$0")" && pwd)/compose.yml}
project=${COMPOSE_PROJECT_NAME:-mcp-oauth-gateway}
export COMPOSE_PROJECT_NAME=$project
[ -r "$file" ] || { echo "$file cannot be read" >&2; exit 1; }

if [ -n "$(docker ps --quiet --filter "label=com.docker.compose.project=$project")" ]; then
  echo "$project is running: docker compose down first" >&2
  exit 1
fi
if docker volume inspect "${project}_nats-data" >/dev/null 2>&1 && [ "${2:-}" != --overwrite ]; then
  echo "$project has data of its own: --overwrite loses it" >&2
  exit 1
fi

# Volumes and containers as Compose labels them, none of them started.
docker compose up --no-start >/dev/null
mounts=()
for volume in $(docker volume ls --quiet --filter "label=com.docker.compose.project=$project"); do
  mounts+=(--volume "$volume:/to/${volume#"${project}"_}")
done
docker run --rm --interactive --network none --user root --entrypoint sh "${mounts[@]}" mcp-oauth-gateway \
  -c 'find /to -mindepth 2 -delete && exec tar -C /to --same-owner -xpf -' < "$file"
echo "$file is in the volumes of $project"
