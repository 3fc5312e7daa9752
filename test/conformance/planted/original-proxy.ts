/** The defects of the predecessor, planted again: the proxy, and who may call it. */
import type { Planted } from './defect.ts'

const FORWARD = 'else if (!isRemoved(name) && !named?.has(name)) forward.push(sent, raw[i + 1] as string)'

export const ORIGINAL_OF_PROXY: Planted = {
  'original-10': [
    {
      defect: 'an event waits for the next one',
      file: 'services/proxy/src/hot-path/exchange.ts',
      find: 'this.#held = chunk\n    this.#scheduleFlush()',
      replace: 'this.#held = chunk',
    },
  ],
  'original-11': [
    {
      defect: 'MCP-Protocol-Version is overwritten',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: FORWARD,
      replace: FORWARD.replace(
        'raw[i + 1] as string',
        "name === 'mcp-protocol-version' ? '2025-06-18' : (raw[i + 1] as string)",
      ),
    },
    {
      defect: 'Accept is overwritten',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: FORWARD,
      replace: FORWARD.replace('raw[i + 1] as string', "name === 'accept' ? '*/*' : (raw[i + 1] as string)"),
    },
  ],
  'original-12': [
    {
      defect: 'what the client says it is reaches the backend',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: "const REMOVED_PREFIXES = ['x-user-', 'x-gateway-', 'x-forwarded-']",
      replace: "const REMOVED_PREFIXES = ['x-gateway-', 'x-forwarded-']",
    },
  ],
  'original-15': [
    {
      defect: 'metadata of a resource is found by a query',
      file: 'libs/oauth/src/resource-metadata.ts',
      find: '/.well-known/oauth-protected-resource/${serviceId}/mcp',
      replace: '/.well-known/oauth-protected-resource?service_id=${serviceId}',
    },
    {
      defect: 'every resource says that it is the issuer',
      file: 'libs/oauth/src/resource-metadata.ts',
      find: 'resource: resourceOf(issuer, service.id),',
      replace: 'resource: issuer,',
    },
  ],
  'original-17': [
    {
      defect: 'every origin may call with credentials',
      file: 'services/proxy/src/domain/origins.ts',
      find: "if (anyOrigin) return ['Access-Control-Allow-Origin', '*', ...common]",
      replace: '',
    },
    {
      defect: 'secrets are compared until the first difference',
      file: 'libs/kernel/src/secret.ts',
      find: 'return timingSafeEqual(digest(a), digest(b))',
      replace: 'return digest(a).equals(digest(b))',
    },
    {
      defect: 'secrets are compared as far as the shorter one goes',
      file: 'libs/kernel/src/secret.ts',
      find: "createHash('sha256').update(text).digest()",
      replace: "createHash('sha256').update(text.slice(0, Math.min(a.length, b.length))).digest()",
    },
  ],
  'original-18': [
    {
      defect: 'cookies of a backend reach the client',
      file: 'services/proxy/src/hot-path/response-headers.ts',
      find: "  'set-cookie',\n",
      replace: '',
    },
  ],
  'original-19': [
    {
      defect: 'Accept goes out twice',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: FORWARD,
      replace: `${FORWARD.replace('forward.push', '{ forward.push')}\n    if (name === 'accept') forward.push(sent, '*/*') }`,
    },
  ],
  'original-20': [
    {
      defect: 'the label of gzip is lost while the bytes stay coded',
      file: 'services/proxy/src/hot-path/response-headers.ts',
      find: 'const HOP_BY_HOP = [\n',
      replace: "const HOP_BY_HOP = [\n  'content-encoding',\n",
    },
    {
      defect: 'backends are asked for another coding than the client accepts',
      file: 'services/proxy/src/hot-path/request-headers.ts',
      find: 'const HOP_BY_HOP = [\n',
      replace: "const HOP_BY_HOP = [\n  'accept-encoding',\n",
    },
  ],
  'original-21': [
    {
      defect: 'a name that is no ASCII makes the call fail',
      file: 'services/proxy/src/domain/identity-headers.ts',
      find: '[name, headerText(value)]',
      replace: '[name, value]',
      tests: { 'services/proxy/src/authorization.test.ts': 'survives any name (original-12, original-21' },
    },
    {
      defect: 'a percent sign is not escaped, so that names are restored wrongly',
      file: 'services/proxy/src/domain/identity-headers.ts',
      find: '[^\\x20-\\x24\\x26-\\x7E]+',
      replace: '[^\\x20-\\x7E]+',
      tests: { 'services/proxy/src/domain/identity-headers.test.ts': 'restores it (original-21)' },
    },
  ],
  'original-22': [
    {
      defect: 'what follows the endpoint is dropped',
      file: 'services/proxy/src/hot-path/forward.ts',
      find: 'backendPath(backend, target.subPath, target.query)',
      replace: "backendPath(backend, '', target.query)",
    },
    {
      defect: 'repeated names of the query collapse',
      file: 'services/proxy/src/hot-path/forward.ts',
      find: 'backendPath(backend, target.subPath, target.query)',
      replace:
        'backendPath(backend, target.subPath, target.query && new URLSearchParams(Object.fromEntries(new URLSearchParams(target.query))).toString())',
    },
  ],
  'original-23': [
    {
      defect: 'an internal Location is shown',
      file: 'services/proxy/src/hot-path/response-headers.ts',
      find: "const shown = typeof value === 'string' ? publicLocation(value, responding, requested) : undefined",
      replace: "const shown = typeof value === 'string' ? value : undefined",
    },
    {
      defect: 'a 502 names the internal address',
      file: 'services/proxy/src/hot-path/forward.ts',
      find: 'answerRefusal(response, refusal, { requestId, cors })',
      replace: 'answerRefusal(response, refusal, { requestId, cors, rpc: { data: { cause: error.message } } })',
      tests: { 'services/proxy/src/forwarding.test.ts': '', 'services/proxy/src/chaos.test.ts': '' },
    },
  ],
  'original-24': [
    {
      defect: 'origins are compared as prefixes of text',
      file: 'services/proxy/src/domain/origins.ts',
      find: 'return listed.has(origin.key) ||',
      replace: 'return [...listed].some((known) => known !== undefined && text.startsWith(known)) ||',
      tests: { 'services/proxy/src/domain/origins.test.ts': '' },
    },
    {
      defect: 'localhost.evil.example passes for localhost',
      file: 'services/proxy/src/domain/origins.ts',
      find: 'LOOPBACK.has(origin.hostname))',
      replace: "origin.hostname.startsWith('localhost'))",
      tests: { 'services/proxy/src/domain/origins.test.ts': '' },
    },
    {
      defect: '* is no wildcard',
      file: 'services/proxy/src/domain/origins.ts',
      find: "if (cors?.allow_origins.includes('*')) return () => true",
      replace: '',
    },
  ],
  'original-28': [
    {
      defect: 'somebody without an id gets one that all like him share',
      file: 'services/provider-bridge/src/domain/profile.ts',
      find: "if (typeof value !== 'string' || value.trim() === '' || value.length > ID_LENGTH_MAX) return undefined",
      replace: "if (typeof value !== 'string' || value.length > ID_LENGTH_MAX) return 'undefined'",
    },
    {
      defect: 'ids are cut at the last colon',
      file: 'services/proxy/src/domain/identity-headers.ts',
      find: "claims.sub.indexOf(':')",
      replace: "claims.sub.lastIndexOf(':')",
    },
  ],
  'original-30': [
    {
      defect: 'scopes are advertised and not enforced',
      file: 'services/proxy/src/domain/served-service.ts',
      find: 'if (service.scopes.length === 0) return true',
      replace: 'if (service.scopes.length >= 0) return true',
    },
    {
      defect: 'scopes are granted that do not exist',
      file: 'libs/oauth/src/scope.ts',
      find: '.filter((scope) => allowed.has(scope))',
      replace: '.filter((scope) => allowed.size > 0 || scope)',
    },
  ],
}
