/**
 * The parts of `oidc-provider` behind its entry module. The entry only adds a notice about the runtime, which it prints on
 * every Node release that has not been declared LTS yet.
 */
declare module 'oidc-provider/lib/provider.js' {
  export { Provider } from 'oidc-provider'
}

declare module 'oidc-provider/lib/helpers/interaction_policy/index.js' {
  import { interactionPolicy } from 'oidc-provider'

  export const base: typeof interactionPolicy.base
  export const Prompt: typeof interactionPolicy.Prompt
}
