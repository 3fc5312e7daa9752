/** What a browser without script reads from a page: its text, its links, its forms, where it refreshes to. */
import { type DefaultTreeAdapterTypes, parse } from 'parse5'

type Node = DefaultTreeAdapterTypes.Node
type Element = DefaultTreeAdapterTypes.Element

export interface Button {
  readonly name: string
  readonly value: string
  readonly text: string
  /** From `formaction` and `formmethod`, which win over the form's own. */
  readonly action: string | undefined
  readonly method: string | undefined
}

export interface Form {
  /** As written: relative to the page. */
  readonly action: string
  readonly method: 'get' | 'post'
  /** What would be sent without a button, in the order of the page. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly buttons: readonly Button[]
}

export interface Html {
  readonly title: string
  /** Visible text, white space collapsed. */
  readonly text: string
  readonly links: readonly { readonly href: string; readonly text: string }[]
  readonly forms: readonly Form[]
  /** Target of `<meta http-equiv="refresh">`. */
  readonly refresh: string | undefined
  /** Every element with this tag name. */
  all(tag: string): readonly Element[]
}

export function readHtml(source: string): Html {
  // Without script, what stands in <noscript> is part of the page.
  const elements = [...elementsOf(parse(source, { scriptingEnabled: false }))]
  const all = (tag: string) => elements.filter((element) => element.tagName === tag)
  const body = all('body')[0]
  return {
    title: textOf(all('title')[0]),
    text: textOf(body),
    links: all('a').flatMap((link) => hrefOf(link)),
    forms: all('form').map((form) => readForm(form, elements)),
    refresh: all('meta')
      .filter((meta) => attribute(meta, 'http-equiv')?.toLowerCase() === 'refresh')
      .map((meta) => /url\s*=\s*['"]?([^'"]+)/i.exec(attribute(meta, 'content') ?? '')?.[1])
      .find((target) => target !== undefined),
    all,
  }
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((attr) => attr.name === name)?.value
}

/** The text inside an element, as it is read: no scripts or styles, white space collapsed. */
export function textOf(element: Element | undefined): string {
  return element === undefined ? '' : rawText(element).replaceAll(/\s+/g, ' ').trim()
}

function hrefOf(link: Element): { href: string; text: string }[] {
  const href = attribute(link, 'href')
  return href === undefined ? [] : [{ href, text: textOf(link) }]
}

/** HTML §4.10.21.4 "constructing the entry list", for the controls that work without script. */
function readForm(form: Element, elements: readonly Element[]): Form {
  const id = attribute(form, 'id')
  const inside = new Set(elementsOf(form))
  const controls = elements.filter((element) => {
    const owner = attribute(element, 'form')
    return (owner === undefined ? inside.has(element) : owner === id) && attribute(element, 'disabled') === undefined
  })
  return {
    action: attribute(form, 'action') ?? '',
    method: attribute(form, 'method')?.toLowerCase() === 'post' ? 'post' : 'get',
    fields: controls.flatMap(fieldsOf),
    buttons: controls.filter(isSubmit).map((button) => ({
      name: attribute(button, 'name') ?? '',
      value: attribute(button, 'value') ?? '',
      text: button.tagName === 'button' ? textOf(button) : (attribute(button, 'value') ?? ''),
      action: attribute(button, 'formaction'),
      method: attribute(button, 'formmethod'),
    })),
  }
}

const NOT_SENT = new Set(['submit', 'button', 'reset', 'image', 'file'])

function fieldsOf(control: Element): [string, string][] {
  const name = attribute(control, 'name')
  if (name === undefined || name === '') return []
  const type = attribute(control, 'type')?.toLowerCase() ?? 'text'
  switch (control.tagName) {
    case 'textarea':
      return [[name, control.childNodes.map(rawText).join('')]]
    case 'select':
      return selected(control).map((value) => [name, value])
    case 'input': {
      const ticked = attribute(control, 'checked') !== undefined
      if (NOT_SENT.has(type) || ((type === 'checkbox' || type === 'radio') && !ticked)) return []
      return [[name, attribute(control, 'value') ?? (ticked ? 'on' : '')]]
    }
    default:
      return []
  }
}

function selected(select: Element): string[] {
  const options = [...elementsOf(select)].filter((element) => element.tagName === 'option')
  const chosen = options.filter((option) => attribute(option, 'selected') !== undefined)
  const shown = chosen.length === 0 && attribute(select, 'multiple') === undefined ? options.slice(0, 1) : chosen
  return shown.map((option) => attribute(option, 'value') ?? textOf(option))
}

function isSubmit(control: Element): boolean {
  const type = attribute(control, 'type')?.toLowerCase()
  return control.tagName === 'button'
    ? type === undefined || type === 'submit'
    : type === 'submit' && control.tagName === 'input'
}

function* elementsOf(node: Node): Generator<Element> {
  for (const child of 'childNodes' in node ? node.childNodes : []) {
    if ('tagName' in child) yield child
    yield* elementsOf(child)
  }
}

const SILENT = new Set(['script', 'style', 'template'])
/** Everything else ends a word. */
const INLINE = new Set([
  'a',
  'abbr',
  'b',
  'code',
  'em',
  'i',
  'kbd',
  'mark',
  'small',
  'span',
  'strong',
  'sub',
  'sup',
  'u',
])

function rawText(node: Node): string {
  if ('value' in node) return node.value
  if (!('childNodes' in node)) return ''
  const text = node.childNodes.map(rawText).join('')
  if (!('tagName' in node)) return text
  if (SILENT.has(node.tagName)) return ''
  return INLINE.has(node.tagName) ? text : ` ${text} `
}
