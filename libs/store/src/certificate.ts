/** Node's codes for a server whose certificate cannot be accepted, in a word. */

const UNTRUSTED = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
])

/** What no retry mends: no authority that we trust has signed it, or it is another host's. One that has expired is an outage. */
export type CertificateProblem = 'untrusted certificate' | 'certificate of another host'

export function certificateProblem(code: string): CertificateProblem | undefined {
  if (UNTRUSTED.has(code)) return 'untrusted certificate'
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? 'certificate of another host' : undefined
}

export const CERTIFICATE_ADVICE: Readonly<Record<CertificateProblem, string>> = {
  'untrusted certificate':
    'the server’s certificate is signed by nobody that is trusted; name its authority in ssl_ca_certs',
  'certificate of another host': 'the server’s certificate is another host’s',
}
