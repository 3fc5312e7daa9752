/** The operator's colour, made readable: WCAG 2.2 §1.4.3 asks for a contrast of 4.5 between text and what is behind it. */

type Rgb = readonly [number, number, number]

const CONTRAST_MIN = 4.5
const WHITE: Rgb = [255, 255, 255]
const BLACK: Rgb = [0, 0, 0]
/** The cards of `style.css`, light and dark, and the text on a button in the dark. */
const LIGHT_CARD: Rgb = WHITE
const DARK_CARD: Rgb = [23, 27, 34]
const DARK_TEXT = '#0b0e14'

export interface Accent {
  readonly accent: string
  /** Under the pointer. */
  readonly strong: string
  /** Text on it. */
  readonly on: string
}

/** @param color `#rrggbb` */
export function paletteOf(color: string): { readonly light: Accent; readonly dark: Accent } {
  const asked = parse(color)
  const light = towards(asked, BLACK, LIGHT_CARD)
  const dark = towards(asked, WHITE, DARK_CARD)
  return {
    light: { accent: hex(light), strong: hex(mix(light, BLACK, 0.2)), on: '#ffffff' },
    dark: { accent: hex(dark), strong: hex(mix(dark, WHITE, 0.25)), on: DARK_TEXT },
  }
}

/** What follows `style.css` in the page. */
export function paletteStyle(color: string): string {
  const { light, dark } = paletteOf(color)
  const root = ({ accent, strong, on }: Accent) =>
    `:root { --accent: ${accent}; --accent-strong: ${strong}; --on-accent: ${on}; }`
  return `${root(light)}\n@media (prefers-color-scheme: dark) {\n  ${root(dark)}\n}\n`
}

export function contrast(a: string, b: string): number {
  return contrastOf(parse(a), parse(b))
}

/** As little as is needed. */
function towards(color: Rgb, end: Rgb, behind: Rgb): Rgb {
  for (let part = 0; part < 1; part += 0.02) {
    const mixed = mix(color, end, part)
    if (contrastOf(mixed, behind) >= CONTRAST_MIN) return mixed
  }
  return end
}

function mix(from: Rgb, to: Rgb, part: number): Rgb {
  const channel = (index: 0 | 1 | 2) => Math.round(from[index] + (to[index] - from[index]) * part)
  return [channel(0), channel(1), channel(2)]
}

/** WCAG 2.2, "contrast ratio". */
function contrastOf(a: Rgb, b: Rgb): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

/** WCAG 2.2, "relative luminance". */
function luminance([red, green, blue]: Rgb): number {
  const linear = (channel: number) => {
    const share = channel / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

function parse(color: string): Rgb {
  const value = Number.parseInt(color.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

function hex(color: Rgb): string {
  return `#${color.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}
