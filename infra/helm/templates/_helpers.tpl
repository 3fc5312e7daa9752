{{- define "gateway.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "gateway.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "gateway.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "gateway.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "gateway.env" -}}
- { name: SERVICE_HOST, value: "0.0.0.0" }
- { name: MCP_CONFIG_PATH, value: /config/config.yaml }
- { name: MCP_TELEMETRY_HOST, value: "0.0.0.0" }
- { name: MCP_NATS_URL, value: {{ .Values.nats.url | quote }} }
- { name: NATS_NKEY_SEED_FILE, value: /secrets/nats.seed }
- { name: SESSION_SECRET_FILE, value: /secrets/session_secret }
- { name: MCP_STORAGE_TYPE, value: redis }
- { name: MCP_REDIS_HOST, value: {{ .Values.redis.host | quote }} }
- { name: MCP_REDIS_PORT, value: {{ .Values.redis.port | quote }} }
{{- end }}
