#!/usr/bin/env bash
# Lints the chart, renders it with the example's values and holds it to the schemas of Kubernetes (PyPI: kubernetes-validate).
# Helm comes from PATH, or is built once with Go into a cache folder; that takes some minutes.
set -euo pipefail
chart=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mcp-oauth-gateway/helm
helm=$(command -v helm || echo "$cache/helm")
[ -x "$helm" ] || GOBIN=$cache go install helm.sh/helm/v3/cmd/helm@v3.19.0
[ -x "$cache/venv/bin/kubernetes-validate" ] || {
  python3 -m venv "$cache/venv"
  "$cache/venv/bin/pip" install --quiet kubernetes-validate
}

"$helm" lint --strict "$chart" --values "$chart/example.values.yaml"
rendered=$(mktemp)
trap 'rm -f "$rendered"' EXIT
for version in 1.27 1.33; do
  "$helm" template gateway "$chart" --kube-version "$version.0" --values "$chart/example.values.yaml" \
    --set serviceMonitor.enabled=false > "$rendered"
  "$cache/venv/bin/kubernetes-validate" --strict --quiet -k "$version" "$rendered"
  echo "valid for Kubernetes $version"
done
