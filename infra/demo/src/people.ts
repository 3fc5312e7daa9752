/** The invented people of the demo, and their pictures. */

export interface Person {
  /** `sub` of the demo provider. */
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: string
  /** As the provider's `groups` claim says them. */
  readonly groups: readonly string[]
  /** Two letters and two colours (each at least 4.5:1 against white): the picture. */
  readonly initials: string
  readonly colours: readonly [string, string]
}

/** One name is deliberately no ASCII: whoever shows, signs or forwards it has to cope (`original-21`). */
export const people: readonly Person[] = [
  {
    id: 'ada-lovelace',
    name: 'Ada Lovelace',
    email: 'ada@demo.example',
    role: 'Analyst',
    groups: ['analysts', 'staff'],
    initials: 'AL',
    colours: ['#6d28d9', '#a21caf'],
  },
  {
    id: 'grace-hopper',
    name: 'Grace Hopper',
    email: 'grace@demo.example',
    role: 'Engineer',
    groups: ['engineers', 'staff'],
    initials: 'GH',
    colours: ['#0e7490', '#1d4ed8'],
  },
  {
    id: 'soren-unal',
    name: 'Søren Ünal 山田',
    email: 'soren@demo.example',
    role: 'Visitor',
    groups: [],
    initials: 'SÜ',
    colours: ['#b45309', '#be123c'],
  },
]

export function findPerson(id: string): Person | undefined {
  return people.find((person) => person.id === id)
}

/** Whom a `login_hint` means: an e-mail or an id, as OpenID Connect Core §3.1.2.1 leaves it to the provider. */
export function hinted(hint: string | undefined): Person | undefined {
  const wanted = hint?.toLowerCase()
  return people.find((person) => person.email === wanted || person.id === wanted)
}

export function avatarSvg(person: Person): string {
  const [from, to] = person.colours
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96" role="img" aria-label="${person.name}">
  <defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient></defs>
  <rect width="96" height="96" fill="url(#g)"/>
  <text x="48" y="49" fill="#fff" font-family="system-ui,sans-serif" font-size="36" font-weight="600" text-anchor="middle" dominant-baseline="central">${person.initials}</text>
</svg>
`
}
