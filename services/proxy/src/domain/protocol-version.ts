/** The revisions of the protocol, as far as the proxy has to tell them apart. */

/** From here on a request says in its headers what its body says, and whoever reads both compares them (T3, T4). */
const FIRST_MODERN = '2026-07-28'
const LEGACY = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07']
/** Newest first. */
export const SUPPORTED_VERSIONS: readonly string[] = [FIRST_MODERN, ...LEGACY]

const DATE = /^\d{4}-\d{2}-\d{2}$/

/** A later revision than is known here is modern too. */
export function isModern(version: string | undefined): boolean {
  return version !== undefined && DATE.test(version) && version >= FIRST_MODERN
}
