#!/usr/bin/env bash
# Everything that the deployment keeps, in one file: infra/backup.sh <file.tar>
# Calls with valid tokens go on meanwhile: edge and proxies are not stopped; sign-ins and refreshes wait some seconds.
# The file holds the secrets too, without which the rest cannot be opened: keep it as you keep a key.
set -euo pipefail
file=${1:?usage: infra/backup.sh <file.tar>}
export COMPOSE_FILE=${COMPOSE_FILE:-$(cd "$(dirname "$0")" && pwd)/compose.yml}
project=${COMPOSE_PROJECT_NAME:-mcp-oauth-gateway}

volumes=$(docker volume ls --quiet --filter "label=com.docker.compose.project=$project")
[ -n "$volumes" ] || { echo "there is no deployment $project" >&2; exit 1; }
mounts=()
for volume in $volumes; do mounts+=(--volume "$volume:/from/${volume#"${project}"_}:ro"); done

# Those that write, then the stores. By container, so that the scale stays as it is.
of() {
  local service
  for service in "$@"; do
    docker ps --quiet --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$service"
  done
}
writers=$(of auth-server registry token-issuer provider-bridge)
stores=$(of nats redis vault)
begin() { for container in $stores $writers; do docker start "$container" >/dev/null; done; }
trap begin EXIT
for containers in "$writers" "$stores"; do
  # shellcheck disable=SC2086
  [ -z "$containers" ] || docker stop --time 40 $containers >/dev/null
done

umask 077
docker run --rm --network none --user root --entrypoint tar "${mounts[@]}" mcp-oauth-gateway -C /from -cf - . > "$file.part"
mv "$file.part" "$file"
echo "$file: $(du -h "$file" | cut -f1), volumes $(echo "$volumes" | wc -w)"
