/** Keys as names in a KV engine, readable for the operator: whatever has a meaning in a path or URL becomes `=XX`. */

export function nameOf(key: string): string {
  return key.replaceAll(/[^A-Za-z0-9_:-]/g, (char) => `=${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

export function keyOfName(name: string): string {
  return name.replaceAll(/=([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
